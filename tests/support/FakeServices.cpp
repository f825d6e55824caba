// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeServices.h"

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

Error noSuchSession(const SessionId &id)
{
    return Error(ErrorKind::NotFound, u"There is no session %1."_s.arg(id.value));
}

} // namespace

void FakeTerminal::write(const QByteArray &bytes)
{
    written += bytes;
    Q_EMIT wrote(bytes);
}

void FakeTerminal::resize(int newColumns, int newRows)
{
    columns = newColumns;
    rows = newRows;
    Q_EMIT resized(newColumns, newRows);
}

FakeSessionService::FakeSessionService(FakeScript &script)
    : m_script(script)
{
}

void FakeSessionService::addSession(const sessions::Session &session)
{
    m_sessions.prepend(session);
    Q_EMIT added(session.id);
}

void FakeSessionService::updateSession(const sessions::Session &session)
{
    for (sessions::Session &known : m_sessions) {
        if (known.id == session.id) {
            known = session;
            Q_EMIT changed(session.id);
            return;
        }
    }
    Q_ASSERT(false);
}

void FakeSessionService::setState(const SessionId &id,
                                  sessions::SessionState state,
                                  const QString &substate)
{
    auto session = find(id);
    Q_ASSERT(session);
    session->state = state;
    session->substate = substate;
    updateSession(*session);
}

void FakeSessionService::dropSession(const SessionId &id)
{
    m_sessions.removeIf([&id](const sessions::Session &session) { return session.id == id; });
    Q_EMIT removed(id);
}

void FakeSessionService::appendEntry(const SessionId &id,
                                     sessions::ConversationEntry::Direction direction,
                                     const QByteArray &bytes)
{
    auto &entries = m_conversations[id];
    const qint64 sequence = entries.size() + 1;
    entries.append({.sequence = sequence,
                    .direction = direction,
                    .at = QDateTime::currentDateTimeUtc(),
                    .bytes = bytes});
    Q_EMIT conversationGrew(id, sequence);
}

QList<sessions::Session> FakeSessionService::list() const
{
    return m_sessions;
}

std::optional<sessions::Session> FakeSessionService::find(const SessionId &id) const
{
    for (const sessions::Session &session : m_sessions) {
        if (session.id == id)
            return session;
    }
    return std::nullopt;
}

Pending<SessionId> FakeSessionService::start(const facade::Actor &actor,
                                             const sessions::StartOptions &options)
{
    m_script.record(u"session.start"_s,
                    actor.toString(),
                    {options.project,
                     options.title,
                     options.adapter,
                     sessions::modeName(options.mode),
                     options.image,
                     options.message,
                     options.base,
                     options.command.join(u' '),
                     options.commandKind,
                     options.upstream,
                     options.demoScript,
                     options.branch,
                     options.adopt,
                     options.fetch ? u"fetch"_s : QString(),
                     options.fetchRemote,
                     QString::fromUtf8(options.copyIgnored.join(' ')),
                     options.withSecrets ? u"with secrets"_s : QString(),
                     options.include.join(u' '),
                     options.exclude.join(u' ')});
    return m_script.answer<SessionId>(u"session.start"_s, [this, options] {
        auto session = sampleSession(u"start%1"_s.arg(++m_started, 3, 10, QChar(u'0')),
                                     options.title.isEmpty() ? options.message : options.title);
        session.state = sessions::SessionState::Preparing;
        session.adapter = options.adapter.isEmpty() ? u"claude-code"_s : options.adapter;
        session.mode = options.mode;
        if (onStart)
            onStart(session, options);
        addSession(session);
        return Result<SessionId>(session.id);
    });
}

Pending<Done>
FakeSessionService::change(const QString &method, const SessionId &id, std::function<void()> apply)
{
    return m_script.answer<Done>(method, [this, id, apply = std::move(apply)]() -> Result<Done> {
        if (!find(id))
            return fail(noSuchSession(id));
        if (apply)
            apply();
        return Done{};
    });
}

Pending<Done> FakeSessionService::stop(const facade::Actor &actor, const SessionId &id)
{
    m_script.record(u"session.stop"_s, actor.toString(), {id.value});
    return change(
        u"session.stop"_s, id, [this, id] { setState(id, sessions::SessionState::Stopped); });
}

Pending<Done> FakeSessionService::restart(const facade::Actor &actor, const SessionId &id)
{
    m_script.record(u"session.restart"_s, actor.toString(), {id.value});
    return change(
        u"session.restart"_s, id, [this, id] { setState(id, sessions::SessionState::Preparing); });
}

Pending<Done> FakeSessionService::finish(const facade::Actor &actor,
                                         const SessionId &id,
                                         const sessions::FinishOptions &options)
{
    const bool keep = options.branch == sessions::FinishOptions::Branch::Keep;
    m_script.record(
        u"session.finish"_s, actor.toString(), {id.value, keep ? u"keep"_s : u"discard"_s});
    return change(
        u"session.finish"_s, id, [this, id] { setState(id, sessions::SessionState::Finished); });
}

Pending<Done> FakeSessionService::remove(const facade::Actor &actor,
                                         const SessionId &id,
                                         const sessions::RemoveOptions &options)
{
    const bool protect = options.work == sessions::RemoveOptions::Work::Protect;
    m_script.record(
        u"session.remove"_s, actor.toString(), {id.value, protect ? u"protect"_s : u"discard"_s});
    return change(u"session.remove"_s, id, [this, id] { dropSession(id); });
}

Pending<Done>
FakeSessionService::send(const facade::Actor &actor, const SessionId &id, const QString &text)
{
    m_script.record(u"session.send"_s, actor.toString(), {id.value, text});
    return change(u"session.send"_s, id, {});
}

Pending<Done> FakeSessionService::answerPermission(const facade::Actor &actor,
                                                   const SessionId &id,
                                                   const QString &requestId,
                                                   PermissionAnswer answer)
{
    m_script.record(
        u"session.answer"_s,
        actor.toString(),
        {id.value, requestId, answer == PermissionAnswer::AllowOnce ? u"allow"_s : u"reject"_s});
    return change(u"session.answer"_s, id, {});
}

Pending<Done> FakeSessionService::cancelTurn(const facade::Actor &actor, const SessionId &id)
{
    m_script.record(u"session.cancelTurn"_s, actor.toString(), {id.value});
    return change(u"session.cancelTurn"_s, id, {});
}

Pending<QList<sessions::ConversationEntry>>
FakeSessionService::conversation(const SessionId &id, qint64 after, int limit)
{
    using Entries = QList<sessions::ConversationEntry>;
    m_script.record(
        u"session.conversation"_s, {}, {id.value, QString::number(after), QString::number(limit)});
    return m_script.answer<Entries>(u"session.conversation"_s,
                                    [this, id, after, limit]() -> Result<Entries> {
                                        Entries entries;
                                        for (const auto &entry : m_conversations.value(id)) {
                                            if (entry.sequence > after && entries.size() < limit)
                                                entries.append(entry);
                                        }
                                        return entries;
                                    });
}

Pending<facade::SessionDiff> FakeSessionService::diff(const SessionId &id)
{
    m_script.record(u"session.diff"_s, {}, {id.value});
    return m_script.answer<facade::SessionDiff>(
        u"session.diff"_s, [this, id] { return Result<facade::SessionDiff>(diffs.value(id)); });
}

Pending<QString> FakeSessionService::import(const facade::Actor &actor, const SessionId &id)
{
    m_script.record(u"session.import"_s, actor.toString(), {id.value});
    return m_script.answer<QString>(u"session.import"_s, [this, id]() -> Result<QString> {
        auto session = find(id);
        if (!session)
            return fail(noSuchSession(id));
        session->headCommit = importedHead;
        updateSession(*session);
        return importedHead;
    });
}

Result<std::unique_ptr<facade::Terminal>> FakeSessionService::openTerminal(const QString &method,
                                                                           const SessionId &id)
{
    if (const auto error = m_script.takeFailure(method))
        return fail(*error);
    if (!find(id))
        return fail(noSuchSession(id));
    auto opened = std::make_unique<FakeTerminal>();
    terminal = opened.get();
    if (onTerminal) {
        QMetaObject::invokeMethod(
            opened.get(), [this, raw = opened.get()] { onTerminal(*raw); }, Qt::QueuedConnection);
    }
    return opened;
}

Result<std::unique_ptr<facade::Terminal>> FakeSessionService::attach(const facade::Actor &actor,
                                                                     const SessionId &id)
{
    m_script.record(u"session.attach"_s, actor.toString(), {id.value});
    return openTerminal(u"session.attach"_s, id);
}

Result<std::unique_ptr<facade::Terminal>>
FakeSessionService::shell(const facade::Actor &actor, const SessionId &id, int columns, int rows)
{
    m_script.record(u"session.shell"_s,
                    actor.toString(),
                    {id.value, QString::number(columns), QString::number(rows)});
    return openTerminal(u"session.shell"_s, id);
}

Pending<QJsonObject> FakeSessionService::posture(const SessionId &id)
{
    m_script.record(u"session.posture"_s, {}, {id.value});
    return m_script.answer<QJsonObject>(
        u"session.posture"_s, [this, id] { return Result<QJsonObject>(postures.value(id)); });
}

Pending<facade::ProjectInfo> FakeProjectService::add(const facade::Actor &actor,
                                                     const QString &path)
{
    m_script.record(u"project.add"_s, actor.toString(), {path});
    return m_script.answer<facade::ProjectInfo>(u"project.add"_s, [this, path] {
        for (const facade::ProjectInfo &known : std::as_const(projects)) {
            if (known.path == path)
                return Result<facade::ProjectInfo>(known);
        }
        const facade::ProjectInfo project{
            .id = ProjectId{u"proj%1"_s.arg(projects.size(), 4, 10, QChar(u'0'))},
            .name = path.section(u'/', -1),
            .path = path,
            .settings = {},
            .problem = {}};
        projects.append(project);
        Q_EMIT changed();
        return Result<facade::ProjectInfo>(project);
    });
}

Pending<facade::ProjectInfo> FakeProjectService::change(const facade::Actor &actor,
                                                        const QString &project,
                                                        const facade::ProjectChange &change)
{
    m_script.record(u"project.change"_s, actor.toString(), {project, facade::summaryOf(change)});
    return m_script.answer<facade::ProjectInfo>(u"project.change"_s, [this, project, change] {
        lastChange = change;
        facade::ProjectInfo info = projects.value(0);
        if (change.name)
            info.name = *change.name;
        if (change.isolation)
            info.settings.isolation = *change.isolation;
        if (change.image)
            info.settings.image = *change.image;
        info.settings.gitSettings += change.gitSet;
        return Result<facade::ProjectInfo>(info);
    });
}

Pending<Done> FakeProjectService::remove(const facade::Actor &actor, const ProjectId &id)
{
    m_script.record(u"project.remove"_s, actor.toString(), {id.value});
    return m_script.answer<Done>(u"project.remove"_s, [this, id] {
        projects.removeIf([&id](const facade::ProjectInfo &project) { return project.id == id; });
        Q_EMIT changed();
        return Result<Done>(Done{});
    });
}

Pending<QList<facade::IgnoredFile>> FakeProjectService::ignoredFiles(const QString &project,
                                                                     const QStringList &patterns)
{
    m_script.record(u"project.ignored"_s, {}, {project, patterns.join(u' ')});
    return m_script.answer<QList<facade::IgnoredFile>>(
        u"project.ignored"_s, [this] { return Result<QList<facade::IgnoredFile>>(ignored); });
}

Pending<facade::PatternPreview>
FakeProjectService::previewPatterns(const QString &project, const facade::PatternQuery &query)
{
    m_script.record(u"project.preview"_s,
                    {},
                    {project, query.base, query.include.join(u' '), query.exclude.join(u' ')});
    return m_script.answer<facade::PatternPreview>(
        u"project.preview"_s, [this] { return Result<facade::PatternPreview>(preview); });
}

void FakeImageBuild::cancel()
{
    if (std::exchange(cancelled, true))
        return;
    Q_EMIT finished(fail(ErrorKind::Cancelled, u"The build was cancelled."_s));
}

Pending<QList<facade::ImageInfo>> FakeImageService::list()
{
    m_script.record(u"image.list"_s, {}, {});
    return m_script.answer<QList<facade::ImageInfo>>(
        u"image.list"_s, [this] { return Result<QList<facade::ImageInfo>>(images); });
}

std::unique_ptr<facade::ImageBuild>
FakeImageService::build(const facade::Actor &actor, const QString &recipe, Rebuild rebuild)
{
    m_script.record(u"image.build"_s,
                    actor.toString(),
                    {recipe, rebuild == Rebuild::Always ? u"always"_s : u"if-changed"_s});
    auto build = std::make_unique<FakeImageBuild>();
    running = build.get();
    if (onBuild) {
        QMetaObject::invokeMethod(
            build.get(), [this, raw = build.get()] { onBuild(*raw); }, Qt::QueuedConnection);
    }
    return build;
}

void FakeHealthService::setHealth(const facade::Health &health)
{
    if (m_health == health)
        return;
    m_health = health;
    Q_EMIT changed();
}

Pending<facade::Health> FakeHealthService::check()
{
    m_script.record(u"health.check"_s, {}, {});
    return m_script.answer<facade::Health>(u"health.check"_s,
                                           [this] { return Result<facade::Health>(m_health); });
}

sessions::Session sampleSession(const QString &id, const QString &title)
{
    sessions::Session session;
    session.id = SessionId{id};
    session.title = title;
    session.state = sessions::SessionState::Running;
    session.substate = u"idle"_s;
    session.adapter = u"claude-code"_s;
    session.projectId = ProjectId{u"proj0001"_s};
    session.projectName = u"sample"_s;
    session.projectPath = u"/home/someone/projects/sample"_s;
    session.mode = sessions::SessionMode::Write;
    session.image = u"claude-agent-base:latest"_s;
    session.imageSource = u"default"_s;
    session.imageId = ImageId{u"sha256:"_s + QString(64, u'1')};
    session.containerId = ContainerId{QString(64, u'c')};
    session.branch = u"paddock/"_s + slugOf(title) + u"-k3"_s;
    session.worktree = session.projectPath + u"/.worktrees/"_s + slugOf(title) + u"-k3"_s;
    session.baseCommit = QString(40, u'a');
    session.headCommit = QString(40, u'a');
    session.createdAt = QDateTime(QDate(2026, 1, 2), QTime(3, 4, 5), Qt::UTC);
    session.updatedAt = session.createdAt.addSecs(60);
    return session;
}

facade::Health goodHealth()
{
    facade::Health health;
    health.ok = true;
    health.mode = u"docker"_s;
    health.socketConnected = true;
    health.imageAvailable = true;
    health.imageName = u"claude-agent-base"_s;
    health.networkExists = true;
    health.engineVersion = u"20.10.24"_s;
    health.socketPath = u"/var/run/docker.sock"_s;
    health.socketSource = u"default"_s;
    health.items = {{.id = u"engine"_s,
                     .title = u"Docker 20.10.24"_s,
                     .status = facade::HealthItem::Status::Good,
                     .error = {},
                     .action = {}},
                    {.id = u"image"_s,
                     .title = u"Image claude-agent-base"_s,
                     .status = facade::HealthItem::Status::Good,
                     .error = {},
                     .action = {}}};
    return health;
}

} // namespace paddock::test
