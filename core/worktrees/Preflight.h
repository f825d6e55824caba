// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/base/WorkerPool.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArray>
#include <QList>

namespace paddock::worktrees {

enum class HardLinkPolicy {
    Report, ///< only tell
    Copy,   ///< give the workspace a copy of its own, so that the other names keep their content
};

struct PreflightOptions
{
    HardLinkPolicy hardLinks = HardLinkPolicy::Report;
    qint64 maxEntries = 2'000'000;
};

struct PreflightReport
{
    QList<QByteArray> hardLinked{}; ///< paths in the workspace with more than one name, relative
    QList<QByteArray> copied{};     ///< of these, replaced by a copy
    QList<QByteArray> special{};    ///< FIFOs, sockets and devices
    qint64 entries = 0;
    qint64 bytes = 0;
    bool truncated = false;
};

/// Looks over a folder before a container may write to it: a file that has a second name outside
/// would be changed there too. Walks with descriptors, never follows a link, stays on the device.
[[nodiscard]] Pending<PreflightReport>
runPreflight(WorkerPool &pool, const SessionTree &tree, const PreflightOptions &options = {});

/// The same on a worker thread.
[[nodiscard]] Result<PreflightReport>
lookOver(const SessionTree &tree, const PreflightOptions &options, const CancelToken &cancel);

} // namespace paddock::worktrees
