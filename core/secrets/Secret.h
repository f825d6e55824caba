// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDebug>
#include <QString>

#include <cstddef>
#include <span>

namespace paddock::secrets {

/// A key or token in memory of its own: pages that are locked where the limit allows, not part of a
/// core dump, and wiped on destruction. Move-only; never converts to text by itself, and neither a
/// stream nor QDebug takes it. Any thread, one at a time.
class Secret
{
public:
    Secret() = default;
    /// Copies \a bytes. The caller wipes its own copy; see takeFrom().
    explicit Secret(std::span<const std::byte> bytes);
    /// Copies \a text and overwrites it (its buffer too, unless it is shared).
    [[nodiscard]] static Secret takeFrom(QByteArray &text);
    /// A secret of \a size zero bytes to be filled through writable(), for reading straight from a
    /// descriptor.
    [[nodiscard]] static Secret ofSize(std::size_t size);

    ~Secret();
    Secret(Secret &&other) noexcept;
    Secret &operator=(Secret &&other) noexcept;
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;

    [[nodiscard]] bool isEmpty() const { return m_size == 0; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    /// Whether the pages could be locked against swapping.
    [[nodiscard]] bool isLocked() const { return m_locked; }
    /// The bytes, for the one place that needs them. Valid as long as the secret.
    [[nodiscard]] std::span<const std::byte> reveal() const { return {m_data, m_size}; }
    [[nodiscard]] std::span<std::byte> writable() { return {m_data, m_size}; }
    /// Another copy, said out loud.
    [[nodiscard]] Secret clone() const { return Secret(reveal()); }
    void clear();

private:
    std::byte *m_data = nullptr; // whole pages from mmap
    std::size_t m_size = 0;
    std::size_t m_mapped = 0;
    bool m_locked = false;
};

QDebug operator<<(QDebug debug, const Secret &secret) = delete;

/// Overwrites \a bytes in place; the compiler cannot leave it out.
void wipe(std::span<std::byte> bytes);

} // namespace paddock::secrets
