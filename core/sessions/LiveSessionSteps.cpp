// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Chain.h"
#include "core/images/ImageResolver.h"
#include "core/sessions/LiveSession.h"
#include "core/sessions/ProjectRecords.h"
#include "core/sessions/TerminalHub.h"

#include <QFile>
#include <QUuid>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace paddock::sessions {

namespace {
constexpr auto kHelloTimeout = 20s;
constexpr auto kAgentTimeout = 90s;

constexpr char16_t kCertificatesPath[] = u"/paddock/ca/host.crt";
} // namespace

Pending<Done> LiveSession::readProject()
{
    return mapped<Done>(this,
                        m_services.database.read<records::ProjectRecord>(
                            [id = m_record.session.projectId](store::Connection &connection) {
                                return records::project(connection, id);
                            }),
                        [this](const records::ProjectRecord &project) {
                            m_project = project.settings;
                            return Result<Done>(Done{});
                        });
}

// Settings of the project, posture of the engine and, from both, who the agent runs as. Once for
// each start, or for what is done with a session that runs already: nothing that was settled for
// later starts ends that one.
Pending<Done> LiveSession::readEngine(Purpose purpose)
{
    if (m_engineRead)
        return Pending<Done>::ready(Done{});
    using Group = std::optional<gid_t>;
    const auto use = [this](const policy::EnginePosture &posture, const Group &group) {
        m_posture = posture;
        m_user = policy::resolveUser(::getuid(), ::getgid(), posture, group);
        m_engineRead = true;
        return Result<Done>(Done{});
    };
    const auto withPosture = [this, purpose, use](const policy::EnginePosture &posture) {
        if (auto fine = policy::checkPosture(posture); !fine)
            return Pending<Done>::ready(fail(fine.error()));
        if (m_project.group.isEmpty())
            return Pending<Done>::ready(use(posture, std::nullopt));
        Promise<Done> promise;
        // Names of groups may come over the network.
        m_services.pool
            .run<Group>(
                [name = m_project.group, posture] { return policy::chosenGroup(name, posture); })
            .then(this, [promise, purpose, use, posture](const Result<Group> &group) {
                if (!group && purpose == Purpose::Start)
                    promise.reject(group.error());
                else
                    promise.resolve(use(posture, group.value_or(Group())));
            });
        return promise.pending();
    };
    return chained<Done>(this, readProject(), [this, withPosture](Done) {
        return chained<Done>(this, m_services.engineReader.posture(), withPosture);
    });
}

Pending<Done> LiveSession::resolveImage()
{
    m_engineRead = false; // the settings of the project count as they are now
    return chained<Done>(this, readEngine(Purpose::Start), [this](Done) {
        const auto &values = m_services.settings.values();
        const images::ResolvedImage resolved = images::resolveImage(
            {.explicitImage = m_record.options.image,
             .agentImage = {},
             .projectImage = m_project.image,
             .environmentDefault = values.defaultImage.origin == settings::ValueOrigin::Default
                                       ? QString()
                                       : values.defaultImage.value});
        m_record.session.image = resolved.reference;
        m_record.session.imageSource = images::imageSourceName(resolved.source);
        return mapped<Done>(this,
                            m_services.catalog.validate(m_record.session.image),
                            [this](const images::AvailableImage &image) {
                                m_record.session.imageId = image.id;
                                m_imageVolumes = image.volumes;
                                return Result<Done>(Done{});
                            });
    });
}

Pending<Done> LiveSession::makeFolder()
{
    return chained<Done>(this, readEngine(), [this](Done) {
        if (auto made = m_folder.ensure(folderOwner()); !made)
            return Pending<Done>::ready(fail(made.error()));
        if (auto written = m_folder.writeUserNames(policy::passwdText(m_user.uid, m_user.gid),
                                                   policy::groupText(m_user.gid));
            !written)
            return Pending<Done>::ready(fail(written.error()));
        return Pending<Done>::ready(m_folder.writeCertificates(m_services.certificateBundle));
    });
}

gateway::DoorOptions LiveSession::doorOptions(const adapters::Adapter &adapter) const
{
    gateway::DoorOptions door;
    door.id = id();
    door.runFolder = m_folder.run();
    door.uid = m_user.hostUid;
    door.gid = m_user.hostGid;
    door.protocol = adapter.provider;
    const QString wish = m_record.options.upstream;
    if (wish == u"demo") {
        door.upstream.kind = gateway::UpstreamKind::Demo;
        door.upstream.scripts = m_record.options.demoScript;
        return door;
    }
    door.upstream.kind = gateway::UpstreamKind::Provider;
    door.upstream.baseUrl =
        QUrl(!wish.isEmpty()                         ? wish
             : !m_services.providerBaseUrl.isEmpty() ? m_services.providerBaseUrl
                                                     : adapter.upstreamBase);
    return door;
}

Pending<Done> LiveSession::openDoor(const adapters::Adapter &adapter)
{
    if (adapter.provider == ProviderProtocol::None)
        return Pending<Done>::ready(Done{});
    return chained<Done>(
        this, m_services.gateway.ensureRunning(), [this, adapter](const gateway::GatewayInfo &) {
            const gateway::DoorOptions options = doorOptions(adapter);
            return m_services.gateway.addSession(
                options,
                options.upstream.kind == gateway::UpstreamKind::Provider ? m_services.providerKey()
                                                                         : secrets::Secret());
        });
}

Pending<Done> LiveSession::openSockets(IsFirstStart isFirst)
{
    auto wanted = adapter();
    if (!wanted)
        return Pending<Done>::ready(fail(wanted.error()));
    return chained<Done>(this, openDoor(*wanted), [this, isFirst, adapter = *wanted](Done) {
        return chained<Done>(this,
                             isFirst == IsFirstStart::Yes
                                 ? Pending<records::LinkRecord>::ready(records::LinkRecord{})
                                 : readLink(),
                             [this, adapter](const records::LinkRecord &stored) {
                                 makeLink(stored);
                                 makeConversation(adapter);
                                 return Pending<Done>::ready(m_link->listen());
                             });
    });
}

Result<policy::SandboxSpec> LiveSession::makeSpec() const
{
    auto wanted = adapter();
    if (!wanted)
        return fail(wanted.error());
    const auto &values = m_services.settings.values();
    policy::SandboxSpec spec;
    spec.session = id();
    spec.instance = m_services.instance;
    spec.uid = m_user.uid;
    spec.gid = m_user.gid;
    spec.image = m_record.session.imageId;
    spec.imageVolumes = m_imageVolumes;
    spec.profile = policy::agentProfile();
    spec.profile.limits.memoryBytes = values.memoryLimit.value;
    spec.profile.limits.cpuMilli = values.cpuMilli.value;
    spec.profile.limits.pids = values.pidsLimit.value;
    spec.profile.runtime = values.runtime.value;
    for (const adapters::EnvironmentVariable &variable : std::as_const(wanted->environment))
        spec.environment.insert(variable.name, variable.value);
    spec.environment.insert(u"PADDOCK_SPOOL"_s, QString::fromUtf16(policy::kSpoolPath));
    // Where Paddock runs as root the main checkout is not the agent's: git would refuse to read it.
    if (m_user.mustChown) {
        spec.environment.insert(u"GIT_CONFIG_COUNT"_s, u"1"_s);
        spec.environment.insert(u"GIT_CONFIG_KEY_0"_s, u"safe.directory"_s);
        spec.environment.insert(u"GIT_CONFIG_VALUE_0"_s, u"*"_s);
    }
    spec.command +=
        {u"--umask"_s, projects::umaskText(m_project.umask.value_or(m_services.personsUmask))};
    if (wanted->provider != ProviderProtocol::None) {
        spec.command += {u"--forward"_s, u"%1=model.sock"_s.arg(adapters::kModelPort)};
    }

    using policy::MountKind;
    for (const worktrees::TreeMount &mount : m_mounts.mounts) {
        MountKind kind = MountKind::Workspace;
        switch (mount.kind) {
        case worktrees::TreeMount::Kind::Workspace:
            kind = MountKind::Workspace;
            break;
        case worktrees::TreeMount::Kind::GitFile:
            kind = MountKind::GitFile;
            break;
        case worktrees::TreeMount::Kind::PrivateRepository:
            kind = mount.containerPath == QStringView(policy::kGitPath)
                       ? MountKind::PrivateRepository
                       : MountKind::GitFolder;
            break;
        case worktrees::TreeMount::Kind::Objects:
            kind = MountKind::ProjectObjects;
            break;
        case worktrees::TreeMount::Kind::AlternatesMask:
            kind = MountKind::ObjectsMask;
            break;
        case worktrees::TreeMount::Kind::FileMask:
            kind = MountKind::FileMask;
            break;
        }
        spec.mounts.append({.source = mount.hostPath,
                            .target = mount.containerPath,
                            .readOnly = mount.access == worktrees::TreeMount::Access::ReadOnly,
                            .kind = kind});
    }
    spec.maskedFolders = m_mounts.masks;
    spec.mounts.append(
        {m_folder.run(), QString::fromUtf16(policy::kRunPath), true, MountKind::RunFolder});
    spec.mounts.append(
        {m_folder.home(), QString::fromUtf16(policy::kHomePath), false, MountKind::Home});
    spec.mounts.append(
        {m_folder.spool(), QString::fromUtf16(policy::kSpoolPath), false, MountKind::Spool});
    spec.mounts.append({m_folder.passwd(), u"/etc/passwd"_s, true, MountKind::UserNames});
    spec.mounts.append({m_folder.group(), u"/etc/group"_s, true, MountKind::UserNames});
    spec.mounts.append(
        {m_services.shimPath, QString::fromUtf16(policy::kShimPath), true, MountKind::Shim});
    if (!m_services.certificateBundle.isEmpty()) {
        const QString bundle = QString::fromUtf16(kCertificatesPath);
        spec.mounts.append({m_folder.certificates(), bundle, true, MountKind::CertificateBundle});
        spec.environment.insert(u"NODE_EXTRA_CA_CERTS"_s, bundle);
    }
    return spec;
}

Pending<Done> LiveSession::checkPolicy()
{
    auto spec = makeSpec();
    if (!spec)
        return Pending<Done>::ready(fail(spec.error()));
    auto checked = m_services.policy.check(*spec, m_posture);
    if (!checked)
        return Pending<Done>::ready(fail(checked.error()));
    m_checked = *checked;
    if (m_link) {
        for (const policy::PostureNotice &notice : checked->notices())
            m_link->addNotice(u"engine"_s, notice.message);
        for (const QString &notice : std::as_const(m_mounts.notices))
            m_link->addNotice(u"project"_s, notice);
        if (const QString repaired = std::exchange(m_repaired, {}); !repaired.isEmpty())
            m_link->addNotice(u"project"_s, repaired);
        if (const QString left = std::exchange(m_leftOut, {}).join(u'\n'); !left.isEmpty())
            m_link->addNotice(u"project"_s,
                              tr("Ignored files that were not copied:\n%1").arg(left));
    }
    return Pending<Done>::ready(Done{});
}

Pending<Done> LiveSession::createContainer()
{
    const auto createNew = [this] {
        m_sandbox = std::make_unique<sandbox::DockerSandbox>(m_services.engine);
        return mapped<Done>(
            this, m_sandbox->create(*m_checked), [this](const ContainerId &container) {
                m_record.session.containerId = container;
                return Result<Done>(Done{});
            });
    };
    if (m_record.session.containerId.isEmpty())
        return createNew();

    // A container of an earlier life is used again if it is what would be made now.
    auto request = sandbox::compile(*m_checked);
    if (!request)
        return Pending<Done>::ready(fail(request.error()));
    Promise<Done> promise;
    auto earlier = std::make_shared<sandbox::DockerSandbox>(m_services.engine);
    earlier->adopt(m_record.session.containerId, m_checked->spec())
        .then(this,
              [this, promise, earlier, hash = request->specHash, createNew](
                  const Result<sandbox::SandboxInformation> &information) {
                  const auto follow = [this, promise](Pending<Done> next) {
                      next.then(this,
                                [promise](const Result<Done> &result) { promise.resolve(result); });
                  };
                  if (!information && information.error().kind != ErrorKind::ContainerNotFound) {
                      promise.reject(information.error());
                      return;
                  }
                  const bool fits =
                      information && information->specHash == hash &&
                      (information->condition == sandbox::SandboxInformation::Condition::Created ||
                       information->condition == sandbox::SandboxInformation::Condition::Exited);
                  if (fits) {
                      m_sandbox = std::make_unique<sandbox::DockerSandbox>(m_services.engine);
                      follow(withoutValue(
                          this, m_sandbox->adopt(m_record.session.containerId, m_checked->spec())));
                      return;
                  }
                  follow(chained<Done>(this, earlier->cleanup(), [createNew, earlier](Done) {
                      return createNew();
                  }));
              });
    return promise.pending();
}

Pending<Done> LiveSession::startContainer()
{
    auto wanted = adapter();
    if (!wanted)
        return Pending<Done>::ready(fail(wanted.error()));
    // The shim may say hello, and the agent its first words, before the engine has answered.
    prepareAgent(*wanted);
    return chained<Done>(this,
                         wanted->provider == ProviderProtocol::None
                             ? Pending<Done>::ready(Done{})
                             : m_services.gateway.setContainer(id(), m_record.session.containerId),
                         [this](Done) { return m_sandbox->start(); });
}

Pending<Done> LiveSession::awaitHello()
{
    // The agent has had its say before: the next step tells what it was.
    if ((m_link->isReady() && m_link->isUp()) || m_agentReady.isSettled())
        return Pending<Done>::ready(Done{});
    m_helloWait.emplace();
    Promise<Done> promise;
    Pending<Done> wait = m_helloWait->pending().withTimeout(kHelloTimeout);
    promise.onCancel([this, wait]() mutable {
        wait.cancel();
        m_helloWait.reset();
    });
    wait.then(this, [this, promise](const Result<Done> &hello) {
        m_helloWait.reset();
        if (hello || !m_sandbox) {
            promise.resolve(hello);
            return;
        }
        m_sandbox->information().then(
            this, [promise](const Result<sandbox::SandboxInformation> &found) {
                Error error(ErrorKind::ContainerStartFailed,
                            tr("The supervisor in the container did not say hello."));
                if (found && found->condition == sandbox::SandboxInformation::Condition::Exited) {
                    error = error.withDetail(tr("The container ended with exit code %1. %2")
                                                 .arg(found->exitCode)
                                                 .arg(found->engineError));
                }
                promise.reject(error.withRemedy(tr("Look into the container's log with: docker "
                                                   "logs paddock-<session>. The image may not "
                                                   "allow programs on mounted folders, or the "
                                                   "engine runs on another machine.")));
            });
    });
    return promise.pending();
}

// The order to start the agent goes out with the shim's hello, not a round later.
void LiveSession::prepareAgent(const adapters::Adapter &adapter)
{
    const bool terminal = adapter.protocol == adapters::AgentProtocol::Terminal;
    m_startId = QUuid::createUuid().toString(QUuid::WithoutBraces);
    m_missedExit.reset();
    m_agentWait.emplace();
    m_agentReady = m_agentWait->pending();
    m_link->sayFirst(sandbox::link::AgentLink::encodeStart(
        {.id = m_startId,
         .mode = terminal ? sandbox::link::StartRequest::Mode::Terminal
                          : sandbox::link::StartRequest::Mode::Lines,
         .argv = adapter.argv,
         .environment = {},
         .workingFolder = QString::fromUtf16(policy::kWorkspacePath)}));
}

Pending<Done> LiveSession::startAgent()
{
    Pending<Done> agent =
        std::exchange(m_agentReady, {}).withTimeout(kAgentTimeout, tr("waiting for the agent"));
    Promise<Done> promise;
    promise.onCancel([this, agent]() mutable {
        agent.cancel();
        m_agentWait.reset();
    });
    // A supervisor that ran already had no first word to wait for.
    if (const QByteArray start = m_link->takeFirst(); !start.isEmpty()) {
        m_link->sendControl(start).then(this, [this](const Result<Done> &sent) {
            if (!sent && m_agentWait)
                std::exchange(m_agentWait, std::nullopt)->reject(sent.error());
        });
    }
    agent.then(this, [this, promise](const Result<Done> &result) {
        m_agentWait.reset();
        if (!result && result.error().kind == ErrorKind::Timeout) {
            promise.reject(
                Error(ErrorKind::AgentSilent, tr("The agent did not become ready."))
                    .withDetail(standardErrorTail())
                    .withRemedy(tr("Check that the image contains the agent program and that "
                                   "the machine is not overloaded, then start again.")));
            return;
        }
        promise.resolve(result);
    });
    return promise.pending();
}

} // namespace paddock::sessions
