// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QThreadPool>

#include <atomic>
#include <memory>
#include <type_traits>

namespace paddock {

/// Tells a running job that nobody waits for its answer any more. Any thread.
class CancelToken
{
public:
    CancelToken()
        : m_flag(std::make_shared<std::atomic_bool>(false))
    {
    }
    void cancel() const { m_flag->store(true); }
    [[nodiscard]] bool isCancelled() const { return m_flag->load(); }

private:
    std::shared_ptr<std::atomic_bool> m_flag;
};

/// Threads for work that would block the event loop (libgit2, SQLite, hashing, tar).
/// run() is called from the main thread; the function runs on a pool thread and must capture values
/// only. Destruction waits for the jobs that have started and drops the others.
class WorkerPool
{
public:
    explicit WorkerPool(int threads);
    ~WorkerPool();
    Q_DISABLE_COPY_MOVE(WorkerPool)

    /// \a function is Result<T>() or Result<T>(const CancelToken &).
    template <typename T, typename Function>
    [[nodiscard]] Pending<T> run(Function function)
    {
        Promise<T> promise;
        CancelToken token;
        promise.onCancel([token] { token.cancel(); });
        Pending<T> pending = promise.pending();
        // The promise may only be touched (and released) on the main thread: it travels in a box
        // that is always handed back through the event loop.
        auto box = std::make_shared<Promise<T>>(std::move(promise));
        auto receiver = m_receiver;
        start([box = std::move(box), receiver, token, function = std::move(function)]() mutable {
            auto answer = std::make_shared<Result<T>>(
                token.isCancelled() ? Result<T>(fail(ErrorKind::Cancelled, QString()))
                                    : call<T>(function, token));
            post(receiver, [box = std::move(box), answer] { box->resolve(std::move(*answer)); });
        });
        return pending;
    }

private:
    template <typename T, typename Function>
    static Result<T> call(Function &function, const CancelToken &token)
    {
        if constexpr (std::is_invocable_v<Function &, const CancelToken &>)
            return function(token);
        else
            return function();
    }

    void start(std::function<void()> job);
    static void post(const std::shared_ptr<QObject> &receiver, std::function<void()> call);

    std::shared_ptr<QObject> m_receiver; // lives in the main thread
    QThreadPool m_pool;
};

} // namespace paddock
