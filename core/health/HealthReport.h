// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QList>
#include <QString>

#include <optional>

namespace paddock::health {

/// What the probes found out, as it is. Value type.
struct Findings
{
    bool isLocal = false; ///< sessions run without containers: the engine is not needed
    QString imageName;    ///< what a session would use when nobody names an image

    struct EngineFacts
    {
        QString version; ///< "20.10.24"
        QString api;     ///< "1.41"
        bool isPodman = false;
        bool operator==(const EngineFacts &) const = default;
    };
    QString socketPath;   ///< where the engine was looked for; empty: no place was found
    QString socketSource; ///< where that came from, for a person: "DOCKER_HOST"
    /// Absent: not looked for yet.
    std::optional<Result<EngineFacts>> engine;
    std::optional<Result<Done>> image;
    std::optional<Result<bool>> network; ///< the network mode of sessions exists on the engine

    QString projectsFolder;
    std::optional<Result<Done>> projects;
    std::optional<Result<Done>> settings; ///< every setting can be read
};

/// One line of the health strip.
struct HealthLine
{
    enum class Status { Checking, Good, Missing, Broken };
    QString id;    ///< "engine", "image", "network", "projects", "settings"
    QString title; ///< "Docker 20.10.24 (API 1.41)"
    Status status = Status::Checking;
    std::optional<Error> error; ///< message and remedy when not Good
    QString action;             ///< "retry", "build-image", "open-settings"; empty: none
    bool operator==(const HealthLine &) const = default;
};

struct HealthReport
{
    /// Engine reachable and image available; local mode needs neither. Bad settings make it false.
    bool ok = false;
    QString mode; ///< "docker" or "local"
    bool socketConnected = false;
    bool imageAvailable = false;
    QString imageName;
    bool networkExists = false;
    QString engineVersion;
    QString socketPath;
    QString socketSource;
    QList<HealthLine> lines;
    bool operator==(const HealthReport &) const = default;
};

/// Pure.
[[nodiscard]] HealthReport reportOf(const Findings &findings);

} // namespace paddock::health
