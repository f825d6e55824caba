// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/git/GitProcess.h"
#include "core/git/Porcelain.h"
#include "core/worktrees/IndexCopy.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/Staging.h"
#include "core/worktrees/StagingScratch.h"

namespace paddock::worktrees {

/// One operation on the staging area while it lasts: the project is held, the index copied, a
/// scratch folder made. Worker threads only.
class StagingWork
{
public:
    [[nodiscard]] static Result<StagingWork>
    begin(const git::GitProcess &git, const SessionTree &tree, const CancelToken &cancel);

    /// The files to work on: those of \a files, with a folder (or an empty list) replaced by what
    /// is changed below it. InvalidArgument for a path that cannot be one or comes twice.
    [[nodiscard]] Result<QList<FileSelection>> expand(StagingAction action,
                                                      const QList<FileSelection> &files);

    /// What the index would be with \a files staged as they are, by git's own rules; they have been
    /// copied to the scratch folder.
    [[nodiscard]] Result<IndexState> clean(const QList<FileSelection> &files);
    /// What is staged: the branch against the index.
    [[nodiscard]] Result<QHash<QByteArray, git::RawDiffEntry>> staged();

    /// One file of which lines were chosen, and what is on the two sides of the comparison.
    struct Sides
    {
        QByteArray path{};
        QList<git::HunkSelection> hunks{};
        std::optional<git::StagedEntry> oldEntry{}; ///< nothing: absent
        std::optional<git::StagedEntry> newEntry{};
    };
    using Combine = Result<QByteArray> (*)(const QByteArray &,
                                           const QByteArray &,
                                           const QList<git::HunkSelection> &);
    /// The contents that \a function (applySelected, revertSelected) makes of each. InvalidArgument
    /// for a link.
    [[nodiscard]] Result<QList<QByteArray>> combine(const QList<Sides> &sides, Combine function);

    /// Puts \a changes into the index, with a record to take them back.
    [[nodiscard]] Result<StagingReport> finish(StagingRecord record, const IndexState &changes);

    /// Gives the project the blobs of \a entries; see publishBlobs().
    [[nodiscard]] Result<Done> publish(const IndexState &entries);

    [[nodiscard]] StagingRecord record(StagingAction action) const;

    const git::GitProcess &git;
    SessionTree tree;
    HostView view;
    ProjectLock lock;
    StagingScratch scratch;
    IndexCopy index;
    IndexState before;
    CancelToken cancel;
    QStringList notices{};

private:
    StagingWork(const git::GitProcess &program,
                const SessionTree &session,
                const HostView &host,
                ProjectLock held,
                StagingScratch folder,
                const IndexCopy &copy,
                const IndexState &state,
                const CancelToken &token);
    [[nodiscard]] Result<QList<QByteArray>> changedFiles(bool withUnknown);
};

/// UnsupportedOption for a session without a worktree.
[[nodiscard]] Result<Done> checkHasStaging(const SessionTree &tree);

/// The entry that says what is staged at \a path: none if it is not in the index, or only named.
[[nodiscard]] std::optional<git::StagedEntry> stagedEntry(const IndexState &state,
                                                          const QByteArray &path);
[[nodiscard]] bool isUnmerged(const IndexState &state, const QByteArray &path);

/// What \a after has otherwise than \a before.
[[nodiscard]] IndexState difference(const IndexState &before, const IndexState &after);

/// Conflict if \a selection was made on other sides than these.
[[nodiscard]] Result<Done> checkSeen(const FileSelection &selection,
                                     const std::optional<git::StagedEntry> &oldEntry,
                                     const std::optional<git::StagedEntry> &newEntry);

/// The errors of all operations, for the file at \a path.
[[nodiscard]] Error refusal(const QString &text, const QByteArray &path);

inline constexpr quint32 kFileMode = 0100644;
inline constexpr quint32 kExecutableMode = 0100755;
inline constexpr quint32 kLinkMode = 0120000;
inline constexpr quint32 kGitlinkMode = 0160000;

} // namespace paddock::worktrees
