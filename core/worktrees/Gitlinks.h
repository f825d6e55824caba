// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/worktrees/HostView.h"

/// Gitlinks (the entries of submodules) in an index.
///
/// To see whether a submodule is changed, git starts a git in its folder, with the configuration
/// that lies there. In a session that is a repository of the agent's making: a plain "git status"
/// of a person would run the agent's programs. Git does not look into a folder whose entry is
/// marked skip-worktree, whatever configuration and options say, so every gitlink in the host's
/// index of a worktree carries that mark. Worker threads only.
namespace paddock::worktrees {

enum class GitlinkMark {
    Skip, ///< for the host's index: git does not look into the folders
    Look, ///< for the agent's index, whose git may
};

/// Gives all gitlinks in \a indexFile (an index of the host's, never one that an agent can write)
/// the mark. Does not write where nothing is to be done.
[[nodiscard]] Result<Done> markGitlinks(const git::GitProcess &git,
                                        const HostView &view,
                                        const QString &indexFile,
                                        GitlinkMark mark,
                                        const CancelToken &cancel);

} // namespace paddock::worktrees
