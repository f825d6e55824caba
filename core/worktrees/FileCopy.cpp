// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileCopy.h"

#include "core/base/Bytes.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>

#include <cerrno>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr size_t kPart = 16 * 1024 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("FileCopy", text);
}

Error failure(int code, const QByteArray &relative)
{
    const QString detail = QString::fromUtf8(relative) + u": "_s + qt_error_string(code);
    if (code == EEXIST)
        return Error(ErrorKind::Conflict, tr("A file of that name is there already."))
            .withDetail(detail);
    if (code == ECANCELED)
        return Error(ErrorKind::Cancelled, tr("Cancelled."));
    if (code == ENOSPC || code == EDQUOT)
        return Error(ErrorKind::DiskFull, tr("The disk is full."))
            .withDetail(detail)
            .withRemedy(tr("Free some space and try again."));
    return Error(code == EACCES || code == EPERM ? ErrorKind::PermissionDenied
                                                 : ErrorKind::IoFailed,
                 tr("A file could not be copied."))
        .withDetail(detail);
}

QByteArray folderOf(const QByteArray &relative)
{
    const qsizetype slash = relative.lastIndexOf('/');
    return slash < 0 ? QByteArray(".") : relative.left(slash);
}

/// The folder that will hold \a relative, made with all above it. errno is set when not open.
Descriptor holdingFolder(int root, const QByteArray &relative, const std::optional<Owner> &owner)
{
    const QByteArray folder = folderOf(relative);
    Descriptor present(openBeneath(root, folder, O_RDONLY | O_DIRECTORY));
    if (present.isOpen() || errno != ENOENT)
        return present;
    const Descriptor above = holdingFolder(root, folder, owner);
    const QByteArray name = folder.mid(folder.lastIndexOf('/') + 1);
    if (!above.isOpen() || (::mkdirat(above.get(), name.constData(), 0755) != 0 && errno != EEXIST))
        return Descriptor();
    if (owner &&
        ::fchownat(above.get(), name.constData(), owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) != 0)
        return Descriptor();
    return Descriptor(openBeneath(root, folder, O_RDONLY | O_DIRECTORY));
}

} // namespace

int copyContent(int source, int target, const CancelToken &cancel)
{
    for (;;) {
        if (cancel.isCancelled())
            return ECANCELED;
        const ssize_t sent = ::sendfile(target, source, nullptr, kPart);
        if (sent == 0)
            return 0;
        if (sent < 0 && errno != EINTR)
            return errno;
    }
}

Result<qint64> copyFileBeneath(const QString &from,
                               const QString &to,
                               const QByteArray &relative,
                               qint64 limit,
                               const std::optional<Owner> &owner,
                               const CancelToken &cancel)
{
    const Descriptor sourceRoot(openFolder(from, O_RDONLY));
    const Descriptor targetRoot(openFolder(to, O_RDONLY));
    if (!sourceRoot.isOpen() || !targetRoot.isOpen())
        return fail(failure(errno, relative));
    const Descriptor source(openBeneath(sourceRoot.get(), relative, O_RDONLY | O_NONBLOCK));
    struct stat status
    {
    };
    if (!source.isOpen() || ::fstat(source.get(), &status) != 0)
        return fail(failure(errno, relative));
    if (!S_ISREG(status.st_mode))
        return fail(failure(EINVAL, relative));
    if (status.st_size > limit)
        return fail(Error(ErrorKind::FileTooLarge,
                          tr("The file is larger than %1.").arg(formatByteSize(limit)))
                        .withDetail(QString::fromUtf8(relative)));
    const Descriptor folder = holdingFolder(targetRoot.get(), relative, owner);
    if (!folder.isOpen())
        return fail(failure(errno, relative));
    const QByteArray name = relative.mid(relative.lastIndexOf('/') + 1);
    const Descriptor target(::openat(folder.get(),
                                     name.constData(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                     0600));
    if (!target.isOpen())
        return fail(failure(errno, relative));
    int code = copyContent(source.get(), target.get(), cancel);
    const timespec times[2] = {status.st_atim, status.st_mtim};
    if (code == 0 && ((owner && ::fchown(target.get(), owner->uid, owner->gid) != 0) ||
                      ::fchmod(target.get(), status.st_mode & 0777) != 0 ||
                      ::futimens(target.get(), times) != 0))
        code = errno;
    if (code == 0)
        return static_cast<qint64>(status.st_size);
    ::unlinkat(folder.get(), name.constData(), 0);
    return fail(failure(code, relative));
}

Result<Done> makeLinkBeneath(const QString &to,
                             const QByteArray &relative,
                             const QByteArray &target,
                             const std::optional<Owner> &owner)
{
    const Descriptor root(openFolder(to, O_RDONLY));
    const Descriptor folder =
        root.isOpen() ? holdingFolder(root.get(), relative, owner) : Descriptor();
    const QByteArray name = relative.mid(relative.lastIndexOf('/') + 1);
    if (!folder.isOpen() || ::symlinkat(target.constData(), folder.get(), name.constData()) != 0 ||
        (owner &&
         ::fchownat(folder.get(), name.constData(), owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) !=
             0))
        return fail(failure(errno, relative));
    return Done{};
}

} // namespace paddock::worktrees
