// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/Endpoint.h"
#include "core/docker/Engine.h"
#include "core/health/HealthMonitor.h"
#include "core/images/ImageCatalog.h"

#include <QString>

namespace paddock::health {

struct EngineProbeOptions
{
    QString imageReference; ///< what a session would use when nobody names an image
    QString networkName = QStringLiteral("none"); ///< sessions are gated: no interface at all
    QString projectsFolder;
};

/// Probes that ask a real engine. \a engine and \a catalog are borrowed and outlive them;
/// \a place tells the socket (or why none can be used), \a settings whether they can be read.
[[nodiscard]] HealthProbes engineProbes(docker::Engine &engine,
                                        images::ImageCatalog &catalog,
                                        std::function<Result<docker::Endpoint>()> place,
                                        std::function<Result<Done>()> settings,
                                        const EngineProbeOptions &options);

/// The folder exists and can be looked into. A missing folder of projects is no failure: projects
/// may be anywhere.
[[nodiscard]] Result<Done> probeProjectsFolder(const QString &path);

} // namespace paddock::health
