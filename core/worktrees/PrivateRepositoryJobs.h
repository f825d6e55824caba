// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/PrivateRepository.h"

/// The work behind PrivateRepository. Worker threads only.
namespace paddock::worktrees {

[[nodiscard]] Result<TreeMounts> ensurePrivateRepository(const git::GitProcess &git,
                                                         const SessionTree &tree,
                                                         const PrivateRepositoryOptions &options,
                                                         const CancelToken &cancel);
[[nodiscard]] Result<Done>
removePrivateRepository(const git::GitProcess &git, const SessionTree &tree, StrayRefs strays);

} // namespace paddock::worktrees
