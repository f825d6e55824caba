// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"

#include "core/base/Bytes.h"
#include "core/worktrees/Descriptor.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QHash>

#include <cerrno>
#include <deque>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("FileTree", text);
}

Error systemError(int code, const QString &text, const QString &path)
{
    ErrorKind kind = ErrorKind::IoFailed;
    if (code == ENOENT)
        kind = ErrorKind::FileNotFound;
    else if (code == ENOSPC || code == EDQUOT)
        kind = ErrorKind::DiskFull;
    else if (code == EACCES || code == EPERM)
        kind = ErrorKind::PermissionDenied;
    const Error error = Error(kind, text).withDetail(path + u": "_s + qt_error_string(code));
    return kind == ErrorKind::DiskFull ? error.withRemedy(tr("Free some space and try again."))
                                       : error;
}

FolderIdentity identityOf(const struct stat &status)
{
    return {.device = status.st_dev, .inode = status.st_ino};
}

/// Gives the owner all rights on a folder that may have none. Through the magic link of an O_PATH
/// descriptor: fchmod() needs a descriptor that may read, chmod() by name could follow a link.
void makeAccessible(const Descriptor &folder)
{
    const QByteArray link = "/proc/self/fd/" + QByteArray::number(folder.get());
    ::chmod(link.constData(), 0700);
}

/// Names in the folder, without "." and "..". \a folder may be an O_PATH descriptor.
std::optional<std::vector<QByteArray>> namesIn(int folder)
{
    const int readable = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = readable < 0 ? nullptr : ::fdopendir(readable);
    if (!directory) {
        if (readable >= 0)
            ::close(readable);
        return std::nullopt;
    }
    std::vector<QByteArray> names;
    while (const dirent *entry = ::readdir(directory)) {
        const QByteArray name(entry->d_name);
        if (name != "." && name != "..")
            names.push_back(name);
    }
    ::closedir(directory);
    return names;
}

/// The mount a descriptor is on; 0 where the kernel does not say.
quint64 mountId(int fd)
{
    struct statx status
    {
    };
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0)
        return 0;
    return (status.stx_mask & STATX_MNT_ID) != 0 ? status.stx_mnt_id : 0;
}

/// Empties a folder of any depth with two open descriptors: every folder found is first moved up
/// to the root, so that nothing is ever deeper than one.
class Remover
{
    static constexpr int kMaxRounds = 100;

public:
    Remover(const Descriptor &root, const CancelToken &cancel)
        : m_root(root)
        , m_cancel(cancel)
        , m_mount(mountId(root.get()))
    {
    }

    /// Goes over the folder again where something else stood in a name's place than a moment ago:
    /// whoever exchanges them loses one in each round.
    Result<QStringList> run()
    {
        int rounds = 0;
        do {
            m_left.clear();
            m_exchanged = false;
            emptyFolder(m_root, true, {});
            while (!m_folders.empty() && !m_cancel.isCancelled()) {
                const Folder next = m_folders.front();
                m_folders.pop_front();
                removeFolder(next);
            }
        } while (m_exchanged && ++rounds < kMaxRounds && !m_cancel.isCancelled());
        if (m_cancel.isCancelled())
            return fail(ErrorKind::Cancelled, tr("Cancelled."));
        return m_left;
    }

private:
    struct Folder
    {
        QByteArray name;  // in the root
        QByteArray shown; // as it was, for a person
    };

    void removeFolder(const Folder &folder)
    {
        const Descriptor opened(::openat(
            m_root.get(), folder.name.constData(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!opened.isOpen())
            return leave(folder.shown, errno);
        if (mountId(opened.get()) != m_mount)
            return leave(folder.shown, EXDEV);
        makeAccessible(opened);
        const int leftBefore = m_leftCount;
        emptyFolder(opened, false, folder.shown);
        if (::unlinkat(m_root.get(), folder.name.constData(), AT_REMOVEDIR) == 0) {
            m_movedUp.remove(folder.name);
            return;
        }
        const int why = errno;
        m_exchanged |= why == ENOTEMPTY && m_leftCount == leftBefore; // something new is in it
        leave(folder.shown, why);
    }

    void emptyFolder(const Descriptor &folder, bool isRoot, const QByteArray &shown)
    {
        const auto names = namesIn(folder.get());
        if (!names)
            return leave(shown, errno);
        for (const QByteArray &name : *names) {
            if (m_cancel.isCancelled())
                return;
            if (::unlinkat(folder.get(), name.constData(), 0) == 0 || errno == ENOENT)
                continue;
            const int why = errno;
            struct stat status
            {
            };
            if (::fstatat(folder.get(), name.constData(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
                !S_ISDIR(status.st_mode)) {
                leave(shown + '/' + name, why);
                continue;
            }
            const QByteArray path =
                isRoot ? m_movedUp.value(name, name) : QByteArray(shown + '/' + name);
            if (isRoot)
                m_folders.push_back({name, path});
            else
                moveUp(folder, name, path);
        }
    }

    void moveUp(const Descriptor &folder, const QByteArray &name, const QByteArray &shown)
    {
        for (int attempt = 0; attempt < 3; ++attempt) {
            const QByteArray target = ".paddock-removing-" + QByteArray::number(++m_counter);
            if (::renameat2(folder.get(),
                            name.constData(),
                            m_root.get(),
                            target.constData(),
                            RENAME_NOREPLACE) == 0) {
                m_folders.push_back({target, shown});
                m_movedUp.insert(target, shown);
                return;
            }
            if (errno == EEXIST) {
                --attempt; // the agent made a folder of that name: the next number
                continue;
            }
            if (errno != EACCES)
                break;
            // Moving a folder changes its "..": without the right to write it that is refused.
            const Descriptor opened(::openat(
                folder.get(), name.constData(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!opened.isOpen())
                break;
            makeAccessible(opened);
        }
        leave(shown, errno);
    }

    void leave(const QByteArray &path, int code)
    {
        ++m_leftCount;
        m_exchanged |= code == ENOTDIR || code == EISDIR || code == ENOENT;
        if (m_left.size() < 20)
            m_left += QString::fromUtf8(path) + u": "_s +
                      (code == EXDEV || code == EBUSY ? tr("another file system is mounted there")
                                                      : qt_error_string(code));
    }

    const Descriptor &m_root;
    const CancelToken &m_cancel;
    quint64 m_mount;
    std::deque<Folder> m_folders;
    QHash<QByteArray, QByteArray> m_movedUp; // in the root, to the paths they had
    QStringList m_left;
    int m_leftCount = 0;
    bool m_exchanged = false;
    int m_counter = 0;
};

} // namespace

int openBeneath(int root, const QByteArray &relative, int flags, mode_t mode)
{
    open_how how{};
    how.flags = static_cast<quint64>(flags | O_CLOEXEC | O_NOFOLLOW);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return static_cast<int>(::syscall(SYS_openat2, root, relative.constData(), &how, sizeof how));
}

int openFolder(const QString &path, int flags)
{
    return ::open(QFile::encodeName(path).constData(),
                  flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

QByteArray FolderIdentity::toText() const
{
    return QByteArray::number(device) + ':' + QByteArray::number(inode) + '\n';
}

std::optional<FolderIdentity> FolderIdentity::fromText(const QByteArray &text)
{
    const auto parts = text.trimmed().split(':');
    if (parts.size() != 2)
        return std::nullopt;
    bool deviceOk = false;
    bool inodeOk = false;
    const FolderIdentity identity{.device = parts[0].toULongLong(&deviceOk),
                                  .inode = parts[1].toULongLong(&inodeOk)};
    return deviceOk && inodeOk ? std::optional(identity) : std::nullopt;
}

Result<FolderIdentity> identifyFolder(const QString &path)
{
    struct stat status
    {
    };
    if (::lstat(QFile::encodeName(path).constData(), &status) != 0)
        return fail(systemError(errno, tr("The folder cannot be read."), path));
    if (!S_ISDIR(status.st_mode))
        return fail(systemError(ENOTDIR, tr("This is not a folder."), path));
    return identityOf(status);
}

Result<QStringList> removeTree(const QString &path,
                               const std::optional<FolderIdentity> &expected,
                               const CancelToken &cancel)
{
    const QFileInfo info(path);
    const QByteArray name = QFile::encodeName(info.fileName());
    const Descriptor parent(openFolder(info.absolutePath(), O_PATH));
    if (!parent.isOpen()) {
        if (errno == ENOENT)
            return QStringList();
        return fail(systemError(errno, tr("The folder cannot be deleted."), path));
    }
    const Descriptor found(
        ::openat(parent.get(), name.constData(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!found.isOpen()) {
        if (errno == ENOENT)
            return QStringList();
        return fail(systemError(errno, tr("The folder cannot be deleted."), path));
    }
    struct stat status
    {
    };
    if (::fstat(found.get(), &status) != 0)
        return fail(systemError(errno, tr("The folder cannot be deleted."), path));
    if (expected && identityOf(status) != *expected)
        return fail(Error(ErrorKind::SecurityViolation,
                          tr("The folder is not the one that Paddock made, so it is not deleted."))
                        .withDetail(path)
                        .withRemedy(tr("Look at the folder and delete it yourself.")));
    makeAccessible(found);
    auto left = Remover(found, cancel).run();
    if (!left)
        return left;
    if (left->isEmpty() && ::unlinkat(parent.get(), name.constData(), AT_REMOVEDIR) != 0)
        return fail(systemError(errno, tr("The folder cannot be deleted."), path));
    return left;
}

Error orDiskFull(const Error &error, const QString &path)
{
    constexpr quint64 kRoom = 1024 * 1024;
    struct statvfs space
    {
    };
    if (error.kind != ErrorKind::GitFailed ||
        ::statvfs(QFile::encodeName(path).constData(), &space) != 0 ||
        quint64(space.f_bavail) * space.f_frsize > kRoom)
        return error;
    return Error(ErrorKind::DiskFull, tr("The disk is full."))
        .withDetail(error.detail)
        .withRemedy(tr("Free some space on the disk of %1 and try again.").arg(path))
        .withOperation(error.operation);
}

Result<Done> walkTree(const QString &path,
                      const std::function<bool(const WalkedEntry &)> &visit,
                      const WalkLimits &limits,
                      const CancelToken &cancel)
{
    const Descriptor root(openFolder(path, O_RDONLY));
    if (!root.isOpen())
        return fail(systemError(errno, tr("The folder cannot be read."), path));
    // Folders are kept as paths, not as descriptors: their depth has no limit, descriptors have.
    std::deque<QByteArray> folders{QByteArray(".")};
    qint64 count = 0;
    while (!folders.empty()) {
        const QByteArray folder = folders.front();
        folders.pop_front();
        const Descriptor opened(openBeneath(root.get(), folder, O_RDONLY | O_DIRECTORY));
        const auto names = opened.isOpen() ? namesIn(opened.get()) : std::nullopt;
        if (!names)
            continue;
        for (const QByteArray &name : *names) {
            if (cancel.isCancelled())
                return fail(ErrorKind::Cancelled, tr("Cancelled."));
            if (++count > limits.entries)
                return fail(Error(ErrorKind::FileTooLarge,
                                  tr("The folder has more than %1 files.").arg(limits.entries))
                                .withDetail(path));
            WalkedEntry entry{.directory = opened.get(),
                              .name = name,
                              .path = folder == "." ? name : QByteArray(folder + '/' + name),
                              .status = {}};
            if (::fstatat(opened.get(), name.constData(), &entry.status, AT_SYMLINK_NOFOLLOW) != 0)
                continue;
            if (!visit(entry))
                return Done{};
            if (S_ISDIR(entry.status.st_mode))
                folders.push_back(entry.path);
        }
    }
    return Done{};
}

Result<Done> changeOwner(const QString &path, const Owner &owner)
{
    Error error;
    bool failed = false;
    const auto change = [&](int directory, const char *name, const QByteArray &shown) {
        if (::fchownat(directory, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0)
            return true;
        error = systemError(
            errno, tr("The owner of a file cannot be changed."), QString::fromUtf8(shown));
        failed = true;
        return false;
    };
    if (!change(AT_FDCWD, QFile::encodeName(path).constData(), QFile::encodeName(path)))
        return fail(error);
    const auto walked = walkTree(path, [&](const WalkedEntry &entry) {
        if (S_ISREG(entry.status.st_mode) && entry.status.st_nlink > 1)
            return true;
        return change(entry.directory, entry.name.constData(), entry.path);
    });
    if (failed)
        return fail(error);
    return walked;
}

Result<Done> writeFileBeneath(const QString &root,
                              const QByteArray &relative,
                              const QByteArray &content,
                              mode_t mode)
{
    const QString shown = root + u'/' + QString::fromUtf8(relative);
    const auto failure = [&](int code) {
        return fail(systemError(code, tr("A file could not be written."), shown));
    };
    const Descriptor top(openFolder(root, O_RDONLY));
    if (!top.isOpen())
        return failure(errno);
    const qsizetype slash = relative.lastIndexOf('/');
    const QByteArray folderName = slash < 0 ? QByteArray(".") : relative.left(slash);
    const QByteArray name = relative.mid(slash + 1);
    const Descriptor folder(openBeneath(top.get(), folderName, O_RDONLY | O_DIRECTORY));
    if (!folder.isOpen())
        return failure(errno);
    const QByteArray temporary = ".paddock-" + randomShortId().toLatin1();
    Descriptor file(::openat(folder.get(),
                             temporary.constData(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             0600));
    if (!file.isOpen())
        return failure(errno);
    int code = 0;
    for (qsizetype written = 0; written < content.size() && code == 0;) {
        const ssize_t now = ::write(file.get(),
                                    content.constData() + written,
                                    static_cast<size_t>(content.size() - written));
        if (now >= 0)
            written += now;
        else if (errno != EINTR)
            code = errno;
    }
    if (code == 0 && ::fchmod(file.get(), mode) != 0)
        code = errno;
    file.reset();
    if (code == 0 &&
        ::renameat(folder.get(), temporary.constData(), folder.get(), name.constData()) != 0)
        code = errno;
    if (code != 0) {
        ::unlinkat(folder.get(), temporary.constData(), 0);
        return failure(code);
    }
    return Done{};
}

Result<QByteArray> readFileBeneath(const QString &root, const QByteArray &relative, qint64 limit)
{
    const QString shown = root + u'/' + QString::fromUtf8(relative);
    const Descriptor top(openFolder(root, O_RDONLY));
    const Descriptor file(top.isOpen() ? openBeneath(top.get(), relative, O_RDONLY | O_NONBLOCK)
                                       : -1);
    struct stat status
    {
    };
    if (!file.isOpen() || ::fstat(file.get(), &status) != 0)
        return fail(systemError(errno, tr("A file could not be read."), shown));
    if (!S_ISREG(status.st_mode))
        return fail(systemError(EINVAL, tr("This is not a regular file."), shown));
    QByteArray content;
    std::array<char, 16 * 1024> buffer{};
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(systemError(errno, tr("A file could not be read."), shown));
        if (got == 0)
            return content;
        content.append(buffer.data(), got);
        if (content.size() > limit)
            return fail(Error(ErrorKind::FileTooLarge,
                              tr("The file is larger than %1.").arg(formatByteSize(limit)))
                            .withDetail(shown));
    }
}

std::optional<struct stat> statBeneath(const QString &root, const QByteArray &relative)
{
    const Descriptor top(openFolder(root, O_RDONLY));
    const Descriptor file(top.isOpen() ? openBeneath(top.get(), relative, O_PATH) : -1);
    struct stat status
    {
    };
    if (!file.isOpen() || ::fstat(file.get(), &status) != 0)
        return std::nullopt;
    return status;
}

} // namespace paddock::worktrees
