// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/RepositoryInfo.h"
#include "core/worktrees/SessionTree.h"

#include <QList>
#include <QString>

namespace paddock::worktrees {

/// A folder with files of a branch: the main checkout of a project or one of its worktrees.
struct BranchCheckout
{
    /// What the person has begun there with git and not ended.
    enum class Busy { No, Merge, Rebase, CherryPick, Revert, Bisect };

    QString path{};   ///< top of the files
    QString gitDir{}; ///< what belongs to this checkout alone: <project>/.git or an entry below
                      ///< .git/worktrees
    bool isOnBranch = false; ///< HEAD is on the branch; else the branch is only in use there
    bool exists = false;     ///< the folder is there
    bool ofSession = false;  ///< an agent works there: made for it, or the person's files shared
    SessionId session{};     ///< of ofSession
    Busy busy = Busy::No;

    [[nodiscard]] QString indexFile() const { return gitDir + QStringLiteral("/index"); }
};

/// Every checkout of \a project, whatever is checked out there: only path, gitDir, ofSession and
/// session are set. Worker threads only.
[[nodiscard]] Result<QList<BranchCheckout>> listCheckouts(const git::RepositoryInfo &project);

/// Every checkout of \a project that has the branch \a ref ("refs/heads/main") or is in the middle
/// of a rebase or bisection of it. Reads what the host wrote, follows no link. Worker threads only.
[[nodiscard]] Result<QList<BranchCheckout>> findCheckouts(const git::RepositoryInfo &project,
                                                          const QString &ref);

/// "A rebase" ... as the beginning of a sentence; empty for No.
[[nodiscard]] QString describeBusy(BranchCheckout::Busy busy);

} // namespace paddock::worktrees
