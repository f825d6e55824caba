// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/docker/ContainerTypes.h"

#include <QObject>

namespace paddock::docker {

/// One message of GET /events.
struct EngineEvent
{
    QString type;      ///< "container", "image", "network", "daemon", ...
    QString action;    ///< "start", "die", "health_status: healthy", ...
    QString actorId;   ///< of the container, for type "container"
    Labels attributes; ///< labels of the container, plus "name", "image", "exitCode", ...
    QDateTime time;    ///< UTC
    qint64 timeNano = 0;
    QJsonObject raw;
};

struct EventsOptions
{
    QDateTime since = {};    ///< replay from here; invalid: from now
    QStringList types = {};  ///< any of them
    QStringList labels = {}; ///< "name" or "name=value"; all must match
    QStringList actions = {};
};

/// The engine's events while this connection lasts. Events are hints: they can be lost, doubled or
/// late, so a consumer re-lists after opened() (EngineWatch does the reconnecting).
/// Owned by a unique_ptr; destroying it closes the connection. Main thread.
class EventStream : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

Q_SIGNALS:
    /// The engine accepted; what happens from now on is reported.
    void opened();
    void eventReceived(const paddock::docker::EngineEvent &event);
    /// Exactly once, last. The engine never ends it by itself, so the result is an error:
    /// ConnectionLost, DockerUnavailable, ProtocolError.
    void finished(const paddock::Result<paddock::Done> &result);
};

[[nodiscard]] Result<EngineEvent> engineEventFromJson(const QJsonObject &object);

} // namespace paddock::docker
