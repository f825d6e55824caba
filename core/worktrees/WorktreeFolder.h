// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/SessionTree.h"
#include "core/worktrees/WorktreeManager.h"

#include <optional>

/// The worktree of one session: its folder, and its entry in <common dir>/worktrees, which only the
/// host writes. Worker threads only; entries are made and removed under the project's lock.
namespace paddock::worktrees {

/// An entry for \a path with \a start checked out, without the files. \a branchOptions: what git
/// is told about a new branch.
[[nodiscard]] Result<Done> addEntry(const git::GitProcess &git,
                                    const SessionTree &tree,
                                    const QString &path,
                                    const QStringList &branchOptions,
                                    const QString &start,
                                    const git::RepositoryInfo &project,
                                    const ProjectLock &lock,
                                    const CancelToken &cancel);
/// Marks folder and entry as the session's and writes the files of \a head. Needs no lock.
[[nodiscard]] Result<Done> fillWorktree(const git::GitProcess &git,
                                        const SessionTree &tree,
                                        const git::RepositoryInfo &project,
                                        const git::Oid &head,
                                        const CancelToken &cancel);
void removeAdminDir(const QString &commonDir, const QString &adminDir);

/// The session of an entry: by its mark, or before it has one by the reason of git's lock on it.
[[nodiscard]] std::optional<SessionId> sessionOf(const QString &adminDir);
/// Which folder the worktree was when it was made.
[[nodiscard]] std::optional<FolderIdentity> recordedIdentity(const SessionTree &tree);

/// An entry that a repair made and did not come to use.
[[nodiscard]] bool isRepairLeftover(const SessionTree &tree, const WorktreeEntry &entry);
/// Makes folder or entry again where it is gone, the folder from the session's branch; in the main
/// checkout takes the hold on it again. Answers what was done, for the person; empty: there was
/// nothing to do, or nothing that can be done. FileNotFound where the folder may be on a disk that
/// is not there.
[[nodiscard]] Result<QString>
repairWorktree(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel);

} // namespace paddock::worktrees
