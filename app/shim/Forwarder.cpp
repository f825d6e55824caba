// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/Forwarder.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace paddock::shim {

namespace {

constexpr std::size_t kMaxConnections = 512;
constexpr int kRetryMilliseconds = 50;
constexpr int kGiveUpMilliseconds = 5000;
/// Moved in one direction of one connection before the others get their turn.
constexpr int kMovesPerTurn = 8;

} // namespace

Forwarder::Forwarder(EventLoop &loop, std::uint16_t port, std::string socketName)
    : m_loop(loop)
    , m_port(port)
    , m_socketName(std::move(socketName))
{
}

Forwarder::~Forwarder()
{
    for (Connection &connection : m_connections) {
        m_loop.forget(connection.client.fd.get());
        m_loop.forget(connection.server.fd.get());
    }
    m_loop.forget(m_listener.get());
    m_loop.cancel(m_retry);
    m_loop.cancel(m_sweep);
}

bool Forwarder::listen()
{
    m_listener = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(m_listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(m_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!m_listener ||
        ::bind(m_listener.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) !=
            0 ||
        ::listen(m_listener.get(), 128) != 0) {
        return false;
    }
    return m_loop.watch(m_listener.get(), EPOLLIN, this);
}

void Forwarder::ready(std::uint32_t)
{
    for (int i = 0; i < 16; ++i) {
        if (m_connections.size() >= kMaxConnections) {
            // Further ones wait in the kernel until one of these is done.
            m_loop.forget(m_listener.get());
            return;
        }
        Fd fd(::accept4(m_listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                m_loop.forget(m_listener.get());
                m_loop.after(kRetryMilliseconds,
                             [this] { m_loop.watch(m_listener.get(), EPOLLIN, this); });
            }
            return;
        }
        Connection &connection = m_connections.emplace_back();
        connection.forwarder = this;
        connection.client.connection = connection.server.connection = &connection;
        connection.client.other = &connection.server;
        connection.server.other = &connection.client;
        connection.client.fd = std::move(fd);
        connection.giveUpAt = EventLoop::now() + kGiveUpMilliseconds;
        if (connectServer(connection))
            service(connection);
        else if (m_retry == 0)
            m_retry = m_loop.after(kRetryMilliseconds, [this] { retryWaiting(); });
    }
}

bool Forwarder::connectServer(Connection &connection)
{
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!fd || m_socketName.size() >= sizeof address.sun_path)
        return false;
    std::memcpy(address.sun_path, m_socketName.c_str(), m_socketName.size() + 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return false;
    connection.server.fd = std::move(fd);
    return true;
}

void Forwarder::retryWaiting()
{
    m_retry = 0;
    const std::int64_t now = EventLoop::now();
    bool waiting = false;
    for (Connection &connection : m_connections) {
        if (connection.dead || connection.server.fd)
            continue;
        if (connectServer(connection)) {
            service(connection);
        } else if (now >= connection.giveUpAt) {
            connection.dead = true;
        } else {
            waiting = true;
        }
    }
    sweep();
    if (waiting)
        m_retry = m_loop.after(kRetryMilliseconds, [this] { retryWaiting(); });
}

void Forwarder::Side::ready(std::uint32_t events)
{
    if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && readEnded)) {
        // Gone in both directions: what was meant for it has no address any more.
        writeEnded = true;
        if ((events & EPOLLERR) != 0)
            readEnded = true;
        other->begin = other->end = 0;
        other->readEnded = true;
    }
    connection->forwarder->service(*connection);
}

void Forwarder::service(Connection &connection)
{
    if (connection.dead)
        return;
    const bool ok = move(connection.client) && move(connection.server);
    const bool done = connection.client.readEnded && connection.server.readEnded &&
                      connection.client.begin == connection.client.end &&
                      connection.server.begin == connection.server.end;
    if (!ok || done) {
        connection.dead = true;
        m_loop.forget(connection.client.fd.get());
        m_loop.forget(connection.server.fd.get());
        // Freed after the round: we may have been called by one of its sides.
        if (m_sweep == 0)
            m_sweep = m_loop.after(0, [this] {
                m_sweep = 0;
                sweep();
            });
        return;
    }
    updateInterest(connection.client);
    updateInterest(connection.server);
}

bool Forwarder::move(Side &from)
{
    Side &to = *from.other;
    for (int i = 0; i < kMovesPerTurn; ++i) {
        if (from.begin == from.end && !from.readEnded) {
            if (!from.buffer)
                from.buffer = std::make_unique_for_overwrite<char[]>(kBuffer);
            from.begin = from.end = 0;
            const ssize_t count = ::recv(from.fd.get(), from.buffer.get(), kBuffer, MSG_DONTWAIT);
            if (count > 0)
                from.end = static_cast<std::size_t>(count);
            else if (count == 0)
                from.readEnded = true;
            else if (errno == EINTR)
                continue;
            else if (errno != EAGAIN)
                return false;
        }
        if (from.begin == from.end)
            break;
        const ssize_t count = ::send(to.fd.get(),
                                     from.buffer.get() + from.begin,
                                     from.end - from.begin,
                                     MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) {
            from.begin += static_cast<std::size_t>(count);
        } else if (errno == EPIPE) {
            // It does not listen any more, but may still have something to say.
            from.begin = from.end = 0;
            from.readEnded = true;
            to.writeEnded = true;
            ::shutdown(from.fd.get(), SHUT_RD);
        } else if (errno == EAGAIN) {
            return true;
        } else if (errno != EINTR) {
            return false;
        }
    }
    if (from.begin == from.end) {
        // Idle connections hold no buffer.
        from.buffer.reset();
        if (from.readEnded && !to.writeEnded) {
            to.writeEnded = true;
            ::shutdown(to.fd.get(), SHUT_WR);
        }
    }
    return true;
}

void Forwarder::updateInterest(Side &side)
{
    const bool wantsRead = !side.readEnded && side.begin == side.end;
    const bool wantsWrite = side.other->begin != side.other->end;
    // Watched without a wish, a hang-up would be reported again and again; it matters only where it
    // may be the answer to a half-closed connection. Else the other side's next event brings us
    // back here.
    if (!wantsRead && !wantsWrite && (!side.readEnded || side.writeEnded)) {
        m_loop.forget(side.fd.get());
        return;
    }
    m_loop.watch(side.fd.get(), (wantsRead ? EPOLLIN : 0U) | (wantsWrite ? EPOLLOUT : 0U), &side);
}

void Forwarder::sweep()
{
    const bool wasFull = m_connections.size() >= kMaxConnections;
    m_connections.remove_if([](const Connection &connection) { return connection.dead; });
    if (wasFull && m_connections.size() < kMaxConnections)
        m_loop.watch(m_listener.get(), EPOLLIN, this);
}

} // namespace paddock::shim
