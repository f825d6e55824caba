// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/base/XdgPaths.h"
#include "core/gateway/GatewayTypes.h"
#include "core/secrets/Secret.h"

#include <QObject>

#include <memory>

namespace paddock::gateway {

struct GatewayClientOptions
{
    /// Private folder of the gateway of this instance: control.sock, lock and logs are in it.
    QString folder;
    /// The program to start where none runs; empty: only adopt a running one.
    QString program;
    std::chrono::milliseconds startTimeout{10'000};
    std::chrono::milliseconds callTimeout{10'000};

    /// folder below paths.state; paddock-gateway beside the running program, else in
    /// <prefix>/libexec/paddock.
    [[nodiscard]] static GatewayClientOptions forInstance(const XdgPaths &paths);
};

struct GatewayInfo
{
    qint64 pid = 0;
    QString version;      ///< of the program
    int protocol = 0;     ///< negotiated version of the control protocol
    bool adopted = false; ///< it ran before ensureRunning()
};

/// The owner's side of the gateway process. Main thread. The gateway outlives this object and the
/// whole owner; the next owner adopts it by ensureRunning() and sessions().
class GatewayClient : public QObject
{
    Q_OBJECT

public:
    explicit GatewayClient(GatewayClientOptions options, QObject *parent = nullptr);
    ~GatewayClient() override;

    /// Connects to the running gateway or starts one, detached in a session of its own. Answers at
    /// once when connected already. GatewayUnavailable with a remedy on failure.
    [[nodiscard]] Pending<GatewayInfo> ensureRunning();
    [[nodiscard]] bool isConnected() const;

    /// Opens (or, with the same folder, changes) the session's door. The socket listens when this
    /// answers. Without a key a Provider door answers 503 in words; a door that is there already
    /// keeps the key it has. This and what follows connect first if needed, but start nothing.
    [[nodiscard]] Pending<Done> addSession(const DoorOptions &options, secrets::Secret key = {});
    /// Gives (or, empty, takes away) the key of an open door.
    [[nodiscard]] Pending<Done> setKey(const SessionId &id, secrets::Secret key);
    /// From now on only processes of this container may use the door (cgroup of the peer).
    [[nodiscard]] Pending<Done> setContainer(const SessionId &id, const ContainerId &container);
    /// Ends running requests and removes the socket. Success also when there is none.
    [[nodiscard]] Pending<Done> removeSession(const SessionId &id);
    [[nodiscard]] Pending<QList<DoorStatus>> sessions();
    /// The newest records after \a number, oldest first, at most 1000.
    [[nodiscard]] Pending<QList<RequestRecord>> requestsAfter(qint64 number);
    /// Ends the gateway, with all doors.
    [[nodiscard]] Pending<Done> shutdown();

Q_SIGNALS:
    /// The gateway ended or closed the connection without being asked to.
    void connectionLost(const paddock::Error &reason);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace paddock::gateway
