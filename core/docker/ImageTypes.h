// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/Result.h"
#include "core/docker/ContainerTypes.h"

#include <QDateTime>
#include <QJsonObject>
#include <QStringList>

namespace paddock::docker {

/// One row of GET /images/json.
struct ImageSummary
{
    ImageId id;
    QStringList tags; ///< "debian:bookworm-slim"; empty for a dangling image
    QStringList digests;
    QDateTime created;
    qint64 sizeBytes = 0;
    Labels labels;
};

/// GET /images/{name}/json.
struct ImageDetails
{
    ImageId id;
    QStringList tags;
    QStringList digests;
    QDateTime created;
    QString os;
    QString architecture;
    qint64 sizeBytes = 0;
    QString user;
    QStringList environment;
    QStringList entrypoint;
    QStringList command;
    QString workingFolder;
    Labels labels;
    QJsonObject config; ///< Config as it is: Healthcheck, OnBuild, Shell, Volumes and the rest
    QJsonObject raw;
};

struct ImageHistoryEntry
{
    QString id;
    QDateTime created;
    QString createdBy;
    qint64 sizeBytes = 0;
    QStringList tags;
    QString comment;
};

/// One message of a pull or build.
struct ImageProgress
{
    QString id;     ///< layer, or empty
    QString status; ///< "Downloading", or a piece of build output
    qint64 current = 0;
    qint64 total = 0;      ///< 0: unknown
    bool isOutput = false; ///< status is output of the build, with its own line ends
};

/// A reference that may be sent: not empty, of the characters references have, no "..".
[[nodiscard]] Result<QString> checkImageReference(const QString &reference);

[[nodiscard]] Result<QList<ImageSummary>> imageSummariesFromJson(const QJsonValue &value);
[[nodiscard]] Result<ImageDetails> imageDetailsFromJson(const QJsonObject &object);

} // namespace paddock::docker
