// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/HostView.h"

#include <QList>

namespace paddock::worktrees {

/// Gives the project its own copy of blobs that are in the view's object store, as git add would
/// have written them there: the index names them, so the person's own git has to find them. What
/// the project has stays as it is. Worker threads only.
[[nodiscard]] Result<Done> publishBlobs(const git::GitProcess &git,
                                        const HostView &view,
                                        const QList<git::Oid> &ids,
                                        const CancelToken &cancel);

} // namespace paddock::worktrees
