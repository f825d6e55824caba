// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/shimlink/Payload.h"

namespace paddock::shimlink {

PayloadWriter &PayloadWriter::text(std::string_view value)
{
    u32(static_cast<std::uint32_t>(value.size()));
    m_bytes.append(value);
    return *this;
}

PayloadWriter &PayloadWriter::texts(const std::vector<std::string> &values)
{
    u32(static_cast<std::uint32_t>(values.size()));
    for (const std::string &value : values)
        text(value);
    return *this;
}

std::string PayloadReader::text()
{
    const std::uint32_t size = u32();
    if (!m_ok || size > m_rest.size()) {
        m_ok = false;
        return {};
    }
    std::string value(m_rest.substr(0, size));
    m_rest.remove_prefix(size);
    return value;
}

std::vector<std::string> PayloadReader::texts()
{
    const std::uint32_t size = count(sizeof(std::uint32_t));
    std::vector<std::string> values;
    for (std::uint32_t i = 0; i < size && m_ok; ++i)
        values.push_back(text());
    return values;
}

std::uint32_t PayloadReader::count(std::size_t itemSize)
{
    const std::uint32_t size = u32();
    if (!m_ok || size > m_rest.size() / itemSize) {
        m_ok = false;
        return 0;
    }
    return size;
}

} // namespace paddock::shimlink
