// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/git/Oid.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <chrono>
#include <functional>

namespace paddock {
class WorkerPool;
}

namespace paddock::git {
class GitProcess;
}

namespace paddock::worktrees {

struct FetchOptions
{
    QString projectPath{};
    QString remote{}; ///< empty: the one HEAD's branch follows, else "origin", else the only one
    std::chrono::seconds time{120}; ///< for all of it
};

struct FetchedRef
{
    QString name{};  ///< full: "refs/remotes/origin/main"
    git::Oid from{}; ///< null: it is new
    git::Oid to{};   ///< null: it is gone
    bool operator==(const FetchedRef &) const = default;
};

struct FetchReport
{
    QString remote{};
    QList<FetchedRef> refs{}; ///< that were made, moved or deleted; at most 1000
};

/// Brings the branches of a remote up to date before a session starts from one of them: the
/// person's own `git fetch` of their project, with their configuration, keys and credential helpers
/// (GitProfile::Person). It moves remote-tracking branches and tags only; no file, index, HEAD or
/// local branch of the project, and nothing of a session. Main thread.
class ProjectFetch
{
public:
    /// What the remote and git say meanwhile: one line of plain text, bounded, from outside.
    using Progress = std::function<void(const QString &line)>;

    ProjectFetch(WorkerPool &pool, const git::GitProcess &git);

    /// Every error has a remedy that offers to go on without: NotFound (no such remote),
    /// NetworkFailed, PermissionDenied (the remote wants to know who asks), CommandTimeout,
    /// DiskFull, GitFailed. \a progress is called as long as \a context lives.
    [[nodiscard]] Pending<FetchReport>
    run(const FetchOptions &options, QObject *context = nullptr, const Progress &progress = {});

private:
    WorkerPool &m_pool;
    const git::GitProcess &m_git;
};

} // namespace paddock::worktrees
