// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/link/AgentLinkPrivate.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::sandbox::link {

using namespace shimlink;

namespace {

/// Per turn of the event loop; each is at most two frames.
constexpr int kReadsPerTurn = 16;
constexpr std::size_t kMaxOutWaiting = kMaxMessage + std::size_t{8} * 1024 * 1024;
constexpr auto kRefusedEvery = std::chrono::seconds(1);
/// A shim says hello in the moment it connects; who only holds the place is shown out.
constexpr auto kHelloDue = std::chrono::seconds(10);

} // namespace

AgentLink::Private::Private(AgentLink *link, LinkOptions options)
    : q(link)
    , m_options(std::move(options))
{
    m_epoch = m_options.epoch;
    for (auto stored = m_options.stored.cbegin(); stored != m_options.stored.cend(); ++stored) {
        const quint64 position = stored.value();
        m_streams[stored.key()] = {ReceiveCursor(position), position, position, position};
    }
    connect(&m_listener, &LinkListener::dialled, this, &Private::dialled);
    m_acknowledgeSoon.setSingleShot(true);
    m_acknowledgeSoon.setInterval(0);
    connect(&m_acknowledgeSoon, &QTimer::timeout, this, &Private::flushAcknowledgements);
    m_refusedSoon.setSingleShot(true);
    m_refusedSoon.setInterval(kRefusedEvery);
    connect(&m_refusedSoon, &QTimer::timeout, this, &Private::reportRefused);
    m_helloDue.setSingleShot(true);
    m_helloDue.setInterval(kHelloDue);
    connect(&m_helloDue, &QTimer::timeout, this, [this] {
        if (m_fd >= 0 && !m_up)
            breakOff(u"Whoever dialled as the session's helper did not say hello."_s);
    });
}

AgentLink::Private::~Private()
{
    m_listener.close();
    m_readNotifier.reset();
    m_writeNotifier.reset();
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<Done> AgentLink::Private::listen()
{
    return m_listener.listen(m_options.runFolder, "link.sock", m_options.socketOwner);
}

void AgentLink::Private::close()
{
    m_listener.close();
    drop(u"The link was closed."_s);
}

void AgentLink::Private::dialled(int fd, const PeerCredentials &peer)
{
    if (m_options.peerCheck && !m_options.peerCheck(peer)) {
        refuse(fd, peer);
        return;
    }
    if (m_fd >= 0) {
        // The shim that lost its connection may be back before we have seen the end of the old one.
        pollfd old{m_fd, POLLRDHUP, 0};
        if (::poll(&old, 1, 0) <= 0 || (old.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0) {
            refuse(fd, peer);
            return;
        }
        drop(u"The session's helper connected anew."_s);
    }
    m_fd = fd;
    ++m_connection;
    m_helloDue.start();
    m_readNotifier = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Read);
    connect(m_readNotifier.get(), &QSocketNotifier::activated, this, &Private::readSocket);
    m_writeNotifier = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Write);
    m_writeNotifier->setEnabled(false);
    connect(m_writeNotifier.get(), &QSocketNotifier::activated, this, &Private::writeSocket);
}

void AgentLink::Private::refuse(int fd, const PeerCredentials &peer)
{
    const std::string frame =
        encodeFrame({.type = FrameType::Error}, "This session has its link already.");
    ::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(fd);
    m_refusedPeer = peer;
    ++m_refused;
    // The first at once, a flood of them once in a while.
    if (!m_refusedSoon.isActive()) {
        reportRefused();
        m_refusedSoon.start();
    }
}

void AgentLink::Private::reportRefused()
{
    if (m_refused == 0)
        return;
    const int count = std::exchange(m_refused, 0);
    Q_EMIT q->secondLinkRefused(m_refusedPeer, count);
}

void AgentLink::Private::readSocket()
{
    const quint64 connection = m_connection;
    const QPointer<Private> alive(this);
    const auto isSame = [&] { return alive && m_fd >= 0 && m_connection == connection; };
    for (int i = 0; i < kReadsPerTurn && m_readNotifier->isEnabled(); ++i) {
        const std::span<char> room = m_decoder.writable();
        const ssize_t count = ::recv(m_fd, room.data(), room.size(), MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            break;
        if (count <= 0) {
            drop(count == 0 ? u"The session's helper closed the connection."_s
                            : qt_error_string(errno));
            return;
        }
        m_decoder.commit(static_cast<std::size_t>(count));
        Frame frame;
        FrameDecoder::Status status = FrameDecoder::Status::NeedMore;
        while ((status = m_decoder.next(frame)) == FrameDecoder::Status::Ready) {
            const bool ok = handle(frame);
            if (!isSame() || !ok)
                return;
        }
        if (status == FrameDecoder::Status::Broken) {
            breakOff(QString::fromStdString(m_decoder.error()));
            return;
        }
        updateReading();
    }
}

bool AgentLink::Private::handle(const Frame &frame)
{
    if (m_up == (frame.header.type == FrameType::Hello) && frame.header.type != FrameType::Error) {
        breakOff(m_up ? u"The session's helper said hello twice."_s
                      : u"The session's helper did not say hello first."_s);
        return false;
    }
    switch (frame.header.type) {
    case FrameType::Hello:
        return handleHello(frame);
    case FrameType::Data:
        return handleData(frame);
    case FrameType::Gap:
        return handleGap(frame);
    case FrameType::Ack:
        return handleOutboundAck(frame.header.position);
    case FrameType::Status:
        if (const auto status = SpoolStatus::decode(frame.payload)) {
            Q_EMIT q->statusReceived(
                {status->memoryBytes, status->diskBytes, status->waitingInput, status->paused});
            return true;
        }
        breakOff(u"The session's helper sent a status that cannot be read."_s);
        return false;
    case FrameType::Refs:
        if (m_shim.version < kRefsVersion || !frame.payload.empty()) {
            breakOff(u"The session's helper told of refs where it may not."_s);
            return false;
        }
        Q_EMIT q->refsChanged();
        return true;
    case FrameType::Error: {
        // Bytes of the other side, for a log: short, and nothing but printable characters.
        QString text = QString::fromUtf8(frame.payload.data(),
                                         std::min<qsizetype>(qsizetype(frame.payload.size()), 300));
        for (QChar &character : text) {
            if (!character.isPrint())
                character = u'?';
        }
        const QPointer<Private> alive(this);
        Q_EMIT q->protocolError(u"The session's helper ended the link: %1"_s.arg(text));
        if (alive)
            drop(u"The session's helper ended the link."_s);
        return false;
    }
    default:
        breakOff(u"A frame arrived that only the owner sends."_s);
        return false;
    }
}

void AgentLink::Private::updateReading()
{
    if (m_readNotifier)
        m_readNotifier->setEnabled(m_unacknowledged <=
                                   static_cast<quint64>(m_options.unacknowledgedLimit));
}

Result<Done> AgentLink::Private::sendFrame(FrameHeader header, std::string_view payload)
{
    if (m_out.size() - m_outSent > kMaxOutWaiting) {
        return fail(Error(ErrorKind::ConnectionLost,
                          u"The session's helper does not take any more input at the moment."_s));
    }
    m_out += encodeFrame(header, payload);
    writeSocket();
    return Done();
}

void AgentLink::Private::writeSocket()
{
    while (m_fd >= 0 && m_outSent < m_out.size()) {
        const ssize_t count = ::send(
            m_fd, m_out.data() + m_outSent, m_out.size() - m_outSent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            m_outSent += static_cast<std::size_t>(count);
            continue;
        }
        if (errno == EINTR)
            continue;
        // A lost connection is seen by reading, which may still find the last words of the other
        // side.
        if (errno != EAGAIN)
            m_outSent = m_out.size();
        break;
    }
    if (m_outSent == m_out.size()) {
        if (m_out.capacity() > kMaxFrame)
            m_out = {};
        m_out.clear();
        m_outSent = 0;
    }
    if (m_writeNotifier)
        m_writeNotifier->setEnabled(!m_out.empty());
    if (m_out.empty() && m_up)
        pullOutbound();
}

void AgentLink::Private::breakOff(const QString &reason)
{
    const std::string frame = encodeFrame({.type = FrameType::Error}, reason.toStdString());
    if (m_out.empty())
        ::send(m_fd, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    const QPointer<Private> alive(this);
    Q_EMIT q->protocolError(reason);
    if (alive)
        drop(reason);
}

void AgentLink::Private::drop(const QString &reason)
{
    if (m_fd < 0)
        return;
    // Destroying a notifier inside its own signal is not allowed.
    for (auto *notifier : {&m_readNotifier, &m_writeNotifier}) {
        (*notifier)->setEnabled(false);
        notifier->release()->deleteLater();
    }
    ::close(m_fd);
    m_fd = -1;
    ++m_connection;
    m_decoder.reset();
    m_out = {};
    m_outSent = 0;
    m_inFlight.clear();
    m_inFlightBytes = 0;
    m_acknowledgeSoon.stop();
    m_helloDue.stop();
    if (std::exchange(m_up, false))
        Q_EMIT q->linkDown(reason);
}

} // namespace paddock::sandbox::link
