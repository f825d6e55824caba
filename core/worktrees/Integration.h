// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/worktrees/BranchCheckout.h"
#include "core/worktrees/CheckoutMove.h"
#include "core/worktrees/Import.h"
#include "core/worktrees/IntegrationPlan.h"
#include "core/worktrees/SessionDiff.h"

namespace paddock::worktrees {

struct IntegrationOptions
{
    QString target{}; ///< short name of a branch of the project
    IntegrationMethod method = IntegrationMethod::Auto;
    QList<git::Oid> commits{}; ///< CherryPick: oldest first, each on the session's branch
    QString message{};         ///< of a merge or squash; empty: one is made

    bool createTarget = false; ///< the branch does not exist yet
    git::Oid startAt{};        ///< where a new branch starts; null: at the session's own base

    /// What the person saw; Conflict if it has changed since. Null: whatever it is.
    git::Oid expectedTarget{};
    git::Oid expectedHead{};

    QStringList protectedBranches{}; ///< names or patterns of the project ("release/*")
    bool allowProtected = false;     ///< the person has confirmed it
};

/// Where a branch is checked out, and what there is in the way.
struct CheckoutReport
{
    BranchCheckout checkout{};
    CheckoutClash clash{};
    bool interrupted = false; ///< an earlier integration has to be put right first
};

struct IntegrationPreview
{
    git::Oid targetTip{}; ///< null: the branch does not exist
    git::Oid head{};      ///< of the session's branch
    bool upToDate = false;
    bool fastForward = false;
    bool targetMoved = false; ///< it has commits that the session has not seen
    int behind = 0;           ///< how many, at most 1000
    bool isProtected = false;
    QList<git::Oid> commits{};  ///< that would be taken, oldest first
    QList<CommitSummary> log{}; ///< of them, newest first, at most 200
    QList<git::Oid> dropped{};  ///< their change is there already
    QList<DiffFile> files{};    ///< what would change in the target, at most 5000
    int fileCount = 0;          ///< all of them
    bool filesTruncated = false;
    QList<git::MergeConflict> conflicts{}; ///< with texts; at most 1000
    int conflictCount = 0;
    git::Oid conflictCommit{}; ///< of Rebase and CherryPick: the commit that does not apply
    QList<CheckoutReport> checkouts{};
    QList<ImportFlag> flags{}; ///< of what would come
    QStringList notices{};
};

/// What was done to a branch; enough to undo it. The caller keeps it.
struct IntegrationRecord
{
    QString target{};
    git::Oid before{}; ///< null: the branch was made
    git::Oid after{};
    QString backupRef{}; ///< holds `before`; empty if the branch was made
    bool operator==(const IntegrationRecord &) const = default;
};

struct IntegrationReport
{
    enum class Outcome {
        Integrated,
        UpToDate, ///< there was nothing to take
        Conflict, ///< nothing was written
    };
    Outcome outcome = Outcome::Integrated;
    IntegrationRecord record{};
    bool fastForward = false;
    QList<git::Oid> taken{};
    QList<git::Oid> dropped{};
    QList<git::MergeConflict> conflicts{}; ///< without texts
    git::Oid conflictCommit{};
    QStringList movedCheckouts{}; ///< folders whose files followed
    QStringList notices{};
};

struct UpdateOptions
{
    enum class Method {
        Merge,
        Rebase, ///< the agent's commits again on top; not a fast-forward of its branch
    };
    QString branch{}; ///< short name; empty: the session's base branch
    Method method = Method::Merge;
    QString message{};
};

/// A commit that brings a branch into the session's branch, ready to be handed over to the agent's
/// repository. Its objects are in the view's object store; nothing else was written.
struct UpdateReport
{
    enum class Outcome { Ready, UpToDate, Conflict };
    Outcome outcome = Outcome::Ready;
    git::Oid from{};                       ///< the session's branch
    git::Oid commit{};                     ///< what it is to become
    git::Oid other{};                      ///< tip of the branch that was brought in
    bool isFastForward = true;             ///< `commit` descends from `from`
    QList<QByteArray> changedPaths{};      ///< between `from` and `commit`; untrusted
    QList<git::Oid> dropped{};             ///< of Rebase
    QList<git::MergeConflict> conflicts{}; ///< with texts
    git::Oid conflictCommit{};
    QStringList notices{};
};

/// Takes a session's branch, as last imported, into a branch of the project, and a branch of the
/// project into the session's. Everything is merged in memory first; conflicts, a checkout with
/// overlapping changes, a lock or an unfinished merge or rebase refuse before anything is written.
/// Files of a checkout are moved before its branch, and back if the branch cannot follow. No hook,
/// filter or merge program of the project runs. One at a time for each project. Main thread.
///
/// Errors: NotFound (no such branch), Conflict (the branch moved, is busy, has no common history or
/// cannot be moved forward), WorktreeDirty, UnsupportedOption (git is too old, an explore session,
/// the branch of another session), InvalidConfig (git does not know the person),
/// SecurityViolation (a protected branch without confirmation), DiskFull, CommandTimeout.
class Integration
{
public:
    Integration(WorkerPool &pool, const git::GitProcess &git);

    /// Writes nothing into the project.
    [[nodiscard]] Pending<IntegrationPreview> preview(const SessionTree &tree,
                                                      const IntegrationOptions &options);
    [[nodiscard]] Pending<IntegrationReport> integrate(const SessionTree &tree,
                                                       const IntegrationOptions &options);
    /// Puts the branch back while nobody has built on it: Conflict if it has moved or another
    /// branch or tag has the commits. Answers notices.
    [[nodiscard]] Pending<QStringList> undo(const SessionTree &tree,
                                            const IntegrationRecord &record);
    [[nodiscard]] Pending<UpdateReport> updateFrom(const SessionTree &tree,
                                                   const UpdateOptions &options);
    /// Puts right what a crash left in the checkouts of the project; also done by integrate() and
    /// undo(). Answers sentences for the person, one for each.
    [[nodiscard]] Pending<QStringList> recover(const QString &projectPath);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
