// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/TreeFiles.h"

#include "core/base/Bytes.h"
#include "core/base/Ids.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QFile>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr mode_t kFolderMode = 0777; // the umask applies, as with git
constexpr qsizetype kMaxLink = 4096;
constexpr size_t kChunk = 1024 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("TreeFiles", text);
}

tl::unexpected<Error> systemFailure(int code, const QString &text, const QByteArray &path)
{
    ErrorKind kind = ErrorKind::IoFailed;
    if (code == ENOENT)
        kind = ErrorKind::FileNotFound;
    else if (code == ENOSPC || code == EDQUOT)
        kind = ErrorKind::DiskFull;
    else if (code == EACCES || code == EPERM)
        kind = ErrorKind::PermissionDenied;
    return fail(
        Error(kind, text).withDetail(QString::fromUtf8(path) + u": "_s + qt_error_string(code)));
}

tl::unexpected<Error> movedOn(const QByteArray &path)
{
    return fail(Error(ErrorKind::Conflict, tr("A file was changed at the same moment."))
                    .withDetail(QString::fromUtf8(path))
                    .withRemedy(tr("Look at the changes again and repeat what you wanted.")));
}

TreeFile fileOf(const struct stat &status)
{
    using Kind = TreeFile::Kind;
    const mode_t type = status.st_mode & S_IFMT;
    return {.kind = type == S_IFREG   ? Kind::Regular
                    : type == S_IFLNK ? Kind::Link
                    : type == S_IFDIR ? Kind::Folder
                                      : Kind::Special,
            .status = status};
}

bool isAbsent(int code)
{
    return code == ENOENT || code == ENOTDIR || code == ELOOP;
}

Descriptor openRoot(const QString &path)
{
    return Descriptor(::open(QFile::encodeName(path).constData(),
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// The folder that holds \a relative.
QByteArray folderOf(const QByteArray &relative)
{
    const qsizetype slash = relative.lastIndexOf('/');
    return slash < 0 ? QByteArray(".") : relative.left(slash);
}

QByteArray nameOf(const QByteArray &relative)
{
    return relative.mid(relative.lastIndexOf('/') + 1);
}

QByteArray temporaryName()
{
    return ".paddock-" + randomShortId().toLatin1();
}

bool give(int folder, const QByteArray &name, const std::optional<Owner> &owner)
{
    return !owner ||
           ::fchownat(folder, name.constData(), owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) == 0;
}

/// Opens the folder that holds \a relative and makes what is missing of it. Not open, with errno,
/// if something else is in the way.
Descriptor makeFolderFor(int root, const QByteArray &relative, const std::optional<Owner> &owner)
{
    const QByteArray whole = folderOf(relative);
    Descriptor folder(openBeneath(root, whole, O_RDONLY | O_DIRECTORY));
    if (folder.isOpen() || errno != ENOENT)
        return folder;
    folder.reset(openBeneath(root, ".", O_RDONLY | O_DIRECTORY));
    for (const QByteArray &part : whole.split('/')) {
        if (!folder.isOpen())
            return folder;
        if (::mkdirat(folder.get(), part.constData(), kFolderMode) == 0) {
            if (!give(folder.get(), part, owner))
                return Descriptor();
        } else if (errno != EEXIST) {
            return Descriptor();
        }
        folder = Descriptor(openBeneath(folder.get(), part, O_RDONLY | O_DIRECTORY));
    }
    return folder;
}

int writeAll(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t now = ::write(file, bytes, size);
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0)
            return errno;
        bytes += now;
        size -= static_cast<size_t>(now);
    }
    return 0;
}

/// Copies until the end; the answer is an errno. EFBIG beyond \a limit.
int copyContent(int from, int to, qint64 limit, const CancelToken &cancel)
{
    QByteArray buffer(kChunk, Qt::Uninitialized);
    for (qint64 copied = 0;;) {
        if (cancel.isCancelled())
            return ECANCELED;
        const ssize_t got = ::read(from, buffer.data(), kChunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            return 0;
        copied += got;
        if (copied > limit)
            return EFBIG;
        if (const int code = writeAll(to, buffer.constData(), static_cast<size_t>(got)))
            return code;
    }
}

/// Exchanges two names, or moves one where the other is free.
int renameStep(int folder, const QByteArray &from, const QByteArray &to, unsigned int flags)
{
    if (::renameat2(folder, from.constData(), folder, to.constData(), flags) == 0)
        return 0;
    return errno;
}

Result<TreeFile> lookIn(int folder, const QByteArray &name, const QByteArray &shown)
{
    struct stat status
    {
    };
    if (::fstatat(folder, name.constData(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return fileOf(status);
    if (isAbsent(errno))
        return TreeFile{};
    return systemFailure(errno, tr("A file could not be looked at."), shown);
}

/// Copies what shall be at a path next to it, under \a name.
Result<Done> prepare(int folder,
                     const QByteArray &name,
                     const Replacement &replacement,
                     const QByteArray &shown,
                     const CancelToken &cancel)
{
    const auto source = lookBeneath(replacement.sourceRoot, replacement.source);
    if (!source)
        return fail(source.error());
    int code = 0;
    if (source->kind == TreeFile::Kind::Link) {
        const auto target = readLinkBeneath(replacement.sourceRoot, replacement.source);
        if (!target)
            return fail(target.error());
        if (::symlinkat(target->constData(), folder, name.constData()) != 0)
            code = errno;
    } else {
        const Descriptor root = openRoot(replacement.sourceRoot);
        const Descriptor from(openBeneath(root.get(), replacement.source, O_RDONLY | O_NONBLOCK));
        const Descriptor to(::openat(
            folder, name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!from.isOpen() || !to.isOpen())
            code = errno;
        else if (code =
                     copyContent(from.get(), to.get(), std::numeric_limits<qint64>::max(), cancel);
                 code == 0 && ::fchmod(to.get(), source->status.st_mode & 0777) != 0)
            code = errno;
    }
    if (code == 0 && !give(folder, name, replacement.owner))
        code = errno;
    if (code == 0)
        return Done{};
    ::unlinkat(folder, name.constData(), 0);
    if (code == ECANCELED)
        return fail(ErrorKind::Cancelled, tr("Cancelled."));
    return systemFailure(code, tr("A file could not be written."), shown);
}

} // namespace

bool TreeFile::isStill(const TreeFile &other) const
{
    if (kind != other.kind)
        return false;
    return kind == Kind::Absent ||
           (status.st_dev == other.status.st_dev && status.st_ino == other.status.st_ino &&
            status.st_size == other.status.st_size && status.st_mode == other.status.st_mode &&
            status.st_mtim.tv_sec == other.status.st_mtim.tv_sec &&
            status.st_mtim.tv_nsec == other.status.st_mtim.tv_nsec);
}

Result<TreeFile> lookBeneath(const QString &root, const QByteArray &relative)
{
    const Descriptor top = openRoot(root);
    if (!top.isOpen())
        return systemFailure(errno, tr("The folder cannot be read."), QFile::encodeName(root));
    const Descriptor folder(openBeneath(top.get(), folderOf(relative), O_PATH | O_DIRECTORY));
    if (!folder.isOpen())
        return isAbsent(errno)
                   ? Result<TreeFile>(TreeFile{})
                   : systemFailure(errno, tr("A file could not be looked at."), relative);
    return lookIn(folder.get(), nameOf(relative), relative);
}

Result<QByteArray> readLinkBeneath(const QString &root, const QByteArray &relative)
{
    const Descriptor top = openRoot(root);
    const Descriptor folder(
        top.isOpen() ? openBeneath(top.get(), folderOf(relative), O_PATH | O_DIRECTORY) : -1);
    QByteArray target(kMaxLink + 1, Qt::Uninitialized);
    const ssize_t size = folder.isOpen() ? ::readlinkat(folder.get(),
                                                        nameOf(relative).constData(),
                                                        target.data(),
                                                        static_cast<size_t>(target.size()))
                                         : -1;
    if (size < 0)
        return systemFailure(errno, tr("A link could not be read."), relative);
    if (size > kMaxLink)
        return systemFailure(ENAMETOOLONG, tr("A link could not be read."), relative);
    target.truncate(size);
    return target;
}

Result<TreeFile> copyBeneath(const QString &root,
                             const QByteArray &relative,
                             const QString &targetRoot,
                             const QByteArray &target,
                             qint64 limit,
                             const CancelToken &cancel)
{
    const Descriptor top = openRoot(root);
    const Descriptor from(top.isOpen() ? openBeneath(top.get(), relative, O_RDONLY | O_NONBLOCK)
                                       : -1);
    struct stat before
    {
    };
    if (!from.isOpen() || ::fstat(from.get(), &before) != 0)
        return systemFailure(errno, tr("A file could not be read."), relative);
    if (!S_ISREG(before.st_mode))
        return systemFailure(EINVAL, tr("This is not a regular file."), relative);
    const auto tooLarge = [&] {
        return fail(Error(ErrorKind::FileTooLarge,
                          tr("The file is larger than %1.").arg(formatByteSize(limit)))
                        .withDetail(QString::fromUtf8(relative))
                        .withRemedy(tr("Leave it out, or ask the agent to make it smaller.")));
    };
    if (before.st_size > limit)
        return tooLarge();
    const Descriptor targetTop = openRoot(targetRoot);
    const Descriptor folder(
        targetTop.isOpen() ? makeFolderFor(targetTop.get(), target, std::nullopt) : Descriptor());
    const mode_t mode = (before.st_mode & S_IXUSR) != 0 ? 0755 : 0644;
    const Descriptor to(folder.isOpen()
                            ? ::openat(folder.get(),
                                       nameOf(target).constData(),
                                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                       mode)
                            : -1);
    if (!to.isOpen())
        return systemFailure(errno, tr("A file could not be written."), target);
    const int code = copyContent(from.get(), to.get(), limit, cancel);
    if (code == EFBIG)
        return tooLarge();
    if (code == ECANCELED)
        return fail(ErrorKind::Cancelled, tr("Cancelled."));
    if (code != 0 || ::fchmod(to.get(), mode) != 0)
        return systemFailure(code != 0 ? code : errno, tr("A file could not be copied."), relative);
    struct stat after
    {
    };
    if (::fstat(from.get(), &after) != 0 || !fileOf(before).isStill(fileOf(after)))
        return movedOn(relative);
    return fileOf(after);
}

Result<Done> linkBeneath(const QString &root, const QByteArray &relative, const QByteArray &target)
{
    const Descriptor top = openRoot(root);
    const Descriptor folder(top.isOpen() ? makeFolderFor(top.get(), relative, std::nullopt)
                                         : Descriptor());
    if (!folder.isOpen() ||
        ::symlinkat(target.constData(), folder.get(), nameOf(relative).constData()) != 0)
        return systemFailure(errno, tr("A link could not be made."), relative);
    return Done{};
}

Result<Done>
writeBeneath(const QString &root, const QByteArray &relative, const QByteArray &content)
{
    const Descriptor top = openRoot(root);
    const Descriptor folder(top.isOpen() ? makeFolderFor(top.get(), relative, std::nullopt)
                                         : Descriptor());
    if (!folder.isOpen())
        return systemFailure(errno, tr("A file could not be written."), relative);
    return writeFileBeneath(root, relative, content, 0644);
}

Result<Done> replaceBeneath(const QString &root,
                            const QByteArray &relative,
                            const TreeFile &expected,
                            const Replacement &replacement,
                            const CancelToken &cancel)
{
    using Kind = TreeFile::Kind;
    const bool isRemoval = replacement.sourceRoot.isEmpty();
    const Descriptor top = openRoot(root);
    if (!top.isOpen())
        return systemFailure(errno, tr("The folder cannot be read."), QFile::encodeName(root));
    const Descriptor folder =
        isRemoval ? Descriptor(openBeneath(top.get(), folderOf(relative), O_RDONLY | O_DIRECTORY))
                  : makeFolderFor(top.get(), relative, replacement.owner);
    if (!folder.isOpen()) {
        if (isRemoval && isAbsent(errno) && expected.kind == Kind::Absent)
            return Done{};
        return isAbsent(errno) ? movedOn(relative)
                               : systemFailure(errno, tr("A file could not be written."), relative);
    }
    const QByteArray name = nameOf(relative);
    const auto now = lookIn(folder.get(), name, relative);
    if (!now)
        return fail(now.error());
    if (!now->isStill(expected) || now->kind == Kind::Folder)
        return movedOn(relative);
    if (isRemoval && now->kind == Kind::Absent)
        return Done{};

    const QByteArray temporary = temporaryName();
    if (!isRemoval) {
        if (auto prepared = prepare(folder.get(), temporary, replacement, relative, cancel);
            !prepared)
            return prepared;
    }
    const bool exchanges = !isRemoval && expected.kind != Kind::Absent;
    const auto step = [&](bool forward) {
        const QByteArray &from = forward != isRemoval ? temporary : name;
        const QByteArray &to = forward != isRemoval ? name : temporary;
        return renameStep(folder.get(), from, to, exchanges ? RENAME_EXCHANGE : RENAME_NOREPLACE);
    };
    const auto drop = [&] { ::unlinkat(folder.get(), temporary.constData(), 0); };
    if (const int code = step(true); code != 0) {
        if (!isRemoval)
            drop();
        return code == EEXIST || isAbsent(code)
                   ? movedOn(relative)
                   : systemFailure(code, tr("A file could not be replaced."), relative);
    }
    if (expected.kind == Kind::Absent)
        return Done{};
    // What came out is under the temporary name now, where nobody else writes it by name.
    const auto taken = lookIn(folder.get(), temporary, relative);
    if (taken && taken->isStill(expected)) {
        drop();
        return Done{};
    }
    if (step(false) == 0 && !isRemoval)
        drop();
    return movedOn(relative);
}

Result<Done> setModeBeneath(const QString &root,
                            const QByteArray &relative,
                            const TreeFile &expected,
                            mode_t mode)
{
    const Descriptor top = openRoot(root);
    const Descriptor file(top.isOpen() ? openBeneath(top.get(), relative, O_RDONLY | O_NONBLOCK)
                                       : -1);
    struct stat status
    {
    };
    if (!file.isOpen() || ::fstat(file.get(), &status) != 0)
        return isAbsent(errno) ? movedOn(relative)
                               : systemFailure(errno, tr("A file could not be read."), relative);
    if (!S_ISREG(status.st_mode) || !fileOf(status).isStill(expected))
        return movedOn(relative);
    if (::fchmod(file.get(), mode) != 0)
        return systemFailure(errno, tr("The mode of a file could not be changed."), relative);
    return Done{};
}

} // namespace paddock::worktrees
