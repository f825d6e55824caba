// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shim/EventLoop.h"

#include <cstdint>
#include <list>
#include <memory>
#include <string>

namespace paddock::shim {

/// Carries connections to one TCP port of 127.0.0.1 to one unix socket in the current folder, each
/// direction with its own end. A socket that is not there yet is tried for a few seconds.
class Forwarder final : Watcher
{
public:
    Forwarder(EventLoop &loop, std::uint16_t port, std::string socketName);
    ~Forwarder();

    /// False with errno set when the port cannot be had.
    [[nodiscard]] bool listen();

private:
    static constexpr std::size_t kBuffer = std::size_t{32} * 1024;

    struct Connection;

    /// One of the two sockets of a connection, with what was read from it.
    struct Side final : Watcher
    {
        void ready(std::uint32_t events) override;

        Connection *connection = nullptr;
        Side *other = nullptr;
        Fd fd;
        std::unique_ptr<char[]> buffer;
        std::size_t begin = 0;
        std::size_t end = 0;
        /// Nothing more comes from it; nothing more may go to it.
        bool readEnded = false;
        bool writeEnded = false;
    };

    struct Connection
    {
        Forwarder *forwarder = nullptr;
        Side client;
        Side server;
        std::int64_t giveUpAt = 0;
        bool dead = false;
    };

    void ready(std::uint32_t events) override;
    [[nodiscard]] bool connectServer(Connection &connection);
    void retryWaiting();
    void service(Connection &connection);
    [[nodiscard]] bool move(Side &from);
    void updateInterest(Side &side);
    void sweep();

    EventLoop &m_loop;
    std::uint16_t m_port;
    std::string m_socketName;
    Fd m_listener;
    std::list<Connection> m_connections;
    EventLoop::TimerId m_retry = 0;
    EventLoop::TimerId m_sweep = 0;
};

} // namespace paddock::shim
