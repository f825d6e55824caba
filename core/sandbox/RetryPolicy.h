// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>

namespace paddock::sandbox {

/// How often something is tried again, and how long apart. Only errors of a retryable kind are.
struct RetryPolicy
{
    int attempts = 4; ///< altogether
    std::chrono::milliseconds firstDelay{200};
    std::chrono::milliseconds longestDelay{5'000};
    double jitter = 0.2; ///< each delay varies by up to this part of itself

    /// Delay before attempt \a next (2 is the first repetition); \a random in [0, 1).
    [[nodiscard]] std::chrono::milliseconds delayBefore(int next, double random) const;
};

/// Called before each repetition with the number of the attempt to come and why.
using RetryListener = std::function<void(int attempt, const Error &reason)>;

/// Runs \a call until it succeeds, fails for good or the attempts are used up; the last error then
/// names how many there were. Cancelling stops the running call or the wait.
template <typename T>
[[nodiscard]] Pending<T>
retry(const RetryPolicy &policy, std::function<Pending<T>()> call, RetryListener listener = {});

} // namespace paddock::sandbox

#include "core/sandbox/RetryPolicy.inl.h"
