// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shim/Fd.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace paddock::shim {

/// Told when a descriptor is ready; `events` are those of epoll(7).
class Watcher
{
public:
    virtual void ready(std::uint32_t events) = 0;

protected:
    ~Watcher() = default;
};

/// One thread, one epoll, a few timers.
class EventLoop
{
public:
    using TimerId = std::uint32_t;

    EventLoop();
    EventLoop(const EventLoop &) = delete;
    EventLoop &operator=(const EventLoop &) = delete;

    /// Watches `fd` for `events` (level-triggered), or changes for what. False when the kernel
    /// refuses.
    bool watch(int fd, std::uint32_t events, Watcher *watcher);
    /// Before the descriptor is closed. Events that were already fetched are not delivered any
    /// more.
    void forget(int fd);

    TimerId after(int milliseconds, std::function<void()> function);
    void cancel(TimerId &timer);

    /// Called after each round of events, before the loop sleeps.
    void setAfterRound(std::function<void()> function) { m_afterRound = std::move(function); }

    /// Until quit(); returns its code.
    int run();
    void quit(int code);

    [[nodiscard]] static std::int64_t now();

private:
    struct Slot
    {
        Watcher *watcher = nullptr;
        std::uint32_t events = 0;
        std::uint32_t generation = 0;
    };
    struct Timer
    {
        TimerId id = 0;
        std::int64_t due = 0;
        std::function<void()> function;
    };

    [[nodiscard]] int untilNextTimer() const;
    void runTimers();

    Fd m_epoll;
    std::vector<Slot> m_slots;
    std::vector<Timer> m_timers;
    TimerId m_lastTimer = 0;
    std::function<void()> m_afterRound;
    bool m_quit = false;
    int m_code = 0;
};

} // namespace paddock::shim
