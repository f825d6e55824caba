// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/WorktreeManager.h"

#include "core/worktrees/MainCheckout.h"
#include "core/worktrees/ProjectLock.h"
#include "core/worktrees/TreeCheck.h"
#include "core/worktrees/WorkspacePatterns.h"
#include "core/worktrees/WorktreeFolder.h"
#include "core/worktrees/WorktreeJobs.h"

#include <QCoreApplication>

namespace paddock::worktrees {

bool needsWorktree(WorkMode mode, Isolation isolation, int otherWriters)
{
    if (mode == WorkMode::Explore)
        return false;
    switch (isolation) {
    case Isolation::Always:
        return true;
    case Isolation::Concurrent:
        return otherWriters > 0;
    case Isolation::Never:
        return false;
    }
    return true;
}

WorktreeManager::WorktreeManager(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<git::RepositoryInfo> WorktreeManager::inspect(const QString &path)
{
    return m_pool.run<git::RepositoryInfo>([path] { return git::inspectRepository(path); });
}

Pending<SessionTree> WorktreeManager::create(const CreateWorktreeOptions &options)
{
    return m_pool.run<SessionTree>([&git = m_git, options](const CancelToken &cancel) {
        return createWorktree(git, options, cancel);
    });
}

Pending<SessionTree> WorktreeManager::useMainCheckout(const UseMainCheckoutOptions &options)
{
    return m_pool.run<SessionTree>([options](const CancelToken &cancel) -> Result<SessionTree> {
        const auto project = git::inspectRepository(options.projectPath);
        if (!project)
            return fail(project.error());
        if (project->headCommit.isNull())
            return fail(Error(ErrorKind::UnsupportedRepository,
                              QCoreApplication::translate(
                                  "WorktreeManager",
                                  "The repository has no commit yet: there is nothing to look "
                                  "at."))
                            .withDetail(project->topLevel)
                            .withRemedy(QCoreApplication::translate(
                                "WorktreeManager",
                                "Make a first commit, or start a session that may write.")));
        if (auto fine = checkCoverable(options.patterns); !fine)
            return fail(fine.error());
        const auto lock = ProjectLock::take(project->commonDir, cancel);
        if (!lock)
            return fail(lock.error());
        const auto root = prepareWorktreesRoot(*project, options.worktreesRoot);
        if (!root)
            return fail(root.error());
        const SessionTree tree{.session = options.session,
                               .sessionFolder = options.sessionFolder,
                               .projectPath = project->topLevel,
                               .checkout = Checkout::MainReadOnly,
                               .workPath = project->topLevel,
                               .worktreesRoot = *root,
                               .baseBranch = project->headBranch,
                               .baseCommit = project->headCommit,
                               .owner = options.owner};
        const auto recorded = recordPatterns(tree, options.patterns);
        return recorded ? Result<SessionTree>(tree) : fail(recorded.error());
    });
}

Pending<QString> WorktreeManager::checkRoot(const QString &projectPath, const QString &root)
{
    return m_pool.run<QString>([projectPath, root]() -> Result<QString> {
        const auto project = git::inspectRepository(projectPath);
        return project ? worktreesRootPath(*project, root) : fail(project.error());
    });
}

Pending<Done> WorktreeManager::undoCreate(const SessionTree &tree)
{
    return m_pool.run<Done>([&git = m_git, tree] { return undoCreateWorktree(git, tree); });
}

Pending<RemoveWorktreeReport> WorktreeManager::remove(const SessionTree &tree,
                                                      const RemoveWorktreeOptions &options)
{
    return m_pool.run<RemoveWorktreeReport>(
        [&git = m_git, tree, options](const CancelToken &cancel) {
            return removeWorktree(git, tree, options, cancel);
        });
}

Pending<TakeOverReport> WorktreeManager::takeIntoCheckout(const SessionTree &tree,
                                                          const QString &branch)
{
    return m_pool.run<TakeOverReport>([&git = m_git, tree, branch](const CancelToken &cancel) {
        return worktrees::takeIntoCheckout(git, tree, branch, cancel);
    });
}

Pending<QString> WorktreeManager::repair(const SessionTree &tree)
{
    return m_pool.run<QString>([&git = m_git, tree](const CancelToken &cancel) {
        return repairWorktree(git, tree, cancel);
    });
}

Pending<std::optional<CheckoutHold>> WorktreeManager::checkoutHold(const QString &projectPath)
{
    using Hold = std::optional<CheckoutHold>;
    return m_pool.run<Hold>([projectPath](const CancelToken &cancel) -> Result<Hold> {
        const auto project = git::inspectRepository(projectPath);
        if (!project)
            return fail(project.error());
        // Once a change that is under way has ended.
        const auto lock = ProjectLock::take(project->commonDir, cancel);
        return lock ? worktrees::checkoutHold(*project) : fail(lock.error());
    });
}

Pending<TreeCondition> WorktreeManager::check(const SessionTree &tree)
{
    return m_pool.run<TreeCondition>([tree] { return checkTree(tree); });
}

Pending<PatternPreview> WorktreeManager::previewPatterns(const PatternPreviewOptions &options)
{
    return m_pool.run<PatternPreview>([&git = m_git, options](const CancelToken &cancel) {
        return worktrees::previewPatterns(git, options, cancel);
    });
}

Pending<QList<WorktreeEntry>> WorktreeManager::list(const QString &projectPath)
{
    return m_pool.run<QList<WorktreeEntry>>(
        [projectPath](const CancelToken &cancel) -> Result<QList<WorktreeEntry>> {
            const auto project = git::inspectRepository(projectPath);
            if (!project)
                return fail(project.error());
            // One that is being made is waited for, even if who made it is dead: see
            // heldDescriptor.
            const auto lock = ProjectLock::take(project->commonDir, cancel);
            if (!lock)
                return fail(lock.error());
            return listWorktrees(*project);
        });
}

Pending<int> WorktreeManager::cleanStale(const QString &projectPath, const QSet<SessionId> &alive)
{
    return m_pool.run<int>([projectPath, alive]() -> Result<int> {
        const auto project = git::inspectRepository(projectPath);
        if (!project)
            return fail(project.error());
        return cleanStaleWorktrees(*project, alive);
    });
}

} // namespace paddock::worktrees
