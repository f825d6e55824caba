// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>
#include <utility>

namespace paddock::projects {

/// When a write session gets a worktree of its own.
enum class Isolation {
    Always,
    Concurrent, ///< unless it can have the main checkout and no other session writes there
    Never,      ///< it works on the main checkout, or is refused
};
/// "always", "concurrent", "never": in the store, in JSON and on the command line.
[[nodiscard]] QString isolationName(Isolation isolation);
[[nodiscard]] std::optional<Isolation> isolationFromName(QStringView name);

/// What a person has settled for all sessions of a project. Value type. What is empty leaves the
/// choice to the environment, to git or to the defaults.
struct ProjectSettings
{
    QString image{}; ///< reference of the agent image
    Isolation isolation = Isolation::Always;
    QString worktreesRoot{}; ///< absolute, or relative to the project; empty: ".worktrees"
    /// Branches that no session may adopt to work on; '*' and '?'.
    QStringList protectedBranches{QStringLiteral("main"), QStringLiteral("master")};
    QString gitName; ///< identity for the agent's commits; empty: the person's own
    QString gitEmail{};
    QList<std::pair<QByteArray, QByteArray>> gitSettings{}; ///< name and value, see GitSettings.h
    QString
        group{}; ///< name or number of the group that owns what the agent makes; empty: one's own
    /// Permission bits that are taken from what the agent makes; unset: as for the person.
    std::optional<int> umask{};

    bool operator==(const ProjectSettings &) const = default;
};

/// \a settings with its texts trimmed, if each of them has a form it can have: InvalidArgument
/// names the first that has not. What git itself must be asked about is checked elsewhere. Pure.
[[nodiscard]] Result<ProjectSettings> checkedSettings(const ProjectSettings &settings);

/// "0027" and back; octal, as chmod and umask have it. InvalidArgument unless the owner keeps all
/// rights: the agent could not read its own files.
[[nodiscard]] QString umaskText(int umask);
[[nodiscard]] Result<int> umaskFromText(const QString &text);

} // namespace paddock::projects
