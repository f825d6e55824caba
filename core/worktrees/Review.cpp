// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Review.h"

#include "core/base/WorkerPool.h"
#include "core/worktrees/ProjectLock.h"

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

const QString kLastTurn = u"last-turn"_s;
const QString kTurnBefore = u"turn-before"_s; // how the files were when the last turn began
const QString kLastLooked = u"last-looked"_s;

Result<HostView> viewOf(const SessionTree &tree)
{
    const auto project = git::inspectRepository(tree.projectPath);
    if (!project)
        return fail(project.error());
    return HostView::ensure(tree, *project, hostHead(tree, *project));
}

/// One at a time for each session: two snapshots would share an index. The queue sees to it but for
/// a job that was cancelled and has not ended yet.
template <typename T, typename Function>
Result<T> alone(const SessionTree &tree, const CancelToken &cancel, Function work)
{
    const auto lock = ProjectLock::take(tree.sessionFolder, cancel);
    if (!lock)
        return fail(lock.error());
    return work();
}

template <typename T>
class Job final : public QueuedRun
{
public:
    using Work = std::function<Result<T>(const CancelToken &)>;

    Job(WorkerPool &pool, Work work)
        : m_pool(pool)
        , m_work(std::move(work))
    {
        m_promise.onCancel([this] {
            if (m_pending.isValid())
                m_pending.cancel();
            deleteLater();
        });
    }

    [[nodiscard]] Pending<T> answer() const { return m_promise.pending(); }

    void begin() override
    {
        m_pending = m_pool.run<T>(std::move(m_work));
        m_pending.then(this, [this](Result<T> result) {
            m_promise.resolve(std::move(result));
            deleteLater();
        });
    }

private:
    WorkerPool &m_pool;
    Work m_work;
    Promise<T> m_promise;
    Pending<T> m_pending;
};

} // namespace

template <typename T>
Pending<T> Review::queued(const SessionTree &tree,
                          std::function<Result<T>(const CancelToken &)> work)
{
    auto *job = new Job<T>(m_pool, std::move(work));
    const Pending<T> answer = job->answer();
    m_queue.add(tree.session, job);
    return answer;
}

Review::Review(WorkerPool &pool, const git::GitProcess &git)
    : m_pool(pool)
    , m_git(git)
{
}

Pending<SnapshotReport> Review::turnEnded(const SessionTree &tree, const SnapshotLimits &limits)
{
    return queued<SnapshotReport>(tree, [&git = m_git, tree, limits](const CancelToken &cancel) {
        return alone<SnapshotReport>(tree, cancel, [&]() -> Result<SnapshotReport> {
            const auto view = viewOf(tree);
            if (!view)
                return fail(view.error());
            const auto taken = takeSnapshot(git, tree, view->project(), limits, cancel);
            if (!taken)
                return fail(taken.error());
            const git::Oid before =
                findSnapshot(git, *view, kLastTurn, cancel).value_or(tree.baseCommit);
            if (!before.isNull()) { // else there is no commit yet
                if (auto named = nameSnapshot(git, *view, kTurnBefore, before, cancel); !named)
                    return fail(named.error());
            }
            if (auto named = nameSnapshot(git, *view, kLastTurn, taken->tree, cancel); !named)
                return fail(named.error());
            return taken;
        });
    });
}

Pending<ReviewRange>
Review::range(const SessionTree &tree, ReviewAgainst against, const SnapshotLimits &limits)
{
    return queued<ReviewRange>(
        tree, [&git = m_git, tree, against, limits](const CancelToken &cancel) {
            return alone<ReviewRange>(tree, cancel, [&]() -> Result<ReviewRange> {
                const auto view = viewOf(tree);
                if (!view)
                    return fail(view.error());
                Result<git::Oid> from = tree.baseCommit;
                if (against != ReviewAgainst::Base)
                    from =
                        findSnapshot(git,
                                     *view,
                                     against == ReviewAgainst::LastTurn ? kTurnBefore : kLastLooked,
                                     cancel);
                if (!from)
                    return fail(from.error());
                const auto taken = takeSnapshot(git, tree, view->project(), limits, cancel);
                if (!taken)
                    return fail(taken.error());
                return ReviewRange{.from = *from, .to = taken->tree, .leftOut = taken->leftOut};
            });
        });
}

Pending<Done> Review::looked(const SessionTree &tree, const git::Oid &shown)
{
    return m_pool.run<Done>([&git = m_git, tree, shown](const CancelToken &cancel) -> Result<Done> {
        const auto view = viewOf(tree);
        if (!view)
            return fail(view.error());
        return nameSnapshot(git, *view, kLastLooked, shown, cancel);
    });
}

Pending<ReviewMarks> Review::marks(const SessionTree &tree)
{
    return m_pool.run<ReviewMarks>([tree] { return ReviewMarks::load(tree.sessionFolder); });
}

Pending<ReviewMarks>
Review::mark(const SessionTree &tree, const QByteArrayList &keys, bool reviewed)
{
    return queued<ReviewMarks>(tree, [tree, keys, reviewed](const CancelToken &cancel) {
        return alone<ReviewMarks>(tree, cancel, [&]() -> Result<ReviewMarks> {
            auto marks = ReviewMarks::load(tree.sessionFolder);
            if (!marks)
                return marks;
            marks->mark(keys, reviewed);
            if (auto saved = marks->save(tree.sessionFolder); !saved)
                return fail(saved.error());
            return marks;
        });
    });
}

} // namespace paddock::worktrees
