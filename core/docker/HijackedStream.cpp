// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/HijackedStream.h"

#include "core/docker/FinishLater.h"
#include "core/docker/Transport.h"

#include <QPointer>

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::docker {

// --- HijackedStream
// -------------------------------------------------------------------------------

HijackedStream::HijackedStream(Transport &transport, ApiCall call, StreamDemuxer::Mode mode)
{
    begin(transport, std::move(call), mode);
}

HijackedStream::HijackedStream(Transport &transport, ApiCall call, Pending<bool> tty)
    : m_tty(std::move(tty))
{
    QPointer<Transport> borrowed(&transport);
    m_tty.then(this, [this, borrowed, call = std::move(call)](const Result<bool> &hasTty) {
        if (!hasTty || !borrowed) {
            finish(hasTty
                       ? fail(ErrorKind::Destroyed, tr("The connection to the engine was closed."))
                       : fail(hasTty.error()));
            return;
        }
        begin(*borrowed, call, *hasTty ? StreamDemuxer::Mode::Raw : StreamDemuxer::Mode::Framed);
    });
}

HijackedStream::HijackedStream(Error error)
{
    m_finished = true;
    finishLater(this, Result<Done>(fail(std::move(error))));
}

HijackedStream::~HijackedStream()
{
    m_tty.cancel();
}

void HijackedStream::begin(Transport &transport, ApiCall call, StreamDemuxer::Mode mode)
{
    m_demuxer = StreamDemuxer(mode);
    m_call = std::make_unique<StreamCall>(transport, std::move(call));
    connect(m_call.get(), &StreamCall::accepted, this, &HijackedStream::onAccepted);
    connect(m_call.get(), &StreamCall::bytes, this, &HijackedStream::onBytes);
    connect(m_call.get(), &StreamCall::bytesWritten, this, &AttachStream::bytesWritten);
    connect(m_call.get(), &StreamCall::finished, this, &HijackedStream::onFinished);
    if (m_paused)
        m_call->pause();
    if (!m_early.isEmpty())
        m_call->write(std::exchange(m_early, {}));
    if (m_closeEarly)
        m_call->closeWriting();
}

void HijackedStream::onAccepted()
{
    // Newer engines say which form it is; their word is better than what a caller remembers.
    const QByteArray type = m_call->head().header("content-type");
    if (type == "application/vnd.docker.multiplexed-stream")
        m_demuxer = StreamDemuxer(StreamDemuxer::Mode::Framed);
    m_open = true;
    Q_EMIT opened();
}

void HijackedStream::onBytes(const QByteArray &bytes)
{
    m_waiting += m_demuxer.feed(bytes);
    if (m_demuxer.error())
        m_call->end(fail(*m_demuxer.error()));
    deliver();
}

void HijackedStream::onFinished(const Result<Done> &result)
{
    Result<Done> answer = result;
    if (answer)
        answer = m_demuxer.finish();
    m_result = answer;
    deliver();
}

void HijackedStream::deliver()
{
    if (m_delivering)
        return; // a slot called resume(): the loop below goes on
    m_delivering = true;
    const QPointer<HijackedStream> alive(this);
    while (!m_paused && !m_waiting.isEmpty()) {
        const StreamDemuxer::Piece piece = m_waiting.takeFirst();
        Q_EMIT frame(piece.channel, piece.bytes);
        if (!alive)
            return;
    }
    m_delivering = false;
    if (m_waiting.isEmpty() && m_result && !m_paused)
        finish(*std::exchange(m_result, std::nullopt));
}

void HijackedStream::finish(const Result<Done> &result)
{
    if (m_finished)
        return;
    m_finished = true;
    m_open = false;
    finishLater(static_cast<AttachStream *>(this), result);
}

void HijackedStream::write(const QByteArray &bytes)
{
    if (m_finished)
        return;
    if (m_call)
        m_call->write(bytes);
    else if (!m_closeEarly)
        m_early += bytes;
}

void HijackedStream::closeInput()
{
    m_closeEarly = true;
    if (m_call)
        m_call->closeWriting();
}

qint64 HijackedStream::bytesToWrite() const
{
    return m_early.size() + (m_call ? m_call->bytesToWrite() : 0);
}

void HijackedStream::pause()
{
    m_paused = true;
    if (m_call)
        m_call->pause();
}

void HijackedStream::resume()
{
    if (!m_paused)
        return;
    m_paused = false;
    QMetaObject::invokeMethod(
        this,
        [this] {
            const QPointer<HijackedStream> alive(this);
            deliver();
            if (alive && m_call && !m_paused)
                m_call->resume();
        },
        Qt::QueuedConnection);
}

} // namespace paddock::docker
