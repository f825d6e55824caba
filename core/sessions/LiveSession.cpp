// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/LiveSession.h"

#include "core/base/Chain.h"
#include "core/sessions/Logging.h"
#include "core/sessions/Posture.h"
#include "core/sessions/TerminalHub.h"

#include <QFile>
#include <QJsonArray>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace paddock::sessions {

LiveSession::LiveSession(const SessionServices &services,
                         records::SessionRecord record,
                         QObject *parent)
    : QObject(parent)
    , m_services(services)
    , m_record(std::move(record))
    , m_folder(services.paths.sessionFolder(m_record.session.id))
    , m_imports([this] { return importOfAgentsCommits(); })
{
}

LiveSession::~LiveSession() = default;

Pending<Done> LiveSession::save()
{
    Q_EMIT changed();
    return m_services.database.write<Done>([record = m_record](store::Connection &connection) {
        return records::updateSession(connection, record);
    });
}

Pending<Done>
LiveSession::setState(SessionState state, const QString &substate, const QString &stepTitle)
{
    Session &session = m_record.session;
    if (session.state != state && !isTransitionAllowed(session.state, state)) {
        return Pending<Done>::ready(fail(ErrorKind::Conflict,
                                         tr("A session that is %1 cannot become %2.")
                                             .arg(stateName(session.state), stateName(state))));
    }
    if (session.state == state && session.substate == substate && session.stepTitle == stepTitle)
        return Pending<Done>::ready(Done{});
    if (session.state != state) {
        session.updatedAt = m_services.clock.now();
        if (state == SessionState::Preparing || state == SessionState::Running ||
            state == SessionState::Waiting)
            session.failure.reset();
    }
    session.state = state;
    session.substate = substate;
    session.stepTitle = stepTitle;
    return save();
}

void LiveSession::setProjectName(const QString &name)
{
    if (m_record.session.projectName == name)
        return;
    m_record.session.projectName = name; // stored with the project
    Q_EMIT changed();
}

Pending<Done> LiveSession::setFailure(const Error &error)
{
    m_record.session.failure = error;
    return setState(SessionState::Failed, error.operation);
}

Pending<Done> LiveSession::recordPlan(const QString &operation, const QStringList &steps)
{
    return m_services.database.write<Done>(
        [id = id(), operation, steps](store::Connection &connection) {
            return records::insertPlan(connection, id, operation, steps);
        });
}

Pending<Done> LiveSession::recordStep(const records::StepRecord &step, const QString &stepTitle)
{
    if (!stepTitle.isEmpty()) {
        m_record.session.substate = step.step;
        m_record.session.stepTitle = stepTitle;
        Q_EMIT changed();
    }
    return m_services.database.write<Done>(
        [record = m_record, step](store::Connection &connection) -> Result<Done> {
            if (auto stored = records::insertStep(connection, record.session.id, step); !stored)
                return stored;
            return records::updateSession(connection, record);
        });
}

Result<adapters::Adapter> LiveSession::adapter() const
{
    const adapters::AdapterOptions options{.user = m_user.insideIsRoot
                                                       ? adapters::ContainerUser::RootlessZero
                                                       : adapters::ContainerUser::Person,
                                           .model = {}};
    if (m_record.session.adapter != u"custom")
        return adapters::builtInAdapter(m_record.session.adapter, options);
    const StartOptions &wish = m_record.options;
    return adapters::customAdapter(
        {.title = wish.command.value(0),
         .protocol = wish.commandKind == u"terminal" ? adapters::AgentProtocol::Terminal
                                                     : adapters::AgentProtocol::Acp,
         .argv = wish.command,
         .environment = {},
         .provider = wish.upstream.isEmpty() ? ProviderProtocol::None : ProviderProtocol::Anthropic,
         .upstreamBase = {}},
        options);
}

std::optional<FolderOwner> LiveSession::folderOwner() const
{
    if (!m_user.mustChown)
        return std::nullopt;
    return FolderOwner{.uid = m_user.hostUid, .gid = m_user.hostGid};
}

worktrees::SessionTree LiveSession::tree() const
{
    if (!m_tree.workPath.isEmpty()) {
        worktrees::SessionTree tree = m_tree;
        tree.owner = treeOwner(); // the group may be another at this start
        return tree;
    }
    // After a restart of the owner: all of it follows from the record.
    const Session &session = m_record.session;
    worktrees::SessionTree tree;
    tree.session = session.id;
    tree.sessionFolder = m_folder.path();
    tree.projectPath = session.projectPath;
    tree.checkout = session.checkout;
    tree.workPath = session.worktree;
    tree.worktreesRoot = m_record.worktreesRoot.isEmpty() ? session.projectPath + u"/.worktrees"_s
                                                          : m_record.worktreesRoot;
    tree.branch = session.branch;
    tree.baseBranch = m_record.baseBranch;
    if (auto base = git::Oid::fromHex(session.baseCommit))
        tree.baseCommit = *base;
    tree.owner = treeOwner();
    return tree;
}

bool LiveSession::isShim(const sandbox::link::PeerCredentials &peer) const
{
    const ContainerId &container = m_record.session.containerId;
    if (container.isEmpty())
        return false;
    if (peer.pid <= 0) // the engine's processes cannot be named from here (another pid namespace)
        return peer.uid == m_user.hostUid;
    const auto read = [&peer](const char *what) {
        QFile file(u"/proc/%1/%2"_s.arg(peer.pid).arg(QLatin1StringView(what)));
        return file.open(QIODevice::ReadOnly) ? file.read(64 * 1024) : QByteArray();
    };
    // The container's first process, by its cgroup and its number in its own pid namespace. Every
    // other process of the container may dial too, but is not the supervisor.
    if (!read("cgroup").contains(container.value.toLatin1()))
        return false;
    for (const QByteArray &line : read("status").split('\n')) {
        // Two numbers, ours and its own: the first process of a namespace made inside has three.
        if (line.startsWith("NSpid:")) {
            const QList<QByteArray> numbers = line.simplified().split(' ');
            return numbers.size() == 3 && numbers.last() == "1";
        }
    }
    return false;
}

void LiveSession::makeLink(records::LinkRecord stored)
{
    std::optional<sandbox::link::PeerCredentials> owner;
    if (m_user.mustChown)
        owner =
            sandbox::link::PeerCredentials{.pid = 0, .uid = m_user.hostUid, .gid = m_user.hostGid};
    m_conversation.reset();
    m_terminals.reset();
    m_link = std::make_unique<SessionLink>(
        m_services.database,
        SessionLink::Options{
            .id = id(),
            .runFolder = m_folder.run(),
            .streamsFolder = m_services.paths.streams() + u'/' + id().value,
            .socketOwner = owner,
            .peerCheck =
                [this](const sandbox::link::PeerCredentials &peer) { return isShim(peer); },
            .gitDir = m_record.session.mode == SessionMode::Explore ? QString() : containerGitDir(),
            .stored = std::move(stored)});
    m_terminals = std::make_unique<TerminalHub>(*m_link);
    connect(m_link.get(), &SessionLink::conversationGrew, this, &LiveSession::conversationGrew);
    connect(m_link.get(), &SessionLink::refsChanged, this, &LiveSession::importSoon);
    connect(
        m_link.get(), &SessionLink::shimReady, this, [this](const sandbox::link::ShimInfo &shim) {
            if (!shim.newEpoch)
                m_startId = shim.startId;
            if (m_helloWait)
                std::exchange(m_helloWait, std::nullopt)->resolve(Done{});
            // The agent may have ended while nobody listened; the event follows on its own.
        });
    connect(m_link.get(),
            &SessionLink::agentStarted,
            this,
            [this](const sandbox::link::ProcessStart &start) {
                if (start.id != m_startId)
                    return;
                m_agentRuns = true;
                if (m_conversation)
                    m_conversation->agentStarted();
                else if (m_agentWait)
                    std::exchange(m_agentWait, std::nullopt)->resolve(Done{});
            });
    connect(m_link.get(),
            &SessionLink::agentFailed,
            this,
            [this](const sandbox::link::ProcessFailure &failure) {
                if (failure.id != m_startId || !m_agentWait)
                    return;
                std::exchange(m_agentWait, std::nullopt)
                    ->reject(
                        Error(ErrorKind::CommandNotFound,
                              tr("The agent's program could not be started in the container."))
                            .withDetail(failure.what)
                            .withRemedy(tr("Choose an image that contains the program, or correct "
                                           "the command.")));
            });
    connect(m_link.get(), &SessionLink::processExited, this, &LiveSession::onProcessExited);
    connect(m_link.get(), &SessionLink::intruderRefused, this, [this](int count) {
        m_link->addNotice(u"security"_s,
                          tr("Something in the container tried to take the place of its supervisor "
                             "and was refused (%n time(s)).",
                             nullptr,
                             count));
    });
}

Pending<records::LinkRecord> LiveSession::readLink()
{
    return m_services.database.read<records::LinkRecord>(
        [id = id()](store::Connection &connection) { return records::link(connection, id); });
}

void LiveSession::makeConversation(const adapters::Adapter &adapter)
{
    if (adapter.protocol != adapters::AgentProtocol::Acp)
        return;
    m_conversation = std::make_unique<AgentConversation>(
        m_services.database,
        m_services.clock,
        *m_link,
        AgentConversation::Options{.id = id(),
                                   .adapter = adapter,
                                   .workingFolder = QString::fromUtf16(policy::kWorkspacePath),
                                   .acpSessionId = m_record.session.acpSessionId});
    connect(m_conversation.get(),
            &AgentConversation::activityChanged,
            this,
            &LiveSession::applyActivity);
    connect(m_conversation.get(), &AgentConversation::turnEnded, this, &LiveSession::rememberTurn);
    connect(
        m_conversation.get(), &AgentConversation::opened, this, [this](const QString &sessionId) {
            m_record.session.acpSessionId = sessionId;
            save().then(this, [this](const Result<Done> &saved) {
                if (!m_agentWait)
                    return;
                std::exchange(m_agentWait, std::nullopt)->resolve(saved);
            });
        });
    connect(m_conversation.get(), &AgentConversation::openFailed, this, [this](const Error &error) {
        if (m_agentWait)
            std::exchange(m_agentWait, std::nullopt)->reject(error);
        else
            m_link->addNotice(u"agent"_s, error.message);
    });
}

// The next turn begins with the files as they are now: what it does is told from that.
void LiveSession::rememberTurn()
{
    const worktrees::SessionTree tree = this->tree();
    if (m_record.session.mode != SessionMode::Write || tree.baseCommit.isNull())
        return;
    m_services.review.turnEnded(tree).then(
        this, [this](const Result<worktrees::SnapshotReport> &taken) {
            tellOnce(u"review"_s, taken ? QString() : taken.error().toString(), m_reviewFailure);
        });
}

void LiveSession::tellOnce(const QString &kind, const QString &failure, QString &last)
{
    if (!failure.isEmpty() && failure != last && m_link)
        m_link->addNotice(kind, failure);
    last = failure;
}

void LiveSession::applyActivity()
{
    const SessionState state = m_record.session.state;
    if (m_busy || (state != SessionState::Running && state != SessionState::Waiting))
        return;
    Pending<Done> saved;
    switch (m_conversation ? m_conversation->activity() : Activity::Working) {
    case Activity::NotStarted:
        return;
    case Activity::Working:
        saved = setState(SessionState::Running, u"working"_s);
        break;
    case Activity::Approval:
        saved = setState(SessionState::Waiting, u"approval"_s);
        break;
    case Activity::Prompt:
        saved = setState(SessionState::Waiting, u"prompt"_s);
        break;
    }
    saved.then(this, [](const Result<Done> &result) {
        if (!result)
            qCWarning(lcPaddockSessions) << "state:" << result.error().toString();
    });
}

QString LiveSession::standardErrorTail() const
{
    if (!m_link)
        return {};
    return QString::fromUtf8(m_link->streams().tail(shimlink::kStderrChannel, 4096)).trimmed();
}

Error LiveSession::exitError(const sandbox::link::ProcessExit &exit) const
{
    const QString how = exit.signal != 0 ? tr("The agent was ended by signal %1.").arg(exit.signal)
                                         : tr("The agent ended with exit code %1.").arg(exit.code);
    return Error(ErrorKind::AgentExited, how)
        .withDetail(standardErrorTail())
        .withRemedy(
            tr("Read what the agent wrote last, then start the session again: its work and its "
               "conversation are kept."));
}

void LiveSession::onProcessExited(const sandbox::link::ProcessExit &exit)
{
    if (exit.channel != shimlink::kAcpChannel && exit.channel != shimlink::kAgentTerminal)
        return;
    if (exit.id != m_startId)
        return;
    m_agentRuns = false;
    const Error error = exitError(exit);
    if (m_conversation)
        m_conversation->agentEnded(error);
    m_link->addNotice(u"agent-exit"_s, error.message);
    if (m_exitWait)
        std::exchange(m_exitWait, std::nullopt)->resolve(Done{});
    if (m_agentWait) {
        std::exchange(m_agentWait, std::nullopt)->reject(error);
        return;
    }
    if (m_busy)
        m_missedExit = exit;
    else
        Q_EMIT agentExited(exit);
}

void LiveSession::tellMissedExit()
{
    if (const auto exit = std::exchange(m_missedExit, std::nullopt))
        Q_EMIT agentExited(*exit);
}

void LiveSession::containerEnded(const QString &how)
{
    m_agentRuns = false;
    const Error error =
        Error(ErrorKind::ContainerStartFailed, how)
            .withDetail(standardErrorTail())
            .withRemedy(
                tr("Look into the container's log with: docker logs paddock-%1").arg(id().value));
    if (m_exitWait)
        std::exchange(m_exitWait, std::nullopt)->resolve(Done{});
    if (m_helloWait)
        std::exchange(m_helloWait, std::nullopt)->reject(error);
    if (m_agentWait)
        std::exchange(m_agentWait, std::nullopt)->reject(error);
}

Result<std::unique_ptr<Terminal>> LiveSession::openShell(int columns, int rows)
{
    if (!m_terminals || !m_link->isUp()) {
        return fail(Error(ErrorKind::ConnectionLost, tr("The session has no running container."))
                        .withRemedy(tr("Start the session again.")));
    }
    return m_terminals->openShell(columns, rows);
}

Result<std::unique_ptr<Terminal>> LiveSession::attachTerminal()
{
    auto wanted = adapter();
    if (!wanted)
        return fail(wanted.error());
    if (wanted->protocol != adapters::AgentProtocol::Terminal || !m_terminals) {
        return fail(
            Error(ErrorKind::UnsupportedOption, tr("This agent has no terminal of its own."))
                .withRemedy(tr("Read the conversation with: paddockctl session show %1\n"
                               "Open a shell with: paddockctl session shell %1")
                                .arg(id().value)));
    }
    return m_terminals->attachAgent();
}

Pending<QJsonObject> LiveSession::posture()
{
    return readPosture(this, m_services.engine, m_record.session.containerId);
}

} // namespace paddock::sessions
