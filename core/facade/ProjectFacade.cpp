// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ProjectFacade.h"

#include "core/base/Chain.h"
#include "core/facade/ProjectChanges.h"
#include "core/policy/UserMapping.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace paddock::facade {

using sessions::records::ProjectRecord;

namespace {

ProjectInfo infoOf(const ProjectRecord &record)
{
    return {.id = record.id,
            .name = record.name,
            .path = record.path,
            .settings = record.settings,
            .problem = QFileInfo::exists(record.path)
                           ? QString()
                           : QCoreApplication::translate("ProjectFacade",
                                                         "The folder does not exist any more.")};
}

} // namespace

ProjectFacade::ProjectFacade(const sessions::SessionServices &services,
                             sessions::SessionManager &manager)
    : m_services(services)
    , m_manager(manager)
{
}

Result<Done> ProjectFacade::load()
{
    auto projects = m_services.database.readNow<QList<ProjectRecord>>(
        [](store::Connection &connection) { return sessions::records::projects(connection); });
    if (!projects)
        return fail(projects.error());
    m_projects = *projects;
    return Done{};
}

QList<ProjectInfo> ProjectFacade::list() const
{
    QList<ProjectInfo> list;
    for (const ProjectRecord &record : m_projects)
        list.append(infoOf(record));
    return list;
}

std::optional<ProjectRecord> ProjectFacade::recordOf(const QString &wish) const
{
    for (const ProjectRecord &record : m_projects) {
        if (record.id.value == wish || record.name == wish || record.path == QDir::cleanPath(wish))
            return record;
    }
    return std::nullopt;
}

Result<QString> ProjectFacade::folderOf(const QString &wish) const
{
    if (const auto record = recordOf(wish))
        return record->path;
    if (wish.startsWith(u'/'))
        return wish;
    return fail(Error(ErrorKind::NotFound,
                      wish.isEmpty() ? tr("No project was named.")
                                     : tr("There is no project \"%1\".").arg(wish))
                    .withRemedy(tr("List the projects with: paddockctl project list\n"
                                   "Add one with: paddockctl project add PATH")));
}

Pending<ProjectRecord> ProjectFacade::resolve(const Actor &actor, const QString &wish)
{
    if (const auto record = recordOf(wish))
        return Pending<ProjectRecord>::ready(*record);
    const auto folder = folderOf(wish);
    if (!folder)
        return Pending<ProjectRecord>::ready(fail(folder.error()));
    return mapped<ProjectRecord>(
        this, add(actor, *folder), [this](const ProjectInfo &info) -> Result<ProjectRecord> {
            for (const ProjectRecord &record : std::as_const(m_projects)) {
                if (record.id == info.id)
                    return record;
            }
            return fail(ErrorKind::NotFound, tr("The project was removed meanwhile."));
        });
}

Pending<ProjectInfo> ProjectFacade::add(const Actor &actor, const QString &path)
{
    if (!path.startsWith(u'/')) {
        return Pending<ProjectInfo>::ready(
            fail(Error(ErrorKind::InvalidArgument, tr("\"%1\" is not an absolute path.").arg(path))
                     .withRemedy(tr("Give the whole path, from the root."))));
    }
    return chained<ProjectInfo>(
        this,
        m_services.worktrees.inspect(path),
        [this, actor](const git::RepositoryInfo &repository) {
            for (const ProjectRecord &record : std::as_const(m_projects)) {
                if (record.path == repository.topLevel)
                    return Pending<ProjectInfo>::ready(infoOf(record));
            }
            ProjectRecord record{.id = ProjectId{randomShortId()},
                                 .name = QFileInfo(repository.topLevel).fileName(),
                                 .path = repository.topLevel,
                                 .settings = {},
                                 .createdAt = m_services.clock.now()};
            if (record.name.isEmpty())
                record.name = record.path;
            return mapped<ProjectInfo>(
                this,
                m_services.database.write<Done>([record, who = actor.toString()](
                                                    store::Connection &connection) -> Result<Done> {
                    if (auto stored = sessions::records::insertProject(connection, record); !stored)
                        return stored;
                    return sessions::records::audit(
                        connection, who, u"project.add"_s, {}, record.path);
                }),
                [this, record](Done) {
                    m_projects.append(record);
                    Q_EMIT changed();
                    return Result<ProjectInfo>(infoOf(record));
                });
        });
}

Pending<Done> ProjectFacade::checkGroup(const QString &name)
{
    Promise<Done> promise;
    m_services.engineReader.posture().then(
        this, [this, promise, name](const Result<policy::EnginePosture> &posture) {
            // Without an engine the next start finds out what that can give. Names of groups may
            // come over the network.
            m_services.pool
                .run<Done>([name, known = posture.value_or(policy::EnginePosture())] {
                    const auto chosen = policy::chosenGroup(name, known);
                    return chosen ? Result<Done>(Done{}) : fail(chosen.error());
                })
                .then(this, [promise](const Result<Done> &checked) { promise.resolve(checked); });
        });
    return promise.pending();
}

Result<Done> ProjectFacade::checkNobodySees(const ProjectId &id) const
{
    // What is covered in a container that shows the main checkout is settled when it is made.
    for (const sessions::Session &session : m_manager.list()) {
        if (session.projectId == id && sessions::isActive(session.state) &&
            session.checkout != worktrees::Checkout::Worktree)
            return fail(
                Error(ErrorKind::Conflict,
                      tr("The session %1 sees the main checkout, and would see worktrees "
                         "in another folder of it.")
                          .arg(session.title))
                    .withRemedy(
                        tr("Stop it first: paddockctl session stop %1").arg(session.id.value)));
    }
    return Done{};
}

Pending<Done> ProjectFacade::checkOnMachine(const QString &path, const ProjectChange &change)
{
    const bool hasGroup = change.group && !change.group->trimmed().isEmpty();
    const bool hasRoot = change.worktreesRoot && !change.worktreesRoot->isEmpty();
    if (!hasGroup && !hasRoot)
        return Pending<Done>::ready(Done{});
    // Names of groups may come over the network; an engine that cannot give one says so at a start.
    Pending<Done> group =
        hasGroup ? checkGroup(change.group->trimmed()) : Pending<Done>::ready(Done{});
    if (!hasRoot)
        return group;
    return chained<Done>(this, group, [this, path, root = *change.worktreesRoot](Done) {
        return withoutValue(this, m_services.worktrees.checkRoot(path, root));
    });
}

Pending<ProjectInfo>
ProjectFacade::change(const Actor &actor, const QString &project, const ProjectChange &change)
{
    const auto known = recordOf(project);
    if (!known) {
        const auto folder = folderOf(project);
        return Pending<ProjectInfo>::ready(
            fail(folder ? Error(ErrorKind::NotFound, tr("%1 is no project yet.").arg(project))
                              .withRemedy(tr("Add it first: paddockctl project add PATH"))
                        : folder.error()));
    }
    if (change.worktreesRoot && *change.worktreesRoot != known->settings.worktreesRoot) {
        if (auto fine = checkNobodySees(known->id); !fine)
            return Pending<ProjectInfo>::ready(fail(fine.error()));
    }
    return chained<ProjectInfo>(
        this, checkOnMachine(known->path, change), [this, id = known->id, change, actor](Done) {
            // On the row as it is by then: of two that change different things none is lost.
            auto writing = m_services.database.write<ProjectRecord>(
                [id, change, who = actor.toString(), words = summaryOf(change)](
                    store::Connection &connection) -> Result<ProjectRecord> {
                    const auto row = sessions::records::project(connection, id);
                    if (!row)
                        return row;
                    auto changed = changedProject(*row, change);
                    if (!changed)
                        return changed;
                    if (auto own = changed->name == row->name
                                       ? Result<Done>(Done{})
                                       : sessions::records::checkNameIsFree(connection, *changed);
                        !own)
                        return fail(own.error());
                    if (auto stored = sessions::records::updateProject(connection, *changed);
                        !stored)
                        return fail(stored.error());
                    if (auto noted = sessions::records::audit(connection,
                                                              who,
                                                              u"project.change"_s,
                                                              {},
                                                              changed->path + u": "_s + words);
                        !noted)
                        return fail(noted.error());
                    return changed;
                });
            return mapped<ProjectInfo>(this, writing, [this](const ProjectRecord &record) {
                for (ProjectRecord &mine : m_projects) {
                    if (mine.id == record.id)
                        mine = record;
                }
                m_manager.projectRenamed(record.id, record.name);
                Q_EMIT changed();
                return Result<ProjectInfo>(infoOf(record));
            });
        });
}

Pending<Done> ProjectFacade::remove(const Actor &actor, const ProjectId &id)
{
    if (m_manager.hasSessionsOf(id)) {
        return Pending<Done>::ready(
            fail(Error(ErrorKind::Conflict, tr("The project still has sessions."))
                     .withRemedy(tr("Remove its sessions first."))));
    }
    return mapped<Done>(
        this,
        m_services.database.write<Done>(
            [id, who = actor.toString()](store::Connection &connection) -> Result<Done> {
                if (auto done = sessions::records::deleteProject(connection, id); !done)
                    return done;
                return sessions::records::audit(connection, who, u"project.remove"_s, {}, id.value);
            }),
        [this, id](Done) {
            m_projects.removeIf([&id](const ProjectRecord &record) { return record.id == id; });
            Q_EMIT changed();
            return Result<Done>(Done{});
        });
}

Pending<QList<IgnoredFile>> ProjectFacade::ignoredFiles(const QString &project,
                                                        const QStringList &patterns)
{
    using Files = QList<IgnoredFile>;
    const auto folder = folderOf(project);
    if (!folder)
        return Pending<Files>::ready(fail(folder.error()));
    worktrees::IgnoredFilesOptions options{.projectPath = *folder};
    if (!patterns.isEmpty())
        options.patterns = patterns;
    return mapped<Files>(
        this, m_services.ignored.list(options), [](const QList<worktrees::IgnoredEntry> &entries) {
            Files files;
            for (const worktrees::IgnoredEntry &entry : entries)
                files.append({.path = entry.path,
                              .isFolder = entry.isFolder,
                              .bytes = entry.bytes,
                              .files = entry.files,
                              .isTooLarge = entry.isTooLarge,
                              .looksSecret = entry.looksSecret});
            return Result<Files>(files);
        });
}

Pending<PatternPreview> ProjectFacade::previewPatterns(const QString &project,
                                                       const PatternQuery &query)
{
    const auto folder = folderOf(project);
    if (!folder)
        return Pending<PatternPreview>::ready(fail(folder.error()));
    return mapped<PatternPreview>(
        this,
        m_services.worktrees.previewPatterns(
            {.projectPath = *folder,
             .base = query.base,
             .patterns = {.include = query.include, .exclude = query.exclude}}),
        [](const worktrees::PatternPreview &preview) {
            return Result<PatternPreview>({.shownFiles = preview.shownFiles,
                                           .shownBytes = preview.shownBytes,
                                           .hiddenFiles = preview.hiddenFiles,
                                           .hiddenBytes = preview.hiddenBytes,
                                           .hidden = preview.hidden,
                                           .canExplore = preview.canCover});
        });
}

} // namespace paddock::facade
