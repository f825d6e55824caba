// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <utility>

namespace paddock::git {

/// What Paddock knows of a person's repository. All paths are absolute and without symbolic links.
struct RepositoryInfo
{
    QString topLevel{};     ///< the main checkout
    QString gitDir{};       ///< <topLevel>/.git
    QString commonDir{};    ///< the same: a linked worktree is refused as a project
    QString objectDir{};    ///< <commonDir>/objects
    QStringList borrowed{}; ///< every store that objectDir borrows from, nested ones included
    QString headBranch{};   ///< short name ("main"); empty: HEAD is detached
    Oid headCommit{};
    QString userName{};  ///< user.name as the person's git would use it; may be empty
    QString userEmail{}; ///< user.email likewise
    bool hasSubmodules = false;
    /// The settings that say how content and files look (core.autocrlf, core.eol, core.fileMode,
    /// core.ignoreCase, core.symlinks, core.precomposeUnicode), as written; the only part of the
    /// configuration that Paddock carries over into repositories of its own.
    QList<std::pair<QByteArray, QByteArray>> contentSettings{};
    /// Things that work with a limit a person should know, in words.
    QStringList notices{};
};

/// Opens the repository that contains \a path (libgit2; no program is started, no setting of it is
/// acted on) and answers whether Paddock can work with it. NotARepository, FileNotFound or
/// UnsupportedRepository (bare, no commit yet, shallow, partial, SHA-256, unknown extension, linked
/// worktree, git directory outside the checkout) each with reason and remedy.
/// Blocks on the disk: worker thread only.
[[nodiscard]] Result<RepositoryInfo> inspectRepository(const QString &path);

} // namespace paddock::git
