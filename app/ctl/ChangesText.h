// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Arguments.h"
#include "app/ctl/Console.h"
#include "core/facade/ChangesService.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace paddock::ctl {

/// A path for a person: as it is, or in git's quotes where it is not plain text.
[[nodiscard]] QString pathText(const QByteArray &path);
/// "renamed", "modified", … of one letter of git status.
[[nodiscard]] QString changeText(char letter);
/// A unified diff of \a diff, as bytes.
[[nodiscard]] QByteArray unifiedDiff(const facade::ChangesDiff &diff);
/// The same with the id of each hunk and its changed lines numbered, for `session stage --hunk`.
[[nodiscard]] QByteArray numberedDiff(const facade::ChangesDiff &diff);

/// The files named after the session, as bytes of the file system.
[[nodiscard]] QList<QByteArray> pathArguments(const Arguments &arguments);
/// The first 12 digits.
[[nodiscard]] QString shortCommit(const QString &commit);
/// Each as a remark of its own.
void noteAll(Console &console, const QStringList &notices);
/// "src/a.c (content)", one for each.
[[nodiscard]] QStringList conflictLines(const QList<facade::PathConflict> &conflicts);
/// A Conflict that names them.
[[nodiscard]] Error conflictError(const QString &message,
                                  const QList<facade::PathConflict> &conflicts);

} // namespace paddock::ctl
