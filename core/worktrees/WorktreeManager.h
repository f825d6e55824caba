// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/git/RepositoryInfo.h"
#include "core/projects/ProjectSettings.h"
#include "core/worktrees/SessionTree.h"

#include <QList>
#include <QSet>
#include <QStringList>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

using projects::Isolation;
enum class WorkMode { Write, Explore };

/// True if a session in \a mode gets a worktree, with \a otherWriters other write sessions that
/// hold the main checkout. Explore never does.
[[nodiscard]] bool needsWorktree(WorkMode mode, Isolation isolation, int otherWriters);

/// What a session gets to see of the files of a repository, as PathPattern has it.
struct WorkspacePatterns
{
    QStringList include{}; ///< empty: everything
    QStringList exclude{}; ///< wins over include
    [[nodiscard]] bool isEmpty() const { return include.isEmpty() && exclude.isEmpty(); }
    bool operator==(const WorkspacePatterns &) const = default;
};

struct PatternPreviewOptions
{
    QString projectPath{};
    QString base{}; ///< as CreateWorktreeOptions::base
    WorkspacePatterns patterns{};
};

/// What patterns would do, of the files that are committed.
struct PatternPreview
{
    qint64 shownFiles = 0;
    qint64 shownBytes = 0;
    qint64 hiddenFiles = 0;
    qint64 hiddenBytes = 0;
    QList<QByteArray> hidden{}; ///< the first 1000
    /// They name single paths to leave out, which works in the main checkout too. Others need a
    /// worktree.
    bool canCover = true;
};

struct CreateWorktreeOptions
{
    SessionId session{};
    QString sessionFolder{}; ///< must exist, 0700
    QString projectPath{};
    QString title{};  ///< the branch is paddock/<slug of it>-<2 characters of the session>
    QString branch{}; ///< a full branch name instead of one from the title; may be empty
    /// Branch, tag, commit or branch of a remote to start from; empty: the project's HEAD.
    QString base{};
    QString worktreesRoot{};      ///< absolute, or relative to the project; empty: ".worktrees"
    std::optional<Owner> owner{}; ///< who gets the files, see SessionTree::owner
    /// A branch to work on, instead of a new one: "topic", or "origin/topic" for a local branch
    /// topic that follows it. Such a branch is never deleted by remove() or undoCreate().
    QString adopt{};
    /// Branches that are not adopted, with '*' and '?'; the default branch of the remote never is.
    QStringList protectedBranches{QStringLiteral("main"), QStringLiteral("master")};
    /// Decided under the project's lock, so that of two that start together one gets the checkout.
    Isolation isolation = Isolation::Always;
    WorkspacePatterns patterns{};
};

struct UseMainCheckoutOptions
{
    SessionId session{};
    QString sessionFolder{};
    QString projectPath{};
    QString worktreesRoot{};
    std::optional<Owner> owner{};
    WorkspacePatterns patterns{}; ///< single paths to leave out only: InvalidArgument for others
};

enum class LooseChanges {
    Refuse,  ///< WorktreeDirty if there are changes that no commit holds
    Discard, ///< they are lost
};
enum class BranchOnRemove {
    Keep,
    DeleteIfMerged, ///< delete only if the base branch (or the base commit) has every commit of it
    Delete,         ///< the last tip stays under refs/paddock/backup/<session>/
};

struct RemoveWorktreeOptions
{
    LooseChanges looseChanges = LooseChanges::Refuse;
    BranchOnRemove branch = BranchOnRemove::Keep;
};

struct RemoveWorktreeReport
{
    bool worktreeRemoved = false;
    bool branchDeleted = false;
    QString branchKeptBecause{}; ///< a sentence; empty if it was deleted
    QStringList leftBehind{};    ///< paths that could not be deleted, with the reason
};

/// What was done to a session's worktree or branch from outside.
struct TreeCondition
{
    enum class Problem {
        None,
        FolderGone,
        FolderMoved,    ///< where: the path
        FolderReplaced, ///< by another one
        EntryGone,      ///< git worktree prune, or the like: the files are there
        OtherBranch,    ///< where: what is checked out there; empty: no branch
        BranchGone,
        BranchMoved,
    };
    Problem problem = Problem::None;
    QString where{};
    QString text{};   ///< what happened, a sentence; empty for None
    QString remedy{}; ///< what to do, and where nothing was lost
    bool operator==(const TreeCondition &) const = default;
};

/// What takeIntoCheckout() did.
struct TakeOverReport
{
    QString branch{}; ///< that is checked out: short name
    git::Oid from{};
    git::Oid to{};
};

/// Which session writes to the main checkout.
struct CheckoutHold
{
    SessionId session{};
    QString branch{}; ///< short name
    git::Oid head{};  ///< its tip; null: it was not made yet
};

struct WorktreeEntry
{
    QString path{};
    QString adminDir{}; ///< <common dir>/worktrees/<name>
    QString branch{};   ///< short name; empty: detached
    git::Oid head{};
    bool exists = false; ///< the folder is there
    bool ours = false;   ///< marked by Paddock as a session's
    SessionId session{}; ///< of ours
};

/// Makes, finds and removes the worktrees of sessions. Every change to one project happens alone (a
/// lock per project); work is done on the pool, answers come in the main thread. Never falls back
/// to the main checkout when a worktree cannot be made.
class WorktreeManager
{
public:
    WorktreeManager(WorkerPool &pool, const git::GitProcess &git);

    /// See git::inspectRepository().
    [[nodiscard]] Pending<git::RepositoryInfo> inspect(const QString &path);

    /// Where the worktrees of the project would be kept with \a root as its setting (relative ones
    /// from the project). InvalidConfig or Conflict if they cannot be. Makes nothing.
    [[nodiscard]] Pending<QString> checkRoot(const QString &projectPath, const QString &root);

    /// Branch, worktree folder with the files of the base, entry in info/exclude. Leaves nothing
    /// behind on failure. BranchExists, DiskFull, NotFound (base, branch to adopt), Conflict
    /// (folder in the way, branch checked out elsewhere; in the category RefusedByPolicy:
    /// protected), NotARepository, UnsupportedRepository, CommandNotFound (no git program).
    [[nodiscard]] Pending<SessionTree> create(const CreateWorktreeOptions &options);

    /// The tree of a session on the main checkout, read-only. Makes the (empty) worktrees folder,
    /// so that it can be masked.
    [[nodiscard]] Pending<SessionTree> useMainCheckout(const UseMainCheckoutOptions &options);

    /// Takes create() back: worktree, its entry, the branch if create() made it and it still
    /// points at the base.
    /// Succeeds if there is nothing.
    [[nodiscard]] Pending<Done> undoCreate(const SessionTree &tree);

    /// Deletes the worktree by a deleter that cannot leave it. The container must be stopped and
    /// its commits imported before. With the default options nothing of the agent's work is lost.
    /// Succeeds if it is already gone. On the main checkout no file is touched, whatever the
    /// options say: only the hold on it and the branch go.
    [[nodiscard]] Pending<RemoveWorktreeReport> remove(const SessionTree &tree,
                                                       const RemoveWorktreeOptions &options);

    /// For a session on the main checkout (MainReadWrite), when a person takes its work over: the
    /// branch that is checked out there and its index go to where the session's branch is. Files
    /// are not touched, for they are the agent's already; what is staged stays. After an import.
    /// Conflict if that branch has gone on, is no branch or (unless it is empty) not \a branch, or
    /// a merge or rebase is not finished.
    [[nodiscard]] Pending<TakeOverReport> takeIntoCheckout(const SessionTree &tree,
                                                           const QString &branch = {});

    /// Whether worktree and branch of a session are as Paddock knows them. Changes nothing.
    [[nodiscard]] Pending<TreeCondition> check(const SessionTree &tree);

    /// Makes folder or entry of a worktree again where check() finds it gone; the folder from the
    /// session's branch, so that nothing of what was committed is missing. Answers what was done, a
    /// sentence; empty: nothing. While nobody works there.
    [[nodiscard]] Pending<QString> repair(const SessionTree &tree);

    /// What is shown and hidden by patterns, without doing anything. InvalidArgument (pattern).
    [[nodiscard]] Pending<PatternPreview> previewPatterns(const PatternPreviewOptions &options);

    /// What the session that holds the main checkout for writing has made there; nothing: none
    /// does.
    [[nodiscard]] Pending<std::optional<CheckoutHold>> checkoutHold(const QString &projectPath);

    /// Every linked worktree of the project, once a change to them that is under way has ended.
    [[nodiscard]] Pending<QList<WorktreeEntry>> list(const QString &projectPath);

    /// Removes the entries of worktrees that Paddock made, whose folder is gone and whose session
    /// is not among \a alive. Branches stay. Answers how many.
    [[nodiscard]] Pending<int> cleanStale(const QString &projectPath, const QSet<SessionId> &alive);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
