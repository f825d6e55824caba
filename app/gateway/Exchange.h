// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gateway/UpstreamLink.h"
#include "core/gateway/GatewayTypes.h"
#include "core/gateway/RequestReader.h"
#include "core/gateway/RequestRules.h"
#include "core/gateway/UnixSocket.h"

#include <QElapsedTimer>
#include <QLocalSocket>
#include <QTimer>

#include <functional>
#include <memory>

namespace paddock::gateway {

/// What a door decides for one request.
struct ExchangePolicy
{
    ProviderProtocol protocol = ProviderProtocol::Anthropic;
    /// The link for a request that may pass, or the refusal (too many at once, no key).
    std::function<tl::expected<std::unique_ptr<UpstreamLink>, HttpRefusal>()> open;
};

/// One connection of an agent: one request, one answer, then it is closed. Streams both ways with
/// bounded buffers: what the one side does not take is not read from the other. Main thread.
class Exchange : public QObject
{
    Q_OBJECT

public:
    Exchange(std::unique_ptr<QLocalSocket> socket,
             ExchangePolicy policy,
             Peer peer,
             QObject *parent = nullptr);
    ~Exchange() override;

    /// Whether the request is on its way to the provider.
    [[nodiscard]] bool isForwarding() const { return m_link != nullptr; }
    /// Answers 403 without reading anything, and closes.
    void refuseAtOnce(const QString &reason);

Q_SIGNALS:
    /// Once, at the end of a request (not for a connection that never sent one).
    void recorded(const paddock::gateway::RequestRecord &record);
    /// Once; the exchange may be deleted.
    void over();

private:
    void onReadable();
    void onRoom();
    void onDisconnected();
    void onTimeout();
    void decide();
    void forward(const Forward &target);
    void pumpBody();
    void onHead(const ResponseHead &head);
    void onBody(const QByteArray &bytes);
    void onFinished();
    void onFailed(const Error &error);
    void answer(int status, const QString &reason);
    void closeWhenRead();
    void cutAnswer();
    void dropLink();
    void progress(std::chrono::milliseconds limit);
    void end();

    std::unique_ptr<QLocalSocket> m_socket;
    ExchangePolicy m_policy;
    RequestReader m_reader;
    std::unique_ptr<UpstreamLink> m_link;
    RequestRecord m_record;
    QElapsedTimer m_elapsed;
    QTimer m_watchdog;
    qint64 m_drained = 0;
    bool m_isDecided = false;
    bool m_isBodySent = false;
    bool m_isChunked = false; // our answer
    bool m_isAnswered = false;
    bool m_isDraining = false; // answered; the rest of the request is read and dropped
    bool m_isOver = false;
};

} // namespace paddock::gateway
