// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/AttachStream.h"
#include "core/docker/StreamCall.h"
#include "core/docker/StreamDemuxer.h"

#include <memory>
#include <optional>

namespace paddock::docker {

/// attach, exec start and logs over one connection.
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

} // namespace paddock::docker
