// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>
#include <sys/stat.h>

namespace paddock::policy {

/// One file object, whatever names it has.
struct FileIdentity
{
    dev_t device = 0;
    ino_t inode = 0;

    bool operator==(const FileIdentity &) const = default;
};

/// A path of this machine as the kernel sees it now.
struct HostPath
{
    QString canonical; ///< absolute, no symbolic links, no "." and ".."
    FileIdentity identity;
    mode_t mode = 0; ///< type and permissions
    uid_t owner = 0;

    [[nodiscard]] bool isFolder() const { return S_ISDIR(mode); }
    [[nodiscard]] bool isFile() const { return S_ISREG(mode); }
    [[nodiscard]] bool isSocket() const { return S_ISSOCK(mode); }
};

/// Resolves \a path. MountFailed for what does not exist, may not be looked at or is too long;
/// SecurityViolation for what has no exact form in the engine's language: relative paths, NUL, text
/// that is not valid UTF-8 on disk.
[[nodiscard]] Result<HostPath> resolveHostPath(const QString &path);

/// The canonical form of \a path as far as it exists, the rest as written; never fails. For places
/// that may not exist yet.
[[nodiscard]] QString canonicalAsFarAsItGoes(const QString &path);

/// Identity of what is at \a path now, following links; nothing when there is none.
[[nodiscard]] std::optional<FileIdentity> identityOf(const QString &path);

/// True when \a inner is \a outer or lies below it. Both canonical.
[[nodiscard]] bool isSameOrInside(const QString &inner, const QString &outer);
/// "/", "/a", "/a/b" for "/a/b".
[[nodiscard]] QStringList withAncestors(const QString &canonical);
/// \a path shortened in the middle and with control characters made visible, for a message.
[[nodiscard]] QString shownPath(const QString &path);

/// Where something lies inside its file system, independent of where that is mounted.
struct FileSystemPlace
{
    QString device; ///< "8:1"
    QString path;   ///< from the root of that file system

    bool operator==(const FileSystemPlace &) const = default;
};

/// The mounts of this process: proc(5), /proc/<pid>/mountinfo.
class MountTable
{
public:
    /// Lines that cannot be read are left out. IoFailed when there is no table.
    [[nodiscard]] static Result<MountTable> read(const QString &file);
    [[nodiscard]] static MountTable fromText(const QByteArray &text);

    [[nodiscard]] std::optional<FileSystemPlace> locate(const QString &canonical) const;
    /// Mount points strictly below \a canonical with what they show.
    struct Below
    {
        QString mountPoint;
        FileSystemPlace place;
    };
    [[nodiscard]] QList<Below> below(const QString &canonical) const;

private:
    struct Entry
    {
        QString device;
        QString root;
        QString mountPoint;
    };
    QList<Entry> m_entries; // in the order of mounting: a later one covers an earlier one
};

} // namespace paddock::policy
