// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sessions/SessionLook.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

using S = sessions::SessionState;

QString tr(const char *text)
{
    return QCoreApplication::translate("SessionLook", text);
}

StateLook waitingLook(const QString &substate)
{
    if (substate == "approval"_L1)
        return {Icon::Alert, tr("Needs approval"), Tone::Attention};
    if (substate == "network"_L1)
        return {Icon::Globe, tr("Asks for network"), Tone::Attention};
    if (substate == "budget"_L1)
        return {Icon::Pause, tr("Budget reached"), Tone::Attention};
    if (substate.startsWith("quota"_L1))
        return {Icon::Clock, tr("Waits for quota"), Tone::Dim};
    if (substate == "login"_L1)
        return {Icon::Alert, tr("Needs a login"), Tone::Attention};
    return {Icon::Question, tr("Waits for you"), Tone::Attention};
}

} // namespace

StateLook lookOf(const sessions::Session &session)
{
    switch (session.state) {
    case S::Draft:
        return {Icon::Pencil, tr("Draft"), Tone::Dim};
    case S::Queued:
        return {Icon::Clock, tr("Queued"), Tone::Dim};
    case S::Preparing:
    case S::Starting:
        return {Icon::Clock, tr("Starting"), Tone::Accent};
    case S::Running:
        if (session.substate == "idle"_L1)
            return {Icon::Check, tr("Ready"), Tone::Success};
        if (session.substate.startsWith("silent"_L1))
            return {Icon::Clock, tr("Silent"), Tone::Dim};
        return {Icon::Play, tr("Working"), Tone::Accent};
    case S::Waiting:
        return waitingLook(session.substate);
    case S::Paused:
        return {Icon::Pause, tr("Paused"), Tone::Dim};
    case S::Stopping:
        return {Icon::Clock, tr("Stopping"), Tone::Dim};
    case S::Stopped:
        return {Icon::Stop, tr("Stopped"), Tone::Dim};
    case S::Finished:
        return {Icon::Check, tr("Finished"), Tone::Success};
    case S::Failed:
        return {Icon::Cross, tr("Failed"), Tone::Failure};
    case S::Killed:
        return {Icon::Cross, tr("Killed"), Tone::Failure};
    case S::Lost:
        return {Icon::Cross, tr("Lost"), Tone::Failure};
    }
    return {};
}

bool needsPerson(const sessions::Session &session)
{
    return session.state == S::Waiting && !session.substate.startsWith("quota"_L1);
}

QString adapterTitle(const QString &adapter)
{
    if (adapter.isEmpty() || adapter == "claude-code"_L1)
        return u"Claude Code"_s;
    if (adapter == "opencode"_L1)
        return u"OpenCode"_s;
    if (adapter == "gemini"_L1)
        return u"Gemini CLI"_s;
    if (adapter == "codex"_L1)
        return u"Codex"_s;
    if (adapter == "custom"_L1)
        return tr("Own program");
    return adapter;
}

QString imageSourceWords(const QString &source)
{
    if (source == "explicit"_L1)
        return tr("chosen for this session");
    if (source == "agent"_L1)
        return tr("from the agent");
    if (source == "project"_L1)
        return tr("from the project");
    if (source == "environment"_L1)
        return tr("from the environment");
    if (source == "default"_L1)
        return tr("the default image");
    return source;
}

SessionActions actionsOf(const sessions::Session &session)
{
    SessionActions actions;
    switch (session.state) {
    case S::Draft:
        actions.remove = true;
        break;
    case S::Queued:
    case S::Preparing:
    case S::Starting:
        actions.cancel = true;
        break;
    case S::Running:
    case S::Waiting:
        actions.stop = true;
        actions.finish = true;
        actions.send = true;
        actions.cancelTurn = session.substate != "idle"_L1 && session.substate != "prompt"_L1;
        break;
    case S::Paused:
        actions.stop = true;
        actions.finish = true;
        break;
    case S::Stopping:
        break;
    case S::Stopped:
    case S::Failed:
    case S::Killed:
    case S::Lost:
        actions.restart = true;
        actions.finish = true;
        actions.remove = true;
        break;
    case S::Finished:
        actions.remove = true;
        break;
    }
    return actions;
}

} // namespace paddock::ui
