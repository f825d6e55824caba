// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gateway/UpstreamLink.h"
#include "core/gateway/GatewayTypes.h"
#include "core/gateway/ResponseReader.h"
#include "core/secrets/Secret.h"

#include <QSslSocket>

#include <memory>

namespace paddock::gateway {

/// A request over TLS (or plain HTTP to this machine) to a model provider, with the key added.
/// Certificates are verified; nothing is written before they are. Redirects are a failure. One
/// connection per request.
class ProviderLink : public UpstreamLink
{
    Q_OBJECT

public:
    /// \a key is read when the request is sent.
    ProviderLink(Upstream upstream, secrets::Secret key, QObject *parent = nullptr);
    ~ProviderLink() override;

    void start(const OutgoingRequest &request) override;
    void writeBody(const QByteArray &bytes) override;
    void finishBody() override;
    [[nodiscard]] qint64 pendingBytes() const override;
    void setPaused(bool paused) override;

private:
    void onConnected();
    void onReadable();
    void onDisconnected();
    void onSocketError(QAbstractSocket::SocketError error);
    void sendHead();
    void sendBodyChunk(const QByteArray &bytes);
    void fail(const Error &error);

    Upstream m_upstream;
    secrets::Secret m_key;
    OutgoingRequest m_request;
    std::unique_ptr<QSslSocket> m_socket;
    ResponseReader m_reader;
    QByteArray m_waiting; // body that came before the connection stood
    QString m_certificateProblem;
    bool m_isBodyComplete = false;
    bool m_isConnected = false;
    bool m_isHeadTold = false;
    bool m_isPaused = false;
    bool m_isOver = false;
};

} // namespace paddock::gateway
