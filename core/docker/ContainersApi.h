// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/AttachStream.h"
#include "core/docker/ByteStream.h"
#include "core/docker/ContainerTypes.h"
#include "core/docker/StatsStream.h"

#include <memory>

namespace paddock::docker {

struct ListContainersOptions
{
    bool all = true;                   ///< also those that do not run
    bool size = false;                 ///< measure the writable layer (slow)
    QStringList labels = {};           ///< "name" or "name=value"; all must match
    QStringList names = {};            ///< exact names, any of them
    QList<ContainerState> states = {}; ///< any of them
};

struct StopOptions
{
    std::chrono::seconds grace{10}; ///< before the engine kills
};

struct RemoveOptions
{
    bool force = false;   ///< kill it first when it runs
    bool volumes = false; ///< anonymous volumes too
};

struct LogsOptions
{
    bool follow = false;
    bool timestamps = false;
    int tail = -1; ///< last lines; -1: all
    QDateTime since = {};
    /// Whether the container has a terminal (its log is not framed then). Unset: the engine is
    /// asked first.
    std::optional<bool> tty = {};
};

struct AttachOptions
{
    bool input = true;
    bool output = true;
    bool replay = false;          ///< send what was logged so far first
    std::optional<bool> tty = {}; ///< as in LogsOptions
};

enum class WaitCondition { NotRunning, NextExit, Removed };

struct TerminalSize
{
    int columns = 80;
    int rows = 24;
};

struct GetArchiveOptions
{
    qint64 maxBytes = qint64{64} * 1024 * 1024; ///< FileTooLarge beyond
};

/// Frames of a log; an AttachStream without input.
using LogStream = AttachStream;

/// Containers. https://docs.docker.com/reference/api/engine/ (Containers). Main thread.
///
/// A ContainerId argument may hold a full id, a prefix or a name; it is checked before anything is
/// sent (InvalidArgument). Verbs are idempotent: starting what runs, stopping what stopped and
/// removing what is gone succeed. ContainerNotFound otherwise; the daemon's words are in
/// Error::detail.
class ContainersApi
{
public:
    virtual ~ContainersApi() = default;

    /// POST /containers/create with \a body as it is. Errors: ImageNotFound (404),
    /// ContainerCreateFailed with category Conflict (the name is taken), InvalidConfig or
    /// ResourceLimitExceeded (400), MountFailed, DiskFull, ContainerCreateFailed.
    [[nodiscard]] virtual Pending<CreatedContainer> create(const QString &name,
                                                           const QJsonObject &body) = 0;
    /// Errors: ContainerStartFailed, MountFailed, CommandNotFound, ResourceLimitExceeded,
    /// NetworkFailed, DiskFull.
    [[nodiscard]] virtual Pending<Done> start(const ContainerId &id) = 0;
    [[nodiscard]] virtual Pending<Done> stop(const ContainerId &id,
                                             const StopOptions &options = {}) = 0;
    /// \a signal by name: "SIGKILL". Conflict when it does not run.
    [[nodiscard]] virtual Pending<Done> kill(const ContainerId &id,
                                             const QString &signal = QStringLiteral("SIGKILL")) = 0;
    /// RemoveInProgress when the engine is already at it, Conflict when it runs and force is off.
    [[nodiscard]] virtual Pending<Done> remove(const ContainerId &id,
                                               const RemoveOptions &options = {}) = 0;
    [[nodiscard]] virtual Pending<Done> pause(const ContainerId &id) = 0;
    [[nodiscard]] virtual Pending<Done> unpause(const ContainerId &id) = 0;
    [[nodiscard]] virtual Pending<Done> rename(const ContainerId &id, const QString &name) = 0;
    [[nodiscard]] virtual Pending<Done> resize(const ContainerId &id, TerminalSize size) = 0;

    [[nodiscard]] virtual Pending<QList<ContainerSummary>>
    list(const ListContainersOptions &options = {}) = 0;
    [[nodiscard]] virtual Pending<ContainerDetails> inspect(const ContainerId &id) = 0;
    [[nodiscard]] virtual Pending<ProcessTable> top(const ContainerId &id) = 0;
    /// Answers when the condition is met; no time limit. NotRunning after start() misses nothing.
    [[nodiscard]] virtual Pending<WaitResult>
    wait(const ContainerId &id, WaitCondition condition = WaitCondition::NotRunning) = 0;
    /// One sample (with cpuPercent, so it takes the engine about a second).
    [[nodiscard]] virtual Pending<ContainerStats> stats(const ContainerId &id) = 0;

    [[nodiscard]] virtual std::unique_ptr<LogStream> logs(const ContainerId &id,
                                                          const LogsOptions &options = {}) = 0;
    [[nodiscard]] virtual std::unique_ptr<StatsStream> streamStats(const ContainerId &id) = 0;
    [[nodiscard]] virtual std::unique_ptr<AttachStream>
    attach(const ContainerId &id, const AttachOptions &options = {}) = 0;

    /// A tar of \a path. FileNotFound when it is not there.
    [[nodiscard]] virtual Pending<QByteArray> getArchive(const ContainerId &id,
                                                         const QString &path,
                                                         const GetArchiveOptions &options = {}) = 0;
    /// The same without a limit, as it comes.
    [[nodiscard]] virtual std::unique_ptr<ByteStream> streamArchive(const ContainerId &id,
                                                                    const QString &path) = 0;
    /// Unpacks \a tar below the existing folder \a path.
    [[nodiscard]] virtual Pending<Done>
    putArchive(const ContainerId &id, const QString &path, const QByteArray &tar) = 0;
};

} // namespace paddock::docker
