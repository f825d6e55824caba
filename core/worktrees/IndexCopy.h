// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/IndexEntries.h"
#include "core/worktrees/HostView.h"

#include <QHash>

#include <sys/stat.h>

namespace paddock::worktrees {

/// The entries of an index by path. One path has several entries only after a merge.
using IndexState = QHash<QByteArray, QList<git::StagedEntry>>;

/// A change to the person's index of a worktree: git works on a copy, and the copy takes the
/// place of the index in one step, if that is still what was copied. So nothing of a change that
/// is given up is ever seen, and a git program of the person's own is never held up or written
/// over. Worker threads only.
class IndexCopy
{
public:
    /// Copies the index of \a view to \a path.
    [[nodiscard]] static Result<IndexCopy> make(const HostView &view, const QString &path);

    /// A copy of the copy, to work something out in.
    [[nodiscard]] Result<IndexCopy> duplicate(const QString &path) const;

    [[nodiscard]] const QString &path() const { return m_path; }
    [[nodiscard]] Result<IndexState> read() const;

    /// Sets the entries of each path; none: the path is not in the index any more. Nothing is
    /// remembered of the files, so git compares them by content.
    [[nodiscard]] Result<Done>
    set(const git::GitProcess &git, const IndexState &changes, const CancelToken &cancel);

    /// Puts the copy in the place of the index. Conflict if that was changed since, or is locked
    /// by another git program for longer than a moment.
    [[nodiscard]] Result<Done> install(const CancelToken &cancel) const;

private:
    IndexCopy(const HostView &view, QString path)
        : m_view(view)
        , m_path(std::move(path))
    {
    }

    HostView m_view;
    QString m_path;
    struct stat m_original
    {
    };
};

} // namespace paddock::worktrees
