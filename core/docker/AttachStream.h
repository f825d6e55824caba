// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QObject>

namespace paddock::docker {

enum class Channel {
    Stdin = 0, ///< the engine may echo it in logs of very old containers; treat as output
    Stdout = 1,
    Stderr = 2,
};

/// The open streams of a container or of an exec: output arrives as frames, input is written.
/// Owned by a unique_ptr; destroying it closes the connection. Main thread.
///
/// Order of signals: opened() once the engine accepted, then frames, then finished() exactly once
/// as the last signal, from the event loop. Any slot may destroy the stream.
/// With a TTY there is one channel and everything arrives as Stdout.
class AttachStream : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    [[nodiscard]] virtual bool isOpen() const = 0;
    /// Input; kept until the stream is open. Ignored after closeInput() and after the end.
    virtual void write(const QByteArray &bytes) = 0;
    /// Half-close: the process reads the end of its input once everything written arrived; output
    /// goes on.
    virtual void closeInput() = 0;
    /// Input that the kernel did not take yet; a writer of much data waits for bytesWritten().
    [[nodiscard]] virtual qint64 bytesToWrite() const = 0;
    /// Back-pressure: no frame() after pause() until resume(); at most 256 KiB are buffered here,
    /// the rest stays with the engine.
    virtual void pause() = 0;
    virtual void resume() = 0;

Q_SIGNALS:
    void opened();
    void frame(paddock::docker::Channel channel, const QByteArray &bytes);
    void bytesWritten(qint64 stillToWrite);
    void finished(const paddock::Result<paddock::Done> &result);
};

} // namespace paddock::docker
