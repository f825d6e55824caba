// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IgnoredFiles.h"

#include "core/worktrees/IgnoredFilesJobs.h"

namespace paddock::worktrees {

IgnoredFiles::IgnoredFiles(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<QList<IgnoredEntry>> IgnoredFiles::list(const IgnoredFilesOptions &options)
{
    return m_pool.run<QList<IgnoredEntry>>([&git = m_git, options](const CancelToken &cancel) {
        return listIgnored(git, options, cancel);
    });
}

Pending<CopyIgnoredReport> IgnoredFiles::copy(const SessionTree &tree,
                                              const CopyIgnoredOptions &options)
{
    return m_pool.run<CopyIgnoredReport>([&git = m_git, tree, options](const CancelToken &cancel) {
        return copyIgnored(git, tree, options, cancel);
    });
}

} // namespace paddock::worktrees
