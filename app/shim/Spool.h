// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shim/Fd.h"
#include "core/shimlink/Protocol.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paddock::shim {

using shimlink::Channel;

/// Keeps what the host has not acknowledged: a few chunks in memory, then chunks in a file without
/// a name, then it has no room any more. Bytes of a channel that may be dropped give way, oldest
/// first.
class Spool
{
public:
    /// Bytes of one frame.
    static constexpr std::size_t kChunk = shimlink::kMaxPayload;

    struct Limits
    {
        std::uint64_t memory = shimlink::kMemorySpool;
        std::uint64_t disk = shimlink::kDiskSpool;
        std::uint64_t terminal = shimlink::kTerminalKeeps;
        /// The host acknowledges whole messages, so one of this size must find room, if need be in
        /// memory.
        std::uint64_t message = shimlink::kMaxMessage + kChunk;
    };

    struct Piece
    {
        const char *data = nullptr;
        std::size_t size = 0;
        /// It lies in the scratch buffer, which the next such piece overwrites.
        bool fromDisk = false;
        /// Not 0: the file failed and nothing before this position can be had any more; release()
        /// it.
        std::uint64_t lostUpTo = 0;
    };

    struct ChannelState
    {
        std::uint64_t base = 0;
        std::uint64_t end = 0;
    };

    /// `folder` is where the file is made when it is first needed; empty: memory only.
    Spool(Limits limits, std::string folder);
    ~Spool();
    Spool(const Spool &) = delete;
    Spool &operator=(const Spool &) = delete;

    /// Where to read output of `channel` to; empty when there is no room, which happens only to
    /// channels that are never dropped.
    struct Room
    {
        char *data = nullptr;
        std::size_t size = 0;
    };
    [[nodiscard]] Room room(Channel channel);
    void commit(Channel channel, std::size_t size);
    /// Small things of our own, which always find room.
    void append(Channel channel, std::string_view bytes);

    /// Room enough again to go on after there was none.
    [[nodiscard]] bool hasRecovered() const;

    [[nodiscard]] ChannelState state(Channel channel) const;
    [[nodiscard]] char lastByte(Channel channel) const;
    /// Bytes of `channel` from `position` (base <= position < end) to the end of their chunk. The
    /// pointer is good until anything else is called than read().
    [[nodiscard]] Piece read(Channel channel, std::uint64_t position);
    /// The host has everything up to `position`, which is not above the end.
    void release(Channel channel, std::uint64_t position);
    /// Forgets a channel.
    void remove(Channel channel);
    /// Makes a channel known that has no bytes yet.
    void add(Channel channel) { m_logs[channel]; }
    /// The first known channel above `after` (-1: the first of all); nothing when there is none.
    [[nodiscard]] std::optional<Channel> next(int after) const;
    /// Everything was released.
    [[nodiscard]] bool isEmpty() const;

    [[nodiscard]] std::uint64_t memoryBytes() const { return m_memoryChunks * kChunkMemory; }
    [[nodiscard]] std::uint64_t diskBytes() const { return m_usedSlots * kChunkMemory; }

    /// The file cannot be made, written or read; an errno.
    std::function<void(int error)> onFailed;

private:
    static constexpr std::size_t kChunkMemory = std::size_t{64} * 1024;
    static constexpr std::uint32_t kInMemory = UINT32_MAX;
    static constexpr std::size_t kSpareChunks = 8;

    struct Chunk
    {
        std::uint64_t start = 0;
        std::uint32_t size = 0;
        std::uint32_t slot = kInMemory;
        char *memory = nullptr;
    };
    struct Log
    {
        std::deque<Chunk> chunks;
        /// Released or dropped up to here; and the end.
        std::uint64_t base = 0;
        std::uint64_t end = 0;
        char lastByte = '\n';
    };

    [[nodiscard]] char *takeMemory();
    void giveMemory(char *memory);
    [[nodiscard]] bool evictOne();
    [[nodiscard]] bool writeOut(Chunk &chunk);
    [[nodiscard]] bool openFile();
    void failed(int error);
    void freeChunk(Chunk &chunk);
    void freeSlot(std::uint32_t slot);
    bool dropOldest(Log &log);
    [[nodiscard]] bool dropForRoom(Channel wanting);
    void addChunk(Log &log, char *memory);
    [[nodiscard]] std::uint64_t diskLimit() const;
    [[nodiscard]] std::uint64_t memoryLimit(Channel channel) const;

    Limits m_limits;
    std::string m_folder;
    std::map<Channel, Log> m_logs;
    std::vector<char *> m_spare;
    std::size_t m_memoryChunks = 0;
    Fd m_file;
    bool m_fileFailed = false;
    std::vector<std::uint32_t> m_freeSlots;
    std::uint32_t m_slots = 0;
    std::size_t m_usedSlots = 0;
    char *m_scratch = nullptr;
};

} // namespace paddock::shim
