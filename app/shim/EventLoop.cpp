// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/EventLoop.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <sys/epoll.h>

namespace paddock::shim {

EventLoop::EventLoop()
    : m_epoll(::epoll_create1(EPOLL_CLOEXEC))
{
}

bool EventLoop::watch(int fd, std::uint32_t events, Watcher *watcher)
{
    const auto index = static_cast<std::size_t>(fd);
    if (index >= m_slots.size())
        m_slots.resize(index + 1);
    Slot &slot = m_slots[index];
    const bool known = slot.watcher != nullptr;
    if (known && slot.watcher == watcher && slot.events == events)
        return true;
    if (!known)
        ++slot.generation;
    epoll_event event{};
    event.events = events;
    event.data.u64 = (std::uint64_t{slot.generation} << 32) | static_cast<std::uint32_t>(fd);
    if (::epoll_ctl(m_epoll.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0)
        return false;
    slot.watcher = watcher;
    slot.events = events;
    return true;
}

void EventLoop::forget(int fd)
{
    const auto index = static_cast<std::size_t>(fd);
    if (fd < 0 || index >= m_slots.size() || m_slots[index].watcher == nullptr)
        return;
    m_slots[index].watcher = nullptr;
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::TimerId EventLoop::after(int milliseconds, std::function<void()> function)
{
    if (++m_lastTimer == 0)
        ++m_lastTimer;
    m_timers.push_back({m_lastTimer, now() + milliseconds, std::move(function)});
    return m_lastTimer;
}

void EventLoop::cancel(TimerId &timer)
{
    if (timer != 0)
        std::erase_if(m_timers, [timer](const Timer &other) { return other.id == timer; });
    timer = 0;
}

int EventLoop::run()
{
    while (!m_quit) {
        if (m_afterRound)
            m_afterRound();
        if (m_quit)
            break;
        epoll_event events[64];
        const int count = ::epoll_wait(m_epoll.get(), events, 64, untilNextTimer());
        if (count < 0 && errno != EINTR)
            std::abort();
        for (int i = 0; i < count; ++i) {
            const auto fd = static_cast<std::uint32_t>(events[i].data.u64);
            const auto generation = static_cast<std::uint32_t>(events[i].data.u64 >> 32);
            // A descriptor that was closed and opened again in this round has a new generation.
            const Slot slot = m_slots[fd];
            if (slot.watcher != nullptr && slot.generation == generation)
                slot.watcher->ready(events[i].events);
        }
        runTimers();
    }
    return m_code;
}

void EventLoop::quit(int code)
{
    m_quit = true;
    m_code = code;
}

std::int64_t EventLoop::now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1000000;
}

int EventLoop::untilNextTimer() const
{
    if (m_timers.empty())
        return -1;
    std::int64_t due = INT64_MAX;
    for (const Timer &timer : m_timers)
        due = std::min(due, timer.due);
    return static_cast<int>(std::clamp<std::int64_t>(due - now() + 1, 0, INT_MAX));
}

void EventLoop::runTimers()
{
    if (m_timers.empty())
        return;
    const std::int64_t time = now();
    for (std::size_t i = 0; i < m_timers.size();) {
        if (m_timers[i].due > time) {
            ++i;
            continue;
        }
        const std::function<void()> function = std::move(m_timers[i].function);
        m_timers.erase(m_timers.begin() + static_cast<std::ptrdiff_t>(i));
        function();
        // It may have changed the list; every timer it added lies in the future or gets its turn
        // now.
        i = 0;
    }
}

} // namespace paddock::shim
