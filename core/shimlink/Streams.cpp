// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/shimlink/Streams.h"

#include "core/shimlink/Payload.h"

#include <algorithm>

namespace paddock::shimlink {

ReceiveCursor::Status ReceiveCursor::accept(std::uint64_t position, std::string_view &bytes)
{
    if (position > m_position)
        return Status::Hole;
    const std::uint64_t known = m_position - position;
    if (known >= bytes.size()) {
        bytes = {};
        return Status::Known;
    }
    bytes.remove_prefix(static_cast<std::size_t>(known));
    m_position += bytes.size();
    return Status::Fresh;
}

std::uint64_t ReceiveCursor::skipTo(std::uint64_t to)
{
    if (to <= m_position)
        return 0;
    const std::uint64_t lost = to - m_position;
    m_position = to;
    return lost;
}

LineSplitter::Status LineSplitter::next(std::string_view &bytes, std::string_view &line)
{
    if (m_delivered)
        reset();
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
        keep(bytes);
        bytes = {};
        return Status::NeedMore;
    }
    const std::string_view piece = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    m_delivered = true;
    if (m_size == 0 && piece.size() <= m_limit) {
        // The usual case: the whole line is in front of us and needs no copy.
        line = piece;
        return Status::Line;
    }
    keep(piece);
    if (isDiscarding())
        return Status::TooLong;
    line = m_held;
    return Status::Line;
}

void LineSplitter::reset()
{
    if (m_held.capacity() > kMaxFrame)
        m_held = {};
    m_held.clear();
    m_size = 0;
    m_delivered = false;
}

void LineSplitter::keep(std::string_view piece)
{
    m_size += piece.size();
    if (isDiscarding())
        m_held = {};
    else
        m_held.append(piece);
}

RecordSplitter::Status RecordSplitter::next(std::string_view &bytes, std::string_view &record)
{
    if (m_delivered)
        reset();
    const auto fill = [this, &bytes](std::size_t size) {
        const std::size_t piece = std::min(size - std::min(size, m_held.size()), bytes.size());
        m_held.append(bytes.substr(0, piece));
        bytes.remove_prefix(piece);
        return m_held.size() >= size;
    };
    if (!fill(sizeof(std::uint32_t)))
        return Status::NeedMore;
    const auto size = loadLittle<std::uint32_t>(m_held.data());
    if (size > kMaxRecord)
        return Status::Broken;
    if (!fill(sizeof(std::uint32_t) + size))
        return Status::NeedMore;
    record = std::string_view(m_held).substr(sizeof(std::uint32_t));
    m_delivered = true;
    return Status::Record;
}

void RecordSplitter::reset()
{
    m_held.clear();
    m_delivered = false;
}

} // namespace paddock::shimlink
