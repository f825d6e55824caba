// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/treeworker/Worker.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace paddock::treeworker {

namespace {

using worktrees::TreeFrameKind;

// Moves that come together are told together.
constexpr auto kGather = std::chrono::milliseconds(50);

} // namespace

int Worker::run()
{
    for (;;) {
        std::array<pollfd, 2> descriptors{
            {{m_socket, POLLIN, 0},
             {m_tree && !m_hasTold && !m_tellAt ? m_tree->descriptor() : -1, POLLIN, 0}}};
        if (::poll(descriptors.data(), descriptors.size(), patience()) < 0 && errno != EINTR)
            return 1;
        if (descriptors[0].revents != 0 && !receive())
            return m_isBroken ? 2 : 0;
        noticeMoves();
    }
}

int Worker::patience() const
{
    if (!m_tellAt)
        return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*m_tellAt - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<qint64>(left.count(), 0));
}

void Worker::noticeMoves()
{
    if (!m_tree || m_hasTold)
        return;
    const auto now = std::chrono::steady_clock::now();
    if (!m_tellAt) {
        if (m_tree->noticeMoves())
            m_tellAt = now + kGather;
    } else if (now >= *m_tellAt) {
        m_tellAt.reset();
        m_hasTold = true;
        m_isBroken = !send(TreeFrameKind::Changed, 0, {});
    }
}

bool Worker::receive()
{
    std::array<char, 64 * 1024> buffer{};
    const ssize_t got = ::recv(m_socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0)
        return false;
    m_reader.append(QByteArray(buffer.data(), got));
    for (;;) {
        auto frame = m_reader.next();
        if (!frame) {
            m_isBroken = true;
            return false;
        }
        if (!frame->has_value())
            return !m_isBroken;
        if (!handle(**frame)) {
            m_isBroken = true;
            return false;
        }
    }
}

bool Worker::handle(const worktrees::TreeFrame &frame)
{
    if (frame.kind == TreeFrameKind::Open && !m_tree) {
        const auto open = worktrees::decodeTreeOpen(frame.payload);
        if (!open)
            return false;
        m_tree = std::make_unique<WatchedTree>(*open);
        return send(TreeFrameKind::Opened, frame.request, {});
    }
    if (frame.kind == TreeFrameKind::Look && m_tree) {
        const auto look = worktrees::decodeTreeLook(frame.payload);
        if (!look)
            return false;
        const auto answer = m_tree->look(look->head);
        m_tellAt.reset();
        m_hasTold = false;
        if (answer)
            return send(TreeFrameKind::Answer, frame.request, worktrees::encode(*answer));
        using Kind = worktrees::TreeFailure::Kind;
        const Error &error = answer.error();
        const worktrees::TreeFailure failure{
            .kind = error.kind == ErrorKind::SecurityViolation ? Kind::SpecialFile
                    : error.kind == ErrorKind::CommandTimeout  ? Kind::TimedOut
                                                               : Kind::Other,
            .detail = error.kind == ErrorKind::SecurityViolation ? error.detail.toUtf8()
                                                                 : error.toString().toUtf8()};
        return send(TreeFrameKind::Failed, frame.request, worktrees::encode(failure));
    }
    return false;
}

bool Worker::send(TreeFrameKind kind, quint32 request, const QByteArray &payload)
{
    const QByteArray bytes =
        worktrees::encodeTreeFrame({.kind = kind, .request = request, .payload = payload});
    for (qsizetype done = 0; done < bytes.size();) {
        const ssize_t sent = ::send(m_socket,
                                    bytes.constData() + done,
                                    static_cast<std::size_t>(bytes.size() - done),
                                    MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        done += sent;
    }
    return true;
}

} // namespace paddock::treeworker
