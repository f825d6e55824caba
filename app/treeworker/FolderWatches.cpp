// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/treeworker/FolderWatches.h"

#include "core/worktrees/FileTree.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace paddock::treeworker {

namespace {

constexpr std::size_t kMaxMoved = 20'000;
constexpr int kMaxReads = 100; // of 64 KiB
// Closing as well: what is written through a mapping shows only then.
constexpr quint32 kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM |
                            IN_MOVED_TO | IN_DELETE | IN_EXCL_UNLINK | IN_ONLYDIR;

QByteArray joined(const QByteArray &folder, const QByteArray &name)
{
    return folder.isEmpty() ? name : QByteArray(folder + '/' + name);
}

} // namespace

FolderWatches::FolderWatches(int root, quint32 limit)
    : m_root(root)
    , m_limit(limit)
    , m_inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
}

Result<Done> FolderWatches::watchIndex(const QByteArray &indexFile)
{
    const qsizetype slash = indexFile.lastIndexOf('/');
    m_indexName = indexFile.mid(slash + 1);
    m_indexWatch = ::inotify_add_watch(m_inotify.get(),
                                       indexFile.left(slash).constData(),
                                       IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR);
    if (m_indexWatch < 0)
        return fail(
            Error(ErrorKind::IoFailed, QStringLiteral("The folder of the index is not watched."))
                .withDetail(QString::fromLocal8Bit(std::strerror(errno))));
    return Done{};
}

bool FolderWatches::add(const QByteArray &folder)
{
    if (count() >= m_limit && !isWatched(folder))
        return false;
    const worktrees::Descriptor opened(worktrees::openBeneath(
        m_root, folder.isEmpty() ? QByteArray(".") : folder, O_PATH | O_DIRECTORY));
    if (!opened.isOpen())
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EXDEV;
    // By the link of the descriptor: a name could have become a link in between.
    const QByteArray link = "/proc/self/fd/" + QByteArray::number(opened.get());
    const int watch = ::inotify_add_watch(m_inotify.get(), link.constData(), kEvents);
    if (watch < 0) // what may not be read is told of when that changes, and git sees nothing in it
        return errno == ENOENT || errno == EACCES;
    if (m_byWatch.value(watch, folder) != folder)
        forget(watch); // the same folder under a new name
    m_byWatch.insert(watch, folder);
    m_byPath[folder] = watch;
    return true;
}

bool FolderWatches::isWatched(const QByteArray &folder) const
{
    return m_byPath.contains(folder);
}

void FolderWatches::forget(int watch)
{
    const auto found = m_byWatch.constFind(watch);
    if (found == m_byWatch.cend())
        return;
    if (const auto path = m_byPath.find(*found); path != m_byPath.end() && path->second == watch)
        m_byPath.erase(path);
    m_byWatch.erase(found);
}

void FolderWatches::remove(const QByteArray &folder)
{
    const auto drop = [this](std::map<QByteArray, int>::iterator at) {
        ::inotify_rm_watch(m_inotify.get(), at->second);
        m_byWatch.remove(at->second);
        return m_byPath.erase(at);
    };
    if (const auto own = m_byPath.find(folder); own != m_byPath.end())
        drop(own);
    const QByteArray below = folder + '/';
    for (auto at = m_byPath.lower_bound(below);
         at != m_byPath.end() && at->first.startsWith(below);)
        at = drop(at);
}

void FolderWatches::removeAll()
{
    for (const auto &[path, watch] : m_byPath)
        ::inotify_rm_watch(m_inotify.get(), watch);
    m_byPath.clear();
    m_byWatch.clear();
}

bool FolderWatches::read()
{
    alignas(inotify_event) std::array<char, 64 * 1024> buffer{};
    // Not for ever where somebody writes faster than this reads.
    for (int round = 0; round < kMaxReads; ++round) {
        const ssize_t got = ::read(m_inotify.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        for (ssize_t at = 0; at < got;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char *name = buffer.data() + at + sizeof event;
            at += static_cast<ssize_t>(sizeof event + event.len);
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                m_moved.overflow = true;
                continue;
            }
            if (event.wd == m_indexWatch) {
                if (event.len > 0 && m_indexName == name)
                    m_moved.index = true;
                continue;
            }
            if ((event.mask & IN_IGNORED) != 0) {
                forget(event.wd);
                continue;
            }
            const auto folder = m_byWatch.constFind(event.wd);
            if (folder == m_byWatch.cend() || event.len == 0)
                continue;
            if (m_moved.paths.size() >= kMaxMoved)
                m_moved.overflow = true;
            else
                m_moved.paths.insert(joined(*folder, QByteArray(name)));
            // What lies in it is somewhere else now, or gone.
            if ((event.mask & IN_MOVED_FROM) != 0 && (event.mask & IN_ISDIR) != 0)
                remove(joined(*folder, QByteArray(name)));
        }
    }
    return hasMoved();
}

} // namespace paddock::treeworker
