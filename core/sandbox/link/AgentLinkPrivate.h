// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sandbox/link/AgentLink.h"
#include "core/sandbox/link/LinkListener.h"
#include "core/shimlink/Control.h"
#include "core/shimlink/Frame.h"
#include "core/shimlink/Hello.h"
#include "core/shimlink/Streams.h"

#include <QPointer>
#include <QTimer>

#include <deque>
#include <map>

namespace paddock::sandbox::link {

/// The state of one link: the connection in AgentLinkConnection.cpp, what travels on it in
/// AgentLinkStreams.cpp. A QObject only as the context of connections.
class AgentLink::Private : public QObject
{
    Q_DISABLE_COPY_MOVE(Private)

public:
    Private(AgentLink *link, LinkOptions options);
    ~Private() override;

    [[nodiscard]] Result<Done> listen();
    void close();
    [[nodiscard]] bool isUp() const { return m_up; }
    [[nodiscard]] const ShimInfo &shim() const { return m_shim; }
    void acknowledge(Channel channel, quint64 seq);
    [[nodiscard]] Result<Done> sendMessage(const OutboundMessage &message);
    [[nodiscard]] Result<Done> sendCommand(const shimlink::Command &command);
    [[nodiscard]] Result<Done> sendKeys(Channel channel, const QByteArray &keys);
    [[nodiscard]] Result<Done> sendFrame(shimlink::FrameHeader header, std::string_view payload);
    [[nodiscard]] Channel takeTerminalNumber() { return m_nextTerminal++; }

private:
    struct Stream
    {
        shimlink::ReceiveCursor cursor;
        /// The position after what was signalled last; and what the owner, and the shim, know to be
        /// stored.
        quint64 signalled = 0;
        quint64 acknowledged = 0;
        quint64 told = 0;
    };
    struct Held
    {
        quint64 seq = 0;
        shimlink::Event event;
    };
    struct InFlight
    {
        quint64 number = 0;
        std::size_t size = 0;
    };

    // Connection.
    void dialled(int fd, const PeerCredentials &peer);
    void refuse(int fd, const PeerCredentials &peer);
    void reportRefused();
    void readSocket();
    void writeSocket();
    void drop(const QString &reason);
    void breakOff(const QString &reason);
    [[nodiscard]] bool handle(const shimlink::Frame &frame);
    void flushAcknowledgements();
    void updateReading();

    // Inbound.
    [[nodiscard]] bool handleHello(const shimlink::Frame &frame);
    [[nodiscard]] bool handleData(const shimlink::Frame &frame);
    [[nodiscard]] bool handleGap(const shimlink::Frame &frame);
    [[nodiscard]] bool handleOutboundAck(quint64 number);
    [[nodiscard]] bool takeLines(std::string_view bytes);
    [[nodiscard]] bool takeRecords(std::string_view bytes);
    void signalHeld();
    void signalEvent(const Held &held);
    void forgetDiscarded();
    void startEpoch(const QByteArray &epoch);
    Stream &stream(Channel channel);

    // Outbound.
    void pullOutbound();
    [[nodiscard]] static Result<Done> check(const OutboundMessage &message);
    void transmit(const OutboundMessage &message);
    void countInFlight(quint64 number, std::size_t size);

    AgentLink *const q;
    LinkOptions m_options;
    LinkListener m_listener;
    int m_fd = -1;
    /// Counts connections: a signal's receiver may have ended the one a loop is working on.
    quint64 m_connection = 0;
    bool m_up = false;
    ShimInfo m_shim;
    std::unique_ptr<QSocketNotifier> m_readNotifier;
    std::unique_ptr<QSocketNotifier> m_writeNotifier;
    shimlink::FrameDecoder m_decoder;
    std::string m_out;
    std::size_t m_outSent = 0;

    QByteArray m_epoch;
    std::map<Channel, Stream> m_streams;
    shimlink::LineSplitter m_lines;
    shimlink::RecordSplitter m_records;
    std::deque<Held> m_held;
    quint64 m_unacknowledged = 0;
    bool m_signallingHeld = false;
    QTimer m_acknowledgeSoon;

    quint64 m_sentNumber = 0;
    std::deque<InFlight> m_inFlight;
    std::size_t m_inFlightBytes = 0;
    bool m_pulling = false;
    Channel m_nextTerminal = shimlink::kFirstTerminal;

    PeerCredentials m_refusedPeer;
    int m_refused = 0;
    QTimer m_refusedSoon;
    QTimer m_helloDue;
};

} // namespace paddock::sandbox::link
