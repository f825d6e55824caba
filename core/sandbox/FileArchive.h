// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/sandbox/ExecutionSandbox.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <sys/types.h>

namespace paddock::sandbox {

/// Whom the files of an archive belong to inside.
struct ArchiveOwner
{
    uid_t uid = 0;
    gid_t gid = 0;
};

/// A tar with one regular file. \a name has no '/'.
[[nodiscard]] Result<QByteArray>
packFile(const QString &name, const QByteArray &content, int mode, ArchiveOwner owner);
/// A tar of \a hostPath under its own last name. Links as links; sockets, FIFOs and devices are
/// left out. FileTooLarge beyond \a limit. Reads the disk: for a worker when large.
[[nodiscard]] Result<QByteArray>
packTree(const QString &hostPath, ArchiveOwner owner, qint64 limit = kGiB);

/// The content of the one regular file in \a tar. InvalidArgument when it is something else.
[[nodiscard]] Result<QByteArray> unpackFile(const QByteArray &tar, qint64 limit);
/// The entries directly in the folder that \a tar holds.
[[nodiscard]] Result<QList<FileEntry>> entriesOf(const QByteArray &tar);
/// Writes what \a tar holds below \a hostFolder. The archive is untrusted: regular files and
/// folders only, no name that leaves the folder, nothing that exists is replaced or followed, modes
/// are 0644, 0755 for what may be executed.
[[nodiscard]] Result<Done> unpackTree(const QByteArray &tar, const QString &hostFolder);

} // namespace paddock::sandbox
