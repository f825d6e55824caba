// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"
#include "tests/unit/shimlink/LinkHarness.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>

#include <unistd.h>

namespace paddock::test {

/// The real shim as first process of a sealed container of the real engine, and the owner of
/// LinkHarness.
class ShimContainer
{
public:
    /// What runs as the container's first process.
    enum class First {
        Shim,          ///< as sessions have it
        InitAboveShim, ///< the engine's own init, and the shim as its child
    };

    explicit ShimContainer(QStringList forwards = {})
        : m_forwards(std::move(forwards))
    {
        owner.linkOptions.socketOwner = user();
        owner.workingFolder = QStringLiteral("/");
        for (const char *name : {"run", "spool"})
            give(owner.environment.path(QLatin1String(name)));
    }

    /// Whom containers run as: this user, or 1000 when that is root.
    [[nodiscard]] static sandbox::link::PeerCredentials user()
    {
        const bool root = ::getuid() == 0;
        return {0, root ? 1000 : ::getuid(), root ? 1000 : ::getgid()};
    }

    [[nodiscard]] Result<Done> start(First first = First::Shim,
                                     const QStringList &instead = {},
                                     const QStringList &environment = {})
    {
        QStringList command{QStringLiteral("/paddock/shim"), QStringLiteral("run")};
        for (const QString &forward : std::as_const(m_forwards))
            command << QStringLiteral("--forward") << forward;
        QJsonObject body = engine.body(instead.isEmpty() ? command : instead);
        body[QStringLiteral("User")] =
            QString::number(user().uid) + QLatin1Char(':') + QString::number(user().gid);
        QStringList all{QStringLiteral("PADDOCK_SPOOL=/paddock/spool"),
                        QStringLiteral("HOME=/tmp")};
        all += environment;
        body[QStringLiteral("Env")] = QJsonArray::fromStringList(all);
        QJsonObject host = body[QStringLiteral("HostConfig")].toObject();
        host[QStringLiteral("Init")] = first == First::InitAboveShim;
        host[QStringLiteral("ReadonlyRootfs")] = true;
        host[QStringLiteral("SecurityOpt")] = QJsonArray{QStringLiteral("no-new-privileges:true")};
        host[QStringLiteral("Tmpfs")] =
            QJsonObject{{QStringLiteral("/tmp"), QStringLiteral("rw,exec,mode=1777")}};
        host[QStringLiteral("Mounts")] =
            QJsonArray{mount(owner.environment.path(QStringLiteral("run")),
                             QStringLiteral("/run/paddock"),
                             true),
                       mount(owner.environment.path(QStringLiteral("spool")),
                             QStringLiteral("/paddock/spool"),
                             false),
                       mount(builtProgram(QStringLiteral("paddock-shim")),
                             QStringLiteral("/paddock/shim"),
                             true),
                       mount(builtProgram(QStringLiteral("../tests/link_forger")),
                             QStringLiteral("/paddock/forger"),
                             true)};
        body[QStringLiteral("HostConfig")] = host;
        const Result<ContainerId> made = engine.created(body);
        if (!made)
            return fail(made.error());
        id = *made;
        return await(engine.client().containers().start(id));
    }

    [[nodiscard]] docker::ContainerDetails inspect()
    {
        return await(engine.client().containers().inspect(id)).value_or(docker::ContainerDetails());
    }
    [[nodiscard]] bool isRunning() { return inspect().isRunning(); }

    /// Only the container's first process is the shim.
    void believeOnlyTheFirstProcess()
    {
        owner.linkOptions.peerCheck = [this](const sandbox::link::PeerCredentials &peer) {
            return peer.pid != 0 && peer.pid == firstPid;
        };
    }

    RealEngine engine;
    LinkHarness owner;
    ContainerId id;
    /// As the engine says; for believeOnlyTheFirstProcess().
    qint64 firstPid = 0;

private:
    [[nodiscard]] static QJsonObject
    mount(const QString &source, const QString &target, bool readOnly)
    {
        return {{QStringLiteral("Type"), QStringLiteral("bind")},
                {QStringLiteral("Source"), QFileInfo(source).canonicalFilePath()},
                {QStringLiteral("Target"), target},
                {QStringLiteral("ReadOnly"), readOnly}};
    }
    static void give(const QString &path)
    {
        if (::getuid() == 0 &&
            ::lchown(QFile::encodeName(path).constData(), user().uid, user().gid) != 0) {
            qFatal("cannot give %s away", qPrintable(path));
        }
    }

    QStringList m_forwards;
};

} // namespace paddock::test
