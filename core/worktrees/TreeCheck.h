// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/worktrees/SessionTree.h"
#include "core/worktrees/WorktreeManager.h"

namespace paddock::worktrees {

/// What a person has done to the worktree, its entry or the branch of a session from outside.
/// Reads only. Worker threads only.
[[nodiscard]] Result<TreeCondition> checkTree(const SessionTree &tree);

} // namespace paddock::worktrees
