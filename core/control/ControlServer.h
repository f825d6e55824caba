// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/XdgPaths.h"
#include "core/control/OwnerLock.h"
#include "core/control/Protocol.h"
#include "core/facade/Services.h"

#include <QDateTime>
#include <QObject>

#include <memory>

namespace paddock::control {

/// What owner.info answers.
struct OwnerInfo
{
    QString program; ///< "paddockctl serve", "paddock"
    QString version;
    QDateTime startedAt; ///< UTC
};

/// The door for paddockctl: serves the facade on control.sock to processes of the same user. It
/// authorises nothing itself; every call goes to the services as Actor::person("paddockctl").
/// Answers in flight are dropped when it goes. Main thread; the services must outlive it.
class ControlServer : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ControlServer)

public:
    ControlServer(facade::Services services,
                  OwnerInfo info,
                  ControlLimits limits = {},
                  QObject *parent = nullptr);
    ~ControlServer() override;

    /// Makes the runtime folder (0700) and the socket (0600). What a killed owner left there is
    /// replaced, which only the holder of the lock may do: hence \a lock, which must be held.
    [[nodiscard]] Result<Done> listen(const XdgPaths &paths, const OwnerLock &lock);
    /// Stops listening, removes the socket and ends every connection.
    void close();

    [[nodiscard]] int connectionCount() const;

Q_SIGNALS:
    /// A client asked the owner to end (owner.shutdown); its answer has been sent. Connect queued:
    /// the server must not be destroyed from within.
    void shutdownRequested();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace paddock::control
