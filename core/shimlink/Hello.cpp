// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/shimlink/Hello.h"

#include "core/shimlink/Payload.h"

namespace paddock::shimlink {

namespace {

constexpr std::size_t kShimStreamSize = 2 + 1 + 8 + 8;
constexpr std::size_t kHostStreamSize = 2 + 8 + 8;

} // namespace

std::string ShimHello::encode() const
{
    PayloadWriter writer;
    writer.text(kMagic).u16(minVersion).u16(maxVersion);
    writer.text(epoch).text(program).u64(received).u64(handedOn);
    writer.text(startId).u8(agentRuns ? 1 : 0).u8(paused ? 1 : 0).u16(lastTerminal);
    writer.u32(static_cast<std::uint32_t>(streams.size()));
    for (const Stream &stream : streams)
        writer.u16(stream.channel).u8(stream.open ? 1 : 0).u64(stream.base).u64(stream.end);
    return writer.take();
}

std::optional<ShimHello> ShimHello::decode(std::string_view payload)
{
    PayloadReader reader(payload);
    if (reader.text() != kMagic)
        return std::nullopt;
    ShimHello hello;
    hello.minVersion = reader.u16();
    hello.maxVersion = reader.u16();
    if (!reader.ok() || hello.minVersion > hello.maxVersion)
        return std::nullopt;
    // The layout after the versions belongs to a version; one of another only says which it speaks.
    if (hello.minVersion > kProtocolMax || hello.maxVersion < kProtocolMin)
        return hello;
    hello.epoch = reader.text();
    hello.program = reader.text();
    hello.received = reader.u64();
    hello.handedOn = reader.u64();
    hello.startId = reader.text();
    hello.agentRuns = reader.u8() != 0;
    hello.paused = reader.u8() != 0;
    hello.lastTerminal = reader.u16();
    const std::uint32_t count = reader.count(kShimStreamSize);
    for (std::uint32_t i = 0; i < count; ++i) {
        Stream stream;
        stream.channel = reader.u16();
        stream.open = reader.u8() != 0;
        stream.base = reader.u64();
        stream.end = reader.u64();
        if (stream.base > stream.end)
            return std::nullopt;
        hello.streams.push_back(stream);
    }
    if (!reader.atEnd() || hello.epoch.size() != kEpochSize || count > kMaxHelloChannels)
        return std::nullopt;
    return hello;
}

std::string HostHello::encode() const
{
    PayloadWriter writer;
    writer.text(kMagic).u16(version);
    writer.u32(static_cast<std::uint32_t>(streams.size()));
    for (const Stream &stream : streams)
        writer.u16(stream.channel).u64(stream.stored).u64(stream.from);
    return writer.take();
}

std::optional<HostHello> HostHello::decode(std::string_view payload)
{
    PayloadReader reader(payload);
    if (reader.text() != kMagic)
        return std::nullopt;
    HostHello hello;
    hello.version = reader.u16();
    const std::uint32_t count = reader.count(kHostStreamSize);
    for (std::uint32_t i = 0; i < count; ++i) {
        Stream stream;
        stream.channel = reader.u16();
        stream.stored = reader.u64();
        stream.from = reader.u64();
        if (stream.from < stream.stored)
            return std::nullopt;
        hello.streams.push_back(stream);
    }
    if (!reader.atEnd() || count > kMaxHelloChannels)
        return std::nullopt;
    return hello;
}

} // namespace paddock::shimlink
