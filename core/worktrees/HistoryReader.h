// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/worktrees/HostView.h"
#include "core/worktrees/SessionHistory.h"

/// The work behind SessionHistory. Worker threads only.
namespace paddock::worktrees {

[[nodiscard]] Result<HistoryPage> readHistory(const git::GitProcess &git,
                                              const SessionTree &tree,
                                              const HistoryOptions &options,
                                              const CancelToken &cancel);
[[nodiscard]] Result<BlameReport> readBlame(const git::GitProcess &git,
                                            const SessionTree &tree,
                                            const QByteArray &path,
                                            const git::Oid &commit,
                                            const CancelToken &cancel);
[[nodiscard]] Result<RefList>
readRefs(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel);

} // namespace paddock::worktrees
