// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/MemoryMerge.h"

#include <optional>

namespace paddock::worktrees {

/// How commits are taken into a branch.
enum class IntegrationMethod {
    Auto,        ///< fast-forward where that is possible, else a merge commit
    FastForward, ///< or refuse
    Merge,       ///< always a merge commit
    Squash,      ///< one commit with all changes, of the person
    Rebase,      ///< every commit again on top of the branch, authors kept
    CherryPick,  ///< the chosen commits again, authors kept
};

/// Kebab-case name for records and JSON: "cherry-pick".
[[nodiscard]] QString integrationMethodName(IntegrationMethod method);

struct PlanRequest
{
    IntegrationMethod method = IntegrationMethod::Auto;
    git::Oid into{};           ///< tip of the branch that takes the commits
    git::Oid from{};           ///< tip of what is taken
    QList<git::Oid> commits{}; ///< CherryPick: in this order
    QByteArray intoName{};     ///< for messages
    QByteArray fromName{};
    QByteArray message{}; ///< of a merge or squash; empty: one is made
};

struct IntegrationPlan
{
    git::Oid result{};     ///< what the branch would be; null with a conflict
    git::Oid tree{};       ///< its tree; with a conflict: with conflict marks in it
    bool upToDate = false; ///< nothing is to be taken
    bool fastForward = false;
    QList<git::Oid> taken{};   ///< commits, oldest first
    QList<git::Oid> dropped{}; ///< of Rebase and CherryPick: their change is there already
    std::optional<git::MergeAnswer> conflict{};
    git::Oid conflictCommit{}; ///< of Rebase and CherryPick: the commit that does not apply
    bool namesFilter = false;  ///< .gitattributes of the branch name one (LFS)
    QStringList notices{};
};

/// Makes the commits in memory, in the view's own object store. All ids must be known to the view.
/// Errors: InvalidConfig (git does not know the person's name), Conflict (no fast-forward, no
/// common history), InvalidArgument (a merge cannot be picked), ResourceLimitExceeded.
/// Worker threads only.
[[nodiscard]] Result<IntegrationPlan> planIntegration(const git::GitProcess &git,
                                                      const HostView &view,
                                                      const PlanRequest &request,
                                                      const CancelToken &cancel);

/// Commits that \a from has and \a notIn has not, newest first, at most \a limit.
[[nodiscard]] Result<QList<git::Oid>> listCommits(const git::GitProcess &git,
                                                  const HostView &view,
                                                  const git::Oid &from,
                                                  const git::Oid &notIn,
                                                  int limit,
                                                  const CancelToken &cancel);

} // namespace paddock::worktrees
