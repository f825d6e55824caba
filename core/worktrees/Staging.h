// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Pending.h"
#include "core/git/LineSelection.h"
#include "core/worktrees/SessionTree.h"
#include "core/worktrees/StagingJournal.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

#include <chrono>
#include <optional>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

/// What a person chose of one file.
struct FileSelection
{
    enum class Part {
        Whole, ///< content, mode, existence
        Lines, ///< of the content: `hunks`
        Mode,  ///< the executable bit alone
    };
    /// The two sides that were shown: ids of FilePatch. Null: absent on that side; both null: the
    /// content was the same on both.
    struct Seen
    {
        git::Oid oldId{};
        git::Oid newId{};
    };
    QByteArray path{}; ///< with a slash at the end: everything below that folder
    Part part = Part::Whole;
    std::optional<Seen> seen{}; ///< needed for Lines; else nothing: as it is now
    QList<git::HunkSelection> hunks{};
};

struct StagingReport
{
    QList<QByteArray> changed{}; ///< paths, untrusted; empty: there was nothing to do
    bool canUndo = false;
    QStringList notices{}; ///< in words
};

struct StagingOptions
{
    int contextLines = 3;
    qint64 maxBytes = 16 * kMiB; ///< of each diff's text; the rest is cut
    std::chrono::seconds time{20};
};

struct CommitOptions
{
    QString message{};  ///< cleaned as git does; empty with amend: the message stays
    bool amend = false; ///< in the place of the last commit, by whoever made that
};

/// A commit that no ref leads to yet, in the view's object store.
struct BuiltCommit
{
    git::Oid commit{};
    git::Oid head{};     ///< what the branch is at, and has to be when the commit takes its place
    bool amends = false; ///< the commit does not have `head` as a parent: it replaces it
};

/// The two comparisons that a selection is made on. Renames are a deletion and an addition, files
/// that git does not know are not in it.
struct StagingView
{
    git::Oid head{};       ///< of the session's branch on the host
    git::Patch staged{};   ///< the branch against what is staged: for unstage()
    git::Patch unstaged{}; ///< what is staged against the files: for stage() and discard()
    std::optional<StagingAction> undoable{}; ///< what undo() would take back
};

/// The person's staging area of a session: the index of its worktree, which no container sees. So
/// the person's own git in that folder shows the same; what is staged is in the project's object
/// store, as after git add.
///
/// What is selected is exact: a selection carries what the person saw, and where the file or the
/// index is something else by now, the answer is Conflict and nothing is changed. Files of the
/// agent are read and written by descriptors that cannot leave the worktree; git sees copies of
/// them. Every operation can be taken back.
///
/// Main thread; operations of one project happen one after the other.
/// Errors: Conflict (moved on; locked by another git program), InvalidArgument (a selection or
/// path that makes no sense), UnsupportedOption (a session without a worktree), FileTooLarge,
/// PermissionDenied, DiskFull, CommandTimeout, GitFailed.
class Staging
{
public:
    Staging(WorkerPool &pool, const git::GitProcess &git);

    [[nodiscard]] Pending<StagingView> view(const SessionTree &tree,
                                            const StagingOptions &options = {});

    /// No files: everything that is not staged, new files included.
    [[nodiscard]] Pending<StagingReport> stage(const SessionTree &tree,
                                               const QList<FileSelection> &files);
    /// No files: everything that is staged.
    [[nodiscard]] Pending<StagingReport> unstage(const SessionTree &tree,
                                                 const QList<FileSelection> &files);
    /// Takes changes of files back to what is staged; a file git does not know is deleted. What is
    /// replaced is kept for undo(). No files: every file git knows.
    [[nodiscard]] Pending<StagingReport> discard(const SessionTree &tree,
                                                 const QList<FileSelection> &files);
    /// Takes the last operation back, and then the one before. Conflict if one of its files or
    /// entries is no longer as it left them; NotFound if there is none.
    [[nodiscard]] Pending<StagingReport> undo(const SessionTree &tree);

    /// Makes a commit of what is staged, by the person whom the project's git knows; no hook runs.
    /// The branch does not move: that is the hand-over's, because the agent has to get it too.
    /// InvalidArgument (nothing is staged, the message is empty, too long or holds a NUL, the last
    /// commit is not one of the session), InvalidConfig (git knows no name), MergeConflict.
    [[nodiscard]] Pending<BuiltCommit> buildCommit(const SessionTree &tree,
                                                   const CommitOptions &options);

private:
    [[nodiscard]] Pending<StagingReport>
    change(StagingAction action, const SessionTree &tree, const QList<FileSelection> &files);

    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
