// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/WorkerPool.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArray>

#include <optional>
#include <sys/stat.h>

/// Single files of a folder that an agent changes at the same time: read and replaced by
/// descriptors, never through a link, and never over something that was not looked at. All of it
/// blocks: worker threads only.
namespace paddock::worktrees {

/// What is at a path, at one moment.
struct TreeFile
{
    enum class Kind {
        Absent, ///< also below something that is no folder (a link is none)
        Regular,
        Link,
        Folder,
        Special, ///< FIFO, socket, device
    };
    Kind kind = Kind::Absent;
    struct stat status
    {
    };

    [[nodiscard]] bool isExecutable() const { return (status.st_mode & S_IXUSR) != 0; }
    /// False once it was written, replaced or removed.
    [[nodiscard]] bool isStill(const TreeFile &other) const;
};

/// PermissionDenied or IoFailed where the kernel does not say.
[[nodiscard]] Result<TreeFile> lookBeneath(const QString &root, const QByteArray &relative);

/// Where the symbolic link at \a relative leads, as written in it.
[[nodiscard]] Result<QByteArray> readLinkBeneath(const QString &root, const QByteArray &relative);

/// Copies a regular file into another folder without loading it, and answers what was copied; the
/// folders above the target are made. FileTooLarge beyond \a limit, Conflict if it was written
/// meanwhile. The copy has mode 0644 or 0755.
[[nodiscard]] Result<TreeFile> copyBeneath(const QString &root,
                                           const QByteArray &relative,
                                           const QString &targetRoot,
                                           const QByteArray &target,
                                           qint64 limit,
                                           const CancelToken &cancel = {});

/// Makes a symbolic link; the folders above it are made.
[[nodiscard]] Result<Done>
linkBeneath(const QString &root, const QByteArray &relative, const QByteArray &target);

/// Makes a regular file by rename; the folders above it are made.
[[nodiscard]] Result<Done>
writeBeneath(const QString &root, const QByteArray &relative, const QByteArray &content);

/// What is to be at a path.
struct Replacement
{
    QString sourceRoot{};         ///< folder nobody else writes; empty: nothing is to be there
    QByteArray source{};          ///< a regular file (its mode counts) or a link below it
    std::optional<Owner> owner{}; ///< of what is made
};

/// Puts \a replacement at \a relative if what is there is still \a expected: exchanged in one step,
/// looked at after, exchanged back if it was something else. Conflict then, or if a folder of the
/// path is something else now. The folders above it are made; none is removed.
[[nodiscard]] Result<Done> replaceBeneath(const QString &root,
                                          const QByteArray &relative,
                                          const TreeFile &expected,
                                          const Replacement &replacement,
                                          const CancelToken &cancel = {});

/// Changes the mode of the regular file that is still \a expected.
[[nodiscard]] Result<Done> setModeBeneath(const QString &root,
                                          const QByteArray &relative,
                                          const TreeFile &expected,
                                          mode_t mode);

} // namespace paddock::worktrees
