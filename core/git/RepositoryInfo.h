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
    QString gitDir{};       ///< <topLevel>/.git; where that is a file (isLinked()) what it names
    QString commonDir{};    ///< the same, or the git directory that a linked worktree belongs to
    QString objectDir{};    ///< <commonDir>/objects
    QStringList borrowed{}; ///< every store that objectDir borrows from, nested ones included
    QString headBranch{};   ///< short name ("main"); empty: HEAD is detached
    Oid headCommit{};       ///< null: there is no commit yet
    bool isShallow = false; ///< history ends at the commits of <commonDir>/shallow
    QString userName{};     ///< user.name as the person's git would use it; may be empty
    QString userEmail{};    ///< user.email likewise
    bool hasSubmodules = false;
    /// The settings that say how content and files look (core.autocrlf, core.eol, core.fileMode,
    /// core.ignoreCase, core.symlinks, core.precomposeUnicode), as written; the only part of the
    /// configuration that Paddock carries over into repositories of its own.
    QList<std::pair<QByteArray, QByteArray>> contentSettings{};
    /// Things that work with a limit a person should know, in words.
    QStringList notices{};

    /// True for a checkout that a person made with git worktree add, of a repository that may be
    /// bare: .git is a file there.
    [[nodiscard]] bool isLinked() const { return gitDir != commonDir; }
};

/// Name of the file in a worktree's admin directory that says which session it belongs to.
inline constexpr char kSessionMark[] = "paddock-session";

/// Opens the repository that contains \a path (libgit2; no program is started, no setting of it is
/// acted on) and answers whether Paddock can work with it. NotARepository, FileNotFound or
/// UnsupportedRepository (bare, partial, SHA-256, unknown extension, worktree of a session, git
/// directory outside the checkout, path that is no UTF-8) each with reason and remedy.
/// Blocks on the disk: worker thread only.
[[nodiscard]] Result<RepositoryInfo> inspectRepository(const QString &path);

} // namespace paddock::git
