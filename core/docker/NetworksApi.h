// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/Pending.h"
#include "core/docker/ContainerTypes.h"

namespace paddock::docker {

struct NetworkSummary
{
    NetworkId id;
    QString name;
    QString driver;
    bool internal = false;
    Labels labels;
    QJsonObject raw;
};

struct CreateNetworkOptions
{
    QString driver = QStringLiteral("bridge");
    bool internal = false;
    Labels labels = {};
    QHash<QString, QString> driverOptions = {};
};

/// Networks. https://docs.docker.com/reference/api/engine/ (Networks). Main thread.
/// A NetworkId argument may hold an id or a name. NotFound when it is not there; NetworkFailed for
/// what the engine could not do.
class NetworksApi
{
public:
    virtual ~NetworksApi() = default;

    [[nodiscard]] virtual Pending<QList<NetworkSummary>> list(const QStringList &labels = {}) = 0;
    [[nodiscard]] virtual Pending<NetworkSummary> inspect(const NetworkId &id) = 0;
    /// Conflict when the name is taken.
    [[nodiscard]] virtual Pending<NetworkId> create(const QString &name,
                                                    const CreateNetworkOptions &options = {}) = 0;
    /// Succeeds when it is not there.
    [[nodiscard]] virtual Pending<Done> remove(const NetworkId &id) = 0;
};

} // namespace paddock::docker
