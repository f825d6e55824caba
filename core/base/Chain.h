// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <type_traits>

namespace paddock {

/// The answer of \a pending put through \a function (T → Result<U>); errors pass by. Cancelling the
/// new Pending cancels the old one. \a function is not called after \a context died.
template <typename U, typename T, typename Function>
[[nodiscard]] Pending<U> mapped(QObject *context, Pending<T> pending, Function function)
{
    Promise<U> promise;
    promise.onCancel([pending]() mutable { pending.cancel(); });
    pending.then(context, [promise, function = std::move(function)](Result<T> result) mutable {
        if (!result)
            promise.reject(result.error());
        else
            promise.resolve(function(std::move(*result)));
    });
    return promise.pending();
}

/// As mapped(), where \a function (T → Pending<U>) begins the next asynchronous step.
template <typename U, typename T, typename Function>
[[nodiscard]] Pending<U> chained(QObject *context, Pending<T> pending, Function function)
{
    Promise<U> promise;
    promise.onCancel([pending]() mutable { pending.cancel(); });
    pending.then(
        context, [promise, context, function = std::move(function)](Result<T> result) mutable {
            if (!result) {
                promise.reject(result.error());
                return;
            }
            Pending<U> next = function(std::move(*result));
            promise.onCancel([next]() mutable { next.cancel(); });
            next.then(context, [promise](Result<U> answer) { promise.resolve(std::move(answer)); });
        });
    return promise.pending();
}

/// The same answer without its value.
template <typename T>
[[nodiscard]] Pending<Done> withoutValue(QObject *context, Pending<T> pending)
{
    return mapped<Done>(
        context, std::move(pending), [](const T &) { return Result<Done>(Done{}); });
}

/// \a pending, with every failure turned into success: for clean-up that must go on.
template <typename T>
[[nodiscard]] Pending<Done> regardless(QObject *context, Pending<T> pending)
{
    Promise<Done> promise;
    pending.then(context, [promise](const Result<T> &) { promise.resolve(Done{}); });
    return promise.pending();
}

} // namespace paddock
