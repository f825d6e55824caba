// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/link/AgentLinkPrivate.h"
#include "core/shimlink/Payload.h"

using namespace Qt::StringLiterals;

namespace paddock::sandbox::link {

using namespace shimlink;

namespace {

constexpr std::size_t kMaxStreams = 1024;
constexpr std::size_t kMaxHeld = 10000;
/// Acknowledged at once rather than at the end of the turn, so that the shim can let go of memory.
constexpr quint64 kAcknowledgeAtOnce = 512 * 1024;

QByteArray toBytes(std::string_view bytes)
{
    return QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

} // namespace

bool AgentLink::Private::handleHello(const Frame &frame)
{
    const std::optional<ShimHello> hello = ShimHello::decode(frame.payload);
    if (!hello) {
        breakOff(u"The session's helper sent a hello that cannot be read."_s);
        return false;
    }
    const std::uint16_t version = std::min(hello->maxVersion, kProtocolMax);
    if (version < std::max(hello->minVersion, kProtocolMin)) {
        breakOff(u"The session's helper speaks link versions %1 to %2, this program %3 to %4."_s
                     .arg(hello->minVersion)
                     .arg(hello->maxVersion)
                     .arg(kProtocolMin)
                     .arg(kProtocolMax));
        return false;
    }
    m_shim = {};
    m_shim.epoch = QByteArray::fromStdString(hello->epoch);
    m_shim.newEpoch = m_shim.epoch != m_epoch;
    m_shim.program = QString::fromStdString(hello->program);
    m_shim.version = version;
    m_shim.received = hello->received;
    m_shim.handedOn = hello->handedOn;
    m_shim.startId = QString::fromStdString(hello->startId);
    m_shim.agentRuns = hello->agentRuns;
    m_shim.paused = hello->paused;
    for (const ShimHello::Stream &stream : hello->streams)
        m_shim.streams.append({stream.channel, stream.open, stream.base, stream.end});
    if (m_shim.newEpoch)
        startEpoch(m_shim.epoch);
    m_sentNumber = hello->received;
    // The shim still holds messages its agent has not read; how much, it does not say. Until it has
    // handed them on, the window counts as full.
    if (hello->received > hello->handedOn)
        countInFlight(hello->received, kOutboundWindow);
    m_nextTerminal = static_cast<Channel>(
        std::max<int>(kFirstTerminal, std::min<int>(hello->lastTerminal, kLastTerminal) + 1));

    const quint64 connection = m_connection;
    const QPointer<Private> alive(this);
    Q_EMIT q->helloReceived(m_shim);
    if (!alive || m_connection != connection)
        return false;

    HostHello answer;
    answer.version = version;
    for (auto &[channel, stream] : m_streams) {
        answer.streams.push_back({channel, stream.acknowledged, stream.cursor.position()});
        stream.told = stream.acknowledged;
    }
    m_up = true;
    m_helloDue.stop();
    m_out += encodeFrame({.type = FrameType::Hello}, answer.encode());
    if (version >= kRefsVersion && !m_options.watchedGitDir.isEmpty())
        m_out +=
            encodeFrame({.type = FrameType::Command},
                        encodeCommand(WatchRefs{.gitDir = m_options.watchedGitDir.toStdString()}));
    Q_EMIT q->linkUp();
    if (!alive || m_connection != connection)
        return false;
    Q_EMIT q->outboundAcknowledged(m_shim.handedOn);
    if (!alive || m_connection != connection)
        return false;
    writeSocket();
    updateReading();
    return alive && m_connection == connection;
}

void AgentLink::Private::startEpoch(const QByteArray &epoch)
{
    m_epoch = epoch;
    m_streams.clear();
    m_lines.reset();
    m_records.reset();
    m_held.clear();
    m_unacknowledged = 0;
}

AgentLink::Private::Stream &AgentLink::Private::stream(Channel channel)
{
    return m_streams[channel];
}

bool AgentLink::Private::handleData(const Frame &frame)
{
    const Channel channel = frame.header.channel;
    if (m_streams.size() >= kMaxStreams && m_streams.count(channel) == 0) {
        breakOff(u"The session's helper uses too many channels."_s);
        return false;
    }
    const bool isKnown = channel <= kAgentTerminal || isTerminal(channel);
    Stream &target = stream(channel);
    std::string_view bytes = frame.payload;
    const ReceiveCursor::Status status = target.cursor.accept(frame.header.position, bytes);
    if (!isKnown || status == ReceiveCursor::Status::Hole ||
        frame.header.position + frame.payload.size() < frame.header.position) {
        breakOff(
            u"The session's helper sent bytes of channel %1 that do not fit (%2)."_s.arg(channel)
                .arg(frame.header.position));
        return false;
    }
    if (status == ReceiveCursor::Status::Known)
        return true;
    if (channel == kAcpChannel)
        return takeLines(bytes);
    if (channel == kControlChannel)
        return takeRecords(bytes);

    target.signalled = target.cursor.position();
    m_unacknowledged += bytes.size();
    const quint64 connection = m_connection;
    const QPointer<Private> alive(this);
    Q_EMIT q->terminalOutput(channel, target.signalled, toBytes(bytes));
    if (!alive || m_connection != connection)
        return false;
    signalHeld();
    return alive && m_connection == connection;
}

bool AgentLink::Private::takeLines(std::string_view bytes)
{
    const quint64 connection = m_connection;
    const QPointer<Private> alive(this);
    // By value where it counts: a receiver may start a new epoch through close() and listen().
    quint64 position = stream(kAcpChannel).cursor.position() - bytes.size();
    std::string_view line;
    while (!bytes.empty()) {
        const std::size_t before = bytes.size();
        const LineSplitter::Status status = m_lines.next(bytes, line);
        position += before - bytes.size();
        if (status == LineSplitter::Status::NeedMore)
            break;
        Stream &target = stream(kAcpChannel);
        m_unacknowledged += position - target.signalled;
        target.signalled = position;
        if (status == LineSplitter::Status::Line) {
            Q_EMIT q->message(kAcpChannel, position, toBytes(line));
        } else {
            const quint64 size = m_lines.size();
            Q_EMIT q->messageTooLong(kAcpChannel, position, size);
        }
        if (!alive || m_connection != connection)
            return false;
    }
    forgetDiscarded();
    signalHeld();
    return alive && m_connection == connection;
}

void AgentLink::Private::forgetDiscarded()
{
    // A line that is thrown away anyway must not fill the shim's spool. Only when everything before
    // it is stored: an acknowledgement covers all that is before it.
    if (!m_lines.isDiscarding())
        return;
    Stream &target = stream(kAcpChannel);
    if (target.acknowledged < target.signalled)
        return;
    target.signalled = target.acknowledged = target.cursor.position();
    if (!m_acknowledgeSoon.isActive())
        m_acknowledgeSoon.start();
}

bool AgentLink::Private::takeRecords(std::string_view bytes)
{
    quint64 position = stream(kControlChannel).cursor.position() - bytes.size();
    std::string_view record;
    while (!bytes.empty()) {
        const std::size_t before = bytes.size();
        const RecordSplitter::Status status = m_records.next(bytes, record);
        position += before - bytes.size();
        if (status == RecordSplitter::Status::NeedMore)
            break;
        const std::optional<Event> event =
            status == RecordSplitter::Status::Record ? decodeEvent(record) : std::nullopt;
        if (!event || m_held.size() >= kMaxHeld) {
            breakOff(u"The session's helper sent an event that cannot be read."_s);
            return false;
        }
        m_held.push_back({position, *event});
    }
    const quint64 connection = m_connection;
    const QPointer<Private> alive(this);
    signalHeld();
    return alive && m_connection == connection;
}

void AgentLink::Private::signalHeld()
{
    if (m_signallingHeld)
        return;
    m_signallingHeld = true;
    const QPointer<Private> alive(this);
    while (!m_held.empty()) {
        if (const auto *exited = std::get_if<Exited>(&m_held.front().event)) {
            // Channels are sent side by side; an exit waits for the last output of what ended.
            const bool hasAll = stream(exited->channel).signalled >= exited->outputEnd &&
                                stream(kStderrChannel).signalled >= exited->stderrEnd;
            if (!hasAll)
                break;
        }
        const Held held = std::move(m_held.front());
        m_held.pop_front();
        Stream &control = stream(kControlChannel);
        m_unacknowledged += held.seq - std::min(held.seq, control.signalled);
        control.signalled = std::max(control.signalled, held.seq);
        signalEvent(held);
        if (!alive)
            return;
    }
    m_signallingHeld = false;
}

void AgentLink::Private::signalEvent(const Held &held)
{
    const auto text = [](const std::string &value) { return QString::fromStdString(value); };
    if (const auto *started = std::get_if<Started>(&held.event)) {
        Q_EMIT q->processStarted(held.seq, {text(started->id), started->channel, started->pid});
    } else if (const auto *failed = std::get_if<StartFailed>(&held.event)) {
        Q_EMIT q->processFailed(
            held.seq, {text(failed->id), failed->channel, failed->error, text(failed->what)});
    } else if (const auto *exited = std::get_if<Exited>(&held.event)) {
        Q_EMIT q->processExited(held.seq,
                                {text(exited->id), exited->channel, exited->code, exited->signal});
    } else if (const auto *opened = std::get_if<TerminalOpened>(&held.event)) {
        Q_EMIT q->processStarted(held.seq, {QString(), opened->channel, opened->pid});
    } else if (const auto *refused = std::get_if<TerminalFailed>(&held.event)) {
        Q_EMIT q->processFailed(held.seq,
                                {QString(), refused->channel, refused->error, text(refused->what)});
    } else if (const auto *notice = std::get_if<Notice>(&held.event)) {
        // The order of both enumerations is the same.
        const auto kind = static_cast<LinkNotice::Kind>(static_cast<int>(notice->kind) -
                                                        static_cast<int>(Notice::Kind::Paused));
        Q_EMIT q->notice(held.seq, {kind, notice->channel, notice->value, text(notice->text)});
    }
}

bool AgentLink::Private::handleGap(const Frame &frame)
{
    PayloadReader reader(frame.payload);
    const quint64 to = reader.u64();
    const Channel channel = frame.header.channel;
    Stream &target = stream(channel);
    if (!reader.atEnd() || frame.header.position > target.cursor.position() ||
        to <= target.cursor.position() || m_streams.size() > kMaxStreams) {
        breakOff(u"The session's helper named a gap that does not fit."_s);
        return false;
    }
    const quint64 from = target.cursor.position();
    target.cursor.skipTo(to);
    if (channel == kAcpChannel)
        m_lines.reset();
    if (channel == kControlChannel)
        m_records.reset();
    const quint64 lost = to - target.signalled;
    target.signalled = to;
    m_unacknowledged += lost;
    const quint64 connection = m_connection;
    const QPointer<Private> alive(this);
    Q_EMIT q->outputDropped(channel, from, to);
    if (!alive || m_connection != connection)
        return false;
    signalHeld();
    return alive && m_connection == connection;
}

void AgentLink::Private::acknowledge(Channel channel, quint64 seq)
{
    const auto found = m_streams.find(channel);
    if (found == m_streams.end())
        return;
    Stream &target = found->second;
    // What was not signalled cannot be stored.
    const quint64 position = std::min(seq, target.signalled);
    if (position <= target.acknowledged)
        return;
    m_unacknowledged -= std::min(m_unacknowledged, position - target.acknowledged);
    target.acknowledged = position;
    if (channel == kAcpChannel)
        forgetDiscarded();
    updateReading();
    if (!m_up)
        return;
    if (target.acknowledged - target.told >= kAcknowledgeAtOnce)
        flushAcknowledgements();
    else if (!m_acknowledgeSoon.isActive())
        m_acknowledgeSoon.start();
}

void AgentLink::Private::flushAcknowledgements()
{
    m_acknowledgeSoon.stop();
    if (!m_up)
        return;
    for (auto &[channel, target] : m_streams) {
        if (target.acknowledged <= target.told)
            continue;
        target.told = target.acknowledged;
        m_out += encodeFrame(
            {.type = FrameType::Ack, .channel = channel, .position = target.acknowledged});
    }
    writeSocket();
}

Result<Done> AgentLink::Private::check(const OutboundMessage &message)
{
    if (message.bytes.size() > static_cast<qsizetype>(kMaxMessage)) {
        return fail(ErrorKind::InvalidArgument,
                    u"The message has %1 bytes; the limit is %2."_s.arg(message.bytes.size())
                        .arg(kMaxMessage));
    }
    if (message.channel == kAcpChannel && message.bytes.contains('\n'))
        return fail(ErrorKind::InvalidArgument, u"A message to the agent has a line end in it."_s);
    if (message.number == 0 ||
        (message.channel != kAcpChannel && message.channel != kControlChannel))
        return fail(ErrorKind::InvalidArgument, u"A message has no number or no channel."_s);
    return Done();
}

Result<Done> AgentLink::Private::sendMessage(const OutboundMessage &message)
{
    const Result<Done> checked = check(message);
    if (!checked)
        return checked;
    if (m_options.nextOutbound) {
        // From the store, so that an older one that waits goes first.
        pullOutbound();
        return Done();
    }
    if (!m_up)
        return fail(ErrorKind::ConnectionLost,
                    u"The session's helper is not connected at the moment."_s);
    if (message.number > m_sentNumber)
        transmit(message);
    return Done();
}

void AgentLink::Private::pullOutbound()
{
    if (!m_options.nextOutbound || m_pulling)
        return;
    m_pulling = true;
    const QPointer<Private> alive(this);
    while (m_up && m_out.size() < kOutboundWindow &&
           (m_inFlight.empty() || m_inFlightBytes < kOutboundWindow)) {
        const std::optional<OutboundMessage> message =
            m_options.nextOutbound(m_epoch, m_sentNumber);
        if (!alive)
            return;
        if (!message || !m_up || message->number <= m_sentNumber)
            break;
        const Result<Done> checked = check(*message);
        if (checked) {
            transmit(*message);
            continue;
        }
        // Not a reason to hold up those behind it.
        m_sentNumber = message->number;
        Q_EMIT q->protocolError(checked.error().message);
        if (!alive)
            return;
    }
    m_pulling = false;
}

void AgentLink::Private::transmit(const OutboundMessage &message)
{
    m_sentNumber = message.number;
    const auto size = static_cast<std::size_t>(message.bytes.size());
    countInFlight(message.number, size + kHeaderSize);
    appendMessageFrames(
        message.channel, message.number, std::string_view(message.bytes.constData(), size), m_out);
    writeSocket();
}

void AgentLink::Private::countInFlight(quint64 number, std::size_t size)
{
    m_inFlight.push_back({number, size});
    m_inFlightBytes += size;
}

bool AgentLink::Private::handleOutboundAck(quint64 number)
{
    if (number > m_sentNumber) {
        breakOff(u"The session's helper acknowledges a message that was not sent."_s);
        return false;
    }
    while (!m_inFlight.empty() && m_inFlight.front().number <= number) {
        m_inFlightBytes -= m_inFlight.front().size;
        m_inFlight.pop_front();
    }
    m_shim.handedOn = std::max(m_shim.handedOn, number);
    const quint64 connection = m_connection;
    const QPointer<Private> alive(this);
    Q_EMIT q->outboundAcknowledged(number);
    if (!alive || m_connection != connection)
        return false;
    pullOutbound();
    return alive && m_connection == connection;
}

} // namespace paddock::sandbox::link
