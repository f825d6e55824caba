// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/WorkerPool.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArray>
#include <QString>

#include <optional>

/// Copies from one folder into another by descriptors. Worker threads only.
namespace paddock::worktrees {

/// Everything that can still be read from \a source goes into \a target. 0, or the system's error.
[[nodiscard]] int copyContent(int source, int target, const CancelToken &cancel = {});

/// Copies the regular file \a relative below \a from to the same place below \a to, and makes the
/// folders on the way. Follows no link on either side; keeps mode (without setuid, setgid, sticky)
/// and times. Conflict if something is there already; FileTooLarge above \a limit; answers the
/// size.
[[nodiscard]] Result<qint64> copyFileBeneath(const QString &from,
                                             const QString &to,
                                             const QByteArray &relative,
                                             qint64 limit,
                                             const std::optional<Owner> &owner,
                                             const CancelToken &cancel = {});

/// Makes the symbolic link \a relative below \a to that leads to \a target. Conflict if something
/// is there already.
[[nodiscard]] Result<Done> makeLinkBeneath(const QString &to,
                                           const QByteArray &relative,
                                           const QByteArray &target,
                                           const std::optional<Owner> &owner);

} // namespace paddock::worktrees
