// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Result.h"
#include "core/base/WorkerPool.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>
#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>
#include <functional>
#include <utility>

namespace paddock::git {

/// What the git program may see of the machine.
enum class GitProfile {
    Sealed, ///< nothing but what Paddock gives it: the form for all but the next
    /// As in the person's own shell: environment, configuration, ssh agent, credential helpers. For
    /// talking to a remote of the project on the person's behalf, never for an agent's files.
    /// Hooks, fsmonitor, submodule recursion and prompts on a terminal stay off.
    Person,
};

/// One start of the git program. Plain data; paths are absolute.
struct GitRequest
{
    enum class OverLimit {
        Fail,     ///< FileTooLarge
        Truncate, ///< the program is ended, what came is kept, GitOutput::truncated is set
    };

    QStringList arguments{};   ///< from the subcommand on: {"rev-parse", "--verify", ...}
    QByteArrayList paths{};    ///< names of files as the bytes they are; follow the arguments
    QString gitDir{};          ///< --git-dir; required, except for "version"
    QString workTree{};        ///< --work-tree; empty for commands that read no files
    QString directory{};       ///< working directory; empty: gitDir
    QString indexFile{};       ///< instead of <gitDir>/index
    QString objectDirectory{}; ///< where new objects go, instead of the one of gitDir
    QList<std::pair<QByteArray, QByteArray>> settings{}; ///< more -c name=value
    QByteArray input{};                                  ///< standard input; empty: /dev/null
    int inputDescriptor = -1; ///< instead of input; borrowed, read by the program until its end
    /// Of a lock: the program gets it along and goes to its end even when this process dies, so
    /// that whoever comes next and waits for the lock finds its work whole. For short commands that
    /// leave something half made behind. -1: it dies with this process.
    int heldDescriptor = -1;
    /// Takes the output as it comes instead of GitOutput::output; false ends the program.
    /// Called on the thread of run().
    std::function<bool(QByteArrayView)> sink{};
    /// Sees standard error as it comes, besides GitOutput::errors. Called on the thread of run().
    std::function<void(QByteArrayView)> errorSink{};
    qint64 maxOutput = 16 * kMiB;
    OverLimit overLimit = OverLimit::Fail;
    std::chrono::milliseconds timeout{30'000};
    qint64 maxFileSize = 0; ///< of any file the program writes (RLIMIT_FSIZE); 0: no limit
    qint64 maxMemory = 0;   ///< that the program may allocate (RLIMIT_DATA); 0: no limit
    QString what{};         ///< for error texts: "Listing the branches"
    GitProfile profile = GitProfile::Sealed;
};

struct GitOutput
{
    int exitCode = 0; ///< 128 + signal if a signal ended it
    QByteArray output;
    QByteArray errors; ///< first 64 KiB of standard error
    bool truncated = false;
};

struct GitVersion
{
    int major = 0;
    int minor = 0;
    QString text{};
    auto operator<=>(const GitVersion &other) const
    {
        return std::pair(major, minor) <=> std::pair(other.major, other.minor);
    }
};

/// The one place that starts the git program, and the form it is started in: no environment but
/// ours, no system or personal configuration, no hook, fsmonitor, transport, replacement object or
/// submodule recursion; the git directory always named, never searched; own process group; standard
/// input under control; wall-clock limit and output limit enforced by SIGKILL of the group; ended
/// with the thread that started it. No shell. The one exception is GitProfile::Person.
///
/// The project's own configuration is still read when gitDir is the project's. Commands that read
/// or write files of a worktree therefore get a host view as gitDir (see worktrees::HostView).
///
/// run() blocks: worker threads only. Thread-safe.
class GitProcess
{
public:
    /// \a program: absolute path for tests; empty: /usr/bin/git, then /bin/git.
    explicit GitProcess(QString program = {});
    ~GitProcess();
    Q_DISABLE_COPY_MOVE(GitProcess)

    /// Any exit code is an answer. CommandNotFound (git is not installed), CommandTimeout,
    /// Cancelled, FileTooLarge (too much output), IoFailed.
    [[nodiscard]] Result<GitOutput> run(const GitRequest &request,
                                        const CancelToken &cancel = {}) const;
    /// As run(), but an exit code other than 0 is an error: DiskFull, PermissionDenied,
    /// FileTooLarge (it needed more memory than maxMemory) or GitFailed with git's words as detail.
    [[nodiscard]] Result<QByteArray> check(const GitRequest &request,
                                           const CancelToken &cancel = {}) const;
    /// The error check() makes of \a output.
    [[nodiscard]] static Error failure(const GitRequest &request, const GitOutput &output);

    /// Version of the installed program; UnsupportedOption if it is older than 2.34.
    [[nodiscard]] Result<GitVersion> version(const CancelToken &cancel = {}) const;

    /// Ends every running program and refuses new ones (Cancelled). For the end of the application:
    /// a worker that waits for git then comes back at once.
    void stopAll() const { m_stop.cancel(); }

private:
    QString m_program;
    CancelToken m_stop;
};

} // namespace paddock::git
