// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/FileArchive.h"

#include <archive.h>
#include <archive_entry.h>

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::sandbox {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("FileArchive", text);
}

struct ReadDeleter
{
    void operator()(archive *a) const { archive_read_free(a); }
};
struct WriteDeleter
{
    void operator()(archive *a) const { archive_write_free(a); }
};
struct EntryDeleter
{
    void operator()(archive_entry *e) const { archive_entry_free(e); }
};
using Entry = std::unique_ptr<archive_entry, EntryDeleter>;

Error ioError(const QString &message, const QString &detail)
{
    return Error(ErrorKind::IoFailed, message).withDetail(detail);
}

/// A tar that grows in memory.
class TarWriter
{
public:
    explicit TarWriter(ArchiveOwner owner)
        : m_archive(archive_write_new())
        , m_owner(owner)
    {
        archive_write_set_format_pax_restricted(m_archive.get());
        archive_write_set_bytes_per_block(m_archive.get(), 0);
        archive_write_open(
            m_archive.get(),
            &m_bytes,
            nullptr,
            [](archive *, void *out, const void *data, std::size_t size) -> la_ssize_t {
                static_cast<QByteArray *>(out)->append(static_cast<const char *>(data),
                                                       static_cast<qsizetype>(size));
                return static_cast<la_ssize_t>(size);
            },
            nullptr);
    }

    Result<Done> add(const QByteArray &name, mode_t mode, qint64 size, const QByteArray &link = {})
    {
        const Entry entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), name.constData());
        archive_entry_set_mode(entry.get(), mode);
        archive_entry_set_size(entry.get(), size);
        archive_entry_set_uid(entry.get(), m_owner.uid);
        archive_entry_set_gid(entry.get(), m_owner.gid);
        if (!link.isEmpty())
            archive_entry_set_symlink(entry.get(), link.constData());
        return checked(archive_write_header(m_archive.get(), entry.get()));
    }

    Result<Done> append(const QByteArray &bytes)
    {
        const auto written = archive_write_data(
            m_archive.get(), bytes.constData(), static_cast<std::size_t>(bytes.size()));
        return checked(written == bytes.size() ? ARCHIVE_OK : ARCHIVE_FATAL);
    }

    Result<QByteArray> finish()
    {
        if (auto closed = checked(archive_write_close(m_archive.get())); !closed)
            return fail(closed.error());
        return std::move(m_bytes);
    }

    [[nodiscard]] qint64 size() const { return m_bytes.size(); }

private:
    Result<Done> checked(int code)
    {
        if (code == ARCHIVE_OK)
            return Done{};
        return fail(ioError(translated("The archive cannot be made."),
                            QString::fromLocal8Bit(archive_error_string(m_archive.get()))));
    }

    QByteArray m_bytes; // before the archive, which writes its end when it is freed
    std::unique_ptr<archive, WriteDeleter> m_archive;
    ArchiveOwner m_owner;
};

Result<Done>
addFile(TarWriter &writer, const QString &hostPath, const QByteArray &name, qint64 limit)
{
    // Opened without following a link that took the file's place meanwhile, and without waiting for
    // the other end of a FIFO.
    const int descriptor = ::open(QFile::encodeName(hostPath).constData(),
                                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    QFile file;
    struct stat info = {};
    if (descriptor < 0 || ::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) ||
        !file.open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle)) {
        const int code = errno;
        if (descriptor >= 0 && !file.isOpen())
            ::close(descriptor);
        return fail(ioError(translated("%1 cannot be read.").arg(hostPath),
                            QString::fromLocal8Bit(std::strerror(code))));
    }
    if (info.st_size > limit - writer.size()) {
        return fail(
            Error(ErrorKind::FileTooLarge, translated("%1 is too large to copy.").arg(hostPath))
                .withRemedy(translated("Copy less, or use the workspace folder.")));
    }
    if (auto added = writer.add(name, S_IFREG | (info.st_mode & 0777), info.st_size); !added)
        return added;
    qint64 left = info.st_size;
    while (left > 0) {
        const QByteArray chunk = file.read(std::min<qint64>(left, kMiB));
        if (chunk.isEmpty())
            return fail(
                ioError(translated("%1 became shorter while it was read.").arg(hostPath), {}));
        if (auto written = writer.append(chunk); !written)
            return written;
        left -= chunk.size();
    }
    return Done{};
}

Result<Done>
addAny(TarWriter &writer, const QString &hostPath, const QByteArray &name, qint64 limit)
{
    struct stat info = {};
    const QByteArray path = QFile::encodeName(hostPath);
    if (::lstat(path.constData(), &info) != 0) {
        return fail(Error(ErrorKind::FileNotFound, translated("%1 does not exist.").arg(hostPath))
                        .withDetail(QString::fromLocal8Bit(std::strerror(errno))));
    }
    if (S_ISLNK(info.st_mode)) {
        QByteArray target(4096, '\0');
        const auto length = ::readlink(path.constData(), target.data(), 4096);
        if (length <= 0 || length >= 4096)
            return fail(ioError(translated("The link %1 cannot be read.").arg(hostPath), {}));
        return writer.add(name, S_IFLNK | 0777, 0, target.left(length));
    }
    if (S_ISDIR(info.st_mode))
        return writer.add(name + '/', S_IFDIR | (info.st_mode & 0777), 0);
    if (S_ISREG(info.st_mode))
        return addFile(writer, hostPath, name, limit);
    return Done{};
}

/// Reads a tar out of memory. Any error of the format ends it.
class TarReader
{
public:
    explicit TarReader(const QByteArray &tar)
        : m_archive(archive_read_new())
    {
        archive_read_support_format_tar(m_archive.get());
        m_ok = archive_read_open_memory(m_archive.get(),
                                        tar.constData(),
                                        static_cast<std::size_t>(tar.size())) == ARCHIVE_OK;
    }

    /// nullptr at the end or on an error, see error().
    archive_entry *next()
    {
        archive_entry *entry = nullptr;
        const int code = m_ok ? archive_read_next_header(m_archive.get(), &entry) : ARCHIVE_FATAL;
        m_ended = code == ARCHIVE_EOF;
        return code == ARCHIVE_OK || code == ARCHIVE_WARN ? entry : nullptr;
    }

    [[nodiscard]] Result<QByteArray> content(qint64 limit)
    {
        QByteArray all;
        QByteArray chunk(256 * 1024, Qt::Uninitialized);
        while (true) {
            const auto got = archive_read_data(
                m_archive.get(), chunk.data(), static_cast<std::size_t>(chunk.size()));
            if (got == 0)
                return all;
            if (got < 0)
                return fail(*error());
            if (all.size() + got > limit)
                return fail(ErrorKind::FileTooLarge,
                            translated("The file is larger than %1.").arg(formatByteSize(limit)));
            all.append(chunk.constData(), got);
        }
    }

    [[nodiscard]] std::optional<Error> error() const
    {
        if (m_ended)
            return std::nullopt;
        return Error(ErrorKind::ProtocolError,
                     translated("The engine sent an archive that is damaged."))
            .withDetail(QString::fromLocal8Bit(archive_error_string(m_archive.get())));
    }

private:
    std::unique_ptr<archive, ReadDeleter> m_archive;
    bool m_ok = false;
    bool m_ended = false;
};

QByteArray nameOf(archive_entry *entry)
{
    QByteArray name = archive_entry_pathname(entry);
    while (name.startsWith("./"))
        name.remove(0, 2);
    while (name.endsWith('/'))
        name.chop(1);
    return name;
}

/// Opens (and makes) the folders of \a name below \a root, never through a link; -1 with errno.
int openParent(int root, const QList<QByteArray> &parts)
{
    int current = ::fcntl(root, F_DUPFD_CLOEXEC, 0);
    for (qsizetype i = 0; i + 1 < parts.size() && current >= 0; ++i) {
        ::mkdirat(current, parts.at(i).constData(), 0755);
        const int next = ::openat(
            current, parts.at(i).constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        const int code = errno;
        ::close(current);
        errno = code;
        current = next;
    }
    return current;
}

Result<Done> writeNew(int folder, const QByteArray &name, const QByteArray &content, mode_t mode)
{
    const int descriptor = ::openat(
        folder, name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    QFile file;
    if (descriptor < 0 ||
        !file.open(descriptor, QIODevice::WriteOnly, QFileDevice::AutoCloseHandle) ||
        file.write(content) != content.size() || !file.flush()) {
        return fail(ioError(translated("%1 cannot be written.").arg(QFile::decodeName(name)),
                            descriptor < 0 ? QString::fromLocal8Bit(std::strerror(errno))
                                           : file.errorString()));
    }
    return Done{};
}

} // namespace

Result<QByteArray>
packFile(const QString &name, const QByteArray &content, int mode, ArchiveOwner owner)
{
    TarWriter writer(owner);
    if (auto added = writer.add(
            QFile::encodeName(name), S_IFREG | (static_cast<mode_t>(mode) & 0777), content.size());
        !added)
        return fail(added.error());
    if (!content.isEmpty()) {
        if (auto written = writer.append(content); !written)
            return fail(written.error());
    }
    return writer.finish();
}

Result<QByteArray> packTree(const QString &hostPath, ArchiveOwner owner, qint64 limit)
{
    const QString top = QDir::cleanPath(hostPath);
    const QFileInfo info(top);
    TarWriter writer(owner);
    if (auto added = addAny(writer, top, QFile::encodeName(info.fileName()), limit); !added)
        return fail(added.error());
    if (!info.isSymLink() && info.isDir()) {
        QDirIterator each(top,
                          QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                          QDirIterator::Subdirectories);
        while (each.hasNext()) {
            const QString path = each.next();
            const QString below = info.fileName() + path.mid(top.size());
            if (auto added = addAny(writer, path, QFile::encodeName(below), limit); !added)
                return fail(added.error());
        }
    }
    return writer.finish();
}

Result<QByteArray> unpackFile(const QByteArray &tar, qint64 limit)
{
    TarReader reader(tar);
    archive_entry *entry = reader.next();
    if (!entry) {
        return fail(reader.error().value_or(
            Error(ErrorKind::ProtocolError, translated("The engine sent an empty archive."))));
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) {
        return fail(Error(ErrorKind::InvalidArgument, translated("This is not a regular file."))
                        .withRemedy(translated("Name a file, not a folder or a link.")));
    }
    return reader.content(limit);
}

Result<QList<FileEntry>> entriesOf(const QByteArray &tar)
{
    TarReader reader(tar);
    QList<FileEntry> all;
    QByteArray top;
    while (archive_entry *entry = reader.next()) {
        const QByteArray name = nameOf(entry);
        if (top.isEmpty()) {
            if (archive_entry_filetype(entry) != AE_IFDIR)
                return fail(ErrorKind::InvalidArgument, translated("This is not a folder."));
            top = name + '/';
            continue;
        }
        const QByteArray below = name.mid(top.size());
        if (!name.startsWith(top) || below.isEmpty() || below.contains('/'))
            continue;
        FileEntry found;
        found.path = QFile::decodeName(below);
        const auto type = archive_entry_filetype(entry);
        found.type = type == AE_IFREG   ? FileEntry::Type::File
                     : type == AE_IFDIR ? FileEntry::Type::Folder
                     : type == AE_IFLNK ? FileEntry::Type::Link
                                        : FileEntry::Type::Other;
        found.size = archive_entry_size(entry);
        found.mode = static_cast<int>(archive_entry_perm(entry));
        found.modified = QDateTime::fromSecsSinceEpoch(archive_entry_mtime(entry), Qt::UTC);
        if (const char *target = archive_entry_symlink(entry))
            found.linkTarget = QFile::decodeName(target);
        all.append(found);
    }
    if (auto error = reader.error())
        return fail(*error);
    std::ranges::sort(all, {}, &FileEntry::path);
    return all;
}

Result<Done> unpackTree(const QByteArray &tar, const QString &hostFolder)
{
    const int root =
        ::open(QFile::encodeName(hostFolder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return fail(ioError(translated("The folder %1 cannot be opened.").arg(hostFolder),
                            QString::fromLocal8Bit(std::strerror(errno))));
    }
    const auto closer = qScopeGuard([root] { ::close(root); });
    TarReader reader(tar);
    while (archive_entry *entry = reader.next()) {
        const auto type = archive_entry_filetype(entry);
        if ((type != AE_IFREG && type != AE_IFDIR) || archive_entry_hardlink(entry))
            continue;
        const QByteArray name = nameOf(entry);
        const QList<QByteArray> parts = name.split('/');
        if (name.isEmpty() || parts.contains("..") || parts.contains("") || parts.contains(".")) {
            return fail(Error(ErrorKind::SecurityViolation,
                              translated("The archive names a file outside the folder."))
                            .withDetail(QFile::decodeName(name)));
        }
        const int parent = openParent(root, parts);
        const auto parentCloser = qScopeGuard([parent] {
            if (parent >= 0)
                ::close(parent);
        });
        if (parent < 0) {
            return fail(ioError(translated("%1 cannot be made.").arg(QFile::decodeName(name)),
                                QString::fromLocal8Bit(std::strerror(errno))));
        }
        if (type == AE_IFDIR) {
            if (::mkdirat(parent, parts.last().constData(), 0755) != 0 && errno != EEXIST) {
                return fail(ioError(translated("%1 cannot be made.").arg(QFile::decodeName(name)),
                                    QString::fromLocal8Bit(std::strerror(errno))));
            }
            continue;
        }
        const auto content = reader.content(tar.size());
        if (!content)
            return fail(content.error());
        const mode_t mode = archive_entry_perm(entry) & 0100 ? 0755 : 0644;
        if (auto written = writeNew(parent, parts.last(), *content, mode); !written)
            return written;
    }
    if (auto error = reader.error())
        return fail(*error);
    return Done{};
}

} // namespace paddock::sandbox
