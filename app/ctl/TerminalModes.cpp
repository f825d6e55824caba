// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/TerminalModes.h"

#include <algorithm>

namespace paddock::ctl {

namespace {

/// On in a shell; every other private mode that matters is off.
bool isOnByDefault(int mode)
{
    return mode == 7 || mode == 25; // wrapping, cursor
}

} // namespace

void TerminalModes::follow(const QByteArray &bytes)
{
    for (const char byte : bytes) {
        switch (m_state) {
        case State::Text:
            if (byte == '\x1b') {
                m_state = State::Escape;
                m_wroteEscapes = true;
            }
            break;
        case State::Escape:
            m_state = byte == '[' ? State::Bracket : byte == '\x1b' ? State::Escape : State::Text;
            break;
        case State::Bracket:
            m_parameters.clear();
            m_state = byte == '?' ? State::Private : State::Text;
            break;
        case State::Private:
            if ((byte >= '0' && byte <= '9') || byte == ';') {
                if (m_parameters.size() < 64)
                    m_parameters += byte;
                break;
            }
            if (byte == 'h' || byte == 'l')
                apply(m_parameters, byte == 'h');
            m_state = byte == '\x1b' ? State::Escape : State::Text;
            break;
        }
    }
}

void TerminalModes::apply(const QByteArray &parameters, bool isSet)
{
    for (const QByteArray &parameter : parameters.split(';')) {
        const int mode = parameter.toInt();
        if (mode <= 0)
            continue;
        if (isSet == isOnByDefault(mode))
            m_changed.remove(mode);
        else if (m_changed.size() < 64)
            m_changed.insert(mode);
    }
}

QByteArray TerminalModes::restoring() const
{
    if (!m_wroteEscapes)
        return {};
    QByteArray bytes = "\x1b[0m";
    QList<int> modes(m_changed.cbegin(), m_changed.cend());
    // The alternate screen last: what is put back before belongs to it.
    std::sort(modes.begin(), modes.end());
    for (const int mode : modes)
        bytes += "\x1b[?" + QByteArray::number(mode) + (isOnByDefault(mode) ? 'h' : 'l');
    return bytes;
}

} // namespace paddock::ctl
