// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Types.h"
#include "ui/theme/Icons.h"

namespace paddock::ui {

/// A tool call in words, for cards and permission questions. All texts are visible and limited.
struct ToolFacts
{
    QString verb;        ///< "Edited", "Runs", "Read": fits the status
    QString subject;     ///< path or first line of the command
    bool isCode = false; ///< the subject is a path or command: fixed font
    QString command;     ///< the whole command that runs; empty: none
    QString purpose;     ///< what the agent says it is for; may be empty
    QString input;       ///< everything the tool was given, as JSON, where nothing better is known
    struct FileDiff
    {
        QString path;
        QString before;
        QString after;
        bool isNew = false;
    };
    QList<FileDiff> diffs;
    QString output; ///< what came back
    std::optional<int> exitCode;
    acp::ToolStatus status = acp::ToolStatus::Pending;
    Icon statusIcon = Icon::Clock;
    Tone statusTone = Tone::Dim;
    QString statusWord;
};

[[nodiscard]] ToolFacts factsOf(const acp::ToolCall &call);

/// The question of a permission request: "Allow this command?"
[[nodiscard]] QString permissionQuestion(const acp::ToolCall &call);

/// Paths inside the container as they read best: without "/workspace/".
[[nodiscard]] QString shortPath(const QString &path);

} // namespace paddock::ui
