// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QCoreApplication>

namespace paddock::docker {

/// \a pending with its answer, good or bad, turned into another by \a read (a function of
/// const Result<Source> & that gives Result<T>). Cancel reaches the source. The answer comes even
/// when whoever made \a pending is gone by then, so \a read captures values only.
template <typename T, typename Source, typename Function>
[[nodiscard]] Pending<T> chain(Pending<Source> pending, Function read)
{
    Promise<T> promise;
    promise.onCancel([pending]() mutable { pending.cancel(); });
    pending.then(qApp, [promise, read = std::move(read)](const Result<Source> &source) mutable {
        promise.resolve(read(source));
    });
    return promise.pending();
}

} // namespace paddock::docker
