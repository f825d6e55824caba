// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/EngineWatch.h"
#include "core/policy/EnginePosture.h"

#include <QObject>

#include <optional>

namespace paddock::sessions {

/// What the engine says about itself, at hand when a session starts: asked when the watch has
/// connected, again with each of its resyncs, and forgotten when the connection is lost. An engine
/// changes what it is only by starting anew, which the watch sees. Main thread.
class EngineReader : public QObject
{
    Q_OBJECT

public:
    /// \a engine and \a watch are borrowed and outlive this; \a socketPath is where it listens.
    EngineReader(docker::Engine &engine,
                 const docker::EngineWatch &watch,
                 QString socketPath,
                 QObject *parent = nullptr);

    /// From memory, or asked now.
    [[nodiscard]] Pending<policy::EnginePosture> posture();

private:
    [[nodiscard]] Pending<policy::EnginePosture> ask();

    docker::Engine &m_engine;
    const docker::EngineWatch &m_watch;
    QString m_socketPath;
    std::optional<policy::EnginePosture> m_known;
};

} // namespace paddock::sessions
