// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QMetaObject>

#include <utility>

namespace paddock::docker {

/// Emits finished(error) of \a stream from the event loop.
template <typename Stream, typename T>
void finishLater(Stream *stream, Result<T> result)
{
    QMetaObject::invokeMethod(
        stream,
        [stream, result = std::move(result)] { Q_EMIT stream->finished(result); },
        Qt::QueuedConnection);
}

} // namespace paddock::docker
