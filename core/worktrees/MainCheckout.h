// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/git/Repository.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/WorktreeManager.h"

#include <optional>

/// A write session on the main checkout (Checkout::MainReadWrite). Worker threads only; what
/// decides or changes who works there needs the project's lock.
namespace paddock::worktrees {

/// The session that may write to the main checkout now: by a note in the git directory, which no
/// container sees. A note whose session folder is gone says nothing.
[[nodiscard]] std::optional<SessionId> checkoutWriter(const git::RepositoryInfo &project);

/// The same with the branch it works on.
[[nodiscard]] Result<std::optional<CheckoutHold>> checkoutHold(const git::RepositoryInfo &project);

/// Why no session can write to the main checkout as \a options want it, whoever else is there;
/// nothing if one can.
[[nodiscard]] std::optional<Error> checkoutObstacle(const git::GitProcess &git,
                                                    const git::Repository &repository,
                                                    const git::RepositoryInfo &project,
                                                    const CreateWorktreeOptions &options,
                                                    const CancelToken &cancel);

/// Takes the checkout, makes the branch of \a tree at HEAD and keeps what is not committed in
/// beforeRef(). undoCreateWorktree() takes it back, also half of it.
[[nodiscard]] Result<Done> takeCheckout(const git::GitProcess &git,
                                        const SessionTree &tree,
                                        const git::RepositoryInfo &project,
                                        const CancelToken &cancel);
/// For another start of a session that works there. Conflict if another session does meanwhile, or
/// it is not fit for an agent any more.
[[nodiscard]] Result<Done> holdCheckoutAgain(const git::GitProcess &git,
                                             const SessionTree &tree,
                                             const git::RepositoryInfo &project,
                                             const CancelToken &cancel);
/// Ends the session's hold on the checkout. No file of it is touched.
void releaseCheckout(const SessionTree &tree, const git::RepositoryInfo &project);
/// Removes the note of a session that is no more.
void sweepCheckoutNote(const git::RepositoryInfo &project);

/// The session's own index of the checkout, made if it is missing.
[[nodiscard]] Result<Done> ensureCheckoutIndex(const git::GitProcess &git,
                                               const SessionTree &tree,
                                               const HostView &view,
                                               const CancelToken &cancel);
/// What a person should know about a session that writes to their checkout.
[[nodiscard]] QStringList checkoutNotices(const SessionTree &tree,
                                          const git::RepositoryInfo &project);

/// Moves the branch of HEAD and the index of the main checkout to the session's branch. Conflict if
/// that is not \a branch; empty: whatever it is.
[[nodiscard]] Result<TakeOverReport> takeIntoCheckout(const git::GitProcess &git,
                                                      const SessionTree &tree,
                                                      const QString &branch,
                                                      const CancelToken &cancel);

/// Where the files as they were before the session are kept.
[[nodiscard]] QString beforeRef(const SessionTree &tree);

} // namespace paddock::worktrees
