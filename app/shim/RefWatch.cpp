// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/RefWatch.h"

#include <algorithm>
#include <cstring>
#include <dirent.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

namespace paddock::shim {

namespace {

constexpr int kMaxWatches = 256;
/// Names looked at when the folders are searched; the agent can make any number of them.
constexpr int kMaxLooked = 20000;
constexpr int kMaxDepth = 16;
/// A commit moves several refs within a few milliseconds.
constexpr int kSettleMilliseconds = 40;
constexpr std::int64_t kEveryMilliseconds = 400;
constexpr int kReadsPerRound = 8;

constexpr std::uint32_t kContent = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE |
                                   IN_MOVED_FROM | IN_ONLYDIR | IN_DONT_FOLLOW;
constexpr std::uint32_t kGone = IN_IGNORED | IN_Q_OVERFLOW;

bool isLock(std::string_view name)
{
    constexpr std::string_view kSuffix = ".lock";
    return name.size() > kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix;
}

} // namespace

RefWatch::RefWatch(EventLoop &loop)
    : m_loop(loop)
{
}

RefWatch::~RefWatch()
{
    if (m_fd)
        m_loop.forget(m_fd.get());
    m_loop.cancel(m_timer);
}

void RefWatch::watch(const std::string &gitDir)
{
    m_gitDir = gitDir;
    arm();
    m_changed = true;
}

bool RefWatch::takeChanged()
{
    if (!std::exchange(m_changed, false))
        return false;
    m_lastTold = EventLoop::now();
    return true;
}

void RefWatch::arm()
{
    if (m_fd)
        m_loop.forget(m_fd.get());
    m_fd = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    m_watches = 0;
    m_looked = 0;
    m_stale = false;
    m_top = -1;
    if (!m_fd)
        return;
    m_top = add(m_gitDir);
    add(m_gitDir + "/refs"); // for the stash
    addFolders({m_gitDir + "/refs/heads", m_gitDir + "/refs/tags"});
    m_loop.watch(m_fd.get(), EPOLLIN, this);
}

int RefWatch::add(const std::string &folder)
{
    if (m_watches >= kMaxWatches)
        return -1;
    const int watch = ::inotify_add_watch(m_fd.get(), folder.c_str(), kContent);
    if (watch >= 0)
        ++m_watches;
    return watch;
}

/// Level by level, so that many branch folders leave no kind of ref unwatched. Each folder first
/// and then what is in it, so that nothing can appear unseen in between.
void RefWatch::addFolders(std::vector<std::string> level)
{
    for (int depth = 0; depth <= kMaxDepth && !level.empty(); ++depth) {
        std::vector<std::string> next;
        for (const std::string &folder : level) {
            if (add(folder) >= 0)
                appendFolders(folder, next);
        }
        level = std::move(next);
    }
}

void RefWatch::appendFolders(const std::string &folder, std::vector<std::string> &to)
{
    DIR *opened = ::opendir(folder.c_str());
    if (opened == nullptr)
        return;
    while (const dirent *entry = ::readdir(opened)) {
        if (++m_looked > kMaxLooked)
            break;
        const std::string_view name(entry->d_name);
        if (name != "." && name != ".." && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN))
            to.push_back(folder + '/' + std::string(name));
    }
    ::closedir(opened);
}

void RefWatch::ready(std::uint32_t)
{
    alignas(inotify_event) char buffer[4096];
    bool found = false;
    for (int i = 0; i < kReadsPerRound; ++i) {
        const ssize_t count = ::read(m_fd.get(), buffer, sizeof buffer);
        if (count <= 0)
            break;
        for (ssize_t at = 0; at < count;) {
            inotify_event event;
            std::memcpy(&event, buffer + at, sizeof event);
            const char *text = buffer + at + sizeof event;
            const std::string_view name(text, event.len > 0 ? std::strlen(text) : 0);
            at += static_cast<ssize_t>(sizeof event + event.len);
            const bool isTop = event.wd == m_top;
            const bool isFolder = (event.mask & IN_ISDIR) != 0;
            if ((event.mask & kGone) != 0 || (isFolder && (!isTop || name == "refs")))
                m_stale = found = true;
            else if (isTop ? name == "HEAD" || name == "packed-refs" : !isLock(name))
                found = true;
        }
    }
    if (found)
        changed();
}

void RefWatch::changed()
{
    if (m_timer != 0)
        return;
    const std::int64_t wait = m_lastTold + kEveryMilliseconds - EventLoop::now();
    m_timer =
        m_loop.after(std::max(kSettleMilliseconds, static_cast<int>(wait)), [this] { due(); });
}

void RefWatch::due()
{
    m_timer = 0;
    if (m_stale)
        arm();
    m_changed = true;
}

} // namespace paddock::shim
