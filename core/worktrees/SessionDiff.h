// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Pending.h"
#include "core/worktrees/SessionTree.h"

#include <QByteArray>
#include <QList>

#include <chrono>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

enum class DiffRange {
    BaseToHead,  ///< what the session's branch adds to its base: only commits, no file is read
    HeadToFiles, ///< tracked files of the worktree against the branch
    BaseToFiles, ///< tracked files of the worktree against the base
};

struct DiffOptions
{
    DiffRange range = DiffRange::BaseToHead;
    qint64 maxBytes = 16 * kMiB; ///< of text; the rest is cut
    int contextLines = 3;
    std::chrono::seconds time{20};
};

struct DiffFile
{
    QByteArray path{};    ///< untrusted bytes
    QByteArray oldPath{}; ///< of a rename; else empty
    qint64 added = 0;     ///< lines; -1: binary
    qint64 removed = 0;
};

struct DiffReport
{
    git::Oid from{};
    git::Oid to{}; ///< null: the files
    QList<DiffFile> files{};
    QByteArray text{}; ///< unified diff, untrusted bytes
    bool truncated = false;
};

struct ChangedFile
{
    QByteArray path{};    ///< untrusted bytes
    QByteArray oldPath{}; ///< of a rename in the index; else empty
    char index = '.';     ///< letters of git status --porcelain=v2: . M T A D R C U
    char worktree = '.';
    bool untracked = false;
};

struct TreeStatus
{
    git::Oid head{}; ///< of the session's branch on the host
    int ahead = 0;   ///< commits on the branch since the base
    QList<ChangedFile> files{};
    bool truncated = false; ///< more files than the limit
    [[nodiscard]] bool isDirty() const { return !files.isEmpty(); }
};

struct CommitSummary
{
    git::Oid id{};
    QString author{};  ///< name; untrusted
    qint64 time = 0;   ///< seconds since 1970, as the commit says
    QString subject{}; ///< untrusted
};

/// Reads a session's changes on the host by the git program in its hardened form, in processes that
/// are killed when they take too long: a FIFO or a huge file in the tree gives CommandTimeout with
/// the name of the culprit, never a hang. Main thread.
class SessionDiff
{
public:
    SessionDiff(WorkerPool &pool, const git::GitProcess &git);

    [[nodiscard]] Pending<DiffReport> diff(const SessionTree &tree,
                                           const DiffOptions &options = {});
    [[nodiscard]] Pending<TreeStatus> status(const SessionTree &tree);
    /// Commits on the branch since the base, newest first, at most \a limit.
    [[nodiscard]] Pending<QList<CommitSummary>> log(const SessionTree &tree, int limit = 200);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
