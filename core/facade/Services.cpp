// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/Services.h"

using namespace Qt::StringLiterals;

namespace paddock::facade {

QJsonObject Health::toJson() const
{
    return {{u"ok"_s, ok},
            {u"mode"_s, mode},
            {u"docker"_s,
             QJsonObject{{u"socketConnected"_s, socketConnected},
                         {u"imageAvailable"_s, imageAvailable},
                         {u"imageName"_s, imageName},
                         {u"networkExists"_s, networkExists}}}};
}

} // namespace paddock::facade
