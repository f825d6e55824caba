// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/ControlConnection.h"

#include <QJsonObject>
#include <QStringList>

namespace paddock::control {

/// Calls the service behind \a method; the request is answered now or later, refused when the
/// method is unknown (NotFound) or the parameters have a wrong form (InvalidArgument).
void callControlMethod(const QString &method,
                       const QJsonObject &params,
                       const ControlRequest &request);

/// Every method there is, sorted.
[[nodiscard]] QStringList controlMethodNames();

} // namespace paddock::control
