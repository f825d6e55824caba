// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/PolicyCheck.h"

#include "core/policy/MountCheck.h"
#include "core/policy/SecretLike.h"

#include <QCoreApplication>
#include <QDir>
#include <QRegularExpression>

#include <algorithm>
#include <sys/resource.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::policy {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("PolicyCheck", text);
}

tl::unexpected<Error> refuse(ErrorKind kind, const QString &message, const QString &remedy)
{
    return fail(Error(kind, message).withRemedy(remedy).withOperation(u"policy check"_s));
}

Result<Done> checkUser(const SandboxSpec &spec, const EnginePosture &posture)
{
    if (posture.rootless) {
        if (spec.uid == 0 && spec.gid == 0)
            return Done{};
        return refuse(
            ErrorKind::InvalidConfig,
            translated("On a rootless engine the container's user must be 0, which is you."),
            translated("Take the user from the engine's own mapping."));
    }
    // (uid_t) -1 means "unchanged" to the kernel.
    if (spec.uid != 0 && spec.gid != 0 && spec.uid != static_cast<uid_t>(-1) &&
        spec.gid != static_cast<gid_t>(-1)) {
        return Done{};
    }
    return refuse(ErrorKind::SecurityViolation,
                  translated("A container never runs as root (%1:%2).").arg(spec.uid).arg(spec.gid),
                  translated("Run Paddock as an ordinary user."));
}

Result<Done> checkNames(const SandboxSpec &spec)
{
    static const QRegularExpression session(uR"(\A[a-z0-9]{8}\z)"_s);
    static const QRegularExpression instance(uR"(\A[a-z0-9][a-z0-9.-]{0,63}\z)"_s);
    static const QRegularExpression image(uR"(\Asha256:[0-9a-f]{64}\z)"_s);
    if (!session.match(spec.session.value).hasMatch() ||
        !instance.match(spec.instance).hasMatch()) {
        return refuse(ErrorKind::InvalidConfig,
                      translated("The session or instance has no valid name."),
                      translated("This is a fault of Paddock; report it."));
    }
    if (!image.match(spec.image.value).hasMatch()) {
        return refuse(
            ErrorKind::InvalidConfig,
            translated("\"%1\" is no image id.").arg(spec.image.value),
            translated("A container is made from the id of an image, not from its name."));
    }
    return Done{};
}

Result<Done> checkCommand(const SandboxSpec &spec)
{
    const auto hasNul = [](const QString &text) { return text.contains(QChar::Null); };
    if (spec.command.isEmpty() || !spec.command.first().startsWith(u'/') ||
        std::ranges::any_of(spec.command, hasNul) ||
        QDir::cleanPath(spec.workingDirectory) != spec.workingDirectory ||
        !spec.workingDirectory.startsWith(u'/') || hasNul(spec.workingDirectory)) {
        return refuse(ErrorKind::InvalidConfig,
                      translated("The container's command or working folder is not valid."),
                      translated("Give an absolute path of a program and of a folder."));
    }
    if (std::ranges::any_of(spec.command, looksLikeSecret)) {
        return refuse(
            ErrorKind::SecurityViolation,
            translated("The container's command holds what looks like a secret."),
            translated("Store the key in the keychain; the gateway adds it on the host."));
    }
    static const QRegularExpression variable(uR"(\A[A-Za-z_][A-Za-z0-9_]{0,255}\z)"_s);
    for (const auto &[name, value] : spec.environment.asKeyValueRange()) {
        if (!variable.match(name).hasMatch() || hasNul(value) || value.size() > 32 * 1024) {
            return refuse(ErrorKind::InvalidConfig,
                          translated("\"%1\" is no valid variable, or its value is too long.")
                              .arg(shownPath(name)),
                          translated("Use letters, digits and underscores, and at most 32 KiB."));
        }
        if (name.startsWith(u"LD_") || name.startsWith(u"GCONV_PATH")) {
            return refuse(
                ErrorKind::SecurityViolation,
                translated("The variable %1 would change how the supervisor is started.").arg(name),
                translated("Set it inside the session, in the command that needs it."));
        }
        if (looksLikeSecret(value)) {
            return refuse(
                ErrorKind::SecurityViolation,
                translated("The value of %1 looks like a secret; the agent and everyone who "
                           "may ask the engine could read it.")
                    .arg(name),
                translated("Store the key in the keychain; the gateway adds it on the host."));
        }
    }
    return Done{};
}

Result<Done> checkNetwork(const SandboxProfile &profile, QList<PostureNotice> &notices)
{
    if (profile.network == NetworkMode::Named) {
        static const QRegularExpression name(uR"(\A[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\z)"_s);
        static const QStringList reserved{u"host"_s, u"none"_s, u"bridge"_s, u"default"_s};
        if (!name.match(profile.networkName).hasMatch() || reserved.contains(profile.networkName)) {
            return refuse(
                ErrorKind::SecurityViolation,
                translated("\"%1\" cannot be used as the network of an agent.")
                    .arg(shownPath(profile.networkName)),
                translated("Choose gated, none, bridge or the name of a network of its own."));
        }
    }
    if (profile.network == NetworkMode::Bridge || profile.network == NetworkMode::Named) {
        notices.append(
            {u"network-interface"_s,
             translated("This container has a network interface: the gateway does not see "
                        "or limit what goes through it."),
             translated("Choose the network \"gated\" to close it.")});
    }
    return Done{};
}

Result<Done> checkLimits(const Limits &limits)
{
    const auto wrong = [](const QString &what, const QString &range) {
        return refuse(ErrorKind::ResourceLimitExceeded,
                      translated("The limit \"%1\" is out of range.").arg(what),
                      translated("Choose %1.").arg(range));
    };
    if (limits.memoryBytes < 32 * kMiB || limits.memoryBytes > qint64{1} << 50)
        return wrong(translated("memory"), translated("32 MiB or more"));
    if (limits.cpuMilli < 10 || limits.cpuMilli > 1'024'000)
        return wrong(translated("CPUs"), translated("0.01 or more"));
    if (limits.pids < 16 || limits.pids > 4'194'304)
        return wrong(translated("processes"), translated("16 to 4194304"));
    if (limits.openFilesSoft < 64 || limits.openFilesHard < limits.openFilesSoft)
        return wrong(translated("open files"),
                     translated("64 or more, the hard limit not below the soft one"));
    if (limits.fileSizeBytes < kMiB)
        return wrong(translated("file size"), translated("1 MiB or more"));
    if (limits.shmBytes < kMiB || limits.shmBytes > limits.memoryBytes)
        return wrong(translated("shared memory"), translated("1 MiB up to the memory limit"));
    if (limits.logBytes < 4096 || limits.logFiles < 1 || limits.logFiles > 100)
        return wrong(translated("log"), translated("at least 4 KiB in 1 to 100 files"));
    if (limits.stopGrace.count() < 0 || limits.stopGrace > std::chrono::minutes(10))
        return wrong(translated("time to stop"), translated("0 to 600 seconds"));
    return Done{};
}

Result<Done> checkHealth(const HealthCheck &health)
{
    if (health.mode != HealthCheckMode::Custom)
        return Done{};
    const QString form = health.test.value(0);
    const bool isShell = form == u"CMD-SHELL";
    if (!(form == u"CMD" && health.test.size() >= 2) && !(isShell && health.test.size() == 2)) {
        return refuse(ErrorKind::InvalidConfig,
                      translated("The health check has no valid command."),
                      translated("Use CMD with arguments, or CMD-SHELL with one line."));
    }
    for (const auto span : {health.interval, health.timeout, health.startPeriod}) {
        if (span.count() != 0 && span < std::chrono::milliseconds(1)) {
            return refuse(ErrorKind::InvalidConfig,
                          translated("A time of the health check is shorter than a millisecond."),
                          translated("Use 0 to inherit it, or at least 1 ms."));
        }
    }
    if (health.retries < 0) {
        return refuse(ErrorKind::InvalidConfig,
                      translated("The health check has a negative number of retries."),
                      translated("Use 0 to inherit it."));
    }
    return Done{};
}

Result<Done> checkProfile(const SandboxProfile &profile, const EnginePosture &posture)
{
    if (auto fine = checkLimits(profile.limits); !fine)
        return fine;
    if (auto fine = checkHealth(profile.healthCheck); !fine)
        return fine;
    for (const QString &capability : profile.capabilities) {
        if (capability != u"NET_BIND_SERVICE") {
            return refuse(
                ErrorKind::SecurityViolation,
                translated("The capability %1 is not given to agents.").arg(shownPath(capability)),
                translated("Only NET_BIND_SERVICE can be added. What else a tool needs goes "
                           "into the image."));
        }
    }
    for (const TmpfsMount &mount : profile.extraTmpfs) {
        if (auto fine = checkFreeTarget(mount.target); !fine)
            return fine;
        if (mount.bytes < 4096 || mount.target.contains(u',')) {
            return refuse(ErrorKind::InvalidConfig,
                          translated("The temporary folder %1 has no valid size or name.")
                              .arg(shownPath(mount.target)),
                          translated("Give it at least 4 KiB."));
        }
    }
    if (!profile.runtime.isEmpty() && !posture.runtimes.contains(profile.runtime)) {
        return refuse(
            ErrorKind::UnsupportedOption,
            translated("The engine has no runtime named \"%1\".").arg(shownPath(profile.runtime)),
            translated("It has: %1.").arg(posture.runtimes.join(u", "_s)));
    }
    return Done{};
}

Result<Done> checkEngineSocket(const EngineSocketGrant &grant, QList<PostureNotice> &notices)
{
    const auto socket = resolveHostPath(grant.path);
    if (!socket)
        return fail(socket.error());
    if (!socket->isSocket()) {
        return refuse(ErrorKind::MountFailed,
                      translated("%1 is not a socket.").arg(shownPath(grant.path)),
                      translated("Check the engine's socket in the settings."));
    }
    if (grant.group == 0) {
        return refuse(
            ErrorKind::SecurityViolation,
            translated("The engine's socket belongs to the group root, which no agent gets."),
            translated("Give the socket to the group docker."));
    }
    notices.append(
        {u"engine-socket"_s,
         translated("This agent controls the container engine, and with it this machine. A "
                    "read-only mount would not limit it."),
         translated("Set docker_access to none unless it is needed.")});
    return Done{};
}

/// A volume of the image on a place that is Paddock's is covered by Paddock's mount anyway; any
/// other must be a plain path.
Result<Done> checkImageVolumes(SandboxSpec &spec)
{
    const auto isOurs = [&spec](const QString &folder) {
        const auto covers = [&folder](const SandboxMount &mount) {
            return isSameOrInside(folder, mount.target);
        };
        return std::ranges::any_of(spec.mounts, covers);
    };
    spec.imageVolumes.removeIf(isOurs);
    for (const QString &folder : std::as_const(spec.imageVolumes)) {
        if (!folder.startsWith(u'/') || folder == u"/" || folder.contains(u',') ||
            folder.contains(QChar::Null) || QDir::cleanPath(folder) != folder) {
            return refuse(
                ErrorKind::InvalidConfig,
                translated("The image declares a volume on \"%1\", which is not possible.")
                    .arg(shownPath(folder)),
                translated("Use another image."));
        }
    }
    return Done{};
}

void clampCpus(SandboxProfile &profile, const EnginePosture &posture, QList<PostureNotice> &notices)
{
    const int there = posture.cpus * 1000;
    if (posture.cpus <= 0 || profile.limits.cpuMilli <= there)
        return;
    notices.append({u"cpus-clamped"_s,
                    translated("The engine has %1 CPUs; the limit of %2 was lowered to that.")
                        .arg(posture.cpus)
                        .arg(static_cast<double>(profile.limits.cpuMilli) / 1000.0),
                    {}});
    profile.limits.cpuMilli = there;
}

/// A container cannot have more open files than the engine itself; the start would fail.
void clampOpenFiles(Limits &limits, const EnginePosture &posture, QList<PostureNotice> &notices)
{
    qint64 most = posture.openFilesHard;
    rlimit own = {};
    if (most <= 0 && ::getrlimit(RLIMIT_NOFILE, &own) == 0 && own.rlim_max != RLIM_INFINITY)
        most = static_cast<qint64>(own.rlim_max);
    if (most <= 0 || limits.openFilesHard <= most)
        return;
    notices.append(
        {u"open-files-clamped"_s,
         translated("The engine may have %1 open files; the limit of %2 was lowered to that.")
             .arg(most)
             .arg(limits.openFilesHard),
         {}});
    limits.openFilesHard = most;
    limits.openFilesSoft = std::min(limits.openFilesSoft, most);
}

} // namespace

PolicyContext PolicyContext::forThisUser(const XdgPaths &own, const QStringList &engineSockets)
{
    PolicyContext context;
    context.own = own;
    context.home = QDir::homePath();
    context.runtimeFolder = qEnvironmentVariable("XDG_RUNTIME_DIR");
    context.engineSockets = engineSockets;
    return context;
}

PolicyCheck::PolicyCheck(PolicyContext context)
    : m_context(std::move(context))
{
    // The usual places, whatever this installation talks to.
    m_context.engineSockets += {u"/var/run/docker.sock"_s,
                                u"/run/docker.sock"_s,
                                u"/run/containerd/containerd.sock"_s,
                                u"/run/podman/podman.sock"_s,
                                m_context.home + u"/.docker/desktop/docker.sock"_s};
    if (m_context.runtimeFolder.startsWith(u'/')) {
        m_context.engineSockets += {m_context.runtimeFolder + u"/docker.sock"_s,
                                    m_context.runtimeFolder + u"/podman/podman.sock"_s};
    }
}

Result<CheckedSpec> PolicyCheck::check(SandboxSpec spec, const EnginePosture &posture) const
{
    auto notices = checkPosture(posture);
    if (!notices)
        return fail(notices.error());
    if (auto fine = checkUser(spec, posture); !fine)
        return fail(fine.error());
    if (auto fine = checkNames(spec); !fine)
        return fail(fine.error());
    if (auto fine = checkCommand(spec); !fine)
        return fail(fine.error());
    if (auto fine = checkNetwork(spec.profile, *notices); !fine)
        return fail(fine.error());
    if (auto fine = checkProfile(spec.profile, posture); !fine)
        return fail(fine.error());
    if (spec.engineSocket) {
        if (auto fine = checkEngineSocket(*spec.engineSocket, *notices); !fine)
            return fail(fine.error());
    }
    clampCpus(spec.profile, posture, *notices);
    clampOpenFiles(spec.profile.limits, posture, *notices);

    auto table = MountTable::read(m_context.mountInfo);
    if (!table)
        return fail(table.error());
    const MountCheck mounts(forbiddenPlaces(m_context.own,
                                            m_context.home,
                                            m_context.runtimeFolder,
                                            m_context.engineSockets,
                                            posture.dataRoot),
                            std::move(*table),
                            m_context.own,
                            m_context.own.sessionFolder(spec.session));
    for (SandboxMount &mount : spec.mounts) {
        auto source = mounts.check(mount);
        if (!source)
            return fail(source.error());
        mount.source = std::move(*source);
    }
    if (auto fine = checkImageVolumes(spec); !fine)
        return fail(fine.error());
    if (auto fine = MountCheck::checkTogether(spec.mounts); !fine)
        return fail(fine.error());
    for (const QString &folder : std::as_const(spec.maskedFolders)) {
        // Below the workspace only, so that it hides and never replaces.
        const QString inside = QString::fromUtf16(kWorkspacePath) + u'/';
        if (!folder.startsWith(inside) || QDir::cleanPath(folder) != folder ||
            folder.contains(u',') || folder.contains(QChar::Null)) {
            return refuse(ErrorKind::InvalidConfig,
                          translated("The folder %1 cannot be hidden.").arg(shownPath(folder)),
                          translated("Only folders below /workspace can."));
        }
    }

    CheckedSpec checked;
    checked.m_spec = std::move(spec);
    checked.m_posture = posture;
    checked.m_notices = std::move(*notices);
    return checked;
}

Result<QString> PolicyCheck::checkUserMount(const SandboxMount &mount,
                                            const EnginePosture &posture) const
{
    auto table = MountTable::read(m_context.mountInfo);
    if (!table)
        return fail(table.error());
    SandboxMount asUser = mount;
    asUser.kind = MountKind::UserAdded;
    return MountCheck(forbiddenPlaces(m_context.own,
                                      m_context.home,
                                      m_context.runtimeFolder,
                                      m_context.engineSockets,
                                      posture.dataRoot),
                      std::move(*table),
                      m_context.own,
                      {})
        .check(asUser);
}

} // namespace paddock::policy
