// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/WorkerPool.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArray>
#include <QStringList>

#include <functional>
#include <limits>
#include <optional>
#include <sys/stat.h>

/// Work on folders that an agent can write: by descriptors only, never through a symbolic link,
/// never onto another file system. All of it blocks: worker threads only.
namespace paddock::worktrees {

/// Opens something below the open folder \a root: not outside of it, through no symbolic link, onto
/// no other mount; close-on-exec. -1 with errno on failure. Give O_NONBLOCK where it may be a FIFO.
[[nodiscard]] int openBeneath(int root, const QByteArray &relative, int flags, mode_t mode = 0);

/// What a folder is, whatever its path leads to later.
struct FolderIdentity
{
    quint64 device = 0;
    quint64 inode = 0;
    bool operator==(const FolderIdentity &) const = default;
    [[nodiscard]] QByteArray toText() const;
    [[nodiscard]] static std::optional<FolderIdentity> fromText(const QByteArray &text);
};

/// FileNotFound if there is nothing; IoFailed if it is not a folder (a symbolic link is none).
[[nodiscard]] Result<FolderIdentity> identifyFolder(const QString &path);

/// Deletes a folder and everything in it, whatever modes, depth or names it has. Refuses
/// (SecurityViolation) when the folder is not \a expected. Mounted folders and what may not be
/// deleted are left and named in the answer. Nothing there: succeeds. Cancelled: a part is gone.
[[nodiscard]] Result<QStringList> removeTree(const QString &path,
                                             const std::optional<FolderIdentity> &expected,
                                             const CancelToken &cancel = {});

struct WalkedEntry
{
    int directory = -1; ///< open descriptor of the folder that holds it
    QByteArray name{};  ///< in that folder
    QByteArray path{};  ///< relative to the root
    struct stat status
    {
    };
};

struct WalkLimits
{
    qint64 entries = std::numeric_limits<qint64>::max();
};

/// \a error, or DiskFull in its place if it is git's (which does not always say why it could not
/// write) and the file system of \a path has no room left.
[[nodiscard]] Error orDiskFull(const Error &error, const QString &path);

/// Opens a folder itself, not a link to one. -1 with errno.
[[nodiscard]] int openFolder(const QString &path, int flags);

/// Calls \a visit for everything below \a path, folders before their content; stops when it
/// answers false. FileTooLarge beyond the limits. A folder that cannot be read is left out.
[[nodiscard]] Result<Done> walkTree(const QString &path,
                                    const std::function<bool(const WalkedEntry &)> &visit,
                                    const WalkLimits &limits = {},
                                    const CancelToken &cancel = {});

/// Gives the folder and all below to \a owner. Files with a second name are left alone.
[[nodiscard]] Result<Done> changeOwner(const QString &path, const Owner &owner);

/// Writes a whole file by rename, with \a mode whatever the umask, below the folder \a root: no
/// part of \a relative may be a symbolic link, its folder must exist.
[[nodiscard]] Result<Done> writeFileBeneath(const QString &root,
                                            const QByteArray &relative,
                                            const QByteArray &content,
                                            mode_t mode);

/// The content of a regular file below \a root, at most \a limit bytes (FileTooLarge), opened
/// without following links and without waiting for a FIFO.
[[nodiscard]] Result<QByteArray>
readFileBeneath(const QString &root, const QByteArray &relative, qint64 limit);

/// lstat() of something below \a root without following any link; nothing if it is not there.
[[nodiscard]] std::optional<struct stat> statBeneath(const QString &root,
                                                     const QByteArray &relative);

} // namespace paddock::worktrees
