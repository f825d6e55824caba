// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/ApiCall.h"
#include "core/docker/HttpConnection.h"
#include "core/docker/SystemTypes.h"

#include <QObject>
#include <QPointer>

#include <memory>

namespace paddock::docker {

class Transport;

/// A request under way whose answer is taken piece by piece: negotiates first where needed, turns
/// answers of status 400 and up into errors, buffers input until the engine accepted. Destroying it
/// closes the connection. finished() comes once, last, from the event loop.
class StreamCall final : public QObject
{
    Q_OBJECT

public:
    StreamCall(Transport &transport, ApiCall call, QObject *parent = nullptr);
    ~StreamCall() override;

    [[nodiscard]] bool isAccepted() const { return m_accepted; }
    [[nodiscard]] const HttpHead &head() const { return m_head; }
    void write(const QByteArray &bytes);
    void closeWriting();
    [[nodiscard]] qint64 bytesToWrite() const;
    void pause();
    void resume();
    /// Ends with \a result, if it has not ended.
    void end(const Result<Done> &result);

Q_SIGNALS:
    void accepted();
    void bytes(const QByteArray &bytes);
    void bytesWritten(qint64 stillToWrite);
    void finished(const paddock::Result<paddock::Done> &result);

private:
    void connectNow();
    void onHead();
    void onBody(const QByteArray &bytes);
    void onFinished(const Result<Done> &result);

    QPointer<Transport> m_transport;
    ApiCall m_call;
    Pending<Capabilities> m_negotiation;
    std::unique_ptr<HttpConnection> m_connection;
    HttpHead m_head;
    QByteArray m_refusal; // body of an answer of status 400 and up
    QByteArray m_input;   // written before the engine accepted
    bool m_accepted = false;
    bool m_closeInput = false;
    bool m_paused = false;
    bool m_over = false;
};

} // namespace paddock::docker
