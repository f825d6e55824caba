// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/AttachStream.h"
#include "core/docker/ByteStream.h"
#include "core/docker/ContainersApi.h"
#include "core/docker/JsonLines.h"
#include "core/docker/StreamDemuxer.h"
#include "core/docker/Transport.h"

#include <memory>

namespace paddock::docker {

/// attach, exec start and logs over one connection. With \a mode unset the caller gives it later by
/// setMode() (it asks the engine first) and only then the request is sent.
class HijackedStream final : public AttachStream
{
    Q_OBJECT

public:
    HijackedStream(Transport &transport, ApiCall call, StreamDemuxer::Mode mode);
    /// Waits for \a tty before anything is sent.
    HijackedStream(Transport &transport, ApiCall call, Pending<bool> tty);
    /// Ends with \a error; nothing is sent.
    explicit HijackedStream(Error error);
    ~HijackedStream() override;

    [[nodiscard]] bool isOpen() const override { return m_open; }
    void write(const QByteArray &bytes) override;
    void closeInput() override;
    [[nodiscard]] qint64 bytesToWrite() const override;
    void pause() override;
    void resume() override;

private:
    void begin(Transport &transport, ApiCall call, StreamDemuxer::Mode mode);
    void onAccepted();
    void onBytes(const QByteArray &bytes);
    void onFinished(const Result<Done> &result);
    void deliver();
    void finish(const Result<Done> &result);

    std::unique_ptr<StreamCall> m_call;
    Pending<bool> m_tty;
    StreamDemuxer m_demuxer;
    QList<StreamDemuxer::Piece> m_waiting; // pieces of the last read that a pause() held back
    std::optional<Result<Done>> m_result;  // given once m_waiting is empty
    QByteArray m_early;                    // input written before m_call is there
    bool m_closeEarly = false;
    bool m_open = false;
    bool m_paused = false;
    bool m_delivering = false;
    bool m_finished = false;
};

/// The body of an answer as it comes.
class BodyStream final : public ByteStream
{
    Q_OBJECT

public:
    BodyStream(Transport &transport, ApiCall call);
    explicit BodyStream(const Error &error);
    ~BodyStream() override;

    void pause() override;
    void resume() override;

private:
    std::unique_ptr<StreamCall> m_call;
};

/// JSON objects, one a line. finished() comes once, last, from the event loop.
class JsonStream final : public QObject
{
    Q_OBJECT

public:
    JsonStream(Transport &transport, ApiCall call, QObject *parent = nullptr);
    ~JsonStream() override;

    /// Ends with \a result, if it has not ended.
    void end(const Result<Done> &result) { m_call->end(result); }

Q_SIGNALS:
    void accepted();
    void object(const QJsonObject &object);
    void finished(const paddock::Result<paddock::Done> &result);

private:
    /// False when this is gone.
    bool report(const QList<QJsonObject> &objects);

    std::unique_ptr<StreamCall> m_call;
    JsonLines m_lines;
};

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
