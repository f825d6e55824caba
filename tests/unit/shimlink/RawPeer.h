// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/shimlink/Frame.h"
#include "core/shimlink/Hello.h"

#include <QByteArray>
#include <QFile>
#include <QString>

#include <algorithm>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace paddock::test {

/// A stranger at a session's link.sock, who says what he likes.
class RawPeer
{
public:
    explicit RawPeer(const QString &runFolder)
    {
        m_fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const QByteArray path = QFile::encodeName(runFolder + QStringLiteral("/link.sock"));
        std::copy_n(path.constData(), path.size(), address.sun_path);
        m_connected =
            ::connect(m_fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    }
    ~RawPeer() { close(); }
    Q_DISABLE_COPY_MOVE(RawPeer)

    [[nodiscard]] bool isConnected() const { return m_connected; }
    void close()
    {
        if (m_fd >= 0)
            ::close(m_fd);
        m_fd = -1;
    }

    void send(std::string_view bytes)
    {
        [[maybe_unused]] const ssize_t count =
            ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void sendHello(char epoch,
                   std::uint64_t received = 0,
                   std::uint16_t maxVersion = shimlink::kProtocolMax)
    {
        shimlink::ShimHello hello;
        hello.maxVersion = maxVersion;
        hello.epoch = std::string(shimlink::kEpochSize, epoch);
        hello.program = "a stranger";
        hello.received = hello.handedOn = received;
        send(shimlink::encodeFrame({.type = shimlink::FrameType::Hello}, hello.encode()));
    }
    void sendData(shimlink::Channel channel, std::uint64_t position, std::string_view bytes)
    {
        send(shimlink::encodeFrame(
            {.type = shimlink::FrameType::Data, .channel = channel, .position = position}, bytes));
    }

    /// Takes what is there; true once the other side has closed.
    [[nodiscard]] bool isClosed()
    {
        read();
        return m_closed;
    }
    [[nodiscard]] const std::string &received()
    {
        read();
        return m_received;
    }

private:
    void read()
    {
        pollfd ready{m_fd, POLLIN, 0};
        while (!m_closed && ::poll(&ready, 1, 0) == 1) {
            char buffer[65536];
            const ssize_t count = ::recv(m_fd, buffer, sizeof buffer, MSG_DONTWAIT);
            if (count > 0)
                m_received.append(buffer, static_cast<std::size_t>(count));
            else
                m_closed = true;
        }
    }

    int m_fd = -1;
    bool m_connected = false;
    bool m_closed = false;
    std::string m_received;
};

} // namespace paddock::test
