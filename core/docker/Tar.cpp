// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/Tar.h"

#include <archive.h>
#include <archive_entry.h>

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr qsizetype kPiece = 256 * 1024;

QString translated(const char *text)
{
    return QCoreApplication::translate("Tar", text);
}

Error writeError(struct archive *handle)
{
    const int code = ::archive_errno(handle);
    return Error(code == ENOSPC || code == EDQUOT ? ErrorKind::DiskFull : ErrorKind::IoFailed,
                 translated("The archive could not be written."))
        .withDetail(QString::fromUtf8(::archive_error_string(handle)));
}

la_ssize_t appendToMemory(struct archive *, void *data, const void *bytes, size_t size)
{
    static_cast<QByteArray *>(data)->append(static_cast<const char *>(bytes),
                                            static_cast<qsizetype>(size));
    return static_cast<la_ssize_t>(size);
}

struct EntryDeleter
{
    void operator()(struct archive_entry *entry) const { ::archive_entry_free(entry); }
};
using EntryHandle = std::unique_ptr<struct archive_entry, EntryDeleter>;

/// Names come as UTF-8 (pax) or as raw bytes, whatever the locale is.
QString textOf(const char *utf8, const char *raw)
{
    return QString::fromUtf8(utf8 ? utf8 : raw ? raw : "");
}

} // namespace

bool isTarPathSafe(const QString &path)
{
    if (path.isEmpty() || path.startsWith(u'/') || path.contains(QChar(u'\0')))
        return false;
    for (const QStringView part : QStringView(path).split(u'/')) {
        if (part.isEmpty() || part == u"." || part == u"..")
            return false;
    }
    return true;
}

// --- TarWriter
// ------------------------------------------------------------------------------------

TarWriter::TarWriter(TarOwner owner)
    : m_archive(::archive_write_new())
    , m_owner(owner)
{
    // Raw bytes in names and no size limit; pax would translate names by the locale.
    ::archive_write_set_format_gnutar(m_archive);
    ::archive_write_set_bytes_in_last_block(m_archive, 1);
    if (::archive_write_open2(m_archive, &m_memory, nullptr, appendToMemory, nullptr, nullptr) !=
        ARCHIVE_OK)
        m_error = writeError(m_archive);
}

TarWriter::TarWriter(const QString &file, TarOwner owner)
    : m_archive(::archive_write_new())
    , m_owner(owner)
{
    ::archive_write_set_format_gnutar(m_archive);
    ::archive_write_set_bytes_in_last_block(m_archive, 1);
    m_descriptor = ::open(QFile::encodeName(file).constData(),
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                          0600);
    if (m_descriptor < 0) {
        const int code = errno;
        m_error = Error(code == ENOSPC ? ErrorKind::DiskFull : ErrorKind::IoFailed,
                        translated("The archive %1 could not be made.").arg(file))
                      .withDetail(QString::fromLocal8Bit(std::strerror(code)));
        return;
    }
    if (::archive_write_open_fd(m_archive, m_descriptor) != ARCHIVE_OK)
        m_error = writeError(m_archive);
}

TarWriter::~TarWriter()
{
    if (m_archive)
        ::archive_write_free(m_archive);
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Result<Done> TarWriter::check(int code)
{
    if (code >= ARCHIVE_WARN)
        return Done{};
    m_error = writeError(m_archive);
    return fail(*m_error);
}

Result<Done> TarWriter::begin(const TarEntry &entry)
{
    if (m_error)
        return fail(*m_error);
    if (!isTarPathSafe(entry.path)) {
        return fail(
            ErrorKind::InvalidArgument,
            translated("\"%1\" cannot be the path of an entry in an archive.").arg(entry.path));
    }
    const EntryHandle handle(::archive_entry_new());
    ::archive_entry_set_pathname(handle.get(), QFile::encodeName(entry.path).constData());
    const unsigned type = entry.type == TarEntry::Type::Folder    ? AE_IFDIR
                          : entry.type == TarEntry::Type::Symlink ? AE_IFLNK
                                                                  : AE_IFREG;
    ::archive_entry_set_filetype(handle.get(), type);
    ::archive_entry_set_perm(handle.get(), static_cast<mode_t>(entry.mode & 07777));
    ::archive_entry_set_uid(handle.get(), m_owner.userId);
    ::archive_entry_set_gid(handle.get(), m_owner.groupId);
    ::archive_entry_set_mtime(handle.get(), 0, 0);
    if (entry.type == TarEntry::Type::Symlink)
        ::archive_entry_set_symlink(handle.get(), QFile::encodeName(entry.linkTarget).constData());
    ::archive_entry_set_size(handle.get(), entry.size);
    return check(::archive_write_header(m_archive, handle.get()));
}

Result<Done> TarWriter::put(const QByteArray &bytes)
{
    const la_ssize_t written =
        ::archive_write_data(m_archive, bytes.constData(), static_cast<size_t>(bytes.size()));
    if (written == bytes.size())
        return Done{};
    m_error = writeError(m_archive);
    return fail(*m_error);
}

Result<Done> TarWriter::addFolder(const QString &path, int mode)
{
    return begin({.path = path, .type = TarEntry::Type::Folder, .mode = mode});
}

Result<Done> TarWriter::addFile(const QString &path, const QByteArray &bytes, int mode)
{
    auto begun = begin({.path = path, .size = bytes.size(), .mode = mode});
    if (!begun || bytes.isEmpty())
        return begun;
    return put(bytes);
}

Result<Done> TarWriter::addSymlink(const QString &path, const QString &target)
{
    return begin(
        {.path = path, .type = TarEntry::Type::Symlink, .mode = 0777, .linkTarget = target});
}

Result<Done> TarWriter::addFileFrom(const QString &path, const QString &diskPath)
{
    const auto refuse = [&](const QString &detail) {
        return fail(
            Error(ErrorKind::IoFailed, translated("The file %1 cannot be read.").arg(diskPath))
                .withDetail(detail));
    };
    // Non-blocking: opening a FIFO would wait for a writer.
    const int descriptor = ::open(QFile::encodeName(diskPath).constData(),
                                  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return refuse(QString::fromLocal8Bit(std::strerror(errno)));
    QFile file;
    struct stat info = {};
    if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) ||
        !file.open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle)) {
        ::close(descriptor);
        return refuse(u"not a regular file"_s);
    }
    const qint64 size = info.st_size;
    if (auto begun =
            begin({.path = path, .size = size, .mode = static_cast<int>(info.st_mode & 07777)});
        !begun)
        return begun;
    qint64 left = size;
    while (left > 0) {
        const QByteArray bytes = file.read(std::min<qint64>(left, kPiece));
        if (bytes.isEmpty()) {
            m_error =
                Error(ErrorKind::IoFailed,
                      translated("The file %1 became shorter while it was read.").arg(diskPath));
            return fail(*m_error);
        }
        left -= bytes.size();
        if (auto written = put(bytes); !written)
            return written;
    }
    return Done{};
}

Result<QByteArray> TarWriter::finish()
{
    if (m_error)
        return fail(*m_error);
    if (auto closed = check(::archive_write_close(m_archive)); !closed)
        return fail(closed.error());
    return m_memory;
}

// --- TarReader
// ------------------------------------------------------------------------------------

TarReader::TarReader(QByteArray tar, TarLimits limits)
    : m_tar(std::move(tar))
    , m_limits(limits)
    , m_archive(::archive_read_new())
{
    // Plain tar only: a compressed one could be a bomb.
    ::archive_read_support_filter_none(m_archive);
    ::archive_read_support_format_tar(m_archive);
    ::archive_read_open_memory(m_archive, m_tar.constData(), static_cast<size_t>(m_tar.size()));
}

TarReader::~TarReader()
{
    ::archive_read_free(m_archive);
}

Result<std::optional<TarEntry>> TarReader::next()
{
    if (m_atEnd)
        return std::optional<TarEntry>();
    const auto broken = [this](const QString &detail) {
        m_atEnd = true;
        return fail(Error(ErrorKind::ProtocolError, translated("The archive is not valid."))
                        .withDetail(detail));
    };
    struct archive_entry *entry = nullptr;
    const int code = ::archive_read_next_header(m_archive, &entry);
    if (code == ARCHIVE_EOF) {
        m_atEnd = true;
        return std::optional<TarEntry>();
    }
    if (code < ARCHIVE_WARN)
        return broken(QString::fromUtf8(::archive_error_string(m_archive)));
    TarEntry read;
    read.path = textOf(::archive_entry_pathname_utf8(entry), ::archive_entry_pathname(entry));
    if (read.path.startsWith(u"./"))
        read.path = read.path.mid(2);
    while (read.path.endsWith(u'/'))
        read.path.chop(1);
    if (read.path.isEmpty())
        read.path = u"."_s;
    if (read.path != u"." && !isTarPathSafe(read.path))
        return broken(u"the path of an entry leaves the archive: "_s + read.path.left(200));
    if (::archive_entry_hardlink(entry) || ::archive_entry_hardlink_utf8(entry)) {
        read.type = TarEntry::Type::Hardlink;
        read.linkTarget =
            textOf(::archive_entry_hardlink_utf8(entry), ::archive_entry_hardlink(entry));
    } else {
        switch (::archive_entry_filetype(entry)) {
        case AE_IFREG:
            read.type = TarEntry::Type::File;
            read.size = ::archive_entry_size(entry);
            break;
        case AE_IFDIR:
            read.type = TarEntry::Type::Folder;
            break;
        case AE_IFLNK:
            read.type = TarEntry::Type::Symlink;
            read.linkTarget =
                textOf(::archive_entry_symlink_utf8(entry), ::archive_entry_symlink(entry));
            break;
        default:
            read.type = TarEntry::Type::Other;
            break;
        }
    }
    read.mode = static_cast<int>(::archive_entry_perm(entry)) & 07777;
    read.userId = ::archive_entry_uid(entry);
    read.groupId = ::archive_entry_gid(entry);
    m_content += std::max<qint64>(0, read.size);
    if (read.size < 0 || m_content > m_limits.maxContentBytes)
        return broken(u"more content than %1 bytes"_s.arg(m_limits.maxContentBytes));
    if (++m_entries > m_limits.maxEntries)
        return broken(u"more than %1 entries"_s.arg(m_limits.maxEntries));
    return std::optional<TarEntry>(std::move(read));
}

Result<QByteArray> TarReader::content(qint64 maxBytes)
{
    QByteArray bytes;
    QByteArray piece(kPiece, Qt::Uninitialized);
    for (;;) {
        const la_ssize_t got =
            ::archive_read_data(m_archive, piece.data(), static_cast<size_t>(piece.size()));
        if (got < 0) {
            m_atEnd = true;
            return fail(Error(ErrorKind::ProtocolError, translated("The archive is not valid."))
                            .withDetail(QString::fromUtf8(::archive_error_string(m_archive))));
        }
        if (got == 0)
            return bytes;
        if (bytes.size() + got > maxBytes) {
            return fail(
                ErrorKind::FileTooLarge,
                translated("The file in the archive is larger than %1 bytes.").arg(maxBytes));
        }
        bytes.append(piece.constData(), static_cast<qsizetype>(got));
    }
}

} // namespace paddock::docker
