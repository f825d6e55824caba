// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Repository.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/WorktreeManager.h"

#include <QString>
#include <QStringList>

namespace paddock::worktrees {

/// The branch a session gets and the commit it starts at, decided before anything is made.
/// Worker threads only; hold the project's lock until the branch is made.
struct BranchPlan
{
    QString branch{};     ///< short name
    QString folder{};     ///< path of the worktree
    git::Oid start{};     ///< commit the worktree begins with; null: there is none yet
    QString baseBranch{}; ///< as SessionTree::baseBranch
    QString upstream{};   ///< "origin/topic" when the branch is made to follow it
    bool adopted = false; ///< the branch is there already
};

/// What CreateWorktreeOptions::base names, and the local branch of that name if it is one. A local
/// branch is meant before a tag of the same name. NotFound, InvalidArgument.
struct StartPoint
{
    git::Oid commit{};
    QString branch{}; ///< short name; empty: not a local branch
};
[[nodiscard]] Result<StartPoint> findStart(const git::Repository &repository,
                                           const git::RepositoryInfo &project,
                                           const QString &base);

/// A plan for a worktree below \a root: an adopted branch, one by a given name, or a free one made
/// from title and session. BranchExists, NotFound, Conflict, InvalidArgument, RefusedByPolicy.
[[nodiscard]] Result<BranchPlan> planBranch(const git::Repository &repository,
                                            const git::RepositoryInfo &project,
                                            const CreateWorktreeOptions &options,
                                            const QString &root);

/// The folder that has \a branch checked out, be it in the middle of a rebase or bisect; empty if
/// none has.
[[nodiscard]] QString whereCheckedOut(const git::RepositoryInfo &project, const QString &branch);

/// The ref that tells that a session's branch was there before it, and at which commit.
[[nodiscard]] QString adoptedRef(const SessionTree &tree);

} // namespace paddock::worktrees
