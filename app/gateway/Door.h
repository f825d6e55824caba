// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gateway/Exchange.h"
#include "core/gateway/GatewayTypes.h"
#include "core/gateway/ScriptedProvider.h"
#include "core/gateway/UnixSocket.h"
#include "core/secrets/Secret.h"

#include <QObject>
#include <QSocketNotifier>

#include <memory>
#include <vector>

namespace paddock::gateway {

/// The way of one session to its model: <run folder>/model.sock and the requests that came through
/// it. Listens from open() to its destruction, which ends the requests and removes the socket. Main
/// thread.
class Door : public QObject
{
    Q_OBJECT

public:
    static constexpr int kMaxRequests = 8;
    static constexpr std::size_t kMaxConnections = 64;

    explicit Door(QObject *parent = nullptr);
    ~Door() override;

    [[nodiscard]] Result<Done> open(const DoorOptions &options);
    /// Another upstream for the same socket.
    [[nodiscard]] Result<Done> change(const DoorOptions &options);
    void setKey(secrets::Secret key) { m_key = std::move(key); }
    void setContainer(const ContainerId &container) { m_status.container = container; }
    [[nodiscard]] const DoorOptions &options() const { return m_options; }
    [[nodiscard]] DoorStatus status() const;
    /// The run folder was deleted.
    [[nodiscard]] bool isOrphaned() const { return isDeleted(m_folder); }

Q_SIGNALS:
    void recorded(const paddock::gateway::RequestRecord &record);

private:
    void onConnection();
    void take(Descriptor descriptor);
    [[nodiscard]] tl::expected<std::unique_ptr<UpstreamLink>, HttpRefusal> openLink();
    [[nodiscard]] int forwardingCount() const;
    [[nodiscard]] bool isAllowed(const Peer &peer) const;
    [[nodiscard]] Result<Done> useUpstream(const DoorOptions &options);

    DoorOptions m_options;
    DoorStatus m_status;
    secrets::Secret m_key;
    std::shared_ptr<const ScriptedProvider> m_scripts; // shared with running requests
    Descriptor m_folder;
    Descriptor m_listener;
    quint64 m_socketInode = 0;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::vector<std::unique_ptr<Exchange>> m_exchanges;
};

} // namespace paddock::gateway
