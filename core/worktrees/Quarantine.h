// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/git/RepositoryInfo.h"

#include <QString>
#include <QStringList>

/// Object directories for what is not checked yet, inside the project's own object store: on the
/// same file system, so that what passes is moved by rename, and with a name that git itself sweeps
/// after a crash. Worker threads only.
namespace paddock::worktrees {

/// Makes one that borrows from \a stores and from what the project borrows. Those of a crash, with
/// the same \a owner (letters and digits), are deleted: one at a time for each owner.
[[nodiscard]] Result<QString>
makeQuarantine(const git::RepositoryInfo &project, const QStringList &stores, const QString &owner);

/// Moves its packs into the project's store; answers their size.
[[nodiscard]] Result<qint64> moveObjects(const QString &quarantine,
                                         const git::RepositoryInfo &project);

/// Deletes it; quiet if it is not there.
void dropQuarantine(const QString &quarantine);

} // namespace paddock::worktrees
