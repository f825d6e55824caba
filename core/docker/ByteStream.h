// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QObject>

namespace paddock::docker {

/// Bytes that the engine sends until it is done (an archive, for example). Owned by a unique_ptr;
/// destroying it closes the connection. Main thread. finished() comes exactly once, last.
class ByteStream : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    virtual void pause() = 0;
    virtual void resume() = 0;

Q_SIGNALS:
    void bytes(const QByteArray &bytes);
    void finished(const paddock::Result<paddock::Done> &result);
};

} // namespace paddock::docker
