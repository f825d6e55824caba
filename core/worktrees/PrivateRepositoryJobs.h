// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/PrivateRepository.h"

/// The work behind PrivateRepository. Worker threads only.
namespace paddock::worktrees {

[[nodiscard]] Result<TreeMounts> ensurePrivateRepository(const git::GitProcess &git,
                                                         const SessionTree &tree,
                                                         const PrivateRepositoryOptions &options,
                                                         const CancelToken &cancel);
/// An index as it would be right after a checkout of the view's HEAD, with what the index at
/// \a source (may be missing) knows of the files, so that the first status is quick. What is staged
/// there is not in it. Answers its bytes.
[[nodiscard]] Result<QByteArray> freshIndex(const git::GitProcess &git,
                                            const HostView &view,
                                            const QString &source,
                                            const CancelToken &cancel);
[[nodiscard]] Result<Done>
removePrivateRepository(const git::GitProcess &git, const SessionTree &tree, StrayRefs strays);

} // namespace paddock::worktrees
