// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/Pending.h"
#include "core/docker/AttachStream.h"
#include "core/docker/ContainersApi.h"

#include <memory>
#include <optional>

namespace paddock::docker {

/// Anything in here can be read by everybody who may talk to the engine (docker events, inspect):
/// never put a secret into the command or the environment.
struct ExecOptions
{
    QStringList command = {};     ///< argv; never a shell line
    QStringList environment = {}; ///< "NAME=value"
    QString workingFolder = {};
    QString user = {}; ///< "uid:gid"; empty: the container's
    bool tty = false;
    bool input = false; ///< attach stdin
};

struct ExecStartOptions
{
    bool tty = false; ///< as in ExecOptions
};

struct ExecDetails
{
    ContainerId containerId = {};
    bool running = false;
    std::optional<int> exitCode = {}; ///< unset while it runs
    qint64 pid = 0;
};

/// Processes started in a running container. https://docs.docker.com/reference/api/engine/ (Exec).
/// Main thread. Closing the stream does not end the process: the engine has no call for that.
class ExecApi
{
public:
    virtual ~ExecApi() = default;

    /// Conflict when the container does not run or is paused.
    [[nodiscard]] virtual Pending<ExecId> create(const ContainerId &container,
                                                 const ExecOptions &options) = 0;
    /// Starts it, attached.
    [[nodiscard]] virtual std::unique_ptr<AttachStream>
    start(const ExecId &id, const ExecStartOptions &options = {}) = 0;
    [[nodiscard]] virtual Pending<ExecDetails> inspect(const ExecId &id) = 0;
    [[nodiscard]] virtual Pending<Done> resize(const ExecId &id, TerminalSize size) = 0;
};

struct ExecRun
{
    ExecOptions options = {}; ///< input is set by itself when there is any
    QByteArray input = {};
    qint64 maxOutputBytes = qint64{16} * 1024 * 1024; ///< of both channels together
};

struct ExecOutput
{
    int exitCode = 0; ///< not 0 is a result, not an error
    QByteArray standardOutput = {};
    QByteArray standardError = {};
};

/// create, start, write the input, read everything, exit code: for short commands. FileTooLarge
/// when there is more output than allowed; CommandNotFound when the program is not there. Cancel
/// closes the connection; the process in the container gets SIGPIPE or the end of its input.
[[nodiscard]] Pending<ExecOutput>
runExec(ExecApi &api, const ContainerId &container, const ExecRun &run);

} // namespace paddock::docker
