// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/projects/ProjectSettings.h"
#include "core/store/Connection.h"

#include <QDateTime>

/// The SQL of projects, used as that of sessions (SessionRecords.h).
namespace paddock::sessions::records {

struct ProjectRecord
{
    ProjectId id;
    QString name;
    QString path; ///< absolute, top level of the repository
    projects::ProjectSettings settings;
    QDateTime createdAt; ///< UTC
    bool operator==(const ProjectRecord &) const = default;
};

/// By name.
[[nodiscard]] Result<QList<ProjectRecord>> projects(store::Connection &connection);
/// NotFound if there is none of that id.
[[nodiscard]] Result<ProjectRecord> project(store::Connection &connection, const ProjectId &id);
[[nodiscard]] Result<Done> insertProject(store::Connection &connection,
                                         const ProjectRecord &project);
/// Name and settings; the path of a project never changes.
[[nodiscard]] Result<Done> updateProject(store::Connection &connection,
                                         const ProjectRecord &project);
/// Conflict if another project goes by the name of \a project: either could be meant by it.
[[nodiscard]] Result<Done> checkNameIsFree(store::Connection &connection,
                                           const ProjectRecord &project);
[[nodiscard]] Result<Done> deleteProject(store::Connection &connection, const ProjectId &id);

} // namespace paddock::sessions::records
