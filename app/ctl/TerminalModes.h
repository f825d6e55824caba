// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QSet>

namespace paddock::ctl {

/// Follows which private modes (alternate screen, mouse, bracketed paste, hidden cursor, …) the
/// bytes written to a terminal have left changed, so that they can be put back when the program is
/// left in the middle. Pure.
class TerminalModes
{
public:
    void follow(const QByteArray &bytes);
    /// What puts the terminal back: ends what is on, shows the cursor, resets colours. Empty when
    /// nothing was changed.
    [[nodiscard]] QByteArray restoring() const;

private:
    void apply(const QByteArray &parameters, bool isSet);

    enum class State { Text, Escape, Bracket, Private };
    State m_state = State::Text;
    QByteArray m_parameters;
    QSet<int> m_changed; // modes that differ from what they are in a shell
    bool m_wroteEscapes = false;
};

} // namespace paddock::ctl
