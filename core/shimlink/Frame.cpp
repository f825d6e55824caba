// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/shimlink/Frame.h"

#include "core/shimlink/Payload.h"

#include <algorithm>
#include <cstring>

namespace paddock::shimlink {

namespace {

constexpr std::size_t kDecoderRoom = 2 * kMaxFrame;

bool isKnown(std::uint8_t type)
{
    return type >= static_cast<std::uint8_t>(FrameType::Hello) &&
           type <= static_cast<std::uint8_t>(FrameType::Refs);
}

} // namespace

void encodeHeader(const FrameHeader &header, char *out)
{
    storeLittle(header.length, out);
    out[4] = static_cast<char>(header.type);
    out[5] = static_cast<char>(header.flags);
    storeLittle(header.channel, out + 6);
    storeLittle(header.position, out + 8);
}

std::string encodeFrame(FrameHeader header, std::string_view payload)
{
    header.length = static_cast<std::uint32_t>(payload.size());
    std::string frame(kHeaderSize, '\0');
    encodeHeader(header, frame.data());
    frame.append(payload);
    return frame;
}

std::span<char> FrameDecoder::writable()
{
    if (!m_error.empty())
        return {};
    if (m_buffer.empty())
        m_buffer.resize(kDecoderRoom);
    if (m_begin == m_end) {
        m_begin = m_end = 0;
    } else if (m_buffer.size() - m_end < kMaxFrame) {
        // A frame that is only partly here never fills more than half of the buffer.
        std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
        m_end -= m_begin;
        m_begin = 0;
    }
    return std::span(m_buffer).subspan(m_end);
}

void FrameDecoder::commit(std::size_t size)
{
    m_end = std::min(m_end + size, m_buffer.size());
}

std::size_t FrameDecoder::feed(std::string_view bytes)
{
    const std::span<char> room = writable();
    const std::size_t size = std::min(room.size(), bytes.size());
    if (size > 0)
        std::memcpy(room.data(), bytes.data(), size);
    commit(size);
    return size;
}

FrameDecoder::Status FrameDecoder::next(Frame &frame)
{
    if (!m_error.empty())
        return Status::Broken;
    const std::size_t held = m_end - m_begin;
    if (held < kHeaderSize)
        return Status::NeedMore;
    const char *bytes = m_buffer.data() + m_begin;
    const auto length = loadLittle<std::uint32_t>(bytes);
    const auto type = static_cast<std::uint8_t>(bytes[4]);
    if (length > kMaxPayload) {
        m_error = "A frame of " + std::to_string(length + std::uint64_t{kHeaderSize}) +
                  " bytes was announced; the limit is " + std::to_string(kMaxFrame) + ".";
        return Status::Broken;
    }
    if (!isKnown(type)) {
        m_error = "A frame of unknown type " + std::to_string(type) + " arrived.";
        return Status::Broken;
    }
    if (held < kHeaderSize + length)
        return Status::NeedMore;
    frame.header.length = length;
    frame.header.type = static_cast<FrameType>(type);
    frame.header.flags = static_cast<std::uint8_t>(bytes[5]);
    frame.header.channel = loadLittle<std::uint16_t>(bytes + 6);
    frame.header.position = loadLittle<std::uint64_t>(bytes + 8);
    frame.payload = std::string_view(bytes + kHeaderSize, length);
    m_begin += kHeaderSize + length;
    return Status::Ready;
}

void FrameDecoder::reset()
{
    m_buffer = {};
    m_begin = m_end = 0;
    m_error.clear();
}

void appendMessageFrames(Channel channel,
                         std::uint64_t number,
                         std::string_view message,
                         std::string &out)
{
    std::size_t sent = 0;
    bool first = true;
    do {
        const std::size_t prefix = first ? sizeof(std::uint32_t) : 0;
        const std::size_t piece = std::min(message.size() - sent, kMaxPayload - prefix);
        FrameHeader header{.length = static_cast<std::uint32_t>(prefix + piece),
                           .type = FrameType::Message,
                           .flags = first ? kFirstPiece : std::uint8_t{0},
                           .channel = channel,
                           .position = number};
        char bytes[kHeaderSize + sizeof(std::uint32_t)];
        encodeHeader(header, bytes);
        storeLittle(static_cast<std::uint32_t>(message.size()), bytes + kHeaderSize);
        out.append(bytes, kHeaderSize + prefix);
        out.append(message.substr(sent, piece));
        sent += piece;
        first = false;
    } while (sent < message.size());
}

MessageAssembler::Status MessageAssembler::add(const Frame &frame)
{
    if (!m_error.empty())
        return Status::Broken;
    std::string_view piece = frame.payload;
    if ((frame.header.flags & kFirstPiece) != 0) {
        if (m_open)
            return broken("A message began before the one before it was complete.");
        if (piece.size() < sizeof(std::uint32_t))
            return broken("A message began without its size.");
        m_size = loadLittle<std::uint32_t>(piece.data());
        if (m_size > kMaxMessage)
            return broken("A message of " + std::to_string(m_size) +
                          " bytes was announced; the limit is " + std::to_string(kMaxMessage) +
                          ".");
        piece.remove_prefix(sizeof(std::uint32_t));
        m_channel = frame.header.channel;
        m_number = frame.header.position;
        m_message.clear();
        m_open = true;
    } else if (!m_open || frame.header.channel != m_channel || frame.header.position != m_number) {
        return broken("A piece of a message arrived without its beginning.");
    }
    if (piece.size() > m_size - m_message.size())
        return broken("A message is longer than the " + std::to_string(m_size) +
                      " bytes it announced.");
    if (piece.empty() && m_size > 0)
        return broken("An empty piece of a message arrived.");
    // Grown with what really arrives: an announced size alone must not take memory.
    m_message.append(piece);
    if (m_message.size() < m_size)
        return Status::Incomplete;
    m_open = false;
    return Status::Complete;
}

std::string MessageAssembler::takeMessage()
{
    std::string message = std::move(m_message);
    m_message = {};
    return message;
}

void MessageAssembler::reset()
{
    m_message = {};
    m_size = 0;
    m_open = false;
    m_error.clear();
}

MessageAssembler::Status MessageAssembler::broken(std::string error)
{
    m_message = {};
    m_error = std::move(error);
    return Status::Broken;
}

} // namespace paddock::shimlink
