// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ControlServer.h"

#include "core/control/ControlConnection.h"
#include "core/control/ControlSocket.h"
#include "core/control/Logging.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocalServer>
#include <QLocalSocket>

#include <functional>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::control {

namespace {

/// QLocalServer that looks at who connected before anything is read.
class CheckedServer final : public QLocalServer
{
public:
    using QLocalServer::QLocalServer;
    std::function<void(quintptr)> accepted;

protected:
    void incomingConnection(quintptr descriptor) override { accepted(descriptor); }
};

} // namespace

class ControlServer::Private
{
public:
    Private(ControlServer *owner, facade::Services given, OwnerInfo who, ControlLimits bounds)
        : q(owner)
        , services(given)
        , info(std::move(who))
        , limits(bounds)
    {
    }

    void accept(quintptr descriptor);

    ControlServer *q;
    facade::Services services;
    OwnerInfo info;
    ControlLimits limits;
    std::unique_ptr<CheckedServer> server;
    QString path;
    QList<ControlConnection *> connections; // children of q; each removes itself
};

void ControlServer::Private::accept(quintptr descriptor)
{
    const auto user = peerUser(static_cast<qintptr>(descriptor));
    if (!user || *user != ::getuid()) {
        qCWarning(lcPaddockControl) << "refused a connection of user" << user.value_or(0);
        ::close(static_cast<int>(descriptor));
        return;
    }
    auto socket = std::make_unique<QLocalSocket>();
    if (!socket->setSocketDescriptor(static_cast<qintptr>(descriptor))) {
        ::close(static_cast<int>(descriptor));
        return;
    }
    auto *connection = new ControlConnection(std::move(socket), services, info, limits, q);
    if (connections.size() >= limits.maxConnections) {
        qCWarning(lcPaddockControl) << "refused a connection:" << connections.size() << "are open";
        connection->refuse(
            Error(ErrorKind::ResourceLimitExceeded,
                  QCoreApplication::translate("Control", "Paddock serves %1 connections already.")
                      .arg(limits.maxConnections))
                .withRemedy(QCoreApplication::translate(
                    "Control", "End some of the paddockctl commands that run.")));
        connection->deleteLater();
        return;
    }
    connections.append(connection);
    QObject::connect(connection, &ControlConnection::ended, q, [this, connection] {
        if (connections.removeOne(connection))
            connection->deleteLater();
    });
    QObject::connect(
        connection, &ControlConnection::shutdownRequested, q, &ControlServer::shutdownRequested);
    connection->begin();
}

ControlServer::ControlServer(facade::Services services,
                             OwnerInfo info,
                             ControlLimits limits,
                             QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, services, std::move(info), limits))
{
}

ControlServer::~ControlServer()
{
    close();
}

Result<Done> ControlServer::listen(const XdgPaths &paths, const OwnerLock &lock)
{
    Q_ASSERT(lock.isHeld());
    if (!lock.isHeld()) {
        return fail(ErrorKind::Internal,
                    QCoreApplication::translate("Control", "The owner lock is not held."));
    }
    if (auto made = makePrivateFolder(paths.runtime); !made)
        return made;
    // It may have been there before with a wider mode.
    ::chmod(QFile::encodeName(paths.runtime).constData(), 0700);
    auto listener = bindControlSocket(paths.controlSocket());
    if (!listener)
        return fail(listener.error());
    d->server = std::make_unique<CheckedServer>();
    d->server->accepted = [this](quintptr descriptor) { d->accept(descriptor); };
    if (!d->server->listen(static_cast<qintptr>(listener->get()))) {
        return fail(Error(ErrorKind::IoFailed,
                          QCoreApplication::translate("Control", "The socket %1 could not be used.")
                              .arg(paths.controlSocket()))
                        .withDetail(d->server->errorString()));
    }
    // From here the server closes it.
    static_cast<void>(listener->release());
    d->path = paths.controlSocket();
    return Done{};
}

void ControlServer::close()
{
    if (d->server) {
        d->server.reset();
        ::unlink(QFile::encodeName(d->path).constData());
    }
    const auto connections = std::exchange(d->connections, {});
    qDeleteAll(connections);
}

int ControlServer::connectionCount() const
{
    return static_cast<int>(d->connections.size());
}

} // namespace paddock::control
