// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/CheckoutMove.h"

/// A branch of a project together with the files of the checkouts it has. Worker threads only,
/// under the ProjectLock.
namespace paddock::worktrees {

struct TargetMove
{
    QString ref{};
    git::Oid from{};                   ///< null: the branch is made
    git::Oid to{};                     ///< null: the branch is deleted
    QString backupRef{};               ///< gets `from`; empty: none
    QString reason{};                  ///< for the reflogs, one line
    QList<BranchCheckout> checkouts{}; ///< filled by prepareMove()
};

/// Finds the checkouts and refuses what cannot be moved: Conflict (an unfinished rebase ..., a
/// folder that is not there), UnsupportedOption (an agent works on the branch).
[[nodiscard]] Result<Done> prepareMove(const git::RepositoryInfo &project, TargetMove &move);

/// Files, then the ref by compare-and-swap, then the indexes. After an error everything is as it
/// was. Answers notices.
[[nodiscard]] Result<QStringList> runMove(const git::GitProcess &git,
                                          const git::RepositoryInfo &project,
                                          const TargetMove &move,
                                          const CancelToken &cancel);

/// Brings what \a commit has and \a known have not from the view's object store into the project's,
/// as one pack: all of it or nothing.
[[nodiscard]] Result<Done> bringCommits(const git::GitProcess &git,
                                        const SessionTree &tree,
                                        const HostView &view,
                                        const git::Oid &commit,
                                        const QList<git::Oid> &known,
                                        const CancelToken &cancel);

} // namespace paddock::worktrees
