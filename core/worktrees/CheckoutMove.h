// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Porcelain.h"
#include "core/worktrees/BranchCheckout.h"
#include "core/worktrees/HostView.h"

#include <QStringList>

#include <optional>

namespace paddock::worktrees {

/// What of a checkout stands against moving its files.
struct CheckoutClash
{
    QList<QByteArray> changed{};   ///< paths with changes of the person that would be overwritten
    QList<QByteArray> untracked{}; ///< files git does not know (ignored ones too) in the way
    QList<QByteArray> unmerged{};  ///< paths with a conflict that is not resolved
    bool isLocked = false;         ///< another git program is at work, or died at it
    bool isSparse = false;         ///< not all files are checked out
    [[nodiscard]] bool isEmpty() const
    {
        return changed.isEmpty() && untracked.isEmpty() && unmerged.isEmpty() && !isLocked;
    }
};

/// Moves the files and the index of a person's checkout from one commit of its branch to another,
/// so that the branch can follow: by git's two-tree read-tree, with a configuration that holds
/// content settings only. Hooks, filters and drivers of the person or in the tree do not run.
/// Unrelated changes, staged or not, stay.
///
/// From begin() to finish() or takeBack() the person's index is locked as by git (index.lock) and
/// still the old one; git works on a copy in <git dir>/paddock-integration. The caller moves the
/// branch in between. What a crash leaves is found and put right by recover(): if the branch was
/// moved the index follows, else the files go back. Worker threads only, under the ProjectLock.
class CheckoutMove
{
public:
    /// What would be in the way; writes nothing into the checkout. \a changes: raw diff between the
    /// two commits; \a scratch: a folder of the caller's for temporary files.
    [[nodiscard]] static Result<CheckoutClash> look(const git::GitProcess &git,
                                                    const git::RepositoryInfo &project,
                                                    const BranchCheckout &checkout,
                                                    const git::Oid &from,
                                                    const QList<git::RawDiffEntry> &changes,
                                                    const QString &scratch,
                                                    const CancelToken &cancel);

    /// The error for a clash: Conflict or WorktreeDirty with the paths.
    [[nodiscard]] static Error refusal(const BranchCheckout &checkout, const CheckoutClash &clash);

    /// Locks and moves the files. Both commits must be in the project's store. Every error leaves
    /// the checkout as it was.
    [[nodiscard]] static Result<CheckoutMove> begin(const git::GitProcess &git,
                                                    const git::RepositoryInfo &project,
                                                    const BranchCheckout &checkout,
                                                    const QString &ref,
                                                    const git::Oid &from,
                                                    const git::Oid &to,
                                                    const CancelToken &cancel);
    /// The branch has moved: the index follows.
    [[nodiscard]] Result<Done> finish();
    /// The branch has not moved: the files go back. Answers paths that could not be put back.
    [[nodiscard]] Result<QList<QByteArray>> takeBack();

    /// Puts right what a crash left in \a checkout. Nothing if there is nothing; else a sentence
    /// for the person. Conflict if somebody else's lock is in the way.
    [[nodiscard]] static Result<std::optional<QString>> recover(const git::GitProcess &git,
                                                                const git::RepositoryInfo &project,
                                                                const BranchCheckout &checkout,
                                                                const CancelToken &cancel);
    /// True if recover() would have something to do.
    [[nodiscard]] static bool isLeftOver(const BranchCheckout &checkout);

private:
    CheckoutMove(const git::GitProcess &git,
                 BranchCheckout checkout,
                 git::Oid from,
                 git::Oid to,
                 HostView view)
        : m_git(&git)
        , m_checkout(std::move(checkout))
        , m_from(std::move(from))
        , m_to(std::move(to))
        , m_view(std::move(view))
    {
    }

    const git::GitProcess *m_git;
    BranchCheckout m_checkout;
    git::Oid m_from;
    git::Oid m_to;
    HostView m_view;
};

/// The raw diff between two commits known to \a view.
[[nodiscard]] Result<QList<git::RawDiffEntry>> rawChanges(const git::GitProcess &git,
                                                          const HostView &view,
                                                          const git::Oid &from,
                                                          const git::Oid &to,
                                                          const CancelToken &cancel);

} // namespace paddock::worktrees
