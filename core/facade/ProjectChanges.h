// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "core/sessions/ProjectRecords.h"

namespace paddock::facade {

/// \a project with \a change. InvalidArgument if a name or a value cannot be what it is to be.
/// Pure: what only the machine knows (groups, folders) is not looked at.
[[nodiscard]] Result<sessions::records::ProjectRecord>
changedProject(const sessions::records::ProjectRecord &project, const ProjectChange &change);

} // namespace paddock::facade
