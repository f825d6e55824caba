// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/git/RepositoryInfo.h"
#include "core/worktrees/SessionTree.h"

namespace paddock::worktrees {

/// In the view: patterns of the ignored files that were copied into the worktree, so that they stay
/// ignored there whatever its .gitignore says.
inline constexpr char kCopiedFiles[] = "copied-files";

/// In the view, and in the private repository: which files are in sight, if not all.
inline constexpr char kSparseCheckout[] = "info/sparse-checkout";

/// The git directory that the host gives to the git program for everything that touches a session's
/// files or its objects: <session folder>/view, never mounted into a container.
///
/// It has a configuration of its own that holds nothing but how content looks (end of line, file
/// mode ...), so no filter, diff driver, hook or include of the project's configuration or of
/// anybody else's can run, whatever .gitattributes says; the project's objects by alternates; a
/// detached HEAD on the session's branch; and it borrows the index of the worktree. Value type;
/// made anew from files whenever it is needed. Worker threads only.
class HostView
{
public:
    /// Makes or refreshes the view of \a tree. \a head: what HEAD shall be.
    [[nodiscard]] static Result<HostView>
    ensure(const SessionTree &tree, const git::RepositoryInfo &project, const git::Oid &head);

    [[nodiscard]] const QString &gitDir() const { return m_gitDir; }
    [[nodiscard]] const git::Oid &head() const { return m_head; }
    /// The index of the worktree; of the main checkout for MainReadOnly; for MainReadWrite one that
    /// only the session has.
    [[nodiscard]] const QString &worktreeIndex() const { return m_worktreeIndex; }
    [[nodiscard]] const git::RepositoryInfo &project() const { return m_project; }
    /// True if only a part of the files is in sight, see kSparseCheckout.
    [[nodiscard]] bool isSparse() const;

    /// For commands that see objects only: no work tree, no index. As those of fileRequest() they
    /// get a limit of memory: what they read is an agent's.
    [[nodiscard]] git::GitRequest objectRequest(const QStringList &arguments) const;
    /// For commands that look at the session's files.
    [[nodiscard]] git::GitRequest fileRequest(const QStringList &arguments) const;
    /// For commands that write an index without looking for changes: they stand in the work tree,
    /// if it is there. Where git cannot see the files when it writes an index, one that was changed
    /// in the second in which it was staged, to the same size, counts as unchanged from then on.
    [[nodiscard]] git::GitRequest indexRequest(const QStringList &arguments,
                                               const QString &indexFile) const;

private:
    QString m_gitDir;
    QString m_workTree;
    QString m_worktreeIndex;
    git::Oid m_head;
    git::RepositoryInfo m_project;
};

/// The project of a session as it is now. Where it is gone (deleted, moved, on a disk that is not
/// there) the error says what to do about the session, and isProjectGone() is true for it.
[[nodiscard]] Result<git::RepositoryInfo> projectOf(const SessionTree &tree);
[[nodiscard]] bool isProjectGone(const Error &error);

/// <common dir>/worktrees/<name> of the worktree at \a workPath, found in what the host wrote
/// there; empty if there is none.
[[nodiscard]] QString adminDirOf(const QString &commonDir, const QString &workPath);

/// For commands on the project's own refs and objects; must not read files of a worktree.
[[nodiscard]] git::GitRequest projectRequest(const git::RepositoryInfo &project,
                                             const QStringList &arguments);

/// Text of a git configuration section: "[core]\n\tname = \"value\"\n", quoted.
[[nodiscard]] QByteArray configSection(const QByteArray &section,
                                       const QList<std::pair<QByteArray, QByteArray>> &settings);

/// Makes the history end in \a gitDir where it ends in the project, if it is a shallow clone.
[[nodiscard]] Result<Done>
copyShallow(const git::RepositoryInfo &project, const QString &gitDir, mode_t mode);

/// Where HEAD of the session is on the host: its branch, or the base where it has none (yet).
[[nodiscard]] git::Oid hostHead(const SessionTree &tree, const git::RepositoryInfo &project);

} // namespace paddock::worktrees
