// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/JsonReader.h"
#include "core/control/ControlServer.h"
#include "core/control/LineBuffer.h"
#include "core/control/TerminalFrame.h"

#include <QHash>
#include <QJsonValue>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>

#include <functional>
#include <memory>

namespace paddock::control {

class ControlConnection;
class ServiceWatch;
class SessionWatch;

/// One request of a client, to be answered exactly once. A handle: copies mean the same request,
/// and it may outlive its connection (the answer is then dropped).
class ControlRequest
{
public:
    ControlRequest(ControlConnection *connection, quint64 key)
        : m_connection(connection)
        , m_key(key)
    {
    }

    void answer(const QJsonObject &result) const;
    void refuse(const Error &error, RpcCode code = RpcCode::Failed) const;
    /// A notification that names this request: params gets "request" with its id.
    void notify(const QString &method, QJsonObject params) const;
    /// \a stop is called when the client cancels the request or goes away before it was answered.
    void onCancel(std::function<void()> stop) const;
    /// \a helper lives until the request is answered, cancelled, or the client went away.
    void keep(std::shared_ptr<void> helper) const;
    /// Answers {} and turns the connection into frames of \a terminal.
    void becomeTerminal(std::unique_ptr<facade::Terminal> terminal) const;
    /// Context of handlers: dies with the connection.
    [[nodiscard]] ControlConnection *connection() const { return m_connection; }

private:
    QPointer<ControlConnection> m_connection;
    quint64 m_key;
};

/// The owner's end of one client: reads requests, hands them to ControlMethods, writes answers and
/// notifications within the limits. Main thread.
class ControlConnection : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ControlConnection)

public:
    ControlConnection(std::unique_ptr<QLocalSocket> socket,
                      facade::Services services,
                      OwnerInfo info,
                      ControlLimits limits,
                      QObject *parent);
    ~ControlConnection() override;

    void begin();
    /// Says why and ends the connection.
    void refuse(const Error &error);

    [[nodiscard]] const facade::Services &services() const { return m_services; }
    [[nodiscard]] const OwnerInfo &info() const { return m_info; }
    [[nodiscard]] const ControlLimits &limits() const { return m_limits; }
    /// Bytes the client has not taken yet.
    [[nodiscard]] qint64 unsentBytes() const { return m_socket->bytesToWrite(); }
    void notify(const QString &method, const QJsonObject &params);
    [[nodiscard]] SessionWatch &watch();
    /// Notifications about everything but sessions too, from now on.
    void watchServices();
    /// Emits shutdownRequested once everything that was written is sent.
    void requestShutdown();

Q_SIGNALS:
    void ended();
    void shutdownRequested();
    void drained();

private:
    friend class ControlRequest;
    struct InFlight
    {
        QJsonValue id;
        std::function<void()> stop;
        QList<std::shared_ptr<void>> helpers;
    };

    void onReadyRead();
    void onBytesWritten();
    void handleLine(const QByteArray &line);
    void handleFrames(const QByteArray &bytes);
    void cancelRequest(const QJsonValue &id);
    void finishRequest(quint64 key, QJsonObject message);
    void send(const QJsonObject &message);
    void writeBytes(const QByteArray &bytes, qint64 maxUnsent);
    void startTerminal(std::unique_ptr<facade::Terminal> terminal);
    void endTerminal(const Result<int> &exitCode);
    void end();

    std::unique_ptr<QLocalSocket> m_socket;
    facade::Services m_services;
    OwnerInfo m_info;
    ControlLimits m_limits;
    LineBuffer m_lines;
    QHash<quint64, InFlight> m_inFlight;
    quint64 m_nextKey = 1;
    std::unique_ptr<SessionWatch> m_watch;
    std::unique_ptr<ServiceWatch> m_serviceWatch;
    std::unique_ptr<facade::Terminal> m_terminal;
    TerminalFrameDecoder m_frames;
    bool m_closing = false; // nothing is read any more; ends when everything is written
    bool m_shutdown = false;
    bool m_ended = false;
};

} // namespace paddock::control
