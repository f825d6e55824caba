// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/SessionFacade.h"

#include "core/base/Chain.h"
#include "core/facade/ProjectFacade.h"
#include "core/sessions/StartOptionsCheck.h"

using namespace Qt::StringLiterals;

namespace paddock::facade {

using namespace sessions;

SessionFacade::SessionFacade(SessionManager &manager,
                             const SessionServices &services,
                             ProjectFacade &projects)
    : m_manager(manager)
    , m_services(services)
    , m_access(manager, services)
    , m_projects(projects)
{
    connect(&m_manager, &SessionManager::added, this, &SessionService::added);
    connect(&m_manager, &SessionManager::changed, this, &SessionService::changed);
    connect(&m_manager, &SessionManager::removed, this, &SessionService::removed);
    connect(&m_manager, &SessionManager::conversationGrew, this, &SessionService::conversationGrew);
}

QList<Session> SessionFacade::list() const
{
    return m_manager.list();
}

std::optional<Session> SessionFacade::find(const SessionId &id) const
{
    const LiveSession *session = m_manager.find(id);
    return session ? std::optional(session->session()) : std::nullopt;
}

Pending<SessionId> SessionFacade::start(const Actor &actor, const StartOptions &options)
{
    if (auto problem = m_services.settings.error())
        return Pending<SessionId>::ready(fail(*problem));
    if (m_services.settings.values().executionMode.value == settings::ExecutionMode::Local) {
        return Pending<SessionId>::ready(
            fail(Error(ErrorKind::UnsupportedOption,
                       tr("Sessions outside of containers are not available in this version."))
                     .withRemedy(
                         tr("Unset AGENT_MODE and SANDBOX_ENABLED to run agents in containers."))));
    }
    if (options.adapter == u"custom" && options.command.isEmpty()) {
        return Pending<SessionId>::ready(
            fail(Error(ErrorKind::InvalidArgument, tr("The adapter \"custom\" needs a command."))
                     .withRemedy(
                         tr("Give it after two dashes: paddockctl session start --agent custom -- "
                            "COMMAND"))));
    }
    if (options.adapter != u"custom" && !options.adapter.isEmpty()) {
        if (auto known = adapters::builtInAdapter(options.adapter); !known)
            return Pending<SessionId>::ready(fail(known.error()));
    }
    if (auto fine = checkStartOptions(options); !fine)
        return Pending<SessionId>::ready(fail(fine.error()));
    return chained<SessionId>(this,
                              m_projects.resolve(actor, options.project),
                              [this, actor, options](const records::ProjectRecord &project) {
                                  return m_manager.start(actor.toString(), project, options);
                              });
}

Pending<Done> SessionFacade::stop(const Actor &actor, const SessionId &id)
{
    return chained<Done>(this,
                         m_access.audit(actor, u"session.stop"_s, id),
                         [this, actor, id](Done) { return m_manager.stop(actor.toString(), id); });
}

Pending<Done> SessionFacade::restart(const Actor &actor, const SessionId &id)
{
    return chained<Done>(
        this, m_access.audit(actor, u"session.restart"_s, id), [this, actor, id](Done) {
            return m_manager.restart(actor.toString(), id);
        });
}

Pending<Done>
SessionFacade::finish(const Actor &actor, const SessionId &id, const FinishOptions &options)
{
    const bool discard = options.branch == FinishOptions::Branch::Discard;
    return chained<Done>(
        this,
        m_access.audit(actor, u"session.finish"_s, id, discard ? u"discard"_s : u"keep"_s),
        [this, actor, id, options](Done) {
            return m_manager.finish(actor.toString(), id, options);
        });
}

Pending<Done>
SessionFacade::remove(const Actor &actor, const SessionId &id, const RemoveOptions &options)
{
    return m_manager.remove(actor.toString(), id, options);
}

Pending<Done> SessionFacade::send(const Actor &actor, const SessionId &id, const QString &text)
{
    auto session = m_access.live(id);
    if (!session)
        return Pending<Done>::ready(fail(session.error()));
    const Session &known = (*session)->session();
    if (isEnded(known.state)) {
        return Pending<Done>::ready(
            fail(Error(ErrorKind::Conflict, tr("The session is %1.").arg(stateName(known.state)))
                     .withRemedy(
                         tr("Start it again with: paddockctl session restart %1").arg(id.value))));
    }
    if (text.trimmed().isEmpty())
        return Pending<Done>::ready(fail(ErrorKind::InvalidArgument, tr("The message is empty.")));
    if (text.size() > 4 * 1024 * 1024) {
        return Pending<Done>::ready(
            fail(Error(ErrorKind::FileTooLarge, tr("The message is too long."))
                     .withRemedy(tr("Put it into a file of the project."))));
    }
    return mapped<Done>(
        this,
        m_services.database.write<Done>(
            [id, who = actor.toString(), text](store::Connection &connection) -> Result<Done> {
                auto number = records::insertPrompt(connection, id, who, text);
                if (!number)
                    return fail(number.error());
                return Done{};
            }),
        [this, id](Done) {
            if (LiveSession *found = m_manager.find(id); found && found->conversation())
                found->conversation()->pump();
            return Result<Done>(Done{});
        });
}

Pending<Done> SessionFacade::answerPermission(const Actor &actor,
                                              const SessionId &id,
                                              const QString &requestId,
                                              PermissionAnswer answer)
{
    const bool allow = answer == PermissionAnswer::AllowOnce;
    return mapped<Done>(
        this,
        m_access.audit(
            actor, u"session.permission"_s, id, requestId + (allow ? u" allow"_s : u" reject"_s)),
        [this, id, requestId, allow](Done) -> Result<Done> {
            auto session = m_access.live(id);
            if (!session)
                return fail(session.error());
            if (!(*session)->conversation())
                return fail(ErrorKind::Conflict, tr("The session does not run."));
            return (*session)->conversation()->answerPermission(requestId, allow);
        });
}

Pending<Done> SessionFacade::cancelTurn(const Actor &actor, const SessionId &id)
{
    return mapped<Done>(
        this, m_access.audit(actor, u"session.cancel"_s, id), [this, id](Done) -> Result<Done> {
            auto session = m_access.live(id);
            if (!session)
                return fail(session.error());
            if (!(*session)->conversation())
                return fail(ErrorKind::Conflict, tr("The session does not run."));
            return (*session)->conversation()->cancelTurn();
        });
}

Pending<QList<ConversationEntry>>
SessionFacade::conversation(const SessionId &id, qint64 after, int limit)
{
    if (auto session = m_access.live(id); !session)
        return Pending<QList<ConversationEntry>>::ready(fail(session.error()));
    return m_services.database.read<QList<ConversationEntry>>(
        [id, after, limit = qBound(1, limit, 5000)](store::Connection &connection) {
            return records::conversation(connection, id, after, limit);
        });
}

Pending<SessionDiff> SessionFacade::diff(const SessionId &id)
{
    auto session = m_access.live(id);
    if (!session)
        return Pending<SessionDiff>::ready(fail(session.error()));
    const SessionState state = (*session)->session().state;
    if (state != SessionState::Running && state != SessionState::Waiting)
        return diffOnHost(id);
    // What the agent committed since the last import belongs to it. If that cannot be had now, what
    // is here is still worth showing.
    return chained<SessionDiff>(
        this, regardless(this, (*session)->import()), [this, id](Done) { return diffOnHost(id); });
}

Pending<SessionDiff> SessionFacade::diffOnHost(const SessionId &id)
{
    auto session = m_access.live(id);
    if (!session)
        return Pending<SessionDiff>::ready(fail(session.error()));
    const worktrees::SessionTree tree = (*session)->tree();
    if (tree.baseCommit.isNull()) {
        return Pending<SessionDiff>::ready(
            fail(Error(ErrorKind::NotFound,
                       tr("The session has no worktree, so there is nothing to compare."))));
    }
    SessionDiff answer;
    answer.baseCommit = tree.baseCommit.toString();
    answer.headCommit = (*session)->session().headCommit;
    for (const worktrees::ImportFlag &flag : (*session)->lastImport().flags) {
        answer.warnings.append(worktrees::importFlagName(flag.kind) + u": "_s +
                               QString::fromUtf8(flag.path) +
                               (flag.detail.isEmpty() ? QString() : u" ("_s + flag.detail + u')'));
    }
    const auto fill = [](SessionDiff &into, const worktrees::DiffReport &report) {
        into.patch = report.text;
        into.truncated = report.truncated;
        for (const worktrees::DiffFile &file : report.files) {
            into.files.append({.path = QString::fromUtf8(file.path),
                               .added = file.added,
                               .removed = file.removed,
                               .status = file.oldPath.isEmpty() ? u"modified"_s : u"renamed"_s});
        }
    };
    if (tree.workPath.isEmpty() || tree.checkout == worktrees::Checkout::MainReadOnly) {
        return mapped<SessionDiff>(
            this,
            m_services.diffs.diff(tree, {.range = worktrees::DiffRange::BaseToHead}),
            [answer, fill](const worktrees::DiffReport &report) mutable {
                fill(answer, report);
                return Result<SessionDiff>(answer);
            });
    }
    return chained<SessionDiff>(
        this,
        m_services.diffs.status(tree),
        [this, tree, answer, fill](const worktrees::TreeStatus &status) mutable {
            answer.commits = status.ahead;
            answer.uncommitted = status.isDirty();
            return mapped<SessionDiff>(
                this,
                m_services.diffs.diff(tree, {.range = worktrees::DiffRange::BaseToFiles}),
                [answer, fill, status](const worktrees::DiffReport &report) mutable {
                    fill(answer, report);
                    for (const worktrees::ChangedFile &file : status.files) {
                        if (file.untracked)
                            answer.files.append({.path = QString::fromUtf8(file.path),
                                                 .added = 0,
                                                 .removed = 0,
                                                 .status = u"untracked"_s});
                    }
                    return Result<SessionDiff>(answer);
                });
        });
}

Pending<QString> SessionFacade::import(const Actor &actor, const SessionId &id)
{
    auto session = m_access.live(id);
    if (!session)
        return Pending<QString>::ready(fail(session.error()));
    return chained<QString>(this, m_access.audit(actor, u"session.import"_s, id), [this, id](Done) {
        auto found = m_access.live(id);
        if (!found)
            return Pending<QString>::ready(fail(found.error()));
        return mapped<QString>(this, (*found)->import(), [](const worktrees::ImportReport &report) {
            return Result<QString>(report.head.toString());
        });
    });
}

Result<std::unique_ptr<Terminal>> SessionFacade::attach(const Actor &actor, const SessionId &id)
{
    auto session = m_access.live(id);
    if (!session)
        return fail(session.error());
    m_access.audit(actor, u"session.attach"_s, id).then(this, [](const Result<Done> &) {});
    return (*session)->attachTerminal();
}

Result<std::unique_ptr<Terminal>>
SessionFacade::shell(const Actor &actor, const SessionId &id, int columns, int rows)
{
    auto session = m_access.live(id);
    if (!session)
        return fail(session.error());
    m_access.audit(actor, u"session.shell"_s, id).then(this, [](const Result<Done> &) {});
    return (*session)->openShell(columns, rows);
}

Pending<QJsonObject> SessionFacade::posture(const SessionId &id)
{
    auto session = m_access.live(id);
    if (!session)
        return Pending<QJsonObject>::ready(fail(session.error()));
    return (*session)->posture();
}

} // namespace paddock::facade
