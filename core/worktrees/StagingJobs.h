// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/Staging.h"

/// The work behind Staging. Worker threads only.
namespace paddock::worktrees {

[[nodiscard]] Result<StagingView> readStaging(const git::GitProcess &git,
                                              const SessionTree &tree,
                                              const StagingOptions &options,
                                              const CancelToken &cancel);
[[nodiscard]] Result<StagingReport> changeStaging(const git::GitProcess &git,
                                                  const SessionTree &tree,
                                                  StagingAction action,
                                                  const QList<FileSelection> &files,
                                                  const CancelToken &cancel);
[[nodiscard]] Result<StagingReport>
undoStaging(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel);

} // namespace paddock::worktrees
