// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/SessionHistory.h"

#include "core/worktrees/HistoryReader.h"

namespace paddock::worktrees {

SessionHistory::SessionHistory(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<HistoryPage> SessionHistory::log(const SessionTree &tree, const HistoryOptions &options)
{
    return m_pool.run<HistoryPage>([&git = m_git, tree, options](const CancelToken &cancel) {
        return readHistory(git, tree, options, cancel);
    });
}

Pending<BlameReport>
SessionHistory::blame(const SessionTree &tree, const QByteArray &path, const git::Oid &commit)
{
    return m_pool.run<BlameReport>([&git = m_git, tree, path, commit](const CancelToken &cancel) {
        return readBlame(git, tree, path, commit, cancel);
    });
}

Pending<RefList> SessionHistory::refs(const SessionTree &tree)
{
    return m_pool.run<RefList>(
        [&git = m_git, tree](const CancelToken &cancel) { return readRefs(git, tree, cancel); });
}

} // namespace paddock::worktrees
