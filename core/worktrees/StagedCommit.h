// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/Staging.h"

namespace paddock::worktrees {

/// Makes a commit of what is staged; see Staging::buildCommit(). Worker threads only.
[[nodiscard]] Result<BuiltCommit> buildStagedCommit(const git::GitProcess &git,
                                                    const SessionTree &tree,
                                                    const CommitOptions &options,
                                                    const CancelToken &cancel);

/// A message as git commit -m would clean it: no white space at the ends of lines, no empty lines
/// at the start and the end, none twice, a line feed at the end; empty if nothing is left.
[[nodiscard]] QByteArray cleanMessage(const QByteArray &message);

} // namespace paddock::worktrees
