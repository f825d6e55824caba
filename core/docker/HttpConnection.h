// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/HttpParser.h"

#include <QLocalSocket>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>

class QFile;

namespace paddock::docker {

struct HttpRequest
{
    QByteArray method = QByteArrayLiteral("GET");
    QByteArray target; ///< path and query, encoded
    QList<HttpHeader> headers;
    QByteArray body;
    QString bodyFile;       ///< sent instead of body, read piece by piece
    bool isUpgrade = false; ///< asks for "Upgrade: tcp"; both ways stay open after the head
};

/// Zero switches a limit off.
struct HttpTimeouts
{
    std::chrono::milliseconds connect{2'000};
    std::chrono::milliseconds header{
        10'000};                            ///< from the end of the request to the end of the head
    std::chrono::milliseconds idle{30'000}; ///< silence inside the body
    std::chrono::milliseconds whole{300'000}; ///< from the head to the end of the body
};

/// One HTTP/1.1 request over a unix socket, one connection each. Main thread.
///
/// Order of signals: headReceived(), then body pieces, then finished() exactly once, last, from the
/// event loop. Any slot may destroy the connection. After the head of an upgraded request write()
/// and closeWriting() reach the peer, and body pieces are its raw bytes.
class HttpConnection final : public QObject
{
    Q_OBJECT

public:
    /// What is read ahead of a paused consumer, at most.
    static constexpr qint64 kReadBuffer = qint64{256} * 1024;

    HttpConnection(QString socketPath,
                   HttpTimeouts timeouts,
                   HttpLimits limits,
                   QObject *parent = nullptr);
    ~HttpConnection() override;
    Q_DISABLE_COPY_MOVE(HttpConnection)

    void start(HttpRequest request);
    void write(const QByteArray &bytes);
    /// shutdown(2) of the writing side once everything written is with the kernel; QLocalSocket has
    /// no call for it.
    void closeWriting();
    void pause();
    void resume();
    /// Ends now with a result of the caller's choice (nothing more is read or sent).
    void end(const Result<Done> &result);

    [[nodiscard]] qint64 bytesToWrite() const;
    [[nodiscard]] const HttpHead &head() const { return m_parser.head(); }

Q_SIGNALS:
    void headReceived();
    void bodyReceived(const QByteArray &bytes);
    void bytesWritten(qint64 stillToWrite);
    void finished(const paddock::Result<paddock::Done> &result);

private:
    void onConnected();
    void onBytesWritten();
    void onReadyRead();
    void onGone();
    void onTimer();
    /// False when this object is gone or the exchange over.
    bool process(const QByteArray &bytes);
    void atEnd();
    void sendMoreOfFile();
    void shutdownIfDrained();
    void readWhatIsLeft();
    void startTimer(std::chrono::milliseconds limit);

    enum class Phase { Idle, Connecting, Sending, AwaitingHead, Body, Over };

    QString m_socketPath;
    HttpTimeouts m_timeouts;
    HttpParser m_parser;
    HttpRequest m_request;
    QLocalSocket *m_socket; // deleted later: its signals may be on the stack
    std::unique_ptr<QFile> m_file;
    QTimer m_timer;
    QTimer m_wholeTimer;
    Phase m_phase = Phase::Idle;
    QByteArray m_kept; // read from a socket that is closing, not yet processed
    int m_spare = -1;  // a second descriptor of the socket, see readWhatIsLeft()
    bool m_paused = false;
    bool m_gone = false; // the peer closed while paused
    bool m_closeWriting = false;
};

} // namespace paddock::docker
