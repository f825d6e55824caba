// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
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
    [[nodiscard]] Pending<Done> remove(const Actor &actor, const ProjectId &id) override;

    /// By id, name or absolute path; an unknown path of a repository is added.
    [[nodiscard]] Pending<sessions::records::ProjectRecord> resolve(const Actor &actor,
                                                                    const QString &wish);
    [[nodiscard]] QString imageOf(const ProjectId &id) const;

private:
    const sessions::SessionServices &m_services;
    sessions::SessionManager &m_manager;
    QList<sessions::records::ProjectRecord> m_projects;
};

} // namespace paddock::facade
