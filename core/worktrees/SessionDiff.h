// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Pending.h"
#include "core/worktrees/SessionTree.h"
#include "core/worktrees/TreeStatus.h"
#include "core/worktrees/TreeWatch.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QHash>
#include <QList>

#include <chrono>
#include <memory>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

enum class DiffRange {
    BaseToHead,   ///< what the session's branch adds to its base: only commits, no file is read
    HeadToFiles,  ///< tracked files of the worktree against the branch
    BaseToFiles,  ///< tracked files of the worktree against the base
    HeadToIndex,  ///< what is staged: no file is read
    IndexToFiles, ///< tracked files of the worktree against what is staged
    Commits,      ///< DiffOptions::from and to: no file is read
};

enum class Whitespace {
    Compare,
    IgnoreAmount, ///< of blanks, and at the end of lines
    Ignore,       ///< between words and in them
};

struct DiffOptions
{
    DiffRange range = DiffRange::BaseToHead;
    git::Oid from{};             ///< for DiffRange::Commits
    git::Oid to{};               ///< likewise
    QByteArrayList paths{};      ///< only these files or folders; of a rename both names; bytes
    qint64 maxBytes = 16 * kMiB; ///< of text; further files are listed and counted without
    qint64 maxFileBytes = kMiB;  ///< of text of one file; a longer one is listed without
    int contextLines = 3;
    Whitespace whitespace = Whitespace::Compare;
    std::chrono::seconds time{20};
};

struct DiffFile
{
    QByteArray path{};    ///< untrusted bytes
    QByteArray oldPath{}; ///< of a rename; else empty
    qint64 added = 0;     ///< lines; -1: binary, or larger than 32 MiB
    qint64 removed = 0;
    char status = 'M'; ///< A D M R T, U: unmerged
    quint32 oldMode = 0;
    quint32 newMode = 0;
    git::Oid oldId{};       ///< null: there is none
    git::Oid newId{};       ///< null: there is none, or it is the file in the worktree
    bool isLeftOut = false; ///< its text is longer than DiffOptions::maxFileBytes
};

struct DiffReport
{
    git::Oid from{}; ///< null: the index
    git::Oid to{};   ///< null: the files, or the index
    QList<DiffFile> files{};
    QByteArray text{};      ///< unified diff of whole files, untrusted bytes
    bool truncated = false; ///< files are missing from the text, or from the list
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
    /// Of the files. From the watch of the session where there is one, which costs what moved; else
    /// git looks at everything.
    [[nodiscard]] Pending<TreeStatus> status(const SessionTree &tree);
    /// Watches the files of a session as long as somebody holds the answer; all who look share one.
    [[nodiscard]] std::shared_ptr<TreeWatch> watch(const SessionTree &tree,
                                                   const TreeWorkerOptions &options = {});
    /// Commits on the branch since the base, newest first, at most \a limit.
    [[nodiscard]] Pending<QList<CommitSummary>> log(const SessionTree &tree, int limit = 200);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
    QHash<SessionId, std::weak_ptr<TreeWatch>> m_watches;
};

} // namespace paddock::worktrees
