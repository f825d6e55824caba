// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IndexCopy.h"

#include "core/base/Bytes.h"
#include "core/base/Ids.h"
#include "core/base/XdgPaths.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/TreeFiles.h"

#include <QCoreApplication>
#include <QFile>
#include <QScopeGuard>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxIndex = 512 * kMiB;
constexpr auto kLockWait = std::chrono::seconds(2);
constexpr auto kLockPoll = std::chrono::milliseconds(10);

QString tr(const char *text)
{
    return QCoreApplication::translate("Staging", text);
}

tl::unexpected<Error> ioFailure(const QString &path)
{
    const int code = errno;
    return fail(Error(code == ENOSPC || code == EDQUOT ? ErrorKind::DiskFull : ErrorKind::IoFailed,
                      tr("The staging area of the worktree cannot be written."))
                    .withDetail(path + u": "_s + qt_error_string(code)));
}

bool isSame(const struct stat &one, const struct stat &other)
{
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino &&
           one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
           one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

/// Gives a file the time that git compares with those of the entries. An index that looks younger
/// than it is hides changes that were made in the same tick as the last look at a file.
bool setTime(int file, const timespec &time)
{
    const std::array<timespec, 2> times{time, time};
    return ::futimens(file, times.data()) == 0;
}

/// A moment earlier, which is as safe, and no two states of an index look the same.
timespec justBefore(timespec time)
{
    if (--time.tv_nsec < 0) {
        --time.tv_sec;
        time.tv_nsec = 999'999'999;
    }
    return time;
}

Result<QByteArray> readAll(QFile &file)
{
    if (file.size() > kMaxIndex)
        return fail(ErrorKind::FileTooLarge, tr("The index of the worktree is too large."));
    return file.readAll();
}

} // namespace

Result<IndexCopy> IndexCopy::make(const HostView &view, const QString &path)
{
    IndexCopy copy(view, path);
    QFile original(view.worktreeIndex());
    QFile target(path);
    if (view.worktreeIndex().isEmpty() || !original.open(QIODevice::ReadOnly))
        return fail(Error(ErrorKind::NotFound, tr("The worktree of the session has no index."))
                        .withDetail(view.worktreeIndex())
                        .withRemedy(tr("Run git status in the worktree and do what it says.")));
    const auto content = readAll(original);
    if (!content)
        return fail(content.error());
    if (::fstat(original.handle(), &copy.m_original) != 0 ||
        !target.open(QIODevice::WriteOnly | QIODevice::Truncate) ||
        target.write(*content) != content->size() || !target.flush() ||
        !setTime(target.handle(), copy.m_original.st_mtim))
        return ioFailure(path);
    return copy;
}

Result<IndexCopy> IndexCopy::duplicate(const QString &path) const
{
    IndexCopy copy(m_view, path);
    copy.m_original = m_original;
    if (!QFile::copy(m_path, path))
        return ioFailure(path);
    return copy;
}

Result<IndexState> IndexCopy::read() const
{
    QFile file(m_path);
    if (!file.open(QIODevice::ReadOnly))
        return ioFailure(m_path);
    const auto content = readAll(file);
    if (!content)
        return fail(content.error());
    const auto entries = git::parseIndexEntries(*content);
    if (!entries)
        return fail(entries.error());
    IndexState state;
    state.reserve(entries->size());
    for (const git::StagedEntry &entry : *entries)
        state[entry.path].append(entry);
    return state;
}

Result<Done>
IndexCopy::set(const git::GitProcess &git, const IndexState &changes, const CancelToken &cancel)
{
    QByteArray removed;
    QByteArray added;
    QList<QByteArray> intended;
    const auto line = [](quint32 mode, const git::Oid &id, int stage, const QByteArray &path) {
        return QByteArray::number(mode, 8) + ' ' + id.toHex() + ' ' + QByteArray::number(stage) +
               '\t' + path + '\0';
    };
    for (auto change = changes.begin(); change != changes.end(); ++change) {
        removed += line(0, git::Oid(), 0, change.key());
        for (const git::StagedEntry &entry : change.value()) {
            if (entry.intentToAdd)
                intended += entry.path;
            else
                added += line(entry.mode, entry.id, entry.stage, entry.path);
        }
    }
    // Removals first: a name may become a folder of names.
    auto request = m_view.objectRequest({u"update-index"_s, u"-z"_s, u"--index-info"_s});
    request.indexFile = m_path;
    request.input = removed + added;
    request.what = tr("Changing what is staged");
    if (!request.input.isEmpty()) {
        if (const auto done = git.check(request, cancel); !done)
            return fail(done.error());
    }
    if (intended.isEmpty())
        return Done{};
    // Git has one way to name a file it shall take later: it has to be there.
    const QString folder = m_path + u".named"_s;
    auto naming = m_view.objectRequest({u"add"_s,
                                        u"--intent-to-add"_s,
                                        u"--force"_s,
                                        u"--pathspec-from-file=-"_s,
                                        u"--pathspec-file-nul"_s});
    if (auto made = makePrivateFolder(folder); !made)
        return made;
    for (const QByteArray &path : intended) {
        if (auto made = writeBeneath(folder, path, {}); !made)
            return made;
        naming.input += path + '\0';
    }
    naming.indexFile = m_path;
    naming.workTree = naming.directory = folder;
    naming.what = request.what;
    const auto named = git.check(naming, cancel);
    return named ? Result<Done>(Done{}) : fail(named.error());
}

Result<Done> IndexCopy::install(const CancelToken &cancel) const
{
    const QString index = m_view.worktreeIndex();
    const QByteArray indexName = QFile::encodeName(index);
    const QByteArray lock = indexName + ".lock";
    const QByteArray fresh = indexName + ".paddock-" + randomShortId().toLatin1();
    QFile copy(m_path);
    if (!copy.open(QIODevice::ReadOnly))
        return ioFailure(m_path);
    const auto content = readAll(copy);
    if (!content)
        return fail(content.error());
    QFile target(QFile::decodeName(fresh));
    const auto drop = qScopeGuard([&] { ::unlink(fresh.constData()); });
    if (!target.open(QIODevice::WriteOnly | QIODevice::NewOnly) ||
        target.write(*content) != content->size() || !target.flush() ||
        ::fchmod(target.handle(), m_original.st_mode & 0777) != 0 ||
        (::geteuid() == 0 &&
         ::fchown(target.handle(), m_original.st_uid, m_original.st_gid) != 0) ||
        !setTime(target.handle(), justBefore(m_original.st_mtim)))
        return ioFailure(index);
    target.close();

    // Git's own protocol: who has made index.lock may rename it over the index.
    const auto deadline = std::chrono::steady_clock::now() + kLockWait;
    while (::link(fresh.constData(), lock.constData()) != 0) {
        if (errno != EEXIST)
            return ioFailure(index);
        if (cancel.isCancelled())
            return fail(ErrorKind::Cancelled, tr("Cancelled."));
        if (std::chrono::steady_clock::now() > deadline)
            return fail(
                Error(ErrorKind::Conflict,
                      tr("Another git program holds the staging area of the "
                         "worktree."))
                    .withDetail(QFile::decodeName(lock))
                    .withRemedy(tr("Wait until it has finished. If none is running, delete the "
                                   "lock file that is named in the details.")));
        std::this_thread::sleep_for(kLockPoll); // a worker may wait for somebody else's program
    }
    struct stat now
    {
    };
    if (::stat(indexName.constData(), &now) != 0 || !isSame(now, m_original)) {
        ::unlink(lock.constData());
        return fail(Error(ErrorKind::Conflict, tr("What is staged was changed at the same moment."))
                        .withRemedy(tr("Look at the changes again and repeat what you wanted.")));
    }
    if (::rename(lock.constData(), indexName.constData()) != 0) {
        const auto failure = ioFailure(index);
        ::unlink(lock.constData());
        return failure;
    }
    return Done{};
}

} // namespace paddock::worktrees
