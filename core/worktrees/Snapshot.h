// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/git/GitProcess.h"
#include "core/worktrees/HostView.h"

#include <QList>

/// States of a session's files, kept in the view of the session: to compare with later, never in
/// the project. Worker threads only.
namespace paddock::worktrees {

struct SnapshotLimits
{
    qint64 fileBytes = 32 * kMiB;   ///< a larger file is left out
    qint64 totalBytes = 512 * kMiB; ///< of changed files; what comes after is left out
    int files = 50'000;             ///< changed ones; more: FileTooLarge
    std::chrono::seconds time{120};
};

struct SnapshotReport
{
    git::Oid tree{};
    int updated = 0; ///< files that were read, since the last snapshot
    /// Changed files that could not be taken (too large, special, a repository of its own): they
    /// are as in the last snapshot. Untrusted.
    QList<QByteArray> leftOut{};
};

/// Writes the tracked and the untracked, not ignored files of the worktree as a tree into the
/// view's object store. Only what changed since the last one is read. The person's staging area is
/// not touched. CommandTimeout if a special file stops git.
[[nodiscard]] Result<SnapshotReport> takeSnapshot(const git::GitProcess &git,
                                                  const SessionTree &tree,
                                                  const git::RepositoryInfo &project,
                                                  const SnapshotLimits &limits,
                                                  const CancelToken &cancel);

/// Gives a tree or commit a name in the view, so that it is found again ("last-turn").
[[nodiscard]] Result<Done> nameSnapshot(const git::GitProcess &git,
                                        const HostView &view,
                                        const QString &name,
                                        const git::Oid &tree,
                                        const CancelToken &cancel);
/// NotFound if there is none of that name.
[[nodiscard]] Result<git::Oid> findSnapshot(const git::GitProcess &git,
                                            const HostView &view,
                                            const QString &name,
                                            const CancelToken &cancel);

} // namespace paddock::worktrees
