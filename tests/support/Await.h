// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QEventLoop>
#include <QTimer>

#include <chrono>
#include <optional>

namespace paddock::test {

/// Turns the event loop until \a pending has its answer; after \a limit an Error of kind Timeout.
template <typename T>
[[nodiscard]] Result<T> await(Pending<T> pending,
                              std::chrono::milliseconds limit = std::chrono::seconds(30))
{
    std::optional<Result<T>> answer;
    QEventLoop loop;
    QTimer::singleShot(limit, &loop, &QEventLoop::quit);
    pending.then(&loop, [&](Result<T> result) {
        answer.emplace(std::move(result));
        loop.quit();
    });
    if (!answer)
        loop.exec();
    if (!answer) {
        pending.cancel();
        return fail(ErrorKind::Timeout, QStringLiteral("the test waited in vain"));
    }
    return std::move(*answer);
}

} // namespace paddock::test

/// Fails the test with the error's words unless \a result holds a value. An expression is
/// evaluated once.
#define PADDOCK_VERIFY_OK(result)                                                                  \
    do {                                                                                           \
        const auto &verified_ = (result);                                                          \
        QVERIFY2(verified_.has_value(),                                                            \
                 verified_.has_value() ? "" : qUtf8Printable(verified_.error().toString()));       \
    } while (false)
