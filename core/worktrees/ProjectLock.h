// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/WorkerPool.h"
#include "core/worktrees/Descriptor.h"

#include <chrono>

namespace paddock::worktrees {

/// Holds one project for a change to its worktrees or refs, against every other worker and every
/// other instance of Paddock of this machine: flock(2) on the git directory itself, so nothing is
/// left behind by a crash. Git does not use that lock and is not held up. Worker threads only.
class ProjectLock
{
public:
    /// Waits for at most \a limit; Conflict after that.
    [[nodiscard]] static Result<ProjectLock>
    take(const QString &commonDir,
         const CancelToken &cancel = {},
         std::chrono::seconds limit = std::chrono::seconds(30));

    /// For GitRequest::heldDescriptor; borrowed.
    [[nodiscard]] int descriptor() const { return m_folder.get(); }

private:
    explicit ProjectLock(Descriptor folder)
        : m_folder(std::move(folder))
    {
    }
    Descriptor m_folder;
};

} // namespace paddock::worktrees
