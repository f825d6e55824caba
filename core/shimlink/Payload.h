// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paddock::shimlink {

template <typename T>
void storeLittle(T value, char *out)
{
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

template <typename T>
[[nodiscard]] T loadLittle(const char *bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return static_cast<T>(value);
}

/// Builds a payload: little-endian integers, texts as u32 length and bytes, lists as u32 count.
class PayloadWriter
{
public:
    PayloadWriter &u8(std::uint8_t value) { return put(value); }
    PayloadWriter &u16(std::uint16_t value) { return put(value); }
    PayloadWriter &u32(std::uint32_t value) { return put(value); }
    PayloadWriter &i32(std::int32_t value) { return put(static_cast<std::uint32_t>(value)); }
    PayloadWriter &u64(std::uint64_t value) { return put(value); }
    PayloadWriter &text(std::string_view value);
    PayloadWriter &texts(const std::vector<std::string> &values);

    [[nodiscard]] std::string take() { return std::move(m_bytes); }

private:
    template <typename T>
    PayloadWriter &put(T value)
    {
        char bytes[sizeof(T)];
        storeLittle(value, bytes);
        m_bytes.append(bytes, sizeof(T));
        return *this;
    }

    std::string m_bytes;
};

/// Reads one. After the first thing that is not there everything reads as zero or empty and ok() is
/// false; nothing is allocated beyond what the payload really holds.
class PayloadReader
{
public:
    explicit PayloadReader(std::string_view bytes)
        : m_rest(bytes)
    {
    }

    std::uint8_t u8() { return get<std::uint8_t>(); }
    std::uint16_t u16() { return get<std::uint16_t>(); }
    std::uint32_t u32() { return get<std::uint32_t>(); }
    std::int32_t i32() { return static_cast<std::int32_t>(get<std::uint32_t>()); }
    std::uint64_t u64() { return get<std::uint64_t>(); }
    std::string text();
    std::vector<std::string> texts();

    /// A count of things of at least `itemSize` bytes each; more than can follow is an error.
    std::uint32_t count(std::size_t itemSize);

    [[nodiscard]] bool ok() const { return m_ok; }
    /// Everything was read and nothing is left over.
    [[nodiscard]] bool atEnd() const { return m_ok && m_rest.empty(); }
    void fail() { m_ok = false; }

private:
    template <typename T>
    T get()
    {
        if (!m_ok || m_rest.size() < sizeof(T)) {
            m_ok = false;
            return T{};
        }
        const T value = loadLittle<T>(m_rest.data());
        m_rest.remove_prefix(sizeof(T));
        return value;
    }

    std::string_view m_rest;
    bool m_ok = true;
};

} // namespace paddock::shimlink
