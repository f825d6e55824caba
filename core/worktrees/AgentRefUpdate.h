// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/git/Oid.h"
#include "core/worktrees/AgentGit.h"

#include <QTimer>

#include <memory>

namespace paddock::worktrees {

/// Moves one branch of the agent's repository in two phases (git update-ref --stdin): first the
/// branch, and HEAD where it is on it, are locked and compared; while they are, no commit of the
/// agent can come in between. Then the change is committed or, when this is destroyed, when the
/// connection breaks or when Paddock ends, taken back by git itself. Main thread.
class AgentRefUpdate : public QObject
{
    Q_OBJECT

public:
    struct Move
    {
        QString gitDir{}; ///< in the container
        QString ref{};    ///< full name, a safe one
        git::Oid from{};
        git::Oid to{};
        QString reason{}; ///< for the agent's reflog; one line
    };

    AgentRefUpdate(std::shared_ptr<AgentGit> agent,
                   const Move &move,
                   std::chrono::milliseconds time = std::chrono::seconds(20));
    ~AgentRefUpdate() override;

    /// Done: locked, and still where it was expected. Conflict: it is not, or the lock is not to be
    /// had; the detail has git's words. To be taken once.
    [[nodiscard]] Pending<Done> prepared() const { return m_prepared.pending(); }
    /// After prepared(). An error does not say whether the branch has moved.
    [[nodiscard]] Pending<Done> commit();

private:
    void read();
    void answer(const Result<Done> &result);
    void retire();

    std::shared_ptr<AgentGit> m_agent;
    std::chrono::milliseconds m_time;
    std::unique_ptr<AgentGitRun> m_run;
    QTimer m_clock;
    Promise<Done> m_prepared;
    Promise<Done> m_committed;
    QByteArray m_output;
    QByteArray m_words;
    bool m_isPrepared = false;
};

} // namespace paddock::worktrees
