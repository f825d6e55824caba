// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/Spool.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>

namespace paddock::shim {

using shimlink::isDroppable;

Spool::Spool(Limits limits, std::string folder)
    : m_limits(limits)
    , m_folder(std::move(folder))
{
}

Spool::~Spool()
{
    for (auto &[channel, log] : m_logs) {
        for (Chunk &chunk : log.chunks)
            freeChunk(chunk);
    }
    for (char *memory : m_spare)
        ::munmap(memory, kChunkMemory);
    if (m_scratch != nullptr)
        ::munmap(m_scratch, kChunkMemory);
}

Spool::Room Spool::room(Channel channel)
{
    Log &log = m_logs[channel];
    if (!log.chunks.empty()) {
        const Chunk &tail = log.chunks.back();
        if (tail.memory != nullptr && tail.size < kChunk)
            return {tail.memory + tail.size, kChunk - tail.size};
    }
    while (memoryBytes() >= m_limits.memory) {
        if (evictOne() || dropForRoom(channel))
            continue;
        if (!isDroppable(channel) && memoryBytes() >= memoryLimit(channel))
            return {};
        // Over the limit: a terminal by its one chunk, where everything is taken by what must not
        // be lost.
        break;
    }
    addChunk(log, takeMemory());
    return {log.chunks.back().memory, kChunk};
}

void Spool::commit(Channel channel, std::size_t size)
{
    if (size == 0)
        return;
    Log &log = m_logs[channel];
    Chunk &tail = log.chunks.back();
    tail.size += static_cast<std::uint32_t>(size);
    log.end += size;
    log.lastByte = tail.memory[tail.size - 1];
    if (isDroppable(channel)) {
        while (log.end - log.base > m_limits.terminal && dropOldest(log)) {
        }
    }
}

void Spool::append(Channel channel, std::string_view bytes)
{
    Log &log = m_logs[channel];
    while (!bytes.empty()) {
        if (log.chunks.empty() || log.chunks.back().memory == nullptr ||
            log.chunks.back().size == kChunk) {
            addChunk(log, takeMemory());
        }
        Chunk &tail = log.chunks.back();
        const std::size_t piece = std::min(bytes.size(), kChunk - tail.size);
        std::memcpy(tail.memory + tail.size, bytes.data(), piece);
        bytes.remove_prefix(piece);
        commit(channel, piece);
    }
}

bool Spool::hasRecovered() const
{
    // A quarter of the memory: going on for a single chunk would start and stop the agent all the
    // time.
    const std::uint64_t used = memoryBytes() + diskBytes();
    const std::uint64_t limit = m_limits.memory + diskLimit();
    return used + m_limits.memory / 4 <= limit;
}

Spool::ChannelState Spool::state(Channel channel) const
{
    const auto found = m_logs.find(channel);
    if (found == m_logs.end())
        return {};
    return {found->second.base, found->second.end};
}

char Spool::lastByte(Channel channel) const
{
    const auto found = m_logs.find(channel);
    return found == m_logs.end() ? '\n' : found->second.lastByte;
}

Spool::Piece Spool::read(Channel channel, std::uint64_t position)
{
    Log &log = m_logs[channel];
    const auto chunk = std::upper_bound(
        log.chunks.begin(),
        log.chunks.end(),
        position,
        [](std::uint64_t value, const Chunk &other) { return value < other.start + other.size; });
    if (chunk == log.chunks.end() || position < chunk->start)
        return {};
    const auto offset = static_cast<std::size_t>(position - chunk->start);
    if (chunk->memory != nullptr)
        return {chunk->memory + offset, chunk->size - offset, false, 0};
    if (m_scratch == nullptr) {
        m_scratch = takeMemory();
        --m_memoryChunks; // not a part of the ring
    }
    std::size_t got = 0;
    while (got < chunk->size) {
        const ssize_t count = ::pread(m_file.get(),
                                      m_scratch + got,
                                      chunk->size - got,
                                      static_cast<off_t>(chunk->slot) * off_t{kChunkMemory} +
                                          static_cast<off_t>(got));
        if (count > 0) {
            got += static_cast<std::size_t>(count);
        } else if (count == 0 || errno != EINTR) {
            failed(count == 0 ? EIO : errno);
            Piece lost;
            lost.lostUpTo = chunk->start + chunk->size;
            return lost;
        }
    }
    return {m_scratch + offset, chunk->size - offset, true, 0};
}

void Spool::release(Channel channel, std::uint64_t position)
{
    const auto found = m_logs.find(channel);
    if (found == m_logs.end())
        return;
    Log &log = found->second;
    if (position <= log.base)
        return;
    log.base = std::min(position, log.end);
    while (!log.chunks.empty()) {
        Chunk &oldest = log.chunks.front();
        if (oldest.start + oldest.size > log.base)
            break;
        freeChunk(oldest);
        log.chunks.pop_front();
    }
    if (m_usedSlots == 0 && m_scratch != nullptr) {
        ::munmap(m_scratch, kChunkMemory);
        m_scratch = nullptr;
    }
}

void Spool::remove(Channel channel)
{
    const auto found = m_logs.find(channel);
    if (found == m_logs.end())
        return;
    for (Chunk &chunk : found->second.chunks)
        freeChunk(chunk);
    m_logs.erase(found);
}

std::optional<Channel> Spool::next(int after) const
{
    for (const auto &[channel, log] : m_logs) {
        if (channel > after)
            return channel;
    }
    return std::nullopt;
}

bool Spool::isEmpty() const
{
    return std::all_of(m_logs.begin(), m_logs.end(), [](const auto &entry) {
        return entry.second.base == entry.second.end;
    });
}

char *Spool::takeMemory()
{
    ++m_memoryChunks;
    if (!m_spare.empty()) {
        char *memory = m_spare.back();
        m_spare.pop_back();
        return memory;
    }
    void *memory =
        ::mmap(nullptr, kChunkMemory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        std::abort();
    return static_cast<char *>(memory);
}

void Spool::giveMemory(char *memory)
{
    --m_memoryChunks;
    // A few stay at hand, so that a steady flow does not fault its pages in again and again.
    if (m_spare.size() < kSpareChunks)
        m_spare.push_back(memory);
    else
        ::munmap(memory, kChunkMemory);
}

bool Spool::evictOne()
{
    Log *victim = nullptr;
    std::size_t most = 0;
    for (auto &[channel, log] : m_logs) {
        const auto inMemory = static_cast<std::size_t>(
            std::count_if(log.chunks.begin(), log.chunks.end(), [](const Chunk &chunk) {
                return chunk.memory != nullptr && chunk.size == kChunk;
            }));
        if (inMemory > most) {
            most = inMemory;
            victim = &log;
        }
    }
    if (victim == nullptr)
        return false;
    // The newest full one: the oldest are sent, or acknowledged, next.
    for (auto chunk = victim->chunks.rbegin(); chunk != victim->chunks.rend(); ++chunk) {
        if (chunk->memory != nullptr && chunk->size == kChunk)
            return writeOut(*chunk);
    }
    return false;
}

bool Spool::writeOut(Chunk &chunk)
{
    if (m_usedSlots * kChunkMemory >= diskLimit() || !openFile())
        return false;
    std::uint32_t slot = 0;
    if (!m_freeSlots.empty()) {
        slot = m_freeSlots.back();
        m_freeSlots.pop_back();
    } else {
        slot = m_slots++;
    }
    std::size_t put = 0;
    while (put < chunk.size) {
        const ssize_t count =
            ::pwrite(m_file.get(),
                     chunk.memory + put,
                     chunk.size - put,
                     static_cast<off_t>(slot) * off_t{kChunkMemory} + static_cast<off_t>(put));
        if (count >= 0) {
            put += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            m_freeSlots.push_back(slot);
            failed(errno);
            return false;
        }
    }
    chunk.slot = slot;
    ++m_usedSlots;
    giveMemory(chunk.memory);
    chunk.memory = nullptr;
    return true;
}

bool Spool::openFile()
{
    if (m_file)
        return true;
    // Without a name, so that nothing else of the same user can open it.
    m_file = Fd(::open(m_folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!m_file) {
        std::string name = m_folder + "/.spool-XXXXXX";
        m_file = Fd(::mkostemp(name.data(), O_CLOEXEC));
        if (m_file)
            ::unlink(name.c_str());
    }
    if (!m_file)
        failed(errno);
    return static_cast<bool>(m_file);
}

void Spool::failed(int error)
{
    // Until something was released again there is no use in trying.
    if (m_fileFailed)
        return;
    m_fileFailed = true;
    if (onFailed)
        onFailed(error);
}

void Spool::freeChunk(Chunk &chunk)
{
    if (chunk.memory != nullptr)
        giveMemory(chunk.memory);
    else
        freeSlot(chunk.slot);
    m_fileFailed = false;
}

void Spool::freeSlot(std::uint32_t slot)
{
    m_freeSlots.push_back(slot);
    if (--m_usedSlots == 0) {
        // Gives the disk back; a failure only keeps the space until the file is closed.
        if (::ftruncate(m_file.get(), 0) == 0) {
            m_freeSlots = {};
            m_slots = 0;
        }
    }
}

bool Spool::dropOldest(Log &log)
{
    if (log.chunks.empty())
        return false;
    Chunk &oldest = log.chunks.front();
    log.base = oldest.start + oldest.size;
    freeChunk(oldest);
    log.chunks.pop_front();
    return true;
}

bool Spool::dropForRoom(Channel wanting)
{
    std::uint64_t most = 0;
    std::uint64_t total = 0;
    Log *largest = nullptr;
    for (auto &[channel, log] : m_logs) {
        if (!isDroppable(channel))
            continue;
        const std::uint64_t size = log.chunks.size();
        total += size;
        if (size > most) {
            most = size;
            largest = &log;
        }
    }
    // Terminals may keep half of the spool; a channel that is never dropped waits rather than take
    // that.
    const std::uint64_t half = (m_limits.memory + diskLimit()) / kChunkMemory / 2;
    if (most < 2 || (!isDroppable(wanting) && total <= half))
        return false;
    return dropOldest(*largest);
}

void Spool::addChunk(Log &log, char *memory)
{
    Chunk chunk;
    chunk.start = log.end;
    chunk.memory = memory;
    log.chunks.push_back(chunk);
}

std::uint64_t Spool::diskLimit() const
{
    if (m_folder.empty())
        return 0;
    // A full disk is as good as a limit.
    return m_fileFailed ? m_usedSlots * kChunkMemory : m_limits.disk;
}

std::uint64_t Spool::memoryLimit(Channel channel) const
{
    if (isDroppable(channel) || diskLimit() >= m_limits.message)
        return m_limits.memory;
    return std::max(m_limits.memory, m_limits.message - diskLimit());
}

} // namespace paddock::shim
