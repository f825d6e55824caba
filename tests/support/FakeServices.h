// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "tests/support/FakeChangesService.h"

#include <QHash>
#include <QMultiHash>
#include <QPointer>

#include <deque>
#include <functional>
#include <map>
#include <vector>

/// The services of the facade in memory, for tests of the doors and the window: they answer at
/// once, remember what they were asked, fail or hold back when told to. What an engine, git or an
/// agent would do is put in by the test.
namespace paddock::test {

/// A terminal that the test plays the program of.
class FakeTerminal : public facade::Terminal
{
    Q_OBJECT
public:
    using Terminal::Terminal;
    void write(const QByteArray &bytes) override;
    void resize(int columns, int rows) override;
    void feed(const QByteArray &bytes) { Q_EMIT output(bytes); }
    void finish(const Result<int> &exitCode) { Q_EMIT closed(exitCode); }

    QByteArray written;
    int columns = 0;
    int rows = 0;

Q_SIGNALS:
    void wrote(const QByteArray &bytes);
    void resized(int columns, int rows);
};

class FakeSessionService : public facade::SessionService
{
    Q_OBJECT
public:
    explicit FakeSessionService(FakeScript &script);

    // What the test does.
    void addSession(const sessions::Session &session);
    /// Replaces the session of the same id and says that it changed.
    void updateSession(const sessions::Session &session);
    void setState(const SessionId &id, sessions::SessionState state, const QString &substate = {});
    void dropSession(const SessionId &id);
    /// Appends with the next sequence and says that the conversation grew.
    void appendEntry(const SessionId &id,
                     sessions::ConversationEntry::Direction direction,
                     const QByteArray &bytes);
    QHash<SessionId, facade::SessionDiff> diffs;
    QHash<SessionId, QJsonObject> postures;
    QString importedHead = QString(40, QLatin1Char('b'));
    /// The terminal that was opened last; owned by whoever opened it.
    QPointer<FakeTerminal> terminal;
    /// Called for each terminal that is opened, after it was handed out.
    std::function<void(FakeTerminal &)> onTerminal;
    /// Changes the session that start() is about to record.
    std::function<void(sessions::Session &, const sessions::StartOptions &)> onStart;
    [[nodiscard]] FakeScript &script() { return m_script; }

    [[nodiscard]] QList<sessions::Session> list() const override;
    [[nodiscard]] std::optional<sessions::Session> find(const SessionId &id) const override;
    [[nodiscard]] Pending<SessionId> start(const facade::Actor &actor,
                                           const sessions::StartOptions &options) override;
    [[nodiscard]] Pending<Done> stop(const facade::Actor &actor, const SessionId &id) override;
    [[nodiscard]] Pending<Done> restart(const facade::Actor &actor, const SessionId &id) override;
    [[nodiscard]] Pending<Done> finish(const facade::Actor &actor,
                                       const SessionId &id,
                                       const sessions::FinishOptions &options) override;
    [[nodiscard]] Pending<Done> remove(const facade::Actor &actor,
                                       const SessionId &id,
                                       const sessions::RemoveOptions &options) override;
    [[nodiscard]] Pending<Done>
    send(const facade::Actor &actor, const SessionId &id, const QString &text) override;
    [[nodiscard]] Pending<Done> answerPermission(const facade::Actor &actor,
                                                 const SessionId &id,
                                                 const QString &requestId,
                                                 PermissionAnswer answer) override;
    [[nodiscard]] Pending<Done> cancelTurn(const facade::Actor &actor,
                                           const SessionId &id) override;
    [[nodiscard]] Pending<QList<sessions::ConversationEntry>>
    conversation(const SessionId &id, qint64 after, int limit) override;
    [[nodiscard]] Pending<facade::SessionDiff> diff(const SessionId &id) override;
    [[nodiscard]] Pending<QString> import(const facade::Actor &actor, const SessionId &id) override;
    [[nodiscard]] Result<std::unique_ptr<facade::Terminal>> attach(const facade::Actor &actor,
                                                                   const SessionId &id) override;
    [[nodiscard]] Result<std::unique_ptr<facade::Terminal>>
    shell(const facade::Actor &actor, const SessionId &id, int columns, int rows) override;
    [[nodiscard]] Pending<QJsonObject> posture(const SessionId &id) override;

private:
    [[nodiscard]] Pending<Done>
    change(const QString &method, const SessionId &id, std::function<void()> apply);
    [[nodiscard]] Result<std::unique_ptr<facade::Terminal>> openTerminal(const QString &method,
                                                                         const SessionId &id);

    FakeScript &m_script;
    QList<sessions::Session> m_sessions;
    QHash<SessionId, QList<sessions::ConversationEntry>> m_conversations;
    int m_started = 0;
};

class FakeProjectService : public facade::ProjectService
{
    Q_OBJECT
public:
    explicit FakeProjectService(FakeScript &script)
        : m_script(script)
    {
    }
    QList<facade::ProjectInfo> projects;
    facade::ProjectChange lastChange; ///< what was asked for last
    QList<facade::IgnoredFile> ignored;
    facade::PatternPreview preview;

    [[nodiscard]] QList<facade::ProjectInfo> list() const override { return projects; }
    [[nodiscard]] Pending<facade::ProjectInfo> add(const facade::Actor &actor,
                                                   const QString &path) override;
    [[nodiscard]] Pending<facade::ProjectInfo> change(const facade::Actor &actor,
                                                      const QString &project,
                                                      const facade::ProjectChange &change) override;
    [[nodiscard]] Pending<Done> remove(const facade::Actor &actor, const ProjectId &id) override;
    [[nodiscard]] Pending<QList<facade::IgnoredFile>>
    ignoredFiles(const QString &project, const QStringList &patterns) override;
    [[nodiscard]] Pending<facade::PatternPreview>
    previewPatterns(const QString &project, const facade::PatternQuery &query) override;

private:
    FakeScript &m_script;
};

class FakeImageBuild : public facade::ImageBuild
{
    Q_OBJECT
public:
    using ImageBuild::ImageBuild;
    void cancel() override;
    bool cancelled = false;
};

class FakeImageService : public facade::ImageService
{
    Q_OBJECT
public:
    explicit FakeImageService(FakeScript &script)
        : m_script(script)
    {
    }
    QList<facade::ImageInfo> images;
    QStringList recipeNames = {QStringLiteral("claude-agent-base")};
    /// The build that was started last; the test makes it go on. Owned by whoever started it.
    QPointer<FakeImageBuild> running;
    std::function<void(FakeImageBuild &)> onBuild; ///< from the event loop, after build()

    [[nodiscard]] Pending<QList<facade::ImageInfo>> list() override;
    [[nodiscard]] QStringList recipes() const override { return recipeNames; }
    [[nodiscard]] std::unique_ptr<facade::ImageBuild>
    build(const facade::Actor &actor, const QString &recipe, Rebuild rebuild) override;

private:
    FakeScript &m_script;
};

class FakeHealthService : public facade::HealthService
{
    Q_OBJECT
public:
    explicit FakeHealthService(FakeScript &script)
        : m_script(script)
    {
    }
    void setHealth(const facade::Health &health);

    [[nodiscard]] facade::Health current() const override { return m_health; }
    [[nodiscard]] Pending<facade::Health> check() override;

private:
    FakeScript &m_script;
    facade::Health m_health;
};

/// All of them together.
struct FakeServices
{
    FakeScript script;
    FakeSessionService sessions{script};
    FakeChangesService changes{script};
    FakeProjectService projects{script};
    FakeImageService images{script};
    FakeHealthService health{script};

    [[nodiscard]] facade::Services services()
    {
        return {.sessions = &sessions,
                .changes = &changes,
                .projects = &projects,
                .images = &images,
                .health = &health};
    }
};

/// A session with every field filled in plausibly. \a id must have 8 characters.
[[nodiscard]] sessions::Session sampleSession(const QString &id, const QString &title);
/// Engine there, image there.
[[nodiscard]] facade::Health goodHealth();

} // namespace paddock::test
