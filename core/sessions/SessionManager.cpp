// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/SessionManager.h"

#include "core/base/Chain.h"
#include "core/sessions/Logging.h"

using namespace Qt::StringLiterals;

namespace paddock::sessions {

namespace {

QString titleOf(const StartOptions &options)
{
    QString title = options.title.simplified();
    if (title.isEmpty())
        title = options.message.section(u'\n', 0, 0).simplified();
    if (title.isEmpty() && !options.command.isEmpty())
        title = options.command.join(u' ').simplified();
    if (title.isEmpty())
        title = QCoreApplication::translate("SessionManager", "Session");
    return title.left(120);
}

} // namespace

SessionManager::SessionManager(const SessionServices &services,
                               docker::EngineWatch &watch,
                               QObject *parent)
    : QObject(parent)
    , m_services(services)
    , m_watch(watch)
{
    connect(&m_watch, &docker::EngineWatch::eventReceived, this, &SessionManager::onEngineEvent);
    connect(&m_watch, &docker::EngineWatch::resyncNeeded, this, &SessionManager::reconcile);
}

SessionManager::~SessionManager() = default;

Result<Done> SessionManager::load()
{
    auto records = m_services.database.readNow<QList<records::SessionRecord>>(
        [](store::Connection &connection) { return records::sessions(connection); });
    if (!records)
        return fail(records.error());
    for (auto it = records->crbegin(); it != records->crend(); ++it)
        insert(std::make_unique<LiveSession>(m_services, *it));
    return Done{};
}

QList<Session> SessionManager::list() const
{
    QList<Session> sessions;
    sessions.reserve(static_cast<qsizetype>(m_sessions.size()));
    for (const auto &session : m_sessions)
        sessions.append(session->session());
    return sessions;
}

LiveSession *SessionManager::find(const SessionId &id) const
{
    for (const auto &session : m_sessions) {
        if (session->id() == id)
            return session.get();
    }
    return nullptr;
}

void SessionManager::projectRenamed(const ProjectId &project, const QString &name)
{
    for (const auto &session : m_sessions) {
        if (session->session().projectId == project)
            session->setProjectName(name);
    }
}

bool SessionManager::hasSessionsOf(const ProjectId &project) const
{
    return std::ranges::any_of(m_sessions, [&project](const auto &session) {
        return session->session().projectId == project;
    });
}

LiveSession *SessionManager::insert(std::unique_ptr<LiveSession> owned)
{
    LiveSession *session = owned.get();
    const SessionId id = session->id();
    connect(session, &LiveSession::changed, this, [this, id] { Q_EMIT changed(id); });
    connect(session, &LiveSession::conversationGrew, this, [this, id](qint64 sequence) {
        Q_EMIT conversationGrew(id, sequence);
    });
    connect(
        session,
        &LiveSession::agentExited,
        this,
        [this, session](const sandbox::link::ProcessExit &exit) { onAgentExited(*session, exit); });
    m_sessions.insert(m_sessions.begin(), std::move(owned));
    return session;
}

void SessionManager::erase(const SessionId &id)
{
    const auto it =
        std::ranges::find_if(m_sessions, [&id](const auto &s) { return s->id() == id; });
    if (it == m_sessions.end())
        return;
    // Answers of the session may be on their way in this very turn of the event loop.
    it->release()->deleteLater();
    m_sessions.erase(it);
    Q_EMIT removed(id);
}

Result<LiveSession *> SessionManager::ready(const SessionId &id) const
{
    LiveSession *session = find(id);
    if (!session) {
        return fail(Error(ErrorKind::NotFound, tr("There is no session %1.").arg(id.value))
                        .withRemedy(tr("List the sessions with: paddockctl session list")));
    }
    if (m_operations.contains(id)) {
        return fail(Error(ErrorKind::Conflict,
                          tr("The session is busy: %1.").arg(m_operations.value(id)->stepTitle()))
                        .withRemedy(tr("Wait until it is done, or stop the session.")));
    }
    return session;
}

Pending<SessionId> SessionManager::start(const QString &actor,
                                         const records::ProjectRecord &project,
                                         const StartOptions &options)
{
    records::SessionRecord record;
    record.options = options;
    record.actor = actor;
    Session &session = record.session;
    do {
        session.id = SessionId{randomShortId()};
    } while (find(session.id));
    session.title = titleOf(options);
    session.state = SessionState::Preparing;
    session.adapter = options.adapter.isEmpty() ? u"claude-code"_s : options.adapter;
    session.projectId = project.id;
    session.projectName = project.name;
    session.projectPath = project.path;
    session.mode = options.mode;
    session.checkout = options.mode == SessionMode::Explore ? worktrees::Checkout::MainReadOnly
                                                            : worktrees::Checkout::Worktree;
    session.createdAt = session.updatedAt = m_services.clock.now();

    // The row of the session and the plan of its start go to the disk together.
    struct Begun
    {
        std::unique_ptr<LiveSession> session;
        std::unique_ptr<Operation> operation;
    };
    auto begun = std::make_shared<Begun>();
    begun->session = std::make_unique<LiveSession>(m_services, record);
    begun->operation = startOperation(*begun->session, true);

    Promise<SessionId> promise;
    m_services.database
        .write<Done>([record,
                      actor,
                      operation = begun->operation->name(),
                      steps = begun->operation->stepNames()](
                         store::Connection &connection) -> Result<Done> {
            if (auto stored = records::insertSession(connection, record); !stored)
                return stored;
            if (!record.options.message.trimmed().isEmpty()) {
                auto prompt = records::insertPrompt(
                    connection, record.session.id, actor, record.options.message);
                if (!prompt)
                    return fail(prompt.error());
            }
            if (auto planned = records::insertPlan(connection, record.session.id, operation, steps);
                !planned)
                return planned;
            return records::audit(
                connection, actor, u"session.start"_s, record.session.id, record.session.title);
        })
        .then(this, [this, promise, begun](const Result<Done> &stored) {
            if (!stored) {
                promise.reject(stored.error());
                return;
            }
            LiveSession *live = insert(std::move(begun->session));
            Q_EMIT added(live->id());
            run(*live, std::move(begun->operation), Operation::Plan::IsRecorded)
                .then(this, [](const Result<Done> &) {});
            promise.resolve(live->id());
        });
    return promise.pending();
}

Pending<Done> SessionManager::restart(const QString &actor, const SessionId &id)
{
    auto session = ready(id);
    if (!session)
        return Pending<Done>::ready(fail(session.error()));
    const SessionState state = (*session)->session().state;
    if (!isEnded(state) || state == SessionState::Finished) {
        return Pending<Done>::ready(
            fail(Error(ErrorKind::Conflict,
                       tr("The session is %1 and cannot be started.").arg(stateName(state)))
                     .withRemedy(state == SessionState::Finished ? tr("Start a new session.")
                                                                 : tr("Stop it first."))));
    }
    (*session)->setActor(actor);
    auto prepared = (*session)->setState(SessionState::Preparing, {});
    return chained<Done>(this, prepared, [this, session = *session](Done) {
        // A start that was taken back left no worktree: everything is made anew.
        return run(*session, startOperation(*session, session->session().worktree.isEmpty()));
    });
}

Pending<Done> SessionManager::stop(const QString &actor, const SessionId &id)
{
    // A start that is under way is cancelled: its undo leaves nothing behind.
    if (Operation *operation = m_operations.value(id); operation && operation->name() == u"start") {
        if (LiveSession *session = find(id))
            session->setActor(actor);
        Promise<Done> promise;
        connect(operation, &Operation::finished, this, [promise](const Result<Done> &) {
            promise.resolve(Done{});
        });
        operation->cancel();
        return promise.pending();
    }
    auto session = ready(id);
    if (!session)
        return Pending<Done>::ready(fail(session.error()));
    if (!isActive((*session)->session().state))
        return Pending<Done>::ready(Done{});
    (*session)->setActor(actor);
    return run(**session, stopOperation(**session, SessionState::Stopped, std::nullopt));
}

Pending<Done>
SessionManager::finish(const QString &actor, const SessionId &id, const FinishOptions &options)
{
    auto session = ready(id);
    if (!session)
        return Pending<Done>::ready(fail(session.error()));
    LiveSession *live = *session;
    if (live->session().state == SessionState::Finished)
        return Pending<Done>::ready(Done{});
    live->setActor(actor);
    if (!isActive(live->session().state))
        return run(*live, finishOperation(*live, options));
    return chained<Done>(
        this,
        run(*live, stopOperation(*live, SessionState::Stopped, std::nullopt)),
        [this, live, options](Done) { return run(*live, finishOperation(*live, options)); });
}

Pending<Done>
SessionManager::remove(const QString &actor, const SessionId &id, const RemoveOptions &options)
{
    auto session = ready(id);
    if (!session)
        return Pending<Done>::ready(fail(session.error()));
    LiveSession *live = *session;
    const auto forget = [this, live, id, actor](Done) {
        return chained<Done>(this, live->undoFolder(), [this, id, actor](Done) {
            StreamStore(m_services.paths.streams() + u'/' + id.value).removeAll();
            return mapped<Done>(this,
                                m_services.database.write<Done>(
                                    [id, actor](store::Connection &connection) -> Result<Done> {
                                        if (auto done = records::audit(
                                                connection, actor, u"session.remove"_s, id, {});
                                            !done)
                                            return done;
                                        return records::deleteSession(connection, id);
                                    }),
                                [this, id](Done) {
                                    erase(id);
                                    return Result<Done>(Done{});
                                });
        });
    };
    if (live->session().state == SessionState::Finished)
        return forget(Done{});
    const FinishOptions finishOptions{.branch = options.work == RemoveOptions::Work::Discard
                                                    ? FinishOptions::Branch::Discard
                                                    : FinishOptions::Branch::Keep};
    return chained<Done>(this, finish(actor, id, finishOptions), forget);
}

void SessionManager::onAgentExited(LiveSession &session, const sandbox::link::ProcessExit &exit)
{
    if (m_operations.contains(session.id()) || !isActive(session.session().state))
        return;
    session.setActor(u"system:agent"_s);
    std::optional<Error> failure;
    if (exit.code != 0 || exit.signal != 0) {
        failure =
            Error(ErrorKind::AgentExited,
                  exit.signal != 0 ? tr("The agent was ended by signal %1.").arg(exit.signal)
                                   : tr("The agent ended with exit code %1.").arg(exit.code))
                .withDetail(session.standardErrorTail())
                .withRemedy(tr("Start the session again: its work and its conversation are kept."))
                .withOperation(u"agent"_s);
    }
    run(session,
        stopOperation(session, failure ? SessionState::Failed : SessionState::Stopped, failure))
        .then(this, [](const Result<Done> &) {});
}

void SessionManager::onEngineEvent(const docker::EngineEvent &event)
{
    if (event.type != u"container")
        return;
    const QString id = event.attributes.value(QString::fromUtf16(sandbox::kLabelSession));
    LiveSession *session = find(SessionId{id});
    if (!session || session->session().containerId.value != event.actorId)
        return;
    if (event.action == u"die" || event.action == u"destroy") {
        containerGone(*session,
                      event.action == u"destroy" ? tr("The container was removed from outside.")
                                                 : tr("The container ended (exit code %1).")
                                                       .arg(event.attributes.value(u"exitCode"_s)));
    } else if (event.action == u"pause" || event.action == u"unpause") {
        reconcile();
        if (event.action == u"unpause")
            session->importSoon();
    }
}

void SessionManager::containerGone(LiveSession &session, const QString &how)
{
    // While an operation drives the session it is the one that ended the container, or its own wait
    // fails.
    const SessionState state = session.session().state;
    if (m_operations.contains(session.id())) {
        session.containerEnded(how);
        return;
    }
    if (!isActive(state))
        return;
    session.setActor(u"system:engine"_s);
    const Error failure =
        Error(ErrorKind::ConnectionLost, how)
            .withRemedy(tr("Start the session again: its work and its conversation are kept."))
            .withOperation(u"container"_s);
    run(session, stopOperation(session, SessionState::Failed, failure))
        .then(this, [](const Result<Done> &) {});
}

} // namespace paddock::sessions
