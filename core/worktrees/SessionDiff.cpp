// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/SessionDiff.h"

#include "core/worktrees/SessionReader.h"

namespace paddock::worktrees {

SessionDiff::SessionDiff(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<DiffReport> SessionDiff::diff(const SessionTree &tree, const DiffOptions &options)
{
    return m_pool.run<DiffReport>(
        [&git = m_git, tree, options](const CancelToken &cancel) -> Result<DiffReport> {
            const auto project = git::inspectRepository(tree.projectPath);
            if (!project)
                return fail(project.error());
            return readDiff(git, tree, *project, options, cancel);
        });
}

std::shared_ptr<TreeWatch> SessionDiff::watch(const SessionTree &tree,
                                              const TreeWorkerOptions &options)
{
    if (auto watch = m_watches.value(tree.session).lock(); watch && watch->tree() == tree)
        return watch;
    // Not deleted at once: the last holder may let go in a slot of its signal.
    const std::shared_ptr<TreeWatch> made(new TreeWatch(m_pool, m_git, tree, options),
                                          [](TreeWatch *watch) { watch->deleteLater(); });
    m_watches.insert(tree.session, made);
    return made;
}

Pending<TreeStatus> SessionDiff::status(const SessionTree &tree)
{
    const auto watch = m_watches.value(tree.session).lock();
    if (watch && watch->tree() == tree)
        return watch->status();
    m_watches.remove(tree.session);
    return m_pool.run<TreeStatus>(
        [&git = m_git, tree](const CancelToken &cancel) -> Result<TreeStatus> {
            const auto project = git::inspectRepository(tree.projectPath);
            if (!project)
                return fail(project.error());
            return readStatus(git, tree, *project, cancel);
        });
}

Pending<QList<CommitSummary>> SessionDiff::log(const SessionTree &tree, int limit)
{
    return m_pool.run<QList<CommitSummary>>(
        [&git = m_git, tree, limit](const CancelToken &cancel) -> Result<QList<CommitSummary>> {
            const auto project = git::inspectRepository(tree.projectPath);
            if (!project)
                return fail(project.error());
            return readLog(git, tree, *project, limit, cancel);
        });
}

} // namespace paddock::worktrees
