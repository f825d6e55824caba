// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/worktrees/AgentGit.h"

#include <memory>

namespace paddock::worktrees {

/// Holds the lock of the agent's staging area for a moment, so that an agent that commits in a loop
/// lets somebody else have a turn: its commits fail meanwhile with git's usual words. The lock
/// belongs to a git on the agent's side that waits for input, and goes with it: by release(), when
/// this is destroyed, when the connection breaks or when Paddock ends. Main thread.
class AgentIndexLock : public QObject
{
    Q_OBJECT

public:
    /// \a gitDir: in the container.
    AgentIndexLock(std::shared_ptr<AgentGit> agent, QString gitDir);
    ~AgentIndexLock() override;

    /// Done when it is held. Conflict: others had it all the time. To be taken once.
    [[nodiscard]] Pending<Done> held() const { return m_held.pending(); }
    /// Done when it is free again.
    [[nodiscard]] Pending<Done> release();

private:
    void tryOnce();
    void retire();

    std::shared_ptr<AgentGit> m_agent;
    QString m_gitDir;
    std::unique_ptr<AgentGitRun> m_run;
    Promise<Done> m_held;
    Promise<Done> m_released;
    QByteArray m_words;
    int m_tries = 0;
    bool m_isHeld = false;
};

} // namespace paddock::worktrees
