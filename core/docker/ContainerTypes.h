// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/Result.h"

#include <QDateTime>
#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>

namespace paddock::docker {

using Labels = QHash<QString, QString>;

enum class ContainerState {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
    Unknown, ///< a word this client does not know
};
[[nodiscard]] ContainerState containerStateFromText(const QString &text);
/// The engine's word: "running".
[[nodiscard]] QString containerStateName(ContainerState state);

/// One row of GET /containers/json.
struct ContainerSummary
{
    ContainerId id;
    QStringList names; ///< without the leading slash
    QString image;     ///< the reference it was created from
    ImageId imageId;
    QString command;
    QDateTime created; ///< UTC
    ContainerState state = ContainerState::Unknown;
    QString status; ///< for a person: "Up 2 minutes"
    Labels labels;
    std::optional<qint64> writtenBytes; ///< size of the writable layer, when asked for
};

struct ContainerMount
{
    QString type = {}; ///< "bind", "volume", "tmpfs"
    QString source = {};
    QString destination = {};
    bool writable = false;
};

/// GET /containers/{id}/json.
struct ContainerDetails
{
    ContainerId id;
    QString name; ///< without the leading slash
    QDateTime created;
    ImageId imageId;
    QString image; ///< Config.Image
    ContainerState state = ContainerState::Unknown;
    bool oomKilled = false;
    qint64 pid = 0; ///< on the engine's host; 0 when not running
    int exitCode = 0;
    QString error;        ///< State.Error, the engine's words about the last start
    QDateTime startedAt;  ///< invalid when never (the engine says year 1)
    QDateTime finishedAt; ///< invalid when never
    QString health;       ///< "healthy", "unhealthy", "starting", or empty
    bool tty = false;
    bool openStdin = false;
    QString user;
    Labels labels;
    QList<ContainerMount> mounts;
    QJsonObject raw; ///< the whole document, for posture checks

    [[nodiscard]] bool isRunning() const
    {
        return state == ContainerState::Running || state == ContainerState::Paused;
    }
};

struct CreatedContainer
{
    ContainerId id;
    QStringList warnings;
};

struct WaitResult
{
    int exitCode = 0;
    QString error; ///< the engine's words when waiting itself failed inside the engine
};

struct ProcessTable
{
    QStringList titles;
    QList<QStringList> rows;
};

/// One sample of GET /containers/{id}/stats. Bytes and nanoseconds; counters since start.
struct ContainerStats
{
    QDateTime read;
    qint64 cpuTotalNs = 0;
    qint64 cpuSystemNs = 0; ///< of the whole host; 0 when the engine does not say
    int onlineCpus = 0;
    /// Percent of one CPU since the sample before (200 = two CPUs); nullopt for a first sample.
    std::optional<double> cpuPercent;
    qint64 memoryBytes = 0; ///< without the page cache that can be dropped
    qint64 memoryLimitBytes = 0;
    qint64 pids = 0;
    qint64 networkReceivedBytes = 0;
    qint64 networkSentBytes = 0;
    qint64 blockReadBytes = 0;
    qint64 blockWrittenBytes = 0;
};

/// RFC 3339 with up to nine fraction digits, as the engine writes it. Invalid for the empty text,
/// for year 1 ("never") and for what is no time.
[[nodiscard]] QDateTime engineTimeFromText(const QString &text);

[[nodiscard]] Result<QList<ContainerSummary>> containerSummariesFromJson(const QJsonValue &value);
[[nodiscard]] Result<ContainerDetails> containerDetailsFromJson(const QJsonObject &object);
[[nodiscard]] Result<ContainerStats> containerStatsFromJson(const QJsonObject &object);

} // namespace paddock::docker
