// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/secrets/Secret.h"

#include <cstring>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace paddock::secrets {

void wipe(std::span<std::byte> bytes)
{
    if (!bytes.empty())
        ::explicit_bzero(bytes.data(), bytes.size());
}

Secret Secret::ofSize(std::size_t size)
{
    Secret secret;
    if (size == 0)
        return secret;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    secret.m_mapped = (size + page - 1) / page * page;
    // Pages of its own: locking and wiping touch nothing else, and the heap keeps no copy.
    void *memory = ::mmap(
        nullptr, secret.m_mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        qFatal("out of memory");
    // Not mlock(): the address sanitizer makes that do nothing.
    secret.m_locked = ::syscall(SYS_mlock, memory, secret.m_mapped) == 0;
    ::madvise(memory, secret.m_mapped, MADV_DONTDUMP);
    ::madvise(memory, secret.m_mapped, MADV_WIPEONFORK); // a child never sees it
    secret.m_data = static_cast<std::byte *>(memory);
    secret.m_size = size;
    return secret;
}

Secret::Secret(std::span<const std::byte> bytes)
{
    Secret copy = ofSize(bytes.size());
    if (!bytes.empty())
        std::memcpy(copy.m_data, bytes.data(), bytes.size());
    *this = std::move(copy);
}

Secret Secret::takeFrom(QByteArray &text)
{
    Secret secret(
        std::as_bytes(std::span(text.constData(), static_cast<std::size_t>(text.size()))));
    // data() would detach and wipe a fresh copy; where the buffer is shared there is nothing that
    // could be wiped for the other owner.
    if (text.isDetached())
        wipe(std::as_writable_bytes(std::span(text.data(), static_cast<std::size_t>(text.size()))));
    text.clear();
    return secret;
}

Secret::~Secret()
{
    clear();
}

Secret::Secret(Secret &&other) noexcept
    : m_data(std::exchange(other.m_data, nullptr))
    , m_size(std::exchange(other.m_size, 0))
    , m_mapped(std::exchange(other.m_mapped, 0))
    , m_locked(std::exchange(other.m_locked, false))
{
}

Secret &Secret::operator=(Secret &&other) noexcept
{
    if (this != &other) {
        clear();
        m_data = std::exchange(other.m_data, nullptr);
        m_size = std::exchange(other.m_size, 0);
        m_mapped = std::exchange(other.m_mapped, 0);
        m_locked = std::exchange(other.m_locked, false);
    }
    return *this;
}

void Secret::clear()
{
    if (!m_data)
        return;
    wipe({m_data, m_mapped});
    ::munmap(m_data, m_mapped);
    m_data = nullptr;
    m_size = 0;
    m_mapped = 0;
    m_locked = false;
}

} // namespace paddock::secrets
