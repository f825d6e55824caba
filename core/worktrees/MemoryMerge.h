// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/CommitText.h"
#include "core/git/MergeAnswer.h"
#include "core/worktrees/HostView.h"

#include <QStringList>

namespace paddock::worktrees {

/// Merges in memory by git merge-tree: no file, index or ref is touched. New objects go into the
/// view's own store. The attributes of the branch that is merged into count, as in git merge, but
/// only git's own drivers (text, binary, union): no program of the project's configuration runs.
/// Blocks: worker threads only.
class MemoryMerge
{
public:
    /// \a into: the commit whose .gitattributes count. UnsupportedOption if git is older than 2.38.
    [[nodiscard]] static Result<MemoryMerge> open(const git::GitProcess &git,
                                                  const HostView &view,
                                                  const git::Oid &into,
                                                  const CancelToken &cancel);
    ~MemoryMerge();
    Q_DISABLE_COPY(MemoryMerge)
    MemoryMerge(MemoryMerge &&other) noexcept;
    MemoryMerge &operator=(MemoryMerge &&) = delete;

    /// Both are commits. Conflict (an error) if they have no history in common.
    [[nodiscard]] Result<git::MergeAnswer> merge(const git::Oid &ours, const git::Oid &theirs);
    /// The change of \a commit against its first parent (or nothing), on top of \a onto.
    [[nodiscard]] Result<git::MergeAnswer> pick(const git::Oid &commit, const git::Oid &onto);

    [[nodiscard]] Result<git::CommitText> read(const git::Oid &commit);
    [[nodiscard]] Result<git::Oid> write(const git::CommitText &commit);

    /// What a person should know of the attributes, in words.
    [[nodiscard]] const QStringList &notices() const { return m_notices; }
    /// The attributes name a filter, for example that of LFS.
    [[nodiscard]] bool namesFilter() const { return m_namesFilter; }

private:
    MemoryMerge(const git::GitProcess &git, const HostView &view, const CancelToken &cancel);
    [[nodiscard]] Result<Done> writeAttributes(const git::Oid &into);
    [[nodiscard]] Result<git::MergeAnswer> mergeTree(const git::Oid &ours, const git::Oid &theirs);
    [[nodiscard]] Result<git::Oid> oneId(const git::GitRequest &request);

    const git::GitProcess &m_git;
    const HostView &m_view;
    const CancelToken &m_cancel;
    QString m_folder{}; // a work tree that holds nothing but the attributes; removed at the end
    QStringList m_notices{};
    bool m_namesFilter = false;
};

/// Reads the files with conflict marks of \a answer into its conflicts, for a person to look at:
/// at most 20 texts of 64 KiB each. \a ourName and \a theirName stand at the marks.
[[nodiscard]] Result<Done> readConflictTexts(const git::GitProcess &git,
                                             const HostView &view,
                                             git::MergeAnswer &answer,
                                             const QByteArray &ourName,
                                             const QByteArray &theirName,
                                             const CancelToken &cancel);

} // namespace paddock::worktrees
