// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/shimlink/Protocol.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paddock::shimlink {

/// On the wire, little-endian: u32 payload length, u8 type, u8 flags, u16 channel, u64 position.
struct FrameHeader
{
    std::uint32_t length = 0;
    FrameType type = FrameType::Error;
    std::uint8_t flags = 0;
    Channel channel = 0;
    std::uint64_t position = 0;
};

void encodeHeader(const FrameHeader &header, char *out);

/// Header and payload as one string. The payload is at most kMaxPayload bytes.
[[nodiscard]] std::string encodeFrame(FrameHeader header, std::string_view payload = {});

struct Frame
{
    FrameHeader header;
    /// Points into the decoder; valid until its next call of writable() or feed().
    std::string_view payload;
};

/// Cuts a byte stream into frames. Holds at most two frames; what it cannot read breaks it for
/// good.
///
/// Either read straight into it (writable, then commit), or feed() bytes that are elsewhere; then
/// call next() until it wants more.
class FrameDecoder
{
public:
    enum class Status { Ready, NeedMore, Broken };

    /// Room for at least one byte of input, and as much as is there; empty when broken.
    [[nodiscard]] std::span<char> writable();
    void commit(std::size_t size);

    /// Copies as much of `bytes` as fits and returns how much that was; call next() in between.
    std::size_t feed(std::string_view bytes);

    [[nodiscard]] Status next(Frame &frame);

    /// Why it is broken, as a sentence.
    [[nodiscard]] const std::string &error() const { return m_error; }

    /// Forgets everything, for a new connection; gives the memory back.
    void reset();

private:
    std::vector<char> m_buffer;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    std::string m_error;
};

/// Cuts a numbered message into frames and appends them to `out`. `message` is at most kMaxMessage.
void appendMessageFrames(Channel channel,
                         std::uint64_t number,
                         std::string_view message,
                         std::string &out);

/// Puts the pieces of numbered messages together again; one message at a time, as they are sent.
class MessageAssembler
{
public:
    enum class Status { Incomplete, Complete, Broken };

    [[nodiscard]] Status add(const Frame &frame);

    /// After Complete.
    [[nodiscard]] Channel channel() const { return m_channel; }
    [[nodiscard]] std::uint64_t number() const { return m_number; }
    [[nodiscard]] std::string takeMessage();
    [[nodiscard]] const std::string &error() const { return m_error; }

    /// Drops a half message, for a new connection.
    void reset();

private:
    Status broken(std::string error);

    std::string m_message;
    std::size_t m_size = 0;
    std::uint64_t m_number = 0;
    Channel m_channel = 0;
    bool m_open = false;
    std::string m_error;
};

} // namespace paddock::shimlink
