// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/git/Porcelain.h"
#include "core/worktrees/TreeFrames.h"

#include <QByteArrayList>
#include <QHash>

namespace paddock::treeworker {

/// What only git can answer about a tree: the rules of .gitignore, the difference between a commit
/// and the index, content that is converted. Runs the git program in the hardened form, on the host
/// view.
class GitQuestions
{
public:
    explicit GitQuestions(worktrees::TreeOpen tree)
        : m_tree(std::move(tree))
    {
    }

    enum class Index {
        Real,
        None, ///< for places of which the index has nothing: spares reading it
    };

    /// Files, and folders with nothing tracked in them (with a slash at the end), that are not
    /// ignored: below \a paths, or everywhere.
    [[nodiscard]] Result<QByteArrayList> untracked(const QByteArrayList &paths, Index index) const;
    /// Folders that are ignored with all that will ever be in them and have nothing tracked,
    /// without slash; at most some thousands.
    [[nodiscard]] Result<QByteArrayList> ignoredFolders(const QByteArrayList &paths,
                                                        Index index) const;
    /// Letters of the index against \a head.
    [[nodiscard]] Result<QHash<QByteArray, char>> staged(const QByteArray &head) const;
    /// Letters of the files against the index, of those among \a paths that differ.
    [[nodiscard]] Result<QHash<QByteArray, char>> changed(const QByteArrayList &paths) const;
    /// All of it, as the git program says it.
    [[nodiscard]] Result<QList<git::StatusEntry>> status(bool *truncated) const;

private:
    [[nodiscard]] git::GitRequest
    request(const QStringList &arguments, const QByteArrayList &paths, Index index) const;

    worktrees::TreeOpen m_tree;
    git::GitProcess m_git;
};

} // namespace paddock::treeworker
