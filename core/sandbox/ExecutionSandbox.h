// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/policy/PolicyCheck.h"
#include "core/sandbox/CreateRequest.h"

#include <QDateTime>
#include <QMap>
#include <QObject>

#include <memory>

namespace paddock::sandbox {

/// What is known about a sandbox without asking the agent.
struct SandboxInformation
{
    enum class Condition { Missing, Created, Running, Paused, Restarting, Removing, Exited, Dead };

    Condition condition = Condition::Missing;
    ContainerId container;
    ImageId image;
    QString name;
    QString specHash;
    qint64 pid = 0;   ///< of PID 1 on the engine's machine; 0 when not running
    int exitCode = 0; ///< of the last run, when Exited
    bool outOfMemory = false;
    QString engineError; ///< the engine's own words about a failed start
    QDateTime startedAt; ///< UTC; invalid when never
    QDateTime finishedAt;

    bool operator==(const SandboxInformation &) const = default;
};

/// One measurement. -1: the engine did not say.
struct ResourceUsage
{
    double cpuPercent = -1; ///< of one CPU; 200 is two busy CPUs. -1 in the first measurement
    qint64 memoryBytes = -1;
    qint64 memoryLimit = -1;
    qint64 memoryPeak = -1;
    qint64 memoryFailures = -1; ///< times the limit was hit
    qint64 networkReceived = -1;
    qint64 networkSent = -1;
    qint64 blockRead = -1;
    qint64 blockWritten = -1;
    qint64 pids = -1;
    QDateTime at;
};

struct CommandResult
{
    int exitCode = 0; ///< a non-zero code is a result, not an error
    QByteArray output;
    QByteArray errorOutput;
};

/// A command that runs in a sandbox. Owned by the caller; destroying it closes its streams (the
/// command may run on). Signals come from the event loop.
class CommandRun : public QObject
{
    Q_OBJECT

public:
    enum class Channel { Output, ErrorOutput };
    Q_ENUM(Channel)

    using QObject::QObject;
    /// Bytes for the standard input; queued without limit, see bytesToWrite().
    virtual void write(const QByteArray &bytes) = 0;
    [[nodiscard]] virtual qint64 bytesToWrite() const = 0;
    virtual void closeInput() = 0;
    virtual void resizeTerminal(int columns, int rows) = 0;
    /// SIGKILL to the command's first process, where that is possible from here (an engine on this
    /// machine, of the same user); else without effect. finished() follows as usual.
    virtual void kill() = 0;

Q_SIGNALS:
    void started();
    void output(paddock::sandbox::CommandRun::Channel channel, const QByteArray &bytes);
    /// Exactly once: the exit code, or why there is none (CommandNotFound, ConnectionLost, …).
    void finished(const paddock::Result<int> &exitCode);
};

struct RunOptions
{
    std::chrono::milliseconds timeout{60'000}; ///< CommandTimeout after it
    qint64 outputLimit = 16 * kMiB;            ///< of each channel; FileTooLarge beyond it
    QByteArray input;
};

struct FileEntry
{
    enum class Type { File, Folder, Link, Other };

    QString path; ///< relative to the listed folder
    Type type = Type::File;
    qint64 size = 0;
    int mode = 0;
    QDateTime modified;
    QString linkTarget;

    bool operator==(const FileEntry &) const = default;
};

/// The boundary an agent runs in. One object is one sandbox: created, started, used, cleaned up.
/// Main thread. Everything asynchronous answers through Pending; a call in the wrong state answers
/// NotInitialized, AlreadyInitialized or Destroyed.
class ExecutionSandbox : public QObject
{
    Q_OBJECT

public:
    enum class State { Uninitialized, Created, Running, Stopped, Destroyed };
    Q_ENUM(State)

    using QObject::QObject;

    [[nodiscard]] virtual State state() const = 0;
    /// Empty before create() or adopt().
    [[nodiscard]] virtual ContainerId containerId() const = 0;

    /// Makes the container without starting it.
    [[nodiscard]] virtual Pending<ContainerId> create(const policy::CheckedSpec &spec) = 0;
    /// Takes over a container that exists (after a restart of Paddock, or to start it again). \a
    /// spec is what it was made from.
    [[nodiscard]] virtual Pending<SandboxInformation> adopt(const ContainerId &container,
                                                            const policy::SandboxSpec &spec) = 0;
    /// Starts it. When the first start of a container that this object made fails, the container
    /// is removed before the answer comes.
    [[nodiscard]] virtual Pending<Done> start() = 0;
    /// create(), start() and information().
    [[nodiscard]] Pending<SandboxInformation> initialise(const policy::CheckedSpec &spec);

    /// The run is started when this returns; connect to it before returning to the event loop.
    [[nodiscard]] virtual std::unique_ptr<CommandRun> execute(const Command &command) = 0;
    /// execute() collected into one answer.
    [[nodiscard]] Pending<CommandResult> run(const Command &command,
                                             const RunOptions &options = {});

    /// Content of a regular file. FileNotFound, FileTooLarge, InvalidArgument (not a file).
    [[nodiscard]] virtual Pending<QByteArray> readFile(const QString &path,
                                                       qint64 limit = 16 * kMiB) = 0;
    /// Replaces the file; its folder must exist. It belongs to the sandbox's user.
    [[nodiscard]] virtual Pending<Done>
    writeFile(const QString &path, const QByteArray &content, int mode = 0644) = 0;
    /// Entries of one folder, not below; sorted by path.
    [[nodiscard]] virtual Pending<QList<FileEntry>> listFiles(const QString &folder) = 0;
    /// A file or folder of the host into a folder of the sandbox, and back. Links are copied as
    /// links when going in, and left out when coming out; special files always left out.
    [[nodiscard]] virtual Pending<Done> copyIn(const QString &hostPath, const QString &folder) = 0;
    [[nodiscard]] virtual Pending<Done>
    copyOut(const QString &path, const QString &hostFolder, qint64 limit = kGiB) = 0;

    [[nodiscard]] virtual Pending<ResourceUsage> resourceUsage() = 0;
    [[nodiscard]] virtual Pending<SandboxInformation> information() = 0;

    /// SIGTERM, then after the grace period of the profile SIGKILL. Success when already stopped.
    [[nodiscard]] virtual Pending<Done> stop() = 0;
    /// SIGKILL at once. Success when already stopped.
    [[nodiscard]] virtual Pending<Done> kill() = 0;
    /// Removes the container, running or not. Success when there is none.
    [[nodiscard]] virtual Pending<Done> cleanup() = 0;

Q_SIGNALS:
    void stateChanged(paddock::sandbox::ExecutionSandbox::State state);
};

} // namespace paddock::sandbox
