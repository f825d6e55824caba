// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Result.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <optional>

struct archive;

namespace paddock::docker {

/// One entry of a tar.
struct TarEntry
{
    enum class Type { File, Folder, Symlink, Hardlink, Other };

    QString path; ///< relative, '/' between parts, no trailing '/'
    Type type = Type::File;
    qint64 size = 0; ///< of a file's content
    int mode = 0644; ///< permission bits
    qint64 userId = 0;
    qint64 groupId = 0;
    QString linkTarget = {}; ///< as it is in the archive: never follow it
};

struct TarOwner
{
    qint64 userId = 0;
    qint64 groupId = 0;
};

/// Writes a tar (GNU format, fixed time stamps, so that equal content gives equal bytes) into
/// memory or a file. Add everything, then finish() once. Any thread, one at a time.
/// Errors: InvalidArgument for a path that is absolute or has "..", IoFailed, DiskFull.
class TarWriter
{
public:
    /// In memory.
    explicit TarWriter(TarOwner owner = {});
    /// Into \a file, which is made or emptied.
    TarWriter(const QString &file, TarOwner owner);
    ~TarWriter();
    Q_DISABLE_COPY_MOVE(TarWriter)

    [[nodiscard]] Result<Done> addFolder(const QString &path, int mode = 0755);
    [[nodiscard]] Result<Done>
    addFile(const QString &path, const QByteArray &bytes, int mode = 0644);
    /// A regular file from disk, read piece by piece; links and special files are refused.
    [[nodiscard]] Result<Done> addFileFrom(const QString &path, const QString &diskPath);
    [[nodiscard]] Result<Done> addSymlink(const QString &path, const QString &target);
    /// The bytes when writing to memory, empty when to a file.
    [[nodiscard]] Result<QByteArray> finish();

private:
    [[nodiscard]] Result<Done> begin(const TarEntry &entry);
    [[nodiscard]] Result<Done> put(const QByteArray &bytes);
    [[nodiscard]] Result<Done> check(int code);

    struct archive *m_archive = nullptr;
    TarOwner m_owner;
    QByteArray m_memory;
    int m_descriptor = -1;
    std::optional<Error> m_error;
};

struct TarLimits
{
    qint64 maxEntries = 100'000;
    qint64 maxContentBytes = qint64{4} * kGiB; ///< of all files together
};

/// Reads a tar without unpacking it anywhere. Entries come in the order of the archive. The content
/// is hostile: a path that leaves the archive's top, more entries or content than the limits, or a
/// broken archive is an error. Any thread, one at a time.
class TarReader
{
public:
    /// \a tar is kept alive by the reader.
    explicit TarReader(QByteArray tar, TarLimits limits = {});
    ~TarReader();
    Q_DISABLE_COPY_MOVE(TarReader)

    /// The next entry; nullopt at the end.
    [[nodiscard]] Result<std::optional<TarEntry>> next();
    /// The content of the current entry. FileTooLarge beyond \a maxBytes.
    [[nodiscard]] Result<QByteArray> content(qint64 maxBytes);

private:
    QByteArray m_tar;
    TarLimits m_limits;
    struct archive *m_archive = nullptr;
    qint64 m_entries = 0;
    qint64 m_content = 0;
    bool m_atEnd = false;
};

/// Relative, no empty, "." or ".." part, no NUL.
[[nodiscard]] bool isTarPathSafe(const QString &path);

} // namespace paddock::docker
