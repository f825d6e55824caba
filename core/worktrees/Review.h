// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/worktrees/ReviewMarks.h"
#include "core/worktrees/RunQueue.h"
#include "core/worktrees/Snapshot.h"

#include <QStringList>

#include <functional>

namespace paddock {
class WorkerPool;
}

namespace paddock::worktrees {

/// What a person compares the session's files with.
enum class ReviewAgainst {
    Base,       ///< where the session started
    LastTurn,   ///< as they were before the agent's last finished turn
    LastLooked, ///< as the person saw them last
};

/// Two states of a session's files, for DiffOptions.
struct ReviewRange
{
    git::Oid from{};             ///< commit or tree
    git::Oid to{};               ///< tree: the files now
    QList<QByteArray> leftOut{}; ///< see SnapshotReport
};

/// What is left to review in a session: since when, and what the person has marked. Main thread.
class Review
{
public:
    Review(WorkerPool &pool, const git::GitProcess &git);

    /// At the end of a turn of the agent.
    [[nodiscard]] Pending<SnapshotReport> turnEnded(const SessionTree &tree,
                                                    const SnapshotLimits &limits = {});
    /// NotFound if there is no such state yet.
    [[nodiscard]] Pending<ReviewRange>
    range(const SessionTree &tree, ReviewAgainst against, const SnapshotLimits &limits = {});
    /// The person has seen \a shown (ReviewRange::to).
    [[nodiscard]] Pending<Done> looked(const SessionTree &tree, const git::Oid &shown);

    [[nodiscard]] Pending<ReviewMarks> marks(const SessionTree &tree);
    /// Answers the marks as they are then.
    [[nodiscard]] Pending<ReviewMarks>
    mark(const SessionTree &tree, const QByteArrayList &keys, bool reviewed);

private:
    template <typename T>
    [[nodiscard]] Pending<T> queued(const SessionTree &tree,
                                    std::function<Result<T>(const CancelToken &)> work);

    WorkerPool &m_pool;
    const git::GitProcess &m_git;
    RunQueue m_queue; ///< a snapshot can take long: no thread of the pool waits for another's
};

} // namespace paddock::worktrees
