// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sessions/Session.h"
#include "ui/theme/Icons.h"

namespace paddock::ui {

/// How the state of a session is shown: sign, word and colour, never colour alone.
struct StateLook
{
    Icon icon = Icon::None;
    QString word;
    Tone tone = Tone::Dim;
};
[[nodiscard]] StateLook lookOf(const sessions::Session &session);

/// Stopped until a person does something.
[[nodiscard]] bool needsPerson(const sessions::Session &session);

/// "Claude Code" for "claude-code"; an unknown adapter is shown as it is called.
[[nodiscard]] QString adapterTitle(const QString &adapter);
/// A sentence that says where an image reference came from (explicit, agent, project, …).
[[nodiscard]] QString imageSourceWords(const QString &source);

/// What can be done with a session in its state.
struct SessionActions
{
    bool stop = false;   ///< end the agent, keep everything
    bool cancel = false; ///< take the start back (same call as stop, other word)
    bool restart = false;
    bool finish = false;
    bool remove = false;
    bool send = false;
    bool cancelTurn = false;
};
[[nodiscard]] SessionActions actionsOf(const sessions::Session &session);

} // namespace paddock::ui
