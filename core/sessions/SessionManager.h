// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Operation.h"
#include "core/docker/EngineWatch.h"
#include "core/sessions/LiveSession.h"
#include "core/sessions/ProjectRecords.h"

#include <QHash>
#include <QObject>

#include <memory>
#include <vector>

namespace paddock::sessions {

/// Every session of this installation: the table in memory, the operations on them, and keeping
/// both true to what the engine has. Main thread; one object in the one owner.
class SessionManager : public QObject
{
    Q_OBJECT

public:
    SessionManager(const SessionServices &services,
                   docker::EngineWatch &watch,
                   QObject *parent = nullptr);
    ~SessionManager() override;

    /// Reads the table. What a crash left is finished or undone as soon as the engine is seen.
    [[nodiscard]] Result<Done> load();

    [[nodiscard]] QList<Session> list() const; ///< newest first
    [[nodiscard]] LiveSession *find(const SessionId &id) const;

    [[nodiscard]] Pending<SessionId>
    start(const QString &actor, const records::ProjectRecord &project, const StartOptions &options);
    [[nodiscard]] Pending<Done> restart(const QString &actor, const SessionId &id);
    [[nodiscard]] Pending<Done> stop(const QString &actor, const SessionId &id);
    [[nodiscard]] Pending<Done>
    finish(const QString &actor, const SessionId &id, const FinishOptions &options);
    [[nodiscard]] Pending<Done>
    remove(const QString &actor, const SessionId &id, const RemoveOptions &options);

    /// Sessions show the name of their project.
    void projectRenamed(const ProjectId &project, const QString &name);
    [[nodiscard]] bool hasSessionsOf(const ProjectId &project) const;

Q_SIGNALS:
    void added(const paddock::SessionId &id);
    void changed(const paddock::SessionId &id);
    void removed(const paddock::SessionId &id);
    void conversationGrew(const paddock::SessionId &id, qint64 sequence);

private:
    LiveSession *insert(std::unique_ptr<LiveSession> session);
    void erase(const SessionId &id);
    [[nodiscard]] Result<LiveSession *> ready(const SessionId &id) const;

    /// Runs \a operation on \a session: steps recorded, state kept, one at a time.
    [[nodiscard]] Pending<Done> run(LiveSession &session,
                                    std::unique_ptr<Operation> operation,
                                    Operation::Plan plan = Operation::Plan::ToBeRecorded);
    [[nodiscard]] std::unique_ptr<Operation> startOperation(LiveSession &session, bool isFresh);
    [[nodiscard]] std::unique_ptr<Operation>
    stopOperation(LiveSession &session, SessionState end, const std::optional<Error> &failure);
    [[nodiscard]] std::unique_ptr<Operation> finishOperation(LiveSession &session,
                                                             const FinishOptions &options);
    void addSteps(Operation &operation, LiveSession &session, bool isFresh);

    void onAgentExited(LiveSession &session, const sandbox::link::ProcessExit &exit);
    void onEngineEvent(const docker::EngineEvent &event);
    /// Compares table, containers (by exact labels) and folders, and finishes or undoes what a
    /// crash left. Touches nothing without this installation's label.
    void reconcile();
    void reconcileWith(const QList<docker::ContainerSummary> &containers);
    void reconcileEnded(LiveSession &session, const docker::ContainerSummary *container);
    void takeBackStart(LiveSession &session);
    void removeStrayFolders();
    void reconcileSession(LiveSession &session, const docker::ContainerSummary *container);
    void containerGone(LiveSession &session, const QString &how);

    const SessionServices &m_services;
    docker::EngineWatch &m_watch;
    std::vector<std::unique_ptr<LiveSession>> m_sessions; // newest first
    QHash<SessionId, Operation *> m_operations;           // running, owned by their run()
    bool m_reconciling = false;
    bool m_reconcileAgain = false;
    bool m_strayFoldersRemoved = false;
};

} // namespace paddock::sessions
