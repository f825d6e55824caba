// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/personas/Persona.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::personas {

Persona defaultPersona()
{
    Persona persona;
    persona.id = {u"implementer"_s};
    persona.name = QCoreApplication::translate("Persona", "Implementer");
    persona.icon = u"applications-development"_s;
    persona.role =
        QCoreApplication::translate("Persona", "Changes code and commits it on its own branch.");
    return persona;
}

} // namespace paddock::personas
