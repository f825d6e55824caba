// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/shimlink/Protocol.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paddock::shimlink {

inline constexpr std::string_view kMagic = "paddock-link";
inline constexpr std::size_t kMaxHelloChannels = 1024;

/// What the shim says first.
struct ShimHello
{
    struct Stream
    {
        Channel channel = 0;
        /// Something still writes to it.
        bool open = false;
        /// The oldest byte the shim can still send, and the position after the newest.
        std::uint64_t base = 0;
        std::uint64_t end = 0;
    };

    std::uint16_t minVersion = kProtocolMin;
    std::uint16_t maxVersion = kProtocolMax;
    std::string epoch;
    std::string program;
    /// Highest number of a message that arrived whole; and the one up to which they were handed on.
    std::uint64_t received = 0;
    std::uint64_t handedOn = 0;
    /// Id of the newest start that was carried out, empty before the first; whether that agent
    /// lives.
    std::string startId;
    bool agentRuns = false;
    /// The agent is not read any more because the spool is full.
    bool paused = false;
    /// Highest number of a terminal so far; a new one must be above it. 0 before the first.
    Channel lastTerminal = 0;
    std::vector<Stream> streams;

    [[nodiscard]] std::string encode() const;
    /// Nothing for bytes that are no hello.
    [[nodiscard]] static std::optional<ShimHello> decode(std::string_view payload);
};

/// What the host answers. Streams it does not name stand at zero.
struct HostHello
{
    struct Stream
    {
        Channel channel = 0;
        /// Stored for good up to here; the shim may forget it.
        std::uint64_t stored = 0;
        /// Where to go on sending; not below `stored`.
        std::uint64_t from = 0;
    };

    std::uint16_t version = kProtocolMax;
    std::vector<Stream> streams;

    [[nodiscard]] std::string encode() const;
    [[nodiscard]] static std::optional<HostHello> decode(std::string_view payload);
};

} // namespace paddock::shimlink
