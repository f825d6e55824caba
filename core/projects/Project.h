// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QString>

namespace paddock::projects {

/// One line, not blank, at most 80 characters, no control characters.
[[nodiscard]] Result<QString> checkedProjectName(const QString &name);
/// The canonical path of a folder that can be a project: exists, is a folder, may be entered, is
/// not the root or the home folder. Whether it is a git repository is asked elsewhere.
[[nodiscard]] Result<QString> checkedProjectPath(const QString &path, const QString &home);
/// A name for a project that is given none: the last part of its path.
[[nodiscard]] QString defaultProjectName(const QString &path);

} // namespace paddock::projects
