// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/XdgPaths.h"

#include <QLockFile>

#include <memory>

namespace paddock::control {

/// The right to run the core on one data folder: to open the store for writing, to serve
/// control.sock, to supervise sessions. Held as long as the object lives; the lock of a process
/// that was killed (or of an earlier boot) is taken over. Main thread.
class OwnerLock
{
public:
    /// Makes the data folder if it is missing. Errors: OwnerRunning, naming who owns;
    /// PermissionDenied; IoFailed.
    [[nodiscard]] static Result<OwnerLock> acquire(const XdgPaths &paths);

    void release();
    [[nodiscard]] bool isHeld() const { return m_file && m_file->isLocked(); }

private:
    explicit OwnerLock(std::unique_ptr<QLockFile> file)
        : m_file(std::move(file))
    {
    }

    std::unique_ptr<QLockFile> m_file;
};

} // namespace paddock::control
