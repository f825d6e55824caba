// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/EnginePosture.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QVersionNumber>

#include <algorithm>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::policy {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("EnginePosture", text);
}

/// "1.1.5" of "1.1.5+ds1-1+deb12u1" or "v1.1.12-0-g51d5e94"; empty for a bare commit hash.
QString versionIn(const QString &text)
{
    static const QRegularExpression form(uR"((?:^|v)(\d+\.\d+\.\d+))"_s);
    return form.match(text).captured(1);
}

QString runcVersionOf(const QJsonObject &info, const QJsonObject &version)
{
    const QJsonArray components = version.value(u"Components").toArray();
    for (const QJsonValue &component : components) {
        if (component[u"Name"].toString() == u"runc") {
            if (const QString found = versionIn(component[u"Version"].toString()); !found.isEmpty())
                return found;
        }
    }
    return versionIn(info.value(u"RuncCommit")[u"ID"].toString());
}

} // namespace

Result<EnginePosture> EnginePosture::fromEngine(const QJsonObject &info, const QJsonObject &version)
{
    JsonReader reader(info, u"info"_s);
    EnginePosture posture;
    posture.serverVersion = reader.optionalText(u"ServerVersion");
    posture.architecture = reader.optionalText(u"Architecture");
    posture.kernelVersion = reader.optionalText(u"KernelVersion");
    posture.operatingSystem = reader.optionalText(u"OperatingSystem");
    posture.cpus = static_cast<int>(std::clamp<qint64>(reader.optionalInteger(u"NCPU"), 0, 65536));
    posture.memoryBytes = reader.optionalInteger(u"MemTotal");
    posture.liveRestore = reader.optionalBoolean(u"LiveRestoreEnabled");
    posture.pidsLimit = reader.optionalBoolean(u"PidsLimit", true);
    posture.cpuLimit = reader.optionalBoolean(u"CpuCfsQuota", true);
    posture.cpuShares = reader.optionalBoolean(u"CPUShares", true);
    posture.memoryLimit = reader.optionalBoolean(u"MemoryLimit", true);
    posture.cgroupDriver = reader.optionalText(u"CgroupDriver");
    posture.cgroupVersion = reader.optionalText(u"CgroupVersion");
    posture.dataRoot = reader.optionalText(u"DockerRootDir");
    posture.defaultRuntime = reader.optionalText(u"DefaultRuntime");
    if (const auto runtimes = reader.optionalObject(u"Runtimes"))
        posture.runtimes = runtimes->raw().keys();
    // "name=seccomp,profile=default"; engines before 20.10 gave the bare name.
    for (const QString &option : reader.optionalTexts(u"SecurityOptions")) {
        QString name = option.section(u',', 0, 0);
        if (name.startsWith(u"name="))
            name.remove(0, 5);
        posture.seccomp |= name == u"seccomp";
        posture.appArmor |= name == u"apparmor";
        posture.selinux |= name == u"selinux";
        posture.rootless |= name == u"rootless";
        posture.userNamespaces |= name == u"userns";
    }
    posture.runcVersion = runcVersionOf(info, version);
    if (auto error = reader.error())
        return fail(*error);
    return posture;
}

qint64 openFilesLimitOfEngine(const QString &socketPath)
{
    const QByteArray path = QFile::encodeName(socketPath);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.isEmpty() || static_cast<std::size_t>(path.size()) >= sizeof(address.sun_path))
        return 0;
    std::copy(path.begin(), path.end(), address.sun_path);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return 0;
    const auto closer = qScopeGuard([descriptor] { ::close(descriptor); });
    ucred peer = {};
    socklen_t length = sizeof(peer);
    if (::connect(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0 ||
        ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid <= 1) {
        return 0;
    }
    QFile limits(u"/proc/%1/limits"_s.arg(peer.pid));
    if (!limits.open(QIODevice::ReadOnly))
        return 0;
    // "Max open files            1024                 524288               files"
    static const QRegularExpression form(uR"(Max open files\s+\S+\s+(\d+|unlimited))"_s);
    return form.match(QString::fromLatin1(limits.readAll())).captured(1).toLongLong();
}

Result<QList<PostureNotice>> checkPosture(const EnginePosture &posture)
{
    const auto refuse = [](const QString &message, const QString &remedy) {
        return fail(Error(ErrorKind::SecurityViolation, message)
                        .withRemedy(remedy)
                        .withOperation(u"engine check"_s));
    };
    if (!posture.seccomp) {
        return refuse(
            translated("This engine cannot filter system calls (no seccomp), so a container "
                       "on it would not be sealed."),
            translated("Use an engine built with seccomp on a kernel with "
                       "CONFIG_SECCOMP_FILTER. docker info lists it under Security Options."));
    }
    if (!posture.memoryLimit || !posture.pidsLimit) {
        return refuse(
            posture.memoryLimit
                ? translated("This engine cannot limit the number of processes of a container.")
                : translated("This engine cannot limit the memory of a container."),
            translated("Enable the memory and pids controllers of the kernel's control "
                       "groups. A rootless engine needs them delegated to your user."));
    }

    QList<PostureNotice> notices;
    if (posture.rootless) {
        notices.append({u"rootless"_s,
                        translated("The engine is rootless: the user 0 inside a container is you "
                                   "outside, and has no capabilities."),
                        {}});
    }
    if (posture.userNamespaces && !posture.rootless) {
        notices.append(
            {u"userns-remap"_s,
             translated("The engine remaps users; it is switched off for agents, because "
                        "their files would not be yours."),
             translated("Agents run as you, without capabilities, as on any engine.")});
    }
    if (!posture.appArmor && !posture.selinux) {
        notices.append({u"no-mandatory-access-control"_s,
                        translated("The engine has neither AppArmor nor SELinux."),
                        translated("Containers are sealed without it; a second wall is missing.")});
    }
    if (!posture.cpuLimit) {
        notices.append(
            {u"cpu-limit-missing"_s,
             translated("The engine cannot limit the CPUs of a container."),
             translated("Delegate the cpu controller of the control groups to your user.")});
    }
    const auto runc = QVersionNumber::fromString(posture.runcVersion);
    // Fixes of CVE-2024-21626 (1.1.12) and of CVE-2025-31133, -52565, -52881 (1.2.8). A
    // distribution may have fixed an older version, which its number does not show.
    if (!runc.isNull() && runc < QVersionNumber(1, 2, 8)) {
        notices.append(
            {u"runc-old"_s,
             translated("The runtime runc %1 is older than 1.2.8, the first of its line with fixes "
                        "for the known ways out of a container.")
                 .arg(posture.runcVersion),
             translated("Update runc, or choose the runtime runsc where the engine has it. Your "
                        "distribution may have fixed this version.")});
    }
    return notices;
}

} // namespace paddock::policy
