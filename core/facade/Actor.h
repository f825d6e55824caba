// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace paddock::facade {

/// Who asks. Every call of the facade carries one; the audit keeps it. Value type.
struct Actor
{
    enum class Kind { Person, Agent, Peer, System };
    Kind kind = Kind::Person;
    QString name; ///< "window", "paddockctl", a session id, a peer's name

    [[nodiscard]] static Actor person(const QString &door) { return {Kind::Person, door}; }
    /// "person:window", for the audit.
    [[nodiscard]] QString toString() const;
};

} // namespace paddock::facade
