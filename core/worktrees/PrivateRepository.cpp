// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/PrivateRepository.h"

#include "core/worktrees/PrivateRepositoryJobs.h"

namespace paddock::worktrees {

PrivateRepository::PrivateRepository(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<TreeMounts> PrivateRepository::ensure(const SessionTree &tree,
                                              const PrivateRepositoryOptions &options)
{
    return m_pool.run<TreeMounts>([&git = m_git, tree, options](const CancelToken &cancel) {
        return ensurePrivateRepository(git, tree, options, cancel);
    });
}

Pending<Done> PrivateRepository::remove(const SessionTree &tree, StrayRefs strays)
{
    return m_pool.run<Done>(
        [&git = m_git, tree, strays] { return removePrivateRepository(git, tree, strays); });
}

} // namespace paddock::worktrees
