// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/Pending.h"
#include "core/facade/Actor.h"

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>

/// Source control of one session as the doors see it: what changed, what of it is staged, commits,
/// and taking the branch into another. Values only, so that a client without the core can use them.
/// Paths, lines and messages of commits come from an agent: untrusted bytes.
namespace paddock::facade {

struct ChangedPath
{
    QByteArray path{};
    QByteArray oldPath{}; ///< of a rename; else empty
    char index = '.';     ///< letters of git status --porcelain=v2: . M T A D R C U
    char worktree = '.';  ///< likewise; '?' for a file git does not know
    bool operator==(const ChangedPath &) const = default;
};

struct ChangesStatus
{
    QString branch{};
    QString baseCommit{};
    QString headCommit{};
    int ahead = 0; ///< commits on the branch since the base
    QList<ChangedPath> files{};
    bool truncated = false; ///< more files than are listed
    QStringList notices{};  ///< in words
    bool operator==(const ChangesStatus &) const = default;
};

/// Two sides of a comparison.
enum class Comparison {
    Everything, ///< the base against the files, with those that git does not know yet
    Commits,    ///< the base against the branch
    Staged,     ///< the branch against what is staged
    Unstaged,   ///< what is staged against the files
    LastTurn,   ///< the files before the agent's last finished turn, against the files
    LastLook,   ///< the files as the person last called them seen, against the files
};
[[nodiscard]] QString comparisonName(Comparison comparison); ///< "last-turn"
[[nodiscard]] std::optional<Comparison> comparisonFromName(QStringView name);

struct DiffQuery
{
    Comparison comparison = Comparison::Everything;
    QList<QByteArray> paths{}; ///< empty: all
    int contextLines = 3;
    bool ignoreWhitespace = false;
};

struct HunkLine
{
    enum class Kind { Context, Added, Removed };
    Kind kind = Kind::Context;
    QByteArray text{};  ///< without the line end
    bool hasEnd = true; ///< false: no line end at the end of the file
    int oldNumber = 0;  ///< 1-based; 0: not on that side
    int newNumber = 0;
    bool operator==(const HunkLine &) const = default;
};

struct Hunk
{
    QString id{}; ///< of its content: the same hunk elsewhere in the file has the same
    QByteArray section{};
    QList<HunkLine> lines{};
    bool isReviewed = false; ///< the person has marked it
    bool operator==(const Hunk &) const = default;
};

struct FileChange
{
    QByteArray path{};
    QByteArray oldPath{}; ///< of a rename; else empty
    quint32 oldMode = 0;  ///< as git's: 0100644 …; 0: absent
    quint32 newMode = 0;
    qint64 added = 0; ///< lines; -1: binary
    qint64 removed = 0;
    QList<Hunk> hunks{};
    bool truncated = false;  ///< hunks are missing
    bool isReviewed = false; ///< all of it is
    /// What the two sides were, for a selection of parts of it; opaque.
    QString token{};
    bool operator==(const FileChange &) const = default;
};

struct ChangesDiff
{
    QString from{}; ///< commit or tree; empty: what is staged
    QString to{};   ///< empty: the files, or what is staged; else what looked() takes
    QList<FileChange> files{};
    bool truncated = false; ///< files are missing
    QStringList notices{};
    bool operator==(const ChangesDiff &) const = default;
};

/// What of one file is meant.
struct FileSelection
{
    struct Part
    {
        QString hunk{};
        /// Which of the hunk's changed lines, counted from 0 over added and removed ones; empty:
        /// all of them.
        QList<int> lines{};
        bool operator==(const Part &) const = default;
    };
    QByteArray path{};
    QString token{};     ///< FileChange::token; needed with parts
    QList<Part> parts{}; ///< empty: the whole file
    bool operator==(const FileSelection &) const = default;
};

struct StagingAnswer
{
    int files = 0; ///< that were changed
    QStringList notices{};
    bool canUndo = false;
};

/// What the person has gone through, in the comparison it was shown in.
struct ReviewRequest
{
    Comparison comparison = Comparison::Everything;
    QList<FileSelection> files{}; ///< whole files or hunks; lines are not told apart
    bool reviewed = true;         ///< false: takes the marks away
};

struct ReviewAnswer
{
    int marked = 0;     ///< hunks, and files without any
    int open = 0;       ///< of the comparison, that are not reviewed now
    bool isCut = false; ///< the comparison is longer than is looked at: there is more
    QStringList notices{};
    bool operator==(const ReviewAnswer &) const = default;
};

struct CommitRequest
{
    QString message{};
    bool amend = false;
};

/// Why something could not be put together with something else.
struct PathConflict
{
    QByteArray path{};
    QString kind{}; ///< "content", "add-add", "modify-delete", …
    bool operator==(const PathConflict &) const = default;
};

struct CommitAnswer
{
    QString commit{}; ///< empty: nothing was committed, see conflicts
    QList<PathConflict> conflicts{};
    QStringList notices{};
};

enum class MergeMethod { Merge, FastForward, Squash, Rebase, CherryPick };
[[nodiscard]] QString mergeMethodName(MergeMethod method); ///< "fast-forward"
[[nodiscard]] std::optional<MergeMethod> mergeMethodFromName(QStringView name);

struct MergeRequest
{
    QString target{}; ///< branch; empty: the session's base branch
    MergeMethod method = MergeMethod::Merge;
    QString message{};     ///< empty: made
    QStringList commits{}; ///< for CherryPick
};

struct MergeAnswer
{
    QString target{};
    QString before{}; ///< tip of the target
    QString after{};  ///< its new tip, or what it would become
    int commits = 0;
    QList<ChangedPath> files{};
    QList<PathConflict> conflicts{}; ///< not empty: nothing was written
    QStringList blockers{};          ///< why it cannot be done now, in words
    QStringList notices{};
    bool canUndo = false; ///< by undoMerge()
    bool operator==(const MergeAnswer &) const = default;
};

struct CommitInfo
{
    QString id{};
    QStringList parents{};
    QString author{}; ///< name; untrusted
    qint64 time = 0;
    QString subject{}; ///< untrusted
    bool operator==(const CommitInfo &) const = default;
};

enum class PatchForm {
    Mailbox, ///< a mail for each commit, as git format-patch
    Diff,    ///< one diff
};

class ChangesService : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    [[nodiscard]] virtual Pending<ChangesStatus> status(const SessionId &id) = 0;
    [[nodiscard]] virtual Pending<ChangesDiff> diff(const SessionId &id,
                                                    const DiffQuery &query) = 0;
    /// Commits since the base, newest first.
    [[nodiscard]] virtual Pending<QList<CommitInfo>> log(const SessionId &id, int limit) = 0;

    /// No files: all. Conflict when a file is no longer what the selection was made on.
    [[nodiscard]] virtual Pending<StagingAnswer>
    stage(const Actor &actor, const SessionId &id, const QList<FileSelection> &files) = 0;
    [[nodiscard]] virtual Pending<StagingAnswer>
    unstage(const Actor &actor, const SessionId &id, const QList<FileSelection> &files) = 0;
    /// Changes of files that are not staged are taken back; undo() brings them again.
    [[nodiscard]] virtual Pending<StagingAnswer>
    discard(const Actor &actor, const SessionId &id, const QList<FileSelection> &files) = 0;
    /// Takes the last stage, unstage or discard back.
    [[nodiscard]] virtual Pending<StagingAnswer> undo(const Actor &actor, const SessionId &id) = 0;
    /// Marks as reviewed, or no longer. A mark belongs to the content: it stays when lines move,
    /// and is gone when they change. What is too long to be shown cannot be marked. NotFound when a
    /// file has no change, Conflict when it is no longer what the selection was made on.
    [[nodiscard]] virtual Pending<ReviewAnswer>
    review(const Actor &actor, const SessionId &id, const ReviewRequest &request) = 0;
    /// The person has seen \a state (ChangesDiff::to of a comparison with the files; empty: the
    /// files as they are now): Comparison::LastLook begins there.
    [[nodiscard]] virtual Pending<Done>
    looked(const Actor &actor, const SessionId &id, const QString &state) = 0;

    /// Commits what is staged on the session's branch, on the host and on the agent's side.
    [[nodiscard]] virtual Pending<CommitAnswer>
    commit(const Actor &actor, const SessionId &id, const CommitRequest &request) = 0;

    /// What merge() would do; writes nothing.
    [[nodiscard]] virtual Pending<MergeAnswer> previewMerge(const SessionId &id,
                                                            const MergeRequest &request) = 0;
    [[nodiscard]] virtual Pending<MergeAnswer>
    merge(const Actor &actor, const SessionId &id, const MergeRequest &request) = 0;
    /// Puts the branch of the last merge() back while it is what that made of it.
    [[nodiscard]] virtual Pending<MergeAnswer> undoMerge(const Actor &actor,
                                                         const SessionId &id) = 0;
    /// Brings the target into the session's branch (Merge or Rebase).
    [[nodiscard]] virtual Pending<MergeAnswer>
    updateFrom(const Actor &actor, const SessionId &id, const MergeRequest &request) = 0;

    [[nodiscard]] virtual Pending<QByteArray> patch(const SessionId &id, PatchForm form) = 0;

Q_SIGNALS:
    /// Files, staging or branch of the session are not what they were. Coalesced.
    void changed(const paddock::SessionId &id);
};

} // namespace paddock::facade
