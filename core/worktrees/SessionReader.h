// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/SessionDiff.h"

#include <functional>

/// The work behind SessionDiff; also used where a worktree is removed. Worker threads only.
namespace paddock::worktrees {

/// Runs git on files of the agent. After some seconds without an answer it looks for what git may
/// wait on for ever, and only if there is nothing of the kind git gets the rest of its time: a
/// special file is named within five seconds. \a again: before the output comes for a second time.
[[nodiscard]] Result<git::GitOutput> runOnFiles(const git::GitProcess &git,
                                                const SessionTree &tree,
                                                git::GitRequest request,
                                                const CancelToken &cancel,
                                                const std::function<void()> &again = {});

/// How many commits \a head has that the base of the session has not; capped.
[[nodiscard]] int
commitsAhead(const SessionTree &tree, const git::RepositoryInfo &project, const git::Oid &head);

/// The error that names the files of an agent's making that git waits on for ever.
[[nodiscard]] Error stoppedBySpecialFiles(const QStringList &names);

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
