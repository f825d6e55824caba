// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "core/sessions/ProjectRecords.h"
#include "core/sessions/SessionManager.h"

namespace paddock::facade {

/// The projects of this installation: the table in memory and its checks.
class ProjectFacade final : public ProjectService
{
    Q_OBJECT

public:
    ProjectFacade(const sessions::SessionServices &services, sessions::SessionManager &manager);

    [[nodiscard]] Result<Done> load();
    [[nodiscard]] QList<ProjectInfo> list() const override;
    [[nodiscard]] Pending<ProjectInfo> add(const Actor &actor, const QString &path) override;
    [[nodiscard]] Pending<ProjectInfo>
    change(const Actor &actor, const QString &project, const ProjectChange &change) override;
    [[nodiscard]] Pending<Done> remove(const Actor &actor, const ProjectId &id) override;

    [[nodiscard]] Pending<QList<IgnoredFile>> ignoredFiles(const QString &project,
                                                           const QStringList &patterns) override;
    [[nodiscard]] Pending<PatternPreview> previewPatterns(const QString &project,
                                                          const PatternQuery &query) override;

    /// By id, name or absolute path; an unknown path of a repository is added.
    [[nodiscard]] Pending<sessions::records::ProjectRecord> resolve(const Actor &actor,
                                                                    const QString &wish);

private:
    /// The project that \a wish names by id, name or path.
    [[nodiscard]] std::optional<sessions::records::ProjectRecord>
    recordOf(const QString &wish) const;
    [[nodiscard]] Pending<Done> checkGroup(const QString &name);
    /// Conflict while a session that runs has the main checkout of the project in sight.
    [[nodiscard]] Result<Done> checkNobodySees(const ProjectId &id) const;
    /// What \a change says about the machine: the group is there, worktrees can be kept there.
    [[nodiscard]] Pending<Done> checkOnMachine(const QString &path, const ProjectChange &change);
    /// Its folder, or \a wish itself where that is a path.
    [[nodiscard]] Result<QString> folderOf(const QString &wish) const;

    const sessions::SessionServices &m_services;
    sessions::SessionManager &m_manager;
    QList<sessions::records::ProjectRecord> m_projects;
};

} // namespace paddock::facade
