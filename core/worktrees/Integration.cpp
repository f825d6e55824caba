// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Integration.h"

#include "core/worktrees/IntegrationJobs.h"

namespace paddock::worktrees {

Integration::Integration(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<IntegrationPreview> Integration::preview(const SessionTree &tree,
                                                 const IntegrationOptions &options)
{
    return m_pool.run<IntegrationPreview>([&git = m_git, tree, options](const CancelToken &cancel) {
        return previewIntegration(git, tree, options, cancel);
    });
}

Pending<IntegrationReport> Integration::integrate(const SessionTree &tree,
                                                  const IntegrationOptions &options)
{
    return m_pool.run<IntegrationReport>([&git = m_git, tree, options](const CancelToken &cancel) {
        return integrateSession(git, tree, options, cancel);
    });
}

Pending<QStringList> Integration::undo(const SessionTree &tree, const IntegrationRecord &record)
{
    return m_pool.run<QStringList>([&git = m_git, tree, record](const CancelToken &cancel) {
        return undoIntegration(git, tree, record, cancel);
    });
}

Pending<UpdateReport> Integration::updateFrom(const SessionTree &tree, const UpdateOptions &options)
{
    return m_pool.run<UpdateReport>([&git = m_git, tree, options](const CancelToken &cancel) {
        return prepareUpdate(git, tree, options, cancel);
    });
}

Pending<QStringList> Integration::recover(const QString &projectPath)
{
    return m_pool.run<QStringList>(
        [&git = m_git, projectPath](const CancelToken &cancel) -> Result<QStringList> {
            const auto project = git::inspectRepository(projectPath);
            if (!project)
                return fail(project.error());
            return recoverCheckouts(git, *project, cancel);
        });
}

} // namespace paddock::worktrees
