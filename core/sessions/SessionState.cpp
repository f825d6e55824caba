// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/Session.h"

#include <array>

namespace paddock::sessions {

namespace {

using S = SessionState;

constexpr std::array kNames = {
    "draft",
    "queued",
    "preparing",
    "starting",
    "running",
    "waiting",
    "paused",
    "stopping",
    "stopped",
    "finished",
    "failed",
    "killed",
    "lost",
};

struct Transition
{
    SessionState from;
    SessionState to;
};

// The trigger sessions_state_allowed in the store holds the same table; a test compares them.
constexpr std::array kTransitions = {
    Transition{S::Draft, S::Queued},       Transition{S::Draft, S::Preparing},
    Transition{S::Queued, S::Preparing},   Transition{S::Queued, S::Stopped},
    Transition{S::Preparing, S::Starting}, Transition{S::Preparing, S::Failed},
    Transition{S::Preparing, S::Stopping}, Transition{S::Preparing, S::Stopped},
    Transition{S::Starting, S::Running},   Transition{S::Starting, S::Waiting},
    Transition{S::Starting, S::Failed},    Transition{S::Starting, S::Stopping},
    Transition{S::Starting, S::Stopped},   Transition{S::Starting, S::Lost},
    Transition{S::Running, S::Waiting},    Transition{S::Waiting, S::Running},
    Transition{S::Running, S::Paused},     Transition{S::Paused, S::Running},
    Transition{S::Waiting, S::Paused},     Transition{S::Paused, S::Waiting},
    Transition{S::Running, S::Stopping},   Transition{S::Waiting, S::Stopping},
    Transition{S::Paused, S::Stopping},    Transition{S::Stopping, S::Stopped},
    Transition{S::Stopping, S::Failed},    Transition{S::Running, S::Failed},
    Transition{S::Waiting, S::Failed},     Transition{S::Running, S::Stopped},
    Transition{S::Waiting, S::Stopped},    Transition{S::Paused, S::Stopped},
    Transition{S::Running, S::Lost},       Transition{S::Waiting, S::Lost},
    Transition{S::Paused, S::Lost},        Transition{S::Stopping, S::Lost},
    Transition{S::Running, S::Killed},     Transition{S::Waiting, S::Killed},
    Transition{S::Paused, S::Killed},      Transition{S::Starting, S::Killed},
    Transition{S::Preparing, S::Killed},   Transition{S::Stopping, S::Killed},
    Transition{S::Stopped, S::Preparing},  Transition{S::Stopped, S::Finished},
    Transition{S::Failed, S::Preparing},   Transition{S::Failed, S::Finished},
    Transition{S::Lost, S::Preparing},     Transition{S::Lost, S::Finished},
    Transition{S::Killed, S::Preparing},   Transition{S::Killed, S::Finished},
    Transition{S::Failed, S::Stopped},     Transition{S::Lost, S::Stopped},
};

} // namespace

QString stateName(SessionState state)
{
    return QString::fromLatin1(kNames.at(static_cast<std::size_t>(state)));
}

std::optional<SessionState> stateFromName(QStringView name)
{
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (name == QLatin1StringView(kNames.at(i)))
            return static_cast<SessionState>(i);
    }
    return std::nullopt;
}

bool isTransitionAllowed(SessionState from, SessionState to)
{
    for (const Transition &transition : kTransitions) {
        if (transition.from == from && transition.to == to)
            return true;
    }
    return false;
}

bool isActive(SessionState state)
{
    switch (state) {
    case S::Preparing:
    case S::Starting:
    case S::Running:
    case S::Waiting:
    case S::Paused:
    case S::Stopping:
        return true;
    default:
        return false;
    }
}

bool isEnded(SessionState state)
{
    return !isActive(state) && state != S::Draft && state != S::Queued;
}

QString modeName(SessionMode mode)
{
    return mode == SessionMode::Write ? QStringLiteral("write") : QStringLiteral("explore");
}

std::optional<SessionMode> modeFromName(QStringView name)
{
    if (name == u"write")
        return SessionMode::Write;
    if (name == u"explore")
        return SessionMode::Explore;
    return std::nullopt;
}

} // namespace paddock::sessions
