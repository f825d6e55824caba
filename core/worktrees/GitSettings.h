// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

#include <utility>

namespace paddock::worktrees {

/// A setting of git as data: "merge.conflictStyle" and its value.
using GitSetting = std::pair<QByteArray, QByteArray>;

/// \a settings as they may be written into the private repository of a session: only names from a
/// list, each with values of its form. InvalidArgument that names the first wrong one and says what
/// is wrong with it: it names a program, a path, an address or another file, is not known, or has a
/// value it cannot have. Of two with one name the last counts. Pure.
[[nodiscard]] Result<QList<GitSetting>> checkedGitSettings(const QList<GitSetting> &settings);

/// The names that are allowed, with the values each can have, for a person to choose from.
[[nodiscard]] QList<std::pair<QString, QString>> allowedGitSettings();

/// A name or address that git takes in a commit: one line without '<', '>' and control characters,
/// at most 200 characters. An empty one is fine: it is the default.
[[nodiscard]] Result<Done> checkIdentity(const QString &name, const QString &email);

} // namespace paddock::worktrees
