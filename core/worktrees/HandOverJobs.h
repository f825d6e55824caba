// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/worktrees/FileFollow.h"
#include "core/worktrees/HandOver.h"
#include "core/worktrees/HostView.h"

/// The parts of a hand-over that work on the host's disk. Worker threads only.
namespace paddock::worktrees {

/// Brings the objects of the commit into the project's store and keeps them there by a ref.
/// Conflict if the host's branch is neither at `from` nor at the commit. Answers what is to happen
/// to files, if they are to follow.
[[nodiscard]] Result<FilePlan> prepareHandOver(const git::GitProcess &git,
                                               const SessionTree &tree,
                                               const HandOverRequest &request,
                                               const CancelToken &cancel);

/// For an index of the agent in which some entries are not as in `from`: the tree of the commit
/// with those paths as they are in `from`, so that a merge of trees leaves them alone.
struct ReducedTree
{
    git::Oid tree{};          ///< in the project's store
    QList<QByteArray> left{}; ///< the paths
};
/// \a stagedDiff: git diff-index --cached --raw -z of the agent against `from`; untrusted. Conflict
/// if its index has unmerged entries.
[[nodiscard]] Result<ReducedTree> reduceTree(const git::GitProcess &git,
                                             const SessionTree &tree,
                                             const HandOverRequest &request,
                                             const QByteArray &stagedDiff,
                                             const CancelToken &cancel);

struct Reapplied
{
    git::Oid commit{};             ///< in the view's object store; null: it does not apply
    QList<QByteArray> conflicts{}; ///< the paths then
};
/// The change that \a commit makes to its first parent \a from, on top of \a onto: message, author
/// and dates as they were, a signature is dropped. Merged in memory.
[[nodiscard]] Result<Reapplied> reapplyCommit(const git::GitProcess &git,
                                              const SessionTree &tree,
                                              const HandOverRequest &request,
                                              const git::Oid &onto,
                                              const CancelToken &cancel);

/// The agent has the commit: the host's index follows and the host's branch moves. \a known: what
/// entries of the index may be as without being staged by the person. Answers notices in words.
[[nodiscard]] Result<QStringList> settleHandOver(const git::GitProcess &git,
                                                 const SessionTree &tree,
                                                 const git::Oid &from,
                                                 const git::Oid &commit,
                                                 const QList<git::Oid> &known,
                                                 const CancelToken &cancel);

} // namespace paddock::worktrees
