// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/Engine.h"

#include <QJsonObject>

namespace paddock::sessions {

/// The posture of a running container as facade::SessionService::posture() describes it, read back
/// from the engine (inspect) and from inside (/proc/1/status, /proc/net/dev). \a engine is
/// borrowed.
[[nodiscard]] Pending<QJsonObject>
readPosture(QObject *context, docker::Engine &engine, const ContainerId &container);

/// The pure part: \a inspect is the engine's document, \a status and \a devices the two files.
[[nodiscard]] QJsonObject
postureFrom(const QJsonObject &inspect, const QByteArray &status, const QByteArray &devices);

} // namespace paddock::sessions
