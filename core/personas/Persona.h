// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"

#include <QString>

namespace paddock::personas {

/// A named set-up of an agent. Value type; kept by the store.
struct Persona
{
    PersonaId id;
    QString name;
    QString icon; ///< of the icon theme
    QString role; ///< one line for a person
    QString systemPrompt;
    QString adapter = QStringLiteral("claude-code");
    QString model; ///< empty: the adapter's own default
    QString image; ///< empty: not set, see ImageResolver
    QString profile = QStringLiteral("agent");
    QString defaultMode = QStringLiteral("write");

    bool operator==(const Persona &) const = default;
};

/// "Implementer" with claude-code: what a session gets that names none.
[[nodiscard]] Persona defaultPersona();

} // namespace paddock::personas
