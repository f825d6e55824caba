// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/Import.h"

namespace paddock::worktrees {

struct HandOverRequest
{
    git::Oid from{}; ///< what the host's branch is at
    git::Oid
        commit{}; ///< what the person has made of it; its first parent is `from`, for deliver()
    /// Where its objects are, if not in the view's object store or in the project's: an object
    /// directory that borrows from the project's.
    QString objectDirectory{};
    enum class Files {
        Leave,  ///< the commit was made from what is in the worktree
        Follow, ///< files that are as in `from` become as in the commit; others stay
    };
    Files files = Files::Leave;
    /// For the agent's reflog, one line; empty: a general one.
    QString reason{};
    std::chrono::seconds time{120}; ///< for the whole hand-over
};

struct HandOverReport
{
    enum class Outcome {
        Delivered, ///< the branch is at `commit`, for the agent and on the host
        Moved,     ///< the agent had committed: its branch is at `agentTip`, nothing was changed
        Conflict,  ///< and the person's commit does not apply on top of that: nothing was changed
    };
    Outcome outcome = Outcome::Delivered;
    git::Oid commit{};
    git::Oid agentTip{};
    bool reapplied = false; ///< `commit` is not the one of the request but the same change on top
                            ///< of what the agent had committed meanwhile
    int rounds = 0;
    QList<QByteArray> conflicts{};  ///< paths; untrusted
    QList<QByteArray> keptStaged{}; ///< paths the agent has staged otherwise: they stay so
    QList<QByteArray> keptFiles{};  ///< with Files::Follow: paths with a content of their own
    QStringList notices{};          ///< in words, for the person
};

/// Brings a commit that the host has made into the agent's private repository and then to the
/// host's branch. The agent sees the project's objects as they are, so nothing is sent to it: the
/// commit's objects are moved into the project's store and kept there by a ref. Then git on the
/// agent's side locks its branch and compares it, its index follows where it is as before (what the
/// agent has staged stays), files follow if they are to, and only then the branch moves. Last the
/// host's index and, by compare-and-swap, the host's branch. Whatever ends in between, the agent's
/// branch or both are as before, or the next import or hand-over finds the commit at the agent and
/// takes it over.
///
/// Hand-overs of one session run one after the other. Main thread.
///
/// Errors: Conflict (the agent's repository is locked, is in the middle of a merge or has no such
/// branch; the host's branch is elsewhere; the agent commits all the time), UnsupportedOption
/// (an explore session; git is older than 2.38 and the commit would have to be applied again),
/// CommandTimeout, ConnectionLost, DiskFull, GitFailed, and those of an import. None of them loses
/// anything: the commit stays kept and the person's index is as it was.
class HandOver
{
public:
    HandOver(WorkerPool &pool, const git::GitProcess &git, Importer &importer);
    // Running hand-overs end with it, without an answer.

    /// Once, on what the agent is known to have; Moved if it has committed meanwhile.
    [[nodiscard]] Pending<HandOverReport> attempt(const SessionTree &tree,
                                                  std::shared_ptr<AgentGit> agent,
                                                  const QString &containerGitDir,
                                                  const HandOverRequest &request);
    /// Until it is there: what the agent committed meanwhile is imported and the commit is applied
    /// again on top of it, in memory. Never answers Moved.
    [[nodiscard]] Pending<HandOverReport> deliver(const SessionTree &tree,
                                                  std::shared_ptr<AgentGit> agent,
                                                  const QString &containerGitDir,
                                                  const HandOverRequest &request);

private:
    [[nodiscard]] Pending<HandOverReport> start(const SessionTree &tree,
                                                std::shared_ptr<AgentGit> agent,
                                                const QString &containerGitDir,
                                                const HandOverRequest &request,
                                                bool untilDelivered);

    WorkerPool &m_pool;
    const git::GitProcess &m_git;
    Importer &m_importer;
    RunQueue m_queue;
};

} // namespace paddock::worktrees
