// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QCoreApplication>
#include <QMetaObject>
#include <QObject>
#include <QPointer>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace paddock {

namespace detail {

template <typename T>
struct PendingState
{
    std::optional<Result<T>> result;
    std::function<void(Result<T>)> handler;
    std::function<void()> canceller;
    QPointer<QObject> context;
    std::unique_ptr<QTimer> timer;
    bool settled = false; // a result was accepted
    bool cancelled = false;

    static void deliver(const std::shared_ptr<PendingState> &self)
    {
        if (!self->handler || !self->result || !self->context)
            return;
        // Queued on the context: its destruction removes the call from the event queue.
        QMetaObject::invokeMethod(
            self->context.data(),
            [self] {
                if (self->cancelled || !self->handler)
                    return;
                auto call = std::exchange(self->handler, nullptr);
                call(std::move(*self->result));
            },
            Qt::QueuedConnection);
    }

    static void settle(const std::shared_ptr<PendingState> &self, Result<T> value)
    {
        if (self->settled || self->cancelled)
            return;
        self->settled = true;
        self->canceller = nullptr;
        self->timer.reset();
        self->result.emplace(std::move(value));
        deliver(self);
    }
};

} // namespace detail

/// The one answer of an asynchronous call, still to come.
///
/// Guarantees: the handler runs at most once, always from the event loop (never inside then()),
/// never after its context object died, never after cancel(). If the producer goes away without an
/// answer the handler gets an Error of kind Internal. Copies share one state. Main thread only.
/// A Pending may be dropped after then(); keep it to be able to cancel().
template <typename T>
class Pending
{
public:
    Pending() = default;
    explicit Pending(std::shared_ptr<detail::PendingState<T>> state)
        : m_state(std::move(state))
    {
    }

    /// A Pending that already has its answer (it is still delivered through the event loop).
    [[nodiscard]] static Pending ready(Result<T> value)
    {
        auto state = std::make_shared<detail::PendingState<T>>();
        detail::PendingState<T>::settle(state, std::move(value));
        return Pending(std::move(state));
    }

    [[nodiscard]] bool isValid() const { return m_state != nullptr; }
    [[nodiscard]] bool isSettled() const { return m_state && m_state->settled; }

    /// Sets the one handler. \a context must live in the main thread; when it dies the answer is
    /// dropped (the work goes on).
    void then(QObject *context, std::function<void(Result<T>)> handler)
    {
        Q_ASSERT(m_state && context && !m_state->handler);
        m_state->context = context;
        m_state->handler = std::move(handler);
        detail::PendingState<T>::deliver(m_state);
    }

    /// Drops the handler and asks the producer to stop. Without effect once settled and delivered.
    void cancel()
    {
        if (!m_state || m_state->cancelled)
            return;
        m_state->cancelled = true;
        m_state->handler = nullptr;
        m_state->timer.reset();
        if (auto canceller = std::exchange(m_state->canceller, nullptr))
            canceller();
    }

    /// Answers with ErrorKind::Timeout and stops the producer if nothing came within \a limit.
    [[nodiscard]] Pending withTimeout(std::chrono::milliseconds limit, QString what = {})
    {
        if (!m_state || m_state->settled)
            return *this;
        m_state->timer = std::make_unique<QTimer>();
        m_state->timer->setSingleShot(true);
        std::weak_ptr<detail::PendingState<T>> weak = m_state;
        QTimer *timer = m_state->timer.get();
        QObject::connect(timer, &QTimer::timeout, timer, [weak, limit, what = std::move(what)] {
            auto state = weak.lock();
            if (!state || state->settled)
                return;
            // The timer owns this lambda: keep it alive until the end of the call.
            std::shared_ptr<QTimer> keep(state->timer.release(),
                                         [](QTimer *t) { t->deleteLater(); });
            auto canceller = std::exchange(state->canceller, nullptr);
            detail::PendingState<T>::settle(
                state,
                fail(Error(ErrorKind::Timeout,
                           QCoreApplication::translate("Pending", "No answer came within %1 s.")
                               .arg(static_cast<double>(limit.count()) / 1000.0))
                         .withOperation(what)));
            if (canceller)
                canceller();
        });
        timer->start(limit);
        return *this;
    }

private:
    std::shared_ptr<detail::PendingState<T>> m_state;
};

/// The producing side of a Pending. Copyable (lambdas of std::function need that); the answer is
/// "dropped" only when the last copy goes. Main thread only; workers go through WorkerPool.
template <typename T>
class Promise
{
public:
    Promise()
        : m_state(std::make_shared<detail::PendingState<T>>())
        , m_guard(new int(0), [state = m_state](int *p) {
            delete p;
            detail::PendingState<T>::settle(
                state,
                fail(ErrorKind::Internal,
                     QCoreApplication::translate("Pending",
                                                 "The operation ended without an answer.")));
        })
    {
    }

    [[nodiscard]] Pending<T> pending() const { return Pending<T>(m_state); }
    void resolve(Result<T> value) const
    {
        detail::PendingState<T>::settle(m_state, std::move(value));
    }
    void reject(Error error) const { resolve(fail(std::move(error))); }
    /// Called once if the consumer cancels or times out; use it to stop the work.
    void onCancel(std::function<void()> canceller) const
    {
        if (m_state->settled)
            return;
        if (m_state->cancelled) {
            canceller();
            return;
        }
        m_state->canceller = std::move(canceller);
    }
    [[nodiscard]] bool isCancelled() const { return m_state->cancelled; }
    [[nodiscard]] bool isSettled() const { return m_state->settled; }

private:
    std::shared_ptr<detail::PendingState<T>> m_state;
    std::shared_ptr<int> m_guard;
};

} // namespace paddock
