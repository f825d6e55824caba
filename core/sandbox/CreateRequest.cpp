// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/CreateRequest.h"

#include "core/policy/SecretLike.h"
#include "core/sandbox/SeccompProfile.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::sandbox {

using policy::HealthCheck;
using policy::HealthCheckMode;
using policy::Limits;
using policy::NetworkMode;
using policy::SandboxMount;
using policy::SandboxSpec;
using policy::TmpfsMount;

namespace {

constexpr char16_t kEngineSocketPath[] = u"/run/docker.sock";

QString translated(const char *text)
{
    return QCoreApplication::translate("CreateRequest", text);
}

QString userOf(const SandboxSpec &spec)
{
    return u"%1:%2"_s.arg(spec.uid).arg(spec.gid);
}

QString sizeText(qint64 bytes)
{
    return bytes % kMiB == 0 ? QString::number(bytes / kMiB) + u'm' : QString::number(bytes);
}

/// What every container has, below what the session asks for.
QMap<QString, QString> environmentOf(const SandboxSpec &spec)
{
    const QString home = QString::fromUtf16(policy::kHomePath);
    QMap<QString, QString> all{
        {u"HOME"_s, home},
        {u"USER"_s, u"agent"_s},
        {u"LOGNAME"_s, u"agent"_s},
        {u"LANG"_s, u"C.UTF-8"_s},
        {u"TMPDIR"_s, u"/tmp"_s},
        {u"XDG_CACHE_HOME"_s, home + u"/.cache"_s},
        {u"XDG_CONFIG_HOME"_s, home + u"/.config"_s},
        {u"XDG_DATA_HOME"_s, home + u"/.local/share"_s},
        {u"XDG_STATE_HOME"_s, home + u"/.local/state"_s},
    };
    if (spec.profile.network == NetworkMode::Gated) {
        // Only where the shim listens for the door. Empty and not left out elsewhere: what the
        // image says would lead nowhere.
        const bool hasDoor = spec.command.contains(u"3128=proxy.sock"_s);
        const QString proxy = hasDoor ? u"http://127.0.0.1:3128"_s : QString();
        const QString direct = hasDoor ? u"127.0.0.1,localhost,::1"_s : QString();
        for (const auto &name : {u"HTTP_PROXY"_s, u"HTTPS_PROXY"_s}) {
            all.insert(name, proxy);
            all.insert(name.toLower(), proxy);
        }
        all.insert(u"NO_PROXY"_s, direct);
        all.insert(u"no_proxy"_s, direct);
    }
    const auto isSpool = [](const SandboxMount &mount) {
        return mount.kind == policy::MountKind::Spool;
    };
    if (std::ranges::any_of(spec.mounts, isSpool))
        all.insert(u"PADDOCK_SPOOL"_s, QString::fromUtf16(policy::kSpoolPath));
    // The supervisor ends the agent in time to say how it ended before the engine kills both.
    const auto grace = spec.profile.limits.stopGrace - std::chrono::seconds(3);
    all.insert(u"PADDOCK_STOP_GRACE"_s,
               QString::number(
                   std::chrono::milliseconds(std::max(grace, std::chrono::seconds(1))).count()));
    // Tells Claude Code that the 0 it sees is no real root (rootless engine).
    if (spec.uid == 0)
        all.insert(u"IS_SANDBOX"_s, u"1"_s);
    if (spec.engineSocket)
        all.insert(u"DOCKER_HOST"_s, u"unix://"_s + QString::fromUtf16(kEngineSocketPath));
    all.insert(spec.environment);
    return all;
}

QJsonArray environmentJson(const SandboxSpec &spec)
{
    QJsonArray list;
    for (const auto &[name, value] : environmentOf(spec).asKeyValueRange())
        list.append(name + u'=' + value);
    return list;
}

QJsonObject tmpfsJson(const SandboxSpec &spec)
{
    // "exec" has to be said (the engine adds noexec otherwise); uid and gid too, because the
    // runtime ignores the mode where the folder is part of the image.
    const QString owner = u"uid=%1,gid=%2"_s.arg(spec.uid).arg(spec.gid);
    const auto options = [&owner](const TmpfsMount &mount) {
        QString text = u"rw,nosuid,nodev,%1,size=%2,%3"_s.arg(
            mount.executable ? u"exec"_s : u"noexec"_s, sizeText(mount.bytes), owner);
        if (mount.mode != 0)
            text += u",mode="_s + QString::number(mount.mode, 8);
        return text;
    };
    const QList<TmpfsMount> always{
        {.target = u"/tmp"_s, .bytes = kGiB, .executable = true, .mode = 01777},
        {.target = u"/var/tmp"_s, .bytes = 256 * kMiB, .executable = true, .mode = 01777},
        {.target = u"/run"_s, .bytes = 16 * kMiB, .executable = false, .mode = 0755},
    };
    QJsonObject all;
    for (const QString &folder : spec.imageVolumes)
        all.insert(folder, options({.target = folder, .bytes = 64 * kMiB, .mode = 0755}));
    for (const TmpfsMount &mount : always + spec.profile.extraTmpfs)
        all.insert(mount.target, options(mount));
    for (const QString &folder : spec.maskedFolders)
        all.insert(folder, u"ro,nosuid,nodev,noexec,size=4096,mode=555"_s);
    return all;
}

QJsonObject mountJson(const QString &source, const QString &target, bool readOnly)
{
    return {{u"Type"_s, u"bind"_s},
            {u"Source"_s, source},
            {u"Target"_s, target},
            {u"ReadOnly"_s, readOnly},
            {u"BindOptions"_s, QJsonObject{{u"Propagation"_s, u"rprivate"_s}}}};
}

/// Sorted by target, so that the order they were added in is no difference.
QJsonArray mountsJson(const SandboxSpec &spec)
{
    QList<SandboxMount> mounts = spec.mounts;
    std::ranges::sort(mounts, {}, &SandboxMount::target);
    QJsonArray list;
    for (const SandboxMount &mount : mounts)
        list.append(mountJson(mount.source, mount.target, mount.readOnly));
    if (spec.engineSocket) {
        list.append(
            mountJson(spec.engineSocket->path, QString::fromUtf16(kEngineSocketPath), false));
    }
    return list;
}

QJsonObject ulimit(const QString &name, qint64 soft, qint64 hard)
{
    return {{u"Name"_s, name}, {u"Soft"_s, soft}, {u"Hard"_s, hard}};
}

QString networkOf(const policy::SandboxProfile &profile)
{
    switch (profile.network) {
    case NetworkMode::Gated:
    case NetworkMode::None:
        return u"none"_s;
    case NetworkMode::Bridge:
        return u"bridge"_s;
    case NetworkMode::Named:
        return profile.networkName;
    }
    Q_UNREACHABLE();
}

QJsonObject hostConfig(const policy::CheckedSpec &checked, const QString &seccomp)
{
    const SandboxSpec &spec = checked.spec();
    const Limits &limits = spec.profile.limits;
    const bool ownUserNamespace = checked.posture().userNamespaces && !checked.posture().rootless;
    QJsonArray groups;
    if (spec.engineSocket)
        groups.append(QString::number(spec.engineSocket->group));

    return {
        // Walls.
        {u"Privileged"_s, false},
        {u"ReadonlyRootfs"_s, true},
        {u"CapDrop"_s, QJsonArray{u"ALL"_s}},
        {u"CapAdd"_s, QJsonArray::fromStringList(spec.profile.capabilities)},
        {u"SecurityOpt"_s, QJsonArray{u"no-new-privileges:true"_s, u"seccomp="_s + seccomp}},
        {u"NetworkMode"_s, networkOf(spec.profile)},
        {u"IpcMode"_s, u"private"_s},
        {u"CgroupnsMode"_s, u"private"_s},
        {u"PidMode"_s, u""_s},
        {u"UTSMode"_s, u""_s},
        {u"UsernsMode"_s, ownUserNamespace ? u"host"_s : u""_s},
        {u"Runtime"_s, spec.profile.runtime},
        {u"GroupAdd"_s, groups},
        // The engine's own lists of 20.10 lack some of these; sending one list replaces it, so both
        // are complete here. What does not exist is ignored.
        {u"MaskedPaths"_s,
         QJsonArray{u"/proc/acpi"_s,
                    u"/proc/asound"_s,
                    u"/proc/config.gz"_s,
                    u"/proc/interrupts"_s,
                    u"/proc/kallsyms"_s,
                    u"/proc/kcore"_s,
                    u"/proc/keys"_s,
                    u"/proc/latency_stats"_s,
                    u"/proc/sched_debug"_s,
                    u"/proc/scsi"_s,
                    u"/proc/timer_list"_s,
                    u"/proc/timer_stats"_s,
                    u"/sys/devices/virtual/powercap"_s,
                    u"/sys/firmware"_s}},
        {u"ReadonlyPaths"_s,
         QJsonArray{u"/proc/bus"_s,
                    u"/proc/fs"_s,
                    u"/proc/irq"_s,
                    u"/proc/sys"_s,
                    u"/proc/sysrq-trigger"_s}},

        // Nothing of the host but the mounts.
        {u"Binds"_s, QJsonArray{}},
        {u"Mounts"_s, mountsJson(spec)},
        {u"Tmpfs"_s, tmpfsJson(spec)},
        {u"VolumesFrom"_s, QJsonArray{}},
        {u"Devices"_s, QJsonArray{}},
        {u"DeviceRequests"_s, QJsonArray{}},
        {u"DeviceCgroupRules"_s, QJsonArray{}},
        {u"Sysctls"_s, QJsonObject{}},
        {u"Links"_s, QJsonArray{}},
        {u"ExtraHosts"_s, QJsonArray{}},
        {u"Dns"_s, QJsonArray{}},
        {u"DnsOptions"_s, QJsonArray{}},
        {u"DnsSearch"_s, QJsonArray{}},
        {u"PortBindings"_s, QJsonObject{}},
        {u"PublishAllPorts"_s, false},

        // Ceilings. Swap equals memory, so there is none.
        {u"Memory"_s, limits.memoryBytes},
        {u"MemorySwap"_s, limits.memoryBytes},
        {u"NanoCpus"_s, checked.posture().cpuLimit ? qint64{limits.cpuMilli} * 1'000'000 : 0},
        {u"CpuShares"_s, checked.posture().cpuShares ? 512 : 0},
        {u"PidsLimit"_s, limits.pids},
        {u"OomScoreAdj"_s, 500},
        {u"ShmSize"_s, limits.shmBytes},
        // No nproc: the kernel counts it for the user on the whole host.
        {u"Ulimits"_s,
         QJsonArray{ulimit(u"core"_s, 0, 0),
                    ulimit(u"fsize"_s, limits.fileSizeBytes, limits.fileSizeBytes),
                    ulimit(u"nofile"_s, limits.openFilesSoft, limits.openFilesHard)}},
        {u"LogConfig"_s,
         QJsonObject{{u"Type"_s, u"json-file"_s},
                     {u"Config"_s,
                      QJsonObject{{u"max-size"_s, sizeText(limits.logBytes)},
                                  {u"max-file"_s, QString::number(limits.logFiles)},
                                  {u"mode"_s, u"non-blocking"_s},
                                  {u"max-buffer-size"_s, u"4m"_s}}}}},

        // Life. The supervisor is PID 1 itself; Paddock decides what is restarted and removed.
        {u"Init"_s, false},
        {u"RestartPolicy"_s, QJsonObject{{u"Name"_s, u"no"_s}, {u"MaximumRetryCount"_s, 0}}},
        {u"AutoRemove"_s, false},
    };
}

std::optional<QJsonObject> healthJson(const HealthCheck &health)
{
    switch (health.mode) {
    case HealthCheckMode::Inherit:
        return std::nullopt;
    case HealthCheckMode::None:
        return QJsonObject{{u"Test"_s, QJsonArray{u"NONE"_s}}};
    case HealthCheckMode::Custom:
        break;
    }
    // 0 means "inherit", which is said by leaving the field out.
    QJsonObject json{{u"Test"_s, QJsonArray::fromStringList(health.test)}};
    const auto add = [&json](const QString &key, qint64 value) {
        if (value != 0)
            json.insert(key, value);
    };
    add(u"Interval"_s, health.interval.count());
    add(u"Timeout"_s, health.timeout.count());
    add(u"StartPeriod"_s, health.startPeriod.count());
    add(u"Retries"_s, health.retries);
    return json;
}

} // namespace

QString containerName(const SessionId &session)
{
    return u"paddock-"_s + session.value;
}

Result<CreateRequest> compile(const policy::CheckedSpec &checked)
{
    const SandboxSpec &spec = checked.spec();
    const auto seccomp = seccompProfile(checked.posture().architecture);
    if (!seccomp)
        return fail(seccomp.error());

    QJsonObject labels{{QString::fromUtf16(kLabelInstance), spec.instance},
                       {QString::fromUtf16(kLabelSession), spec.session.value},
                       {QString::fromUtf16(kLabelSchema), QString::fromUtf16(kSchema)}};
    // Every field that an image could set is set here, so that the image's is not used.
    QJsonObject body{
        {u"Image"_s, spec.image.value},
        {u"User"_s, userOf(spec)},
        {u"Entrypoint"_s, QJsonArray::fromStringList(spec.command)},
        {u"Cmd"_s, QJsonArray{}},
        {u"WorkingDir"_s, spec.workingDirectory},
        {u"Env"_s, environmentJson(spec)},
        {u"Labels"_s, labels},
        {u"Hostname"_s, u"agent"_s},
        {u"Domainname"_s, u""_s},
        {u"Tty"_s, false},
        {u"OpenStdin"_s, false},
        {u"StdinOnce"_s, false},
        {u"AttachStdin"_s, false},
        {u"AttachStdout"_s, false},
        {u"AttachStderr"_s, false},
        {u"ExposedPorts"_s, QJsonObject{}},
        {u"StopSignal"_s, u"SIGTERM"_s},
        {u"StopTimeout"_s, qint64{spec.profile.limits.stopGrace.count()}},
        {u"HostConfig"_s, hostConfig(checked, QString::fromUtf8(*seccomp))},
    };
    if (const auto health = healthJson(spec.profile.healthCheck))
        body.insert(u"Healthcheck"_s, *health);

    // Qt sorts the keys of an object, so the compact form is canonical.
    const QByteArray canonical = QJsonDocument(body).toJson(QJsonDocument::Compact);
    const QString hash = QString::fromLatin1(
        QCryptographicHash::hash(canonical, QCryptographicHash::Sha256).toHex());
    labels.insert(QString::fromUtf16(kLabelSpecHash), hash);
    body.insert(u"Labels"_s, labels);
    return CreateRequest{.name = containerName(spec.session), .body = body, .specHash = hash};
}

Result<docker::ExecOptions> compileExec(const Command &command, const SandboxSpec &spec)
{
    const auto hasNul = [](const QString &text) { return text.contains(QChar::Null); };
    const auto lacksName = [](const QString &text) { return text.indexOf(u'=') < 1; };
    if (command.argv.isEmpty() || command.argv.first().isEmpty() ||
        std::ranges::any_of(command.argv, hasNul) ||
        std::ranges::any_of(command.environment, hasNul) ||
        std::ranges::any_of(command.environment, lacksName) || hasNul(command.workingDirectory) ||
        (!command.workingDirectory.isEmpty() && !command.workingDirectory.startsWith(u'/'))) {
        return fail(
            Error(ErrorKind::InvalidArgument, translated("The command is not valid."))
                .withRemedy(translated("Name a program; NUL characters are not possible, and "
                                       "the working folder is an absolute path."))
                .withOperation(u"exec"_s));
    }
    if (std::ranges::any_of(command.argv, policy::looksLikeSecret) ||
        std::ranges::any_of(command.environment, policy::looksLikeSecret)) {
        return fail(
            Error(ErrorKind::SecurityViolation,
                  translated("The command holds what looks like a secret; everyone who may ask "
                             "the engine could read it."))
                .withRemedy(translated("Hand it over on the standard input."))
                .withOperation(u"exec"_s));
    }
    return docker::ExecOptions{.command = command.argv,
                               .environment = command.environment,
                               .workingFolder = command.workingDirectory.isEmpty()
                                                    ? spec.workingDirectory
                                                    : command.workingDirectory,
                               .user = userOf(spec),
                               .tty = command.terminal,
                               .input = command.input};
}

} // namespace paddock::sandbox
