// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/shimlink/Protocol.h"

#include <string>
#include <string_view>

namespace paddock::shimlink {

/// How far one channel was received: accepts what is next, cuts off what is known, refuses a hole.
class ReceiveCursor
{
public:
    enum class Status {
        Fresh, ///< `bytes` is now what is new
        Known, ///< nothing new in it
        Hole,  ///< bytes before it are missing: a protocol error
    };

    explicit ReceiveCursor(std::uint64_t position = 0)
        : m_position(position)
    {
    }

    /// Moves on over `bytes`, which begin at `position`.
    Status accept(std::uint64_t position, std::string_view &bytes);

    /// The sender lost everything before `to`. Returns how many bytes that are; 0 when it is known
    /// already.
    std::uint64_t skipTo(std::uint64_t to);

    [[nodiscard]] std::uint64_t position() const { return m_position; }

private:
    std::uint64_t m_position = 0;
};

/// Cuts a byte stream into lines without their end; of a line over the limit only the size is kept.
class LineSplitter
{
public:
    enum class Status { Line, TooLong, NeedMore };

    explicit LineSplitter(std::size_t limit = kMaxMessage)
        : m_limit(limit)
    {
    }

    /// Takes bytes from the front of `bytes` up to the next line end. Line: `line` is it, valid
    /// until the next call. TooLong: a line of size() bytes ended here and is gone. NeedMore:
    /// `bytes` is used up.
    [[nodiscard]] Status next(std::string_view &bytes, std::string_view &line);

    /// Bytes of the line that is not complete; grows beyond the limit.
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    /// The line that is not complete is already too long; what comes of it is thrown away.
    [[nodiscard]] bool isDiscarding() const { return m_size > m_limit; }

    void reset();

private:
    void keep(std::string_view piece);

    std::size_t m_limit;
    std::string m_held;
    std::uint64_t m_size = 0;
    bool m_delivered = false;
};

/// Cuts the stream of kControlChannel into records (u32 size, payload).
class RecordSplitter
{
public:
    static constexpr std::size_t kMaxRecord = kMaxPayload;

    enum class Status { Record, NeedMore, Broken };

    [[nodiscard]] Status next(std::string_view &bytes, std::string_view &record);
    void reset();

private:
    std::string m_held;
    bool m_delivered = false;
};

} // namespace paddock::shimlink
