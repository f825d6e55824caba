// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/git/Blame.h"
#include "core/git/Graph.h"
#include "core/git/Log.h"
#include "core/git/Refs.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArray>
#include <QHash>
#include <QList>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

struct HistoryOptions
{
    enum class Scope {
        Session, ///< what the session's branch adds to its base
        Branch,  ///< all that the branch reaches
        All,     ///< what any branch, tag or ref of this session reaches
    };
    Scope scope = Scope::Session;
    git::Oid start{};  ///< from this commit on instead of the branch
    QByteArray path{}; ///< only what changes this file, through its renames
    int count = 200;   ///< of a page
    int skip = 0;      ///< commits of the pages before
};

struct HistoryPage
{
    QList<git::Commit> commits{};             ///< children before their parents
    QList<git::GraphRow> graph{};             ///< one for each; of this page by itself
    QHash<git::Oid, QList<git::Ref>> names{}; ///< refs on these commits
    bool hasMore = false;
    bool truncated = false; ///< cut by size before the count was reached
};

struct RefList
{
    /// Newest first. ahead and behind are those against the session's branch, capped; only the
    /// newest have them.
    QList<git::Ref> refs{};
    bool truncated = false;
};

struct BlameReport
{
    git::Oid commit{}; ///< the state of the file that was asked for
    git::Blame blame{};
};

/// Reads the history of a session on the host, from objects alone: no file of the worktree is
/// opened. By the git program in its hardened form, with limits on time and size. Main thread.
///
/// Errors: NotFound (the file is not in the commit), FileTooLarge, CommandTimeout, GitFailed.
class SessionHistory
{
public:
    SessionHistory(WorkerPool &pool, const git::GitProcess &git);

    [[nodiscard]] Pending<HistoryPage> log(const SessionTree &tree,
                                           const HistoryOptions &options = {});
    /// Who wrote each line of \a path in \a commit; a null one is the session's branch.
    [[nodiscard]] Pending<BlameReport>
    blame(const SessionTree &tree, const QByteArray &path, const git::Oid &commit = {});
    /// Branches and tags of the project, and what the session has besides its branch. Not the refs
    /// of other sessions.
    [[nodiscard]] Pending<RefList> refs(const SessionTree &tree);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
