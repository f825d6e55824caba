// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/HostLink.h"

#include "app/shim/Log.h"
#include "app/shim/Version.h"
#include "core/shimlink/Payload.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

namespace paddock::shim {

using namespace shimlink;

namespace {

constexpr char kSocketName[] = "link.sock";
constexpr int kFirstBackoff = 10;
constexpr int kLongestBackoff = 1000;
/// Per round of the loop, so that other descriptors get their turn.
constexpr int kReadsPerRound = 8;
constexpr int kBatchesPerRound = 8;
/// What a host that keeps to its window can have under way.
constexpr std::size_t kMaxWaiting = kOutboundWindow + kMaxMessage + kMaxFrame;

} // namespace

/// Frames of one sendmsg: headers here, payloads where they lie.
struct HostLink::Batch
{
    static constexpr std::size_t kFrames = 8;

    char headers[kFrames][kHeaderSize + sizeof(std::uint64_t)];
    iovec parts[2 * kFrames];
    std::size_t frames = 0;
    std::size_t partCount = 0;
    bool usesScratch = false;
    bool stop = false;

    [[nodiscard]] bool isFull() const { return stop || frames == kFrames; }
    void add(const FrameHeader &header, const char *data, std::size_t headerExtra = 0)
    {
        encodeHeader(header, headers[frames]);
        parts[partCount++] = {headers[frames], kHeaderSize + headerExtra};
        if (data != nullptr)
            parts[partCount++] = {const_cast<char *>(data), header.length};
        ++frames;
    }
};

HostLink::HostLink(EventLoop &loop, Spool &spool, Supervisor &supervisor, RefWatch &refs)
    : m_loop(loop)
    , m_spool(spool)
    , m_supervisor(supervisor)
    , m_refs(refs)
    , m_epoch(kEpochSize, '\0')
    , m_backoff(kFirstBackoff)
{
    m_folder.link = this;
    if (::getrandom(m_epoch.data(), m_epoch.size(), 0) != static_cast<ssize_t>(m_epoch.size()))
        std::abort();
}

HostLink::~HostLink()
{
    if (m_fd)
        m_loop.forget(m_fd.get());
    if (m_folder.fd)
        m_loop.forget(m_folder.fd.get());
}

void HostLink::start()
{
    // Where inotify is not to be had the timer alone finds the socket, a second later at most.
    m_folder.fd = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (m_folder.fd && ::inotify_add_watch(m_folder.fd.get(), ".", IN_CREATE | IN_MOVED_TO) >= 0)
        m_loop.watch(m_folder.fd.get(), EPOLLIN, &m_folder);
    dial();
}

void HostLink::FolderWatch::ready(std::uint32_t)
{
    alignas(inotify_event) char buffer[4096];
    bool found = false;
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
        if (count <= 0)
            break;
        for (ssize_t at = 0; at < count;) {
            inotify_event event;
            std::memcpy(&event, buffer + at, sizeof event);
            const char *name = buffer + at + sizeof event;
            found = found || (event.len > 0 && std::strcmp(name, kSocketName) == 0);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
    }
    if (found && !link->m_fd) {
        link->m_backoff = kFirstBackoff;
        link->dial();
    }
}

void HostLink::dial()
{
    m_loop.cancel(m_redial);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, kSocketName, sizeof kSocketName);
    if (!fd ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
        redialLater();
        return;
    }
    m_fd = std::move(fd);
    m_wantWrite = false;
    m_loop.watch(m_fd.get(), EPOLLIN, this);
    sendHello();
}

void HostLink::redialLater()
{
    m_loop.cancel(m_redial);
    m_redial = m_loop.after(m_backoff, [this] {
        m_redial = 0;
        dial();
    });
    m_backoff = std::min(m_backoff * 2, kLongestBackoff);
}

void HostLink::lost()
{
    if (!m_fd)
        return;
    m_loop.forget(m_fd.get());
    m_fd.reset();
    // Not for a link that breaks as soon as it is up, which would be tried a hundred times a
    // second.
    if (m_helloDone && EventLoop::now() - m_upSince >= kLongestBackoff)
        m_backoff = kFirstBackoff;
    m_helloDone = false;
    m_decoder.reset();
    m_assembler.reset();
    m_rest = {};
    m_restSent = 0;
    m_sent.clear();
    redialLater();
}

void HostLink::breakOff(const std::string &reason)
{
    logLine("link: " + reason);
    const std::string frame = encodeFrame({.type = FrameType::Error}, reason);
    // Only when it cannot end up in the middle of another frame.
    if (m_rest.empty())
        ::send(m_fd.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    lost();
}

void HostLink::sendHello()
{
    ShimHello hello;
    hello.epoch = m_epoch;
    hello.program = kVersion;
    hello.received = m_received;
    m_supervisor.describe(hello);
    m_handedOnTold = hello.handedOn;
    m_rest = encodeFrame({.type = FrameType::Hello}, hello.encode());
    m_restSent = 0;
    if (!flushRest())
        return;
}

void HostLink::ready(std::uint32_t events)
{
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        readFrames();
    // Writing is pump()'s, after the round.
}

void HostLink::readFrames()
{
    for (int i = 0; i < kReadsPerRound && m_fd; ++i) {
        const std::span<char> room = m_decoder.writable();
        const ssize_t count = ::recv(m_fd.get(), room.data(), room.size(), MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            break;
        if (count <= 0) {
            lost();
            break;
        }
        m_decoder.commit(static_cast<std::size_t>(count));
        Frame frame;
        FrameDecoder::Status status = FrameDecoder::Status::NeedMore;
        while (m_fd && (status = m_decoder.next(frame)) == FrameDecoder::Status::Ready) {
            if (!handle(frame))
                break;
        }
        if (m_fd && status == FrameDecoder::Status::Broken)
            breakOff(m_decoder.error());
    }
    if (std::exchange(m_released, false))
        m_supervisor.outputReleased();
}

bool HostLink::handle(const Frame &frame)
{
    if (!m_helloDone && frame.header.type != FrameType::Hello &&
        frame.header.type != FrameType::Error) {
        breakOff("A frame arrived before the hello.");
        return false;
    }
    switch (frame.header.type) {
    case FrameType::Hello:
        return handleHello(frame);
    case FrameType::Ack:
        return handleAck(frame);
    case FrameType::Message:
        return handleMessage(frame);
    case FrameType::Command:
        if (m_supervisor.handleCommand(frame.payload))
            return true;
        breakOff("A command arrived that cannot be read.");
        return false;
    case FrameType::Input:
        m_supervisor.handleInput(frame.header.channel, frame.payload);
        return true;
    case FrameType::Error:
        logLine("link: the owner says: " + std::string(frame.payload.substr(0, 500)));
        lost();
        return false;
    default:
        breakOff("A frame arrived that only the shim sends.");
        return false;
    }
}

bool HostLink::handleHello(const Frame &frame)
{
    const std::optional<HostHello> hello = HostHello::decode(frame.payload);
    if (m_helloDone || !hello || hello->version < kProtocolMin || hello->version > kProtocolMax) {
        breakOff("The owner's hello cannot be used.");
        return false;
    }
    for (const HostHello::Stream &stream : hello->streams) {
        const Spool::ChannelState state = m_spool.state(stream.channel);
        // Of a terminal that is gone nothing is known any more.
        if (state.end == 0)
            continue;
        if (stream.from > state.end) {
            breakOff("The owner claims to have more of channel " + std::to_string(stream.channel) +
                     " than there is.");
            return false;
        }
        m_spool.release(stream.channel, stream.stored);
        m_sent[stream.channel] = stream.from;
    }
    m_released = true;
    m_helloDone = true;
    m_version = hello->version;
    m_upSince = EventLoop::now();
    return true;
}

bool HostLink::handleAck(const Frame &frame)
{
    const Channel channel = frame.header.channel;
    const auto sent = m_sent.find(channel);
    if (sent == m_sent.end() || frame.header.position > sent->second) {
        // One that arrives after the last byte of a closed terminal was stored is nothing wrong.
        if (m_spool.state(channel).end == 0)
            return true;
        breakOff("The owner acknowledges what was not sent.");
        return false;
    }
    m_spool.release(channel, frame.header.position);
    m_released = true;
    return true;
}

bool HostLink::handleMessage(const Frame &frame)
{
    switch (m_assembler.add(frame)) {
    case MessageAssembler::Status::Incomplete:
        return true;
    case MessageAssembler::Status::Broken:
        breakOff(m_assembler.error());
        return false;
    case MessageAssembler::Status::Complete:
        break;
    }
    std::string message = m_assembler.takeMessage();
    // Known already: the owner was ended between sending it and learning that it arrived.
    if (m_assembler.number() <= m_received)
        return true;
    if (m_supervisor.waitingInput() + message.size() > kMaxWaiting) {
        breakOff("The owner sends more than its window.");
        return false;
    }
    m_received = m_assembler.number();
    m_supervisor.handleMessage(m_assembler.channel(), m_received, std::move(message));
    return true;
}

void HostLink::pump()
{
    if (!m_fd)
        return;
    if (!flushRest())
        return;
    for (int i = 0; i < kBatchesPerRound && m_fd && m_helloDone; ++i) {
        queueSmallFrames();
        if (!flushRest())
            return;
        Batch batch;
        fill(batch);
        if (batch.frames == 0) {
            wantWrite(false);
            return;
        }
        if (!send(batch))
            return;
    }
    // More than one round's share: the socket is still writable and calls again.
    if (m_fd && m_helloDone)
        wantWrite(true);
}

bool HostLink::flushRest()
{
    while (m_restSent < m_rest.size()) {
        const ssize_t count = ::send(m_fd.get(),
                                     m_rest.data() + m_restSent,
                                     m_rest.size() - m_restSent,
                                     MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            m_restSent += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            wantWrite(true);
            return false;
        } else if (errno != EINTR) {
            lost();
            return false;
        }
    }
    if (m_rest.capacity() > kMaxFrame)
        m_rest = {};
    m_rest.clear();
    m_restSent = 0;
    wantWrite(false);
    return true;
}

void HostLink::queueSmallFrames()
{
    const std::uint64_t handedOn = m_supervisor.handedOn();
    if (handedOn != m_handedOnTold) {
        m_handedOnTold = handedOn;
        m_rest += encodeFrame({.type = FrameType::Ack, .position = handedOn});
    }
    if (m_supervisor.takeStatusWanted()) {
        SpoolStatus status;
        status.memoryBytes = m_spool.memoryBytes();
        status.diskBytes = m_spool.diskBytes();
        status.waitingInput = m_supervisor.waitingInput();
        status.paused = m_supervisor.isPaused();
        m_rest += encodeFrame({.type = FrameType::Status}, status.encode());
    }
    if (m_version >= kRefsVersion && m_refs.takeChanged())
        m_rest += encodeFrame({.type = FrameType::Refs}, {});
}

void HostLink::addFrom(Channel channel, Batch &batch)
{
    if (batch.isFull())
        return;
    std::uint64_t &sent = m_sent[channel];
    const Spool::ChannelState state = m_spool.state(channel);
    if (sent < state.base) {
        const FrameHeader header{.length = sizeof(std::uint64_t),
                                 .type = FrameType::Gap,
                                 .channel = channel,
                                 .position = sent};
        storeLittle(state.base, batch.headers[batch.frames] + kHeaderSize);
        batch.add(header, nullptr, sizeof(std::uint64_t));
        sent = state.base;
        if (batch.isFull())
            return;
    }
    if (sent >= state.end)
        return;
    const Spool::Piece piece = m_spool.read(channel, sent);
    if (piece.lostUpTo != 0) {
        // Releasing takes memory away that the batch may point to.
        batch.stop = true;
        if (batch.frames == 0) {
            m_spool.release(channel, piece.lostUpTo);
            batch.stop = false;
            addFrom(channel, batch);
        }
        return;
    }
    if (piece.fromDisk)
        batch.stop = true; // the scratch buffer holds one
    batch.add({.length = static_cast<std::uint32_t>(piece.size),
               .type = FrameType::Data,
               .channel = channel,
               .position = sent},
              piece.data);
    sent += piece.size;
}

void HostLink::fill(Batch &batch)
{
    addFrom(kControlChannel, batch);
    // One piece of each in turn, so that no channel waits for another's flood.
    bool any = true;
    while (any && !batch.isFull()) {
        any = false;
        const std::size_t before = batch.frames;
        const Channel last = m_lastServed;
        for (int lap = 0; lap < 2 && !batch.isFull(); ++lap) {
            const int from = lap == 0 ? last : 0;
            for (auto channel = m_spool.next(from); channel; channel = m_spool.next(*channel)) {
                if (batch.isFull() || (lap == 1 && *channel > last))
                    break;
                addFrom(*channel, batch);
                if (batch.frames > before)
                    m_lastServed = *channel;
            }
        }
        any = batch.frames > before;
    }
}

bool HostLink::send(Batch &batch)
{
    msghdr message{};
    message.msg_iov = batch.parts;
    message.msg_iovlen = batch.partCount;
    ssize_t count = 0;
    do {
        count = ::sendmsg(m_fd.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno != EAGAIN) {
        lost();
        return false;
    }
    // The rest is copied: the spool may drop or move its chunks before the socket takes more.
    auto taken = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    for (std::size_t i = 0; i < batch.partCount; ++i) {
        const iovec &part = batch.parts[i];
        const std::size_t skip = std::min(taken, part.iov_len);
        taken -= skip;
        m_rest.append(static_cast<const char *>(part.iov_base) + skip, part.iov_len - skip);
    }
    if (m_rest.empty())
        return true;
    wantWrite(true);
    return false;
}

void HostLink::wantWrite(bool want)
{
    if (!m_fd || want == m_wantWrite)
        return;
    m_wantWrite = want;
    m_loop.watch(m_fd.get(), EPOLLIN | (want ? EPOLLOUT : 0U), this);
}

} // namespace paddock::shim
