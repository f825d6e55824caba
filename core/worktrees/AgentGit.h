// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QObject>
#include <QStringList>

#include <memory>

namespace paddock::worktrees {

/// One git command that runs on the agent's side. Everything it says is untrusted.
/// Destroying it ends the command, or at least its input. Main thread.
class AgentGitRun : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    /// Back-pressure: while paused no output() is emitted and the source is not read further.
    virtual void setPaused(bool paused) = 0;
    /// More input, for a run of AgentGit::converse().
    virtual void write(const QByteArray &bytes) = 0;
    virtual void closeInput() = 0;

Q_SIGNALS:
    void output(const QByteArray &bytes);
    void errorOutput(const QByteArray &bytes);
    /// Exactly once, after the last output(): the exit code, or why there is none.
    void finished(const paddock::Result<int> &exitCode);
};

/// Runs git next to the agent's repository, where its configuration can do no harm: by exec in the
/// session's container, or in a sealed one-shot container when that one is stopped. Main thread.
class AgentGit
{
public:
    virtual ~AgentGit() = default;
    /// Starts git with \a arguments (without the program's name; --git-dir is among them), gives it
    /// \a input and then the end of input. Signals come from the event loop, never from inside
    /// start().
    [[nodiscard]] virtual std::unique_ptr<AgentGitRun> start(const QStringList &arguments,
                                                             const QByteArray &input) = 0;
    /// The same with an input that stays open for write() until closeInput().
    [[nodiscard]] virtual std::unique_ptr<AgentGitRun> converse(const QStringList &arguments) = 0;
};

} // namespace paddock::worktrees
