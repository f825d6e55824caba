// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/LineBuffer.h"

#include <utility>

namespace paddock::control {

void LineBuffer::append(const QByteArray &bytes)
{
    if (m_tooLong)
        return;
    m_bytes.append(bytes);
}

std::optional<QByteArray> LineBuffer::takeLine()
{
    if (m_tooLong)
        return std::nullopt;
    const qsizetype end = m_bytes.indexOf('\n', m_scanned);
    const qsizetype length = (end < 0 ? m_bytes.size() : end) - m_start;
    if (length > m_maxLineBytes) {
        m_tooLong = true;
        m_bytes.clear();
        return std::nullopt;
    }
    if (end < 0) {
        // Moves the tail to the front once a batch of lines is taken, not once a line.
        if (m_start > 0) {
            m_bytes.remove(0, m_start);
            m_start = 0;
        }
        m_scanned = m_bytes.size();
        return std::nullopt;
    }
    const QByteArray line = m_bytes.mid(m_start, length);
    m_start = end + 1;
    m_scanned = m_start;
    return line;
}

QByteArray LineBuffer::takeRest()
{
    QByteArray rest = m_bytes.mid(m_start);
    m_bytes.clear();
    m_start = 0;
    m_scanned = 0;
    return rest;
}

} // namespace paddock::control
