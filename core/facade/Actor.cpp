// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/Actor.h"

using namespace Qt::StringLiterals;

namespace paddock::facade {

QString Actor::toString() const
{
    switch (kind) {
    case Kind::Person:
        return u"person:"_s + name;
    case Kind::Agent:
        return u"agent:"_s + name;
    case Kind::Peer:
        return u"peer:"_s + name;
    case Kind::System:
        return u"system:"_s + name;
    }
    Q_UNREACHABLE();
}

} // namespace paddock::facade
