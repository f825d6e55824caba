// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/WorktreeManager.h"

/// The work behind WorktreeManager. Worker threads only.
namespace paddock::worktrees {

using git::kSessionMark;
/// In the host view: which folder the worktree was when Paddock made it.
inline constexpr char kFolderMark[] = "worktree-identity";

[[nodiscard]] Result<SessionTree> createWorktree(const git::GitProcess &git,
                                                 const CreateWorktreeOptions &options,
                                                 const CancelToken &cancel);
[[nodiscard]] Result<Done> undoCreateWorktree(const git::GitProcess &git, const SessionTree &tree);
[[nodiscard]] Result<RemoveWorktreeReport> removeWorktree(const git::GitProcess &git,
                                                          const SessionTree &tree,
                                                          const RemoveWorktreeOptions &options,
                                                          const CancelToken &cancel);
[[nodiscard]] Result<QList<WorktreeEntry>> listWorktrees(const git::RepositoryInfo &project);
/// Makes <worktree>/.git again if it is gone. SecurityViolation if something else is in its place.
[[nodiscard]] Result<Done> ensureGitFile(const SessionTree &tree, const QString &adminDir);
[[nodiscard]] Result<int> cleanStaleWorktrees(const git::RepositoryInfo &project,
                                              const QSet<SessionId> &alive);

/// Where worktrees are kept with \a root as the project's setting: an absolute path that can be
/// used, or is not there yet. InvalidConfig, Conflict (something else is there).
[[nodiscard]] Result<QString> worktreesRootPath(const git::RepositoryInfo &project,
                                                const QString &root);
/// The folder for worktrees as an absolute path, made if it is missing, and in info/exclude if it
/// is inside the project. Sets \a made to what had to be made (for an undo).
[[nodiscard]] Result<QString>
prepareWorktreesRoot(const git::RepositoryInfo &project, const QString &root, bool *made = nullptr);

} // namespace paddock::worktrees
