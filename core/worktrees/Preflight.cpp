// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Preflight.h"

#include "core/base/Ids.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileCopy.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace paddock::worktrees {

namespace {

constexpr qsizetype kMaxNamed = 1000;

/// Replaces a file by a copy of itself, in the same folder, with the same mode, owner and times.
Result<Done> separate(const WalkedEntry &entry)
{
    const auto failure = [&](int code) {
        return fail(
            Error(code == ENOSPC || code == EDQUOT ? ErrorKind::DiskFull : ErrorKind::IoFailed,
                  QCoreApplication::translate("Preflight",
                                              "A file with a second name could not be "
                                              "copied."))
                .withDetail(QString::fromUtf8(entry.path) + QStringLiteral(": ") +
                            qt_error_string(code)));
    };
    const Descriptor source(::openat(
        entry.directory, entry.name.constData(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat status
    {
    };
    if (!source.isOpen() || ::fstat(source.get(), &status) != 0)
        return failure(errno);
    if (!S_ISREG(status.st_mode))
        return failure(EINVAL);
    const QByteArray temporary = ".paddock-" + randomShortId().toLatin1();
    const Descriptor copy(::openat(entry.directory,
                                   temporary.constData(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                   0600));
    if (!copy.isOpen())
        return failure(errno);
    int code = copyContent(source.get(), copy.get());
    const timespec times[2] = {status.st_atim, status.st_mtim};
    // Only root may give a file away; for anybody else the owner is right already.
    [[maybe_unused]] const int given = ::fchown(copy.get(), status.st_uid, status.st_gid);
    if (code == 0 &&
        (::fchmod(copy.get(), status.st_mode & 07777) != 0 || ::futimens(copy.get(), times) != 0 ||
         ::renameat(
             entry.directory, temporary.constData(), entry.directory, entry.name.constData()) != 0))
        code = errno;
    if (code == 0)
        return Done{};
    ::unlinkat(entry.directory, temporary.constData(), 0);
    return failure(code);
}

} // namespace

Result<PreflightReport>
lookOver(const SessionTree &tree, const PreflightOptions &options, const CancelToken &cancel)
{
    PreflightReport report;
    std::optional<Error> failed;
    const auto walked = walkTree(
        tree.workPath,
        [&](const WalkedEntry &entry) {
            if (++report.entries > options.maxEntries) {
                report.truncated = true;
                return false;
            }
            const mode_t kind = entry.status.st_mode & S_IFMT;
            if (kind == S_IFREG)
                report.bytes += entry.status.st_size;
            else if (kind != S_IFDIR && kind != S_IFLNK && report.special.size() < kMaxNamed)
                report.special += entry.path;
            // The git directory of a main checkout is covered by another one in the container.
            if (kind != S_IFREG || entry.status.st_nlink < 2 || entry.path.startsWith(".git/"))
                return true;
            if (report.hardLinked.size() < kMaxNamed)
                report.hardLinked += entry.path;
            if (options.hardLinks == HardLinkPolicy::Copy) {
                if (auto copied = separate(entry); !copied) {
                    failed = copied.error();
                    return false;
                }
                if (report.copied.size() < kMaxNamed)
                    report.copied += entry.path;
            }
            return true;
        },
        {},
        cancel);
    if (failed)
        return fail(*failed);
    if (!walked)
        return fail(walked.error());
    return report;
}

Pending<PreflightReport>
runPreflight(WorkerPool &pool, const SessionTree &tree, const PreflightOptions &options)
{
    return pool.run<PreflightReport>(
        [tree, options](const CancelToken &cancel) { return lookOver(tree, options, cancel); });
}

} // namespace paddock::worktrees
