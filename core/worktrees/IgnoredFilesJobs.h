// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/IgnoredFiles.h"

/// The work behind IgnoredFiles. Worker threads only.
namespace paddock::worktrees {

[[nodiscard]] Result<QList<IgnoredEntry>> listIgnored(const git::GitProcess &git,
                                                      const IgnoredFilesOptions &options,
                                                      const CancelToken &cancel);
[[nodiscard]] Result<CopyIgnoredReport> copyIgnored(const git::GitProcess &git,
                                                    const SessionTree &tree,
                                                    const CopyIgnoredOptions &options,
                                                    const CancelToken &cancel);

} // namespace paddock::worktrees
