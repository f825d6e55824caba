// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shim/EventLoop.h"

#include <string>
#include <vector>

namespace paddock::shim {

/// Notices that refs of a git directory may have changed: HEAD, packed-refs, and everything below
/// refs/heads, refs/tags and refs/stash, by inotify. Many changes of a short while are one. It may
/// tell too much; it tells too little only of folders beyond a fixed number, or where inotify is
/// not to be had.
class RefWatch final : Watcher
{
public:
    explicit RefWatch(EventLoop &loop);
    ~RefWatch();

    /// Instead of what was watched before; counts as a change.
    void watch(const std::string &gitDir);
    /// True once after changes.
    [[nodiscard]] bool takeChanged();

private:
    void ready(std::uint32_t events) override;
    void changed();
    void due();
    void arm();
    void addFolders(std::vector<std::string> level);
    void appendFolders(const std::string &folder, std::vector<std::string> &to);
    /// The watch descriptor; -1: there is none.
    int add(const std::string &folder);

    EventLoop &m_loop;
    Fd m_fd;
    std::string m_gitDir;
    /// Watch descriptor of the git directory itself; others are folders of refs.
    int m_top = -1;
    int m_watches = 0;
    int m_looked = 0;
    bool m_stale = false;
    bool m_changed = false;
    EventLoop::TimerId m_timer = 0;
    std::int64_t m_lastTold = 0;
};

} // namespace paddock::shim
