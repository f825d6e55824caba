// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/facade/Actor.h"
#include "core/facade/ChangesService.h"
#include "core/projects/ProjectSettings.h"
#include "core/sessions/Session.h"
#include "core/sessions/Terminal.h"

#include <QByteArrayList>
#include <QHash>
#include <QJsonObject>
#include <QObject>

#include <memory>
#include <optional>
#include <utility>

/// The services that every door (window, paddockctl, an agent's tools, a peer) reaches. Abstract so
/// that a door can be tested without an engine; Facade makes the real ones. Main thread only.
namespace paddock::facade {

struct ProjectInfo
{
    ProjectId id;
    QString name;
    QString path; ///< absolute, top level of the repository
    projects::ProjectSettings settings;
    QString problem; ///< why no session can be started on it; empty: fine
    bool operator==(const ProjectInfo &) const = default;
};

/// What is to be different about a project; what is not set stays as it is.
struct ProjectChange
{
    std::optional<QString> name{};
    std::optional<QString> image{}; ///< empty, here and below: none of its own
    std::optional<projects::Isolation> isolation{};
    std::optional<QString> worktreesRoot{};
    std::optional<QStringList> protectedBranches{};
    std::optional<QString> gitName{};
    std::optional<QString> gitEmail{};
    QList<std::pair<QByteArray, QByteArray>> gitSet{}; ///< settings of git, by name
    QByteArrayList gitUnset{};                         ///< names of those that are to go
    std::optional<QString> group{};
    std::optional<QString> umask{}; ///< octal
    bool operator==(const ProjectChange &) const = default;
};

/// "isolation=never umask=027": for the audit and for logs.
[[nodiscard]] QString summaryOf(const ProjectChange &change);

/// A file or folder that git ignores in a project: it is not in a new worktree, unless it is copied
/// there (StartOptions::copyIgnored).
struct IgnoredFile
{
    QByteArray path{}; ///< from the top of the project, without a '/' at the end
    bool isFolder = false;
    qint64 bytes = 0; ///< of all files in it; a lower bound when isTooLarge
    int files = 0;    ///< likewise
    bool isTooLarge = false;
    bool looksSecret = false; ///< copied only when the person says so
    bool operator==(const IgnoredFile &) const = default;
};

struct PatternQuery
{
    QString base{}; ///< as StartOptions::base
    QStringList include{};
    QStringList exclude{};
    bool operator==(const PatternQuery &) const = default;
};

/// What patterns would do to the committed files of a project.
struct PatternPreview
{
    qint64 shownFiles = 0;
    qint64 shownBytes = 0;
    qint64 hiddenFiles = 0;
    qint64 hiddenBytes = 0;
    QList<QByteArray> hidden{}; ///< the first 1000
    bool canExplore = true;     ///< they can be used by a session that only explores, too
    bool operator==(const PatternPreview &) const = default;
};

struct ImageInfo
{
    QString id;       ///< "sha256:…"
    QStringList tags; ///< may be empty
    qint64 bytes = 0;
    QDateTime createdAt;
    bool isAgentImage = false; ///< made by Paddock or named like one
};

struct DiffFile
{
    QString path;     ///< as git names it, undecodable bytes replaced; plain text for display
    qint64 added = 0; ///< lines; -1 for binary
    qint64 removed = 0;
    QString status; ///< "added", "modified", "deleted", "renamed", "untracked"
};

struct SessionDiff
{
    QString baseCommit;
    QString headCommit;
    QList<DiffFile> files;
    QByteArray patch;         ///< unified diff, bytes of the files as they are: hostile text
    bool truncated = false;   ///< the patch was cut at the size limit
    int commits = 0;          ///< on the branch since the base
    bool uncommitted = false; ///< the patch contains work that is not committed
    QStringList warnings;     ///< what the import flagged: symlinks, attributes, odd names …
};

using sessions::Terminal;

class SessionService : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Newest first.
    [[nodiscard]] virtual QList<sessions::Session> list() const = 0;
    [[nodiscard]] virtual std::optional<sessions::Session> find(const SessionId &id) const = 0;

    /// Answers as soon as the session is recorded; progress follows as changed().
    [[nodiscard]] virtual Pending<SessionId> start(const Actor &actor,
                                                   const sessions::StartOptions &options) = 0;
    /// During the start: cancels it and takes it back. Else: ends the agent, keeps the work.
    [[nodiscard]] virtual Pending<Done> stop(const Actor &actor, const SessionId &id) = 0;
    [[nodiscard]] virtual Pending<Done> restart(const Actor &actor, const SessionId &id) = 0;
    [[nodiscard]] virtual Pending<Done>
    finish(const Actor &actor, const SessionId &id, const sessions::FinishOptions &options) = 0;
    [[nodiscard]] virtual Pending<Done>
    remove(const Actor &actor, const SessionId &id, const sessions::RemoveOptions &options) = 0;

    /// Stored when it answers; delivered to the agent exactly once, after the running turn.
    [[nodiscard]] virtual Pending<Done>
    send(const Actor &actor, const SessionId &id, const QString &text) = 0;
    /// \a allow answers with the option of kind allow_once, else reject_once.
    enum class PermissionAnswer { AllowOnce, RejectOnce };
    [[nodiscard]] virtual Pending<Done> answerPermission(const Actor &actor,
                                                         const SessionId &id,
                                                         const QString &requestId,
                                                         PermissionAnswer answer) = 0;
    /// Asks the agent to end the running turn.
    [[nodiscard]] virtual Pending<Done> cancelTurn(const Actor &actor, const SessionId &id) = 0;

    /// Entries with a sequence greater than \a after, oldest first, at most \a limit.
    [[nodiscard]] virtual Pending<QList<sessions::ConversationEntry>>
    conversation(const SessionId &id, qint64 after, int limit) = 0;

    [[nodiscard]] virtual Pending<SessionDiff> diff(const SessionId &id) = 0;
    /// Brings the agent's commits over now; answers the new head (hex).
    [[nodiscard]] virtual Pending<QString> import(const Actor &actor, const SessionId &id) = 0;

    /// The agent's own terminal (adapters that run in one): replays what is kept, then follows.
    [[nodiscard]] virtual Result<std::unique_ptr<Terminal>> attach(const Actor &actor,
                                                                   const SessionId &id) = 0;
    /// A new shell in the session's container.
    [[nodiscard]] virtual Result<std::unique_ptr<Terminal>>
    shell(const Actor &actor, const SessionId &id, int columns, int rows) = 0;
    /// What the engine and the kernel say about the running container, read back:
    /// { container, image, networkMode, interfaces: [names], capabilities: { effective, bounding }
    /// (hex), noNewPrivileges, seccomp (0 off, 2 filter), user ("uid:gid"), readOnlyRoot,
    /// privileged, mounts: [{ source, target, readOnly }], environment: [names], keysInEnvironment:
    /// [names of variables whose value looks like a real key], memoryBytes, pids, nanoCpus }.
    [[nodiscard]] virtual Pending<QJsonObject> posture(const SessionId &id) = 0;

Q_SIGNALS:
    void added(const paddock::SessionId &id);
    void changed(const paddock::SessionId &id);
    void removed(const paddock::SessionId &id);
    /// New entries up to \a sequence can be read.
    void conversationGrew(const paddock::SessionId &id, qint64 sequence);
};

class ProjectService : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    [[nodiscard]] virtual QList<ProjectInfo> list() const = 0;
    /// Checks that \a path is in an ordinary repository; a known path answers its project.
    [[nodiscard]] virtual Pending<ProjectInfo> add(const Actor &actor, const QString &path) = 0;
    /// For sessions that start from now on; answers what the project is then. \a project as below.
    /// NotFound, InvalidArgument (what is wrong with which value), PermissionDenied (the group).
    [[nodiscard]] virtual Pending<ProjectInfo>
    change(const Actor &actor, const QString &project, const ProjectChange &change) = 0;
    /// Forgets it; refused (Conflict) while it has sessions. Touches nothing in the repository.
    [[nodiscard]] virtual Pending<Done> remove(const Actor &actor, const ProjectId &id) = 0;

    // \a project: its id, name or absolute path; that of a repository which is no project will do.
    /// Sorted by path, at most 1000. No \a patterns: the usual ones (.env and the like).
    [[nodiscard]] virtual Pending<QList<IgnoredFile>> ignoredFiles(const QString &project,
                                                                   const QStringList &patterns) = 0;
    [[nodiscard]] virtual Pending<PatternPreview> previewPatterns(const QString &project,
                                                                  const PatternQuery &query) = 0;

Q_SIGNALS:
    void changed();
};

/// A build that is running. Owned by the caller; destroying it cancels.
class ImageBuild : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    virtual void cancel() = 0;

Q_SIGNALS:
    void log(const QString &line);                        ///< plain text, one line
    void progress(int step, int steps);                   ///< 1-based; steps 0: not known yet
    void finished(const paddock::Result<QString> &image); ///< image id
};

class ImageService : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    [[nodiscard]] virtual Pending<QList<ImageInfo>> list() = 0;
    [[nodiscard]] virtual QStringList recipes() const = 0; ///< names that build() takes
    enum class Rebuild { IfChanged, Always };
    [[nodiscard]] virtual std::unique_ptr<ImageBuild>
    build(const Actor &actor, const QString &recipe, Rebuild rebuild) = 0;
};

/// One line of the health strip.
struct HealthItem
{
    enum class Status { Checking, Good, Missing, Broken };
    QString id;    ///< "engine", "image", "network", "projects"
    QString title; ///< "Docker 20.10"
    Status status = Status::Checking;
    std::optional<Error> error; ///< message and remedy when not Good
    QString action;             ///< "retry", "build-image", "open-settings"; empty: none
    bool operator==(const HealthItem &) const = default;
};

struct Health
{
    bool ok = false; ///< engine reachable and image available
    QString mode;    ///< "docker" or "local"
    bool socketConnected = false;
    bool imageAvailable = false;
    QString imageName;
    bool networkExists = false;
    QString engineVersion;
    QString socketPath;
    QString socketSource; ///< where the path came from: "DOCKER_HOST", "default", …
    QList<HealthItem> items;
    bool operator==(const Health &) const = default;
    /// Exactly { ok, mode, docker: { socketConnected, imageAvailable, imageName, networkExists } }.
    [[nodiscard]] QJsonObject toJson() const;
};

class HealthService : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    [[nodiscard]] virtual Health current() const = 0;
    /// Looks again; changed() follows if something is different.
    [[nodiscard]] virtual Pending<Health> check() = 0;

Q_SIGNALS:
    void changed();
};

/// What a door is given.
struct Services
{
    SessionService *sessions = nullptr;
    ChangesService *changes = nullptr;
    ProjectService *projects = nullptr;
    ImageService *images = nullptr;
    HealthService *health = nullptr;
};

} // namespace paddock::facade
