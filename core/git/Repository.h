// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/Oid.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

struct git_repository;

namespace paddock::git {

/// A repository of the host, open through libgit2. Copies share one handle. Never opened on
/// something an agent can write. Not to leave the thread it was opened on: worker threads only.
class Repository
{
public:
    /// The repository whose checkout or git directory contains \a path, by searching upwards.
    [[nodiscard]] static Result<Repository> discover(const QString &path);
    /// Exactly this git directory.
    [[nodiscard]] static Result<Repository> open(const QString &gitDir);

    [[nodiscard]] QString gitDir() const;    ///< without a slash at the end
    [[nodiscard]] QString commonDir() const; ///< likewise; other than gitDir in a linked worktree
    [[nodiscard]] QString workDir() const;   ///< likewise; empty: bare
    [[nodiscard]] bool isBare() const;
    [[nodiscard]] bool isShallow() const;
    [[nodiscard]] bool isLinkedWorktree() const;
    [[nodiscard]] bool isHeadUnborn() const;
    [[nodiscard]] bool isHeadDetached() const;

    /// Short name of the branch HEAD is on; empty when detached.
    [[nodiscard]] Result<QString> headBranch() const;
    /// The commit that \a revision names ("HEAD", a branch, a tag, a short or full id).
    /// NotFound; InvalidArgument if it is not a commit.
    [[nodiscard]] Result<Oid> commit(const QString &revision) const;
    /// The object that the full ref \a name leads to; nothing if it does not exist.
    [[nodiscard]] std::optional<Oid> refTarget(const QString &name) const;
    /// The full name that the symbolic ref \a name leads to; nothing if it is none.
    [[nodiscard]] std::optional<QString> symbolicTarget(const QString &name) const;
    /// Names of the remotes, longest first; unreadable ones are left out.
    [[nodiscard]] QStringList remotes() const;
    /// Full names and targets of the refs that match a glob ("refs/tags/*"), at most \a limit.
    [[nodiscard]] Result<QList<std::pair<QString, Oid>>> refs(const QString &glob, int limit) const;
    /// True if \a descendant is \a ancestor or reaches it, in a shallow clone as far as it goes.
    [[nodiscard]] Result<bool> reaches(const Oid &descendant, const Oid &ancestor) const;
    /// How many commits \a from has that \a notIn has not; stops counting at \a limit.
    [[nodiscard]] Result<int> countCommits(const Oid &from, const Oid &notIn, int limit) const;
    /// The content of the file \a name at the top of \a commit; nothing if there is none or it is
    /// larger than \a limit.
    [[nodiscard]] std::optional<QByteArray>
    fileAt(const Oid &commit, const QByteArray &name, qint64 limit) const;
    [[nodiscard]] bool treeHasEntry(const Oid &commit, const QByteArray &name) const;

    /// The value of one setting as the person's git would see it (all levels).
    [[nodiscard]] std::optional<QByteArray> setting(const QByteArray &name) const;
    /// True if there is any setting named \a section.<anything>.\a name.
    [[nodiscard]] bool hasSubsectionSetting(const QByteArray &section,
                                            const QByteArray &name) const;

private:
    explicit Repository(git_repository *handle);
    /// Calls \a visit for \a from and what it reaches, each once, not beyond where a shallow clone
    /// ends, which libgit2 does not know; stops when it answers false.
    [[nodiscard]] Result<Done> walkShallow(const Oid &from,
                                           const std::function<bool(const Oid &)> &visit) const;
    std::shared_ptr<git_repository> m_handle;
};

} // namespace paddock::git
