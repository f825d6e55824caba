// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/CheckoutMove.h"

/// What CheckoutMove does with files. Worker threads only.
namespace paddock::worktrees {

/// The git directory for commands on the files of a person's checkout: a host view below \a folder
/// with HEAD at \a head, and what git must know of a sparse checkout or a split index. The index is
/// to be set in every request.
struct CheckoutView
{
    HostView view;
    QList<std::pair<QByteArray, QByteArray>> settings{}; ///< for every request
    bool isSparse = false;

    [[nodiscard]] git::GitRequest request(const QStringList &arguments, const QString &index) const;
};
[[nodiscard]] Result<CheckoutView> makeCheckoutView(const git::GitProcess &git,
                                                    const git::RepositoryInfo &project,
                                                    const BranchCheckout &checkout,
                                                    const git::Oid &head,
                                                    const QString &folder,
                                                    const CancelToken &cancel);

/// Changes and untracked files of the person on the paths of \a changes.
[[nodiscard]] Result<CheckoutClash> findClash(const git::GitProcess &git,
                                              const CheckoutView &view,
                                              const BranchCheckout &checkout,
                                              const QString &index,
                                              const QList<git::RawDiffEntry> &changes,
                                              const CancelToken &cancel);

/// Every path of \a changes that is as on the new side, or missing, or the beginning of the new
/// side, becomes as on the old side; what is neither is left and answered. For a move that ended in
/// the middle. Temporary files go into the folder of the view.
[[nodiscard]] Result<QList<QByteArray>> restoreFiles(const git::GitProcess &git,
                                                     const CheckoutView &view,
                                                     const BranchCheckout &checkout,
                                                     const QList<git::RawDiffEntry> &changes,
                                                     const CancelToken &cancel);

} // namespace paddock::worktrees
