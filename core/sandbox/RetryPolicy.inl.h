// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sandbox/RetryPolicy.h"

#include <QRandomGenerator>

namespace paddock::sandbox {

namespace detail {

/// The last error of a series, saying how many attempts there were.
[[nodiscard]] Error afterAttempts(const Error &last, int attempts);

/// One series of attempts; lives as long as something of it is under way (it is held by its timer
/// and its pending handlers) and ends when the consumer cancels.
template <typename T>
class Retry : public QObject
{
public:
    Retry(RetryPolicy policy, std::function<Pending<T>()> call, RetryListener listener)
        : m_policy(policy)
        , m_call(std::move(call))
        , m_listener(std::move(listener))
    {
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, &Retry::attempt);
        m_promise.onCancel([this] {
            m_running.cancel();
            m_timer.stop();
            deleteLater();
        });
    }

    [[nodiscard]] Pending<T> pending() const { return m_promise.pending(); }

    void attempt()
    {
        ++m_attempt;
        m_running = m_call();
        m_running.then(this, [this](Result<T> result) { onAnswer(std::move(result)); });
    }

private:
    void onAnswer(Result<T> result)
    {
        if (result || !result.error().isRetryable() || m_attempt >= m_policy.attempts) {
            if (!result && m_attempt > 1)
                result = fail(afterAttempts(result.error(), m_attempt));
            m_promise.resolve(std::move(result));
            deleteLater();
            return;
        }
        if (m_listener)
            m_listener(m_attempt + 1, result.error());
        m_timer.start(
            m_policy.delayBefore(m_attempt + 1, QRandomGenerator::global()->generateDouble()));
    }

    RetryPolicy m_policy;
    std::function<Pending<T>()> m_call;
    RetryListener m_listener;
    Promise<T> m_promise;
    Pending<T> m_running;
    QTimer m_timer;
    int m_attempt = 0;
};

} // namespace detail

template <typename T>
Pending<T>
retry(const RetryPolicy &policy, std::function<Pending<T>()> call, RetryListener listener)
{
    // Deletes itself after its answer or its cancellation.
    auto *series = new detail::Retry<T>(policy, std::move(call), std::move(listener));
    const Pending<T> pending = series->pending();
    series->attempt();
    return pending;
}

} // namespace paddock::sandbox
