// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What arrives on link.sock, through everything that reads it. The first byte says in which steps
// it arrives; whatever the steps are, the same frames have to come out.

#include "core/shimlink/Control.h"
#include "core/shimlink/Frame.h"
#include "core/shimlink/Hello.h"
#include "core/shimlink/Streams.h"

#include <algorithm>
#include <cstdlib>
#include <map>

using namespace paddock::shimlink;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

/// A digest of all that was read, to compare two ways of cutting the input.
class Reader
{
public:
    void read(std::string_view bytes, std::size_t step)
    {
        FrameDecoder decoder;
        bool broken = false;
        for (std::size_t at = 0; at < bytes.size() && !broken; at += step) {
            std::string_view piece = bytes.substr(at, step);
            while (!piece.empty() && !broken) {
                piece.remove_prefix(decoder.feed(piece));
                Frame frame;
                FrameDecoder::Status status = FrameDecoder::Status::NeedMore;
                while ((status = decoder.next(frame)) == FrameDecoder::Status::Ready)
                    take(frame);
                broken = status == FrameDecoder::Status::Broken;
            }
        }
        digest(broken ? 1 : 0);
    }
    [[nodiscard]] std::uint64_t value() const { return m_value; }

private:
    void digest(std::uint64_t value) { m_value = (m_value ^ value) * 1099511628211ULL; }
    void digest(std::string_view bytes)
    {
        for (const char byte : bytes)
            digest(static_cast<unsigned char>(byte));
    }

    void take(const Frame &frame)
    {
        require(frame.payload.size() == frame.header.length && frame.header.length <= kMaxPayload);
        digest(frame.header.position);
        digest(frame.payload);
        switch (frame.header.type) {
        case FrameType::Hello:
            if (const auto hello = ShimHello::decode(frame.payload);
                hello && hello->maxVersion == kProtocolMax && hello->minVersion == kProtocolMin) {
                require(ShimHello::decode(hello->encode()).has_value());
            }
            if (const auto hello = HostHello::decode(frame.payload))
                require(hello->encode() == frame.payload);
            break;
        case FrameType::Data:
            takeData(frame);
            break;
        case FrameType::Message:
            if (m_assembler.add(frame) == MessageAssembler::Status::Complete) {
                const std::string message = m_assembler.takeMessage();
                require(message.size() <= kMaxMessage);
                digest(message);
                takeCommand(message);
            }
            break;
        case FrameType::Command:
            takeCommand(frame.payload);
            break;
        case FrameType::Status:
            if (const auto status = SpoolStatus::decode(frame.payload))
                (void)status->encode();
            break;
        default:
            break;
        }
    }

    void takeCommand(std::string_view bytes)
    {
        if (const auto command = decodeCommand(bytes))
            require(encodeCommand(*command) == bytes);
    }

    void takeData(const Frame &frame)
    {
        std::string_view bytes = frame.payload;
        ReceiveCursor &cursor = m_cursors[frame.header.channel];
        const std::uint64_t before = cursor.position();
        if (cursor.accept(frame.header.position, bytes) != ReceiveCursor::Status::Fresh) {
            require(cursor.position() == before);
            return;
        }
        require(cursor.position() == before + bytes.size());
        if (frame.header.channel == kControlChannel) {
            std::string_view record;
            while (!m_controlBroken) {
                const auto status = m_records.next(bytes, record);
                m_controlBroken = status == RecordSplitter::Status::Broken;
                if (status != RecordSplitter::Status::Record)
                    break;
                digest(record);
                if (const auto event = decodeEvent(record))
                    require(encodeEvent(*event).substr(sizeof(std::uint32_t)) == record);
            }
        } else if (frame.header.channel == kAcpChannel) {
            std::string_view line;
            for (;;) {
                const auto status = m_lines.next(bytes, line);
                if (status == LineSplitter::Status::NeedMore)
                    break;
                require(status == LineSplitter::Status::TooLong || line.size() <= kLineLimit);
                digest(status == LineSplitter::Status::Line ? line.size() : m_lines.size());
            }
            require(bytes.empty());
        }
    }

    static constexpr std::size_t kLineLimit = 64;

    MessageAssembler m_assembler;
    LineSplitter m_lines{kLineLimit};
    RecordSplitter m_records;
    bool m_controlBroken = false;
    std::map<Channel, ReceiveCursor> m_cursors;
    std::uint64_t m_value = 14695981039346656037ULL;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
    Reader whole;
    whole.read(bytes, std::max<std::size_t>(bytes.size(), 1));
    Reader cut;
    cut.read(bytes, std::size_t{1} + data[0] % 64);
    require(whole.value() == cut.value());
    return 0;
}
