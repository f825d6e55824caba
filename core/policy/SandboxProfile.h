// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Result.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>

namespace paddock::policy {

/// How a container reaches anything. There is no "host": it is refused by name when it is read.
enum class NetworkMode {
    Gated,  ///< no interface; models and allowed hosts through the gateway's sockets (default)
    None,   ///< no interface and no gateway
    Bridge, ///< the engine's default bridge: leaves the container with a real interface
    Named,  ///< a network that exists on the engine, see networkName
};
[[nodiscard]] QString networkModeName(NetworkMode mode);
/// "host", "container:…" and unknown words are refused with SecurityViolation or InvalidConfig.
[[nodiscard]] Result<NetworkMode> networkModeFromName(const QString &name);

/// Whether the engine's own health check runs in the container.
enum class HealthCheckMode { None, Inherit, Custom };

/// The Docker extension of the OCI image configuration; zero means "inherit from the image".
struct HealthCheck
{
    HealthCheckMode mode = HealthCheckMode::None;
    QStringList test; ///< Custom: {"CMD", args…} or {"CMD-SHELL", one string}
    std::chrono::nanoseconds interval{0};
    std::chrono::nanoseconds timeout{0};
    std::chrono::nanoseconds startPeriod{0};
    int retries = 0;

    bool operator==(const HealthCheck &) const = default;
};

struct TmpfsMount
{
    QString target;
    qint64 bytes = 0;
    bool executable = false;
    int mode = 0; ///< octal, for example 01777; 0: left to the kernel

    bool operator==(const TmpfsMount &) const = default;
};

/// Ceilings of one container. Zero never means "unlimited"; the check refuses it.
struct Limits
{
    qint64 memoryBytes = 4 * kGiB; ///< memory and swap together: there is no swap on top
    int cpuMilli = 2000;           ///< thousandths of a CPU
    int pids = 512;
    qint64 openFilesSoft = 4096;
    qint64 openFilesHard = 65536;
    qint64 fileSizeBytes = 8 * kGiB; ///< largest single file
    qint64 shmBytes = 256 * kMiB;
    qint64 logBytes = 10 * kMiB; ///< of one log file of the engine
    int logFiles = 3;
    std::chrono::seconds stopGrace{10};

    bool operator==(const Limits &) const = default;
};

/// A reusable set of sandbox settings: everything about a container that does not depend on the
/// session. Value type.
struct SandboxProfile
{
    QString name; ///< slug
    QString title;
    Limits limits;
    NetworkMode network = NetworkMode::Gated;
    QString networkName;          ///< for NetworkMode::Named
    QStringList capabilities;     ///< added on top of none; only NET_BIND_SERVICE is accepted
    QList<TmpfsMount> extraTmpfs; ///< besides /tmp, /var/tmp and /run
    HealthCheck healthCheck;
    QString runtime; ///< empty: the engine's default; else a name that GET /info lists
    QString image;   ///< empty: resolved as usual

    bool operator==(const SandboxProfile &) const = default;
};

/// 4 GiB, 2 CPUs, 512 processes. The default.
[[nodiscard]] SandboxProfile agentProfile();
/// 512 MiB, 1 CPU, 256 processes.
[[nodiscard]] SandboxProfile minimalProfile();
[[nodiscard]] QList<SandboxProfile> builtInProfiles();
/// NotFound names the profiles there are.
[[nodiscard]] Result<SandboxProfile> builtInProfile(const QString &name);

} // namespace paddock::policy
