// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Staging.h"

#include "core/base/WorkerPool.h"
#include "core/worktrees/StagedCommit.h"
#include "core/worktrees/StagingJobs.h"

namespace paddock::worktrees {

Staging::Staging(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<StagingView> Staging::view(const SessionTree &tree, const StagingOptions &options)
{
    return m_pool.run<StagingView>([&git = m_git, tree, options](const CancelToken &cancel) {
        return readStaging(git, tree, options, cancel);
    });
}

Pending<StagingReport> Staging::stage(const SessionTree &tree, const QList<FileSelection> &files)
{
    return change(StagingAction::Stage, tree, files);
}

Pending<StagingReport> Staging::unstage(const SessionTree &tree, const QList<FileSelection> &files)
{
    return change(StagingAction::Unstage, tree, files);
}

Pending<StagingReport> Staging::discard(const SessionTree &tree, const QList<FileSelection> &files)
{
    return change(StagingAction::Discard, tree, files);
}

Pending<StagingReport> Staging::undo(const SessionTree &tree)
{
    return m_pool.run<StagingReport>(
        [&git = m_git, tree](const CancelToken &cancel) { return undoStaging(git, tree, cancel); });
}

Pending<BuiltCommit> Staging::buildCommit(const SessionTree &tree, const CommitOptions &options)
{
    return m_pool.run<BuiltCommit>([&git = m_git, tree, options](const CancelToken &cancel) {
        return buildStagedCommit(git, tree, options, cancel);
    });
}

Pending<StagingReport>
Staging::change(StagingAction action, const SessionTree &tree, const QList<FileSelection> &files)
{
    return m_pool.run<StagingReport>(
        [&git = m_git, action, tree, files](const CancelToken &cancel) {
            return changeStaging(git, tree, action, files, cancel);
        });
}

} // namespace paddock::worktrees
