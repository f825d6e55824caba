// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Pending.h"
#include "core/worktrees/AgentGit.h"

#include <QStringList>

#include <chrono>
#include <memory>

namespace paddock::worktrees {

/// What a short command of the agent's side said. Untrusted.
struct AgentAnswer
{
    int exitCode = 0;
    QByteArray output{};
    QByteArray errors{};                 ///< the first 4 KiB
    [[nodiscard]] QString words() const; ///< errors, for a person; never empty
};

struct AgentLimits
{
    qint64 outputBytes = kMiB;
    std::chrono::milliseconds time{20'000};
    QString tooLong{}; ///< words for more output than that
};

/// Arguments of a command that changes the agent's repository or must not be led astray by it: its
/// hooks, fsmonitor and replacement objects stay out of it, a lock of another git of the agent is
/// waited for a few seconds.
[[nodiscard]] QStringList agentCommand(const QString &gitDir, const QStringList &arguments);

/// Runs a command and reads all it says. Errors: FileTooLarge, CommandTimeout, and what the run
/// itself fails with. \a agent is kept until the answer. Main thread.
[[nodiscard]] Pending<AgentAnswer> askAgent(const std::shared_ptr<AgentGit> &agent,
                                            const QStringList &arguments,
                                            const QByteArray &input = {},
                                            const AgentLimits &limits = {});

/// Error of kind CommandTimeout for the agent's side.
[[nodiscard]] Error agentTimeout(std::chrono::milliseconds time);

} // namespace paddock::worktrees
