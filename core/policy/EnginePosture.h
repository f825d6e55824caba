// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::policy {

/// What an engine says about its own strength, from GET /info and GET /version. Value type.
struct EnginePosture
{
    QString serverVersion;
    QString architecture; ///< as the kernel says it: "x86_64", "aarch64"
    QString kernelVersion;
    QString operatingSystem;
    int cpus = 0;
    qint64 memoryBytes = 0;
    bool seccomp = false;
    bool appArmor = false;
    bool selinux = false;
    bool rootless = false;
    bool userNamespaces = false; ///< userns-remap
    bool liveRestore = false;
    bool pidsLimit = true;
    bool memoryLimit = true;
    bool cpuLimit = true; ///< CFS quota; a rootless engine often has none delegated
    bool cpuShares = true;
    QString cgroupDriver;
    QString cgroupVersion;
    QString dataRoot; ///< DockerRootDir
    QString defaultRuntime;
    QStringList runtimes;
    QString runcVersion; ///< "1.1.5", empty when the engine does not say
    /// Open files the engine's own process may have; a container cannot have more. 0: unknown, then
    /// this process's own limit is taken for it. Not in GET /info: see openFilesLimitOfEngine().
    qint64 openFilesHard = 0;

    /// \a info and \a version are the answers of GET /info and GET /version; the latter may be
    /// empty. ProtocolError when a field has a wrong type.
    [[nodiscard]] static Result<EnginePosture> fromEngine(const QJsonObject &info,
                                                          const QJsonObject &version = {});

    bool operator==(const EnginePosture &) const = default;
};

/// The hard limit of open files of the process behind a local engine's socket, from /proc; 0 when
/// it cannot be seen (socket activation, another machine). Connects once, sends nothing.
[[nodiscard]] qint64 openFilesLimitOfEngine(const QString &socketPath);

/// One thing a person should know about the engine although a session may start.
struct PostureNotice
{
    QString id; ///< stable: "runc-old", "rootless", "userns-remap", "apparmor-missing",
                ///< "cpus-clamped", …
    QString message;
    QString remedy;

    bool operator==(const PostureNotice &) const = default;
};

/// SecurityViolation when no sealed container can be made on this engine (no seccomp, no limits,
/// an architecture without a system call profile); else what is worth saying.
[[nodiscard]] Result<QList<PostureNotice>> checkPosture(const EnginePosture &posture);

} // namespace paddock::policy
