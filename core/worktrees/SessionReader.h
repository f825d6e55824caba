// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/SessionDiff.h"

/// The work behind SessionDiff; also used where a worktree is removed. Worker threads only.
namespace paddock::worktrees {

[[nodiscard]] Result<TreeStatus> readStatus(const git::GitProcess &git,
                                            const SessionTree &tree,
                                            const git::RepositoryInfo &project,
                                            const CancelToken &cancel);
[[nodiscard]] Result<DiffReport> readDiff(const git::GitProcess &git,
                                          const SessionTree &tree,
                                          const git::RepositoryInfo &project,
                                          const DiffOptions &options,
                                          const CancelToken &cancel);
[[nodiscard]] Result<QList<CommitSummary>> readLog(const git::GitProcess &git,
                                                   const SessionTree &tree,
                                                   const git::RepositoryInfo &project,
                                                   int limit,
                                                   const CancelToken &cancel);

/// Format for git log -z, and the reader of what it prints.
inline constexpr char kSummaryFormat[] =
    "--format=%H%x1f%at%x1f%<(200,trunc)%an%x1f%<(500,trunc)%s";
[[nodiscard]] Result<QList<CommitSummary>> parseSummaries(const QByteArray &text);

} // namespace paddock::worktrees
