// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/base/WorkerPool.h"
#include "core/store/Connection.h"

#include <QList>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace paddock::store {

/// One piece of work for the store's thread. Made, answered and released on the main thread, run on
/// the store's.
class Job
{
public:
    enum class Kind { Read, Write };

    explicit Job(Kind kind)
        : m_kind(kind)
    {
    }
    virtual ~Job() = default;
    Q_DISABLE_COPY_MOVE(Job)

    [[nodiscard]] Kind kind() const { return m_kind; }
    /// False: it failed, and what it wrote is to be taken back. May be called again after that.
    [[nodiscard]] virtual bool run(Connection &connection) = 0;
    virtual void failWith(const Error &error) = 0;
    /// Tells the asker. Main thread.
    virtual void answer() = 0;

private:
    Kind m_kind;
};

/// A Job that answers a Pending.
template <typename T>
class PromisedJob final : public Job
{
public:
    PromisedJob(Kind kind, std::function<Result<T>(Connection &)> work)
        : Job(kind)
        , m_work(std::move(work))
    {
        m_promise.onCancel([token = m_cancelled] { token.cancel(); });
    }
    [[nodiscard]] Pending<T> pending() const { return m_promise.pending(); }
    [[nodiscard]] bool run(Connection &connection) override
    {
        m_result.emplace(m_cancelled.isCancelled()
                             ? Result<T>(fail(ErrorKind::Cancelled, QString()))
                             : m_work(connection));
        return m_result->has_value();
    }
    void failWith(const Error &error) override { m_result.emplace(fail(error)); }
    void answer() override { m_promise.resolve(std::move(*m_result)); }

private:
    std::function<Result<T>(Connection &)> m_work;
    Promise<T> m_promise;
    CancelToken m_cancelled;
    std::optional<Result<T>> m_result;
};

/// What the store is asked, in order. Writes that wait side by side share one transaction, and with
/// it the one wait for the disk that makes it last; each has a savepoint of its own, so that the
/// failure of one is no concern of the others.
class JobQueue
{
public:
    /// Any thread.
    void add(std::shared_ptr<Job> job);
    /// Takes what is first in the queue (one read, or the writes up to the next read), runs it and
    /// gives it back to be answered; empty when another call has taken it already. The store's
    /// thread.
    [[nodiscard]] QList<std::shared_ptr<Job>> runNext(Connection &connection);

private:
    using Jobs = QList<std::shared_ptr<Job>>;
    [[nodiscard]] Jobs take();
    [[nodiscard]] static bool runTogether(Connection &connection, const Jobs &jobs);
    static void runAlone(Connection &connection, Job &job);

    std::mutex m_mutex;
    Jobs m_waiting;
};

} // namespace paddock::store
