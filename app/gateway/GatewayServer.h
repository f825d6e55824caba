// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gateway/Door.h"
#include "app/gateway/RequestLog.h"
#include "core/gateway/FrameSocket.h"

#include <QHash>
#include <QObject>
#include <QTimer>

#include <map>
#include <memory>
#include <vector>

namespace paddock::gateway {

/// The gateway process: the control socket and the doors. Doors stay open when an owner goes away;
/// without doors and owners it ends by itself after a while. Main thread.
class GatewayServer : public QObject
{
    Q_OBJECT

public:
    explicit GatewayServer(QString folder, QObject *parent = nullptr);
    ~GatewayServer() override;

    /// Conflict when another gateway serves the folder.
    [[nodiscard]] Result<Done> listen();

Q_SIGNALS:
    /// Asked to, or nothing is left to do.
    void ended();

private:
    struct Owner
    {
        std::unique_ptr<FrameSocket> socket;
        bool isGreeted = false;
    };

    void onConnection();
    void onFrames(FrameSocket *socket);
    void onClosed(FrameSocket *socket);
    [[nodiscard]] bool greet(Owner &owner, const QJsonObject &object);
    [[nodiscard]] Result<QJsonObject> obey(const QString &method, Frame &frame);
    [[nodiscard]] Result<QJsonObject> addSession(Frame &frame);
    void watchIdle();
    void dropOrphans();

    QString m_folder;
    Descriptor m_lock;
    Descriptor m_folderDescriptor;
    Descriptor m_listener;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::vector<Owner> m_owners;
    std::map<QString, std::unique_ptr<Door>> m_doors;
    std::unique_ptr<RequestLog> m_log;
    QTimer m_idle;
    QTimer m_orphans;
    bool m_isEnding = false;
};

} // namespace paddock::gateway
