// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>

namespace paddock::control {

/// Cuts a stream of bytes into lines of bounded length. Pure; bytes after the last line taken can
/// be had back, because a connection may stop being lines.
class LineBuffer
{
public:
    explicit LineBuffer(qint64 maxLineBytes)
        : m_maxLineBytes(maxLineBytes)
    {
    }

    void append(const QByteArray &bytes);
    /// The next whole line without its end, or nothing yet.
    [[nodiscard]] std::optional<QByteArray> takeLine();
    /// The line that is being received, or the next whole one, is longer than the limit. Sticky.
    [[nodiscard]] bool isTooLong() const { return m_tooLong; }
    [[nodiscard]] QByteArray takeRest();

private:
    qint64 m_maxLineBytes;
    QByteArray m_bytes;
    qsizetype m_start = 0;   // of the line that is being looked for
    qsizetype m_scanned = 0; // no line end before this
    bool m_tooLong = false;
};

} // namespace paddock::control
