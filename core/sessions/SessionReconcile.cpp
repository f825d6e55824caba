// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Chain.h"
#include "core/sessions/Logging.h"
#include "core/sessions/SessionManager.h"

#include <QDir>

using namespace Qt::StringLiterals;

// Keeping the table true to the engine: at start-up, on reconnect and when events may be missing.
namespace paddock::sessions {

void SessionManager::reconcile()
{
    if (m_reconciling) {
        m_reconcileAgain = true;
        return;
    }
    m_reconciling = true;
    m_services.engine.containers()
        .list({.all = true,
               .size = false,
               .labels = {QString::fromUtf16(sandbox::kLabelInstance) + u'=' + m_services.instance},
               .names = {},
               .states = {}})
        .then(this, [this](const Result<QList<docker::ContainerSummary>> &containers) {
            m_reconciling = false;
            if (containers)
                reconcileWith(*containers);
            else
                qCInfo(lcPaddockSessions) << "reconcile:" << containers.error().toString();
            if (std::exchange(m_reconcileAgain, false))
                reconcile();
        });
}

void SessionManager::reconcileWith(const QList<docker::ContainerSummary> &containers)
{
    QHash<QString, const docker::ContainerSummary *> bySession;
    for (const docker::ContainerSummary &container : containers) {
        const QString id = container.labels.value(QString::fromUtf16(sandbox::kLabelSession));
        LiveSession *session = find(SessionId{id});
        if (session && session->session().state != SessionState::Finished) {
            bySession.insert(id, &container);
            continue;
        }
        if (m_operations.contains(SessionId{id}))
            continue;
        qCInfo(lcPaddockSessions) << "removing a container without a session:"
                                  << container.id.value;
        m_services.engine.containers()
            .remove(container.id, {.force = true, .volumes = true})
            .then(this, [](const Result<Done> &) {});
    }
    // Operations that are begun here change the list's order of work, not the list.
    std::vector<LiveSession *> sessions;
    for (const auto &session : m_sessions)
        sessions.push_back(session.get());
    for (LiveSession *session : sessions) {
        if (!m_operations.contains(session->id()))
            reconcileSession(*session, bySession.value(session->id().value));
    }
    removeStrayFolders();
}

void SessionManager::reconcileSession(LiveSession &session,
                                      const docker::ContainerSummary *container)
{
    switch (session.session().state) {
    case SessionState::Preparing:
    case SessionState::Starting:
        takeBackStart(session);
        return;
    case SessionState::Stopping:
        run(session, stopOperation(session, SessionState::Stopped, std::nullopt))
            .then(this, [](const Result<Done> &) {});
        return;
    case SessionState::Running:
    case SessionState::Waiting:
    case SessionState::Paused:
        break;
    default:
        reconcileEnded(session, container);
        return;
    }
    using docker::ContainerState;
    const ContainerState state = container ? container->state : ContainerState::Unknown;
    if (!container || (state != ContainerState::Running && state != ContainerState::Paused)) {
        containerGone(session,
                      container ? tr("The container does not run any more.")
                                : tr("The container is not there any more."));
        return;
    }
    if (state == ContainerState::Paused && session.session().state != SessionState::Paused) {
        session.setState(SessionState::Paused, {}).then(this, [](const Result<Done> &) {});
    } else if (state == ContainerState::Running &&
               session.session().state == SessionState::Paused) {
        LiveSession *live = &session;
        session.setState(SessionState::Running, u"working"_s)
            .then(this, [live](const Result<Done> &) { live->applyActivity(); });
    }
    if (session.link())
        return;
    // A new owner: the agent went on without us.
    LiveSession *live = &session;
    live->setBusy(true);
    live->adopt().then(this, [this, live](const Result<Done> &adopted) {
        live->setBusy(false);
        if (adopted) {
            live->applyActivity();
            live->tellMissedExit();
            return;
        }
        qCWarning(lcPaddockSessions) << "adopt:" << adopted.error().toString();
        live->setFailure(adopted.error()).then(this, [](const Result<Done> &) {});
    });
}

// What an operation could not do while the engine was away.
void SessionManager::reconcileEnded(LiveSession &session, const docker::ContainerSummary *container)
{
    if (!container)
        return;
    const auto report = [](const Result<Done> &result) {
        if (!result)
            qCWarning(lcPaddockSessions) << "reconcile:" << result.error().toString();
    };
    if (session.session().worktree.isEmpty())
        session.removeContainerByName().then(this, report);
    else if (container->state == docker::ContainerState::Running ||
             container->state == docker::ContainerState::Paused)
        session.stopContainer().then(this, report);
}

void SessionManager::takeBackStart(LiveSession &session)
{
    LiveSession *s = &session;
    m_services.database
        .read<QList<records::StepRecord>>([id = session.id()](store::Connection &connection) {
            return records::unfinishedSteps(connection, id);
        })
        .then(this, [this, s](const Result<QList<records::StepRecord>> &steps) {
            if (!steps || m_operations.contains(s->id()))
                return;
            // A restart of an existing session made no worktree: it and its container stay.
            // The plan tells, which is recorded before its first step.
            const bool isFresh =
                steps->isEmpty() ? s->session().containerId.isEmpty()
                                 : std::ranges::any_of(*steps, [](const records::StepRecord &step) {
                                       return step.step == u"worktree";
                                   });
            auto operation = std::make_unique<Operation>(u"start"_s);
            const auto add = [&operation](const char *name,
                                          const QString &title,
                                          std::function<Pending<Done>()> step) {
                operation->addStep({.name = QString::fromLatin1(name),
                                    .title = title,
                                    .run = std::move(step),
                                    .undo = {}});
            };
            const QString title = tr("Taking back a start that was broken off");
            add("sockets", title, [s] { return s->closeSockets(); });
            if (isFresh) {
                add("create", title, [s] { return s->removeContainerByName(); });
                add("worktree", title, [s] { return s->findTree(); });
                add("repository", title, [s] { return s->removeRepository(); });
                add("worktree", title, [s] { return s->undoTree(); });
                add("folder", title, [s] { return s->undoFolder(); });
            } else {
                add("create", title, [s] { return s->stopContainer(); });
            }
            add("taken-back", title, [s] {
                return s->setFailure(
                    Error(ErrorKind::Cancelled, tr("Paddock ended while the session was starting."))
                        .withRemedy(tr("Start the session again."))
                        .withOperation(u"start"_s));
            });
            run(*s, std::move(operation)).then(this, [](const Result<Done> &) {});
        });
}

void SessionManager::removeStrayFolders()
{
    if (std::exchange(m_strayFoldersRemoved, true))
        return;
    const QDir folders(m_services.paths.state + u"/s"_s);
    const QStringList names =
        folders.entryList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks);
    for (const QString &name : names) {
        auto id = sessionIdFromText(name);
        if (!id || find(*id))
            continue;
        qCInfo(lcPaddockSessions) << "removing a folder without a session:" << name;
        m_services.pool
            .run<Done>([folder = SessionFolder(folders.filePath(name))] { return folder.remove(); })
            .then(this, [](const Result<Done> &) {});
    }
}

} // namespace paddock::sessions
