// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Pending.h"
#include "core/worktrees/AgentGit.h"
#include "core/worktrees/RunQueue.h"
#include "core/worktrees/SessionTree.h"

#include <QList>
#include <QStringList>

#include <chrono>
#include <memory>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

struct ImportLimits
{
    qint64 packBytes = 2 * kGiB;
    qint64 refListBytes = kMiB;
    int refs = 2000;
    std::chrono::seconds time{600}; ///< for the whole import
};

/// Something in the imported commits that a person should look at. Not a refusal.
struct ImportFlag
{
    enum class Kind {
        AbsoluteSymlink,
        EscapingSymlink,
        Gitlink,
        AttributesFilter, ///< a .gitattributes that names a filter, diff, merge or text driver
        GitModules,
        ControlCharacters,
        LongName,
        AutoRun, ///< a file that common tools run by themselves (.vscode/tasks.json, .envrc ...)
    };
    Kind kind;
    QByteArray path{}; ///< as it is in the tree: untrusted, any bytes but NUL
    QString detail{};  ///< for example where the link points; untrusted
    bool operator==(const ImportFlag &) const = default;
};

/// Kebab-case name for records and JSON: "absolute-symlink".
[[nodiscard]] QString importFlagName(ImportFlag::Kind kind);

struct ImportedRef
{
    QString agentName{}; ///< "refs/heads/x", "HEAD", "refs/stash": checked
    QString hostName{};  ///< below refs/heads/paddock/ or refs/paddock/<session>/
    git::Oid commit{};
};

struct ImportReport
{
    enum class Branch {
        Unchanged,
        FastForwarded,
        Replaced,      ///< not a fast-forward; the old tip is in backupRef
        MovedByPerson, ///< the host's branch is not where the last import left it: it is untouched,
                       ///< the agent's tip is under refs/paddock/<session>/heads/
        Missing,       ///< the agent deleted the session's branch; the host's is untouched
        None,          ///< the session has no branch (explore)
    };
    Branch branch = Branch::Unchanged;
    git::Oid head{}; ///< the host's branch after the import
    QString backupRef{};
    QList<ImportedRef> refs{}; ///< that were created or moved
    QList<ImportFlag> flags{};
    qint64 packBytes = 0;
    int newCommits = 0;    ///< on the session's branch
    QStringList notices{}; ///< in words, for the person
};

/// What an agent has that its session's branch does not reach.
struct StrayRef
{
    QString hostName{}; ///< below refs/paddock/<session>/
    git::Oid commit{};
    int commits = 0; ///< not on the branch; capped at 1000
};

/// Brings commits from the agent's private repository into the project: list of refs → pack made on
/// the agent's side → size-capped pipe → quarantine and strict check → connectivity → flags →
/// objects moved into the project's store → refs by compare-and-swap → the host's index of the
/// worktree follows. Imports of one session run one after the other; main thread.
///
/// Errors: ImportRefused (what came is malformed, malicious or incomplete; nothing of it is kept),
/// FileTooLarge (over a limit), DiskFull, CommandTimeout, ConnectionLost, GitFailed.
class Importer
{
public:
    Importer(WorkerPool &pool, const git::GitProcess &git);
    // Running imports end with it, without an answer; nothing of them is taken over.

    /// \a agent is kept until the answer. \a containerGitDir is TreeMounts::containerGitDir.
    [[nodiscard]] Pending<ImportReport> run(const SessionTree &tree,
                                            std::shared_ptr<AgentGit> agent,
                                            const QString &containerGitDir,
                                            const ImportLimits &limits = {});

    /// For Finish: names what would be lost to sight when only the branch is kept.
    [[nodiscard]] Pending<QList<StrayRef>> strayRefs(const SessionTree &tree);

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
    RunQueue m_queue;
};

} // namespace paddock::worktrees
