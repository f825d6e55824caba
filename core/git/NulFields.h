// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

/// What the readers of git's answers share.
namespace paddock::git::detail {

/// ProtocolError: what `git \a command` printed is none of its answers; \a near shows where.
[[nodiscard]] tl::unexpected<Error> malformed(const char *command, QByteArrayView near);

/// Takes texts that end with NUL, one after the other. The text must outlive it.
class NulFields
{
public:
    explicit NulFields(const QByteArray &text)
        : m_text(text)
    {
    }
    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }
    [[nodiscard]] QByteArrayView rest() const { return QByteArrayView(m_text).sliced(m_at); }
    /// Nothing if no NUL follows.
    [[nodiscard]] std::optional<QByteArray> peek() const
    {
        const qsizetype end = m_text.indexOf('\0', m_at);
        return end < 0 ? std::nullopt : std::optional(m_text.mid(m_at, end - m_at));
    }
    [[nodiscard]] std::optional<QByteArray> next()
    {
        auto field = peek();
        if (field)
            m_at += field->size() + 1;
        return field;
    }
    /// Exactly this byte comes next; it is taken.
    [[nodiscard]] bool take(char byte)
    {
        if (atEnd() || m_text.at(m_at) != byte)
            return false;
        ++m_at;
        return true;
    }

private:
    const QByteArray &m_text;
    qsizetype m_at = 0;
};

} // namespace paddock::git::detail
