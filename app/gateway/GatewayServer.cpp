// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gateway/GatewayServer.h"

#include "core/base/JsonReader.h"
#include "core/base/XdgPaths.h"
#include "core/gateway/ControlProtocol.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::gateway {

namespace {

constexpr std::chrono::seconds kIdleLimit{60};
constexpr std::chrono::seconds kOrphanCheck{5};
constexpr std::size_t kMaxOwners = 16;

QString tr(const char *text)
{
    return QCoreApplication::translate("Gateway", text);
}

Result<SessionId> sessionOf(const Frame &frame)
{
    const QJsonObject params = frame.object.value(u"params").toObject();
    return sessionIdFromText(params.value(u"session").toString());
}

tl::unexpected<Error> noDoor()
{
    return fail(ErrorKind::NotFound, tr("The gateway has no door for this session."));
}

} // namespace

GatewayServer::GatewayServer(QString folder, QObject *parent)
    : QObject(parent)
    , m_folder(std::move(folder))
{
    m_idle.setSingleShot(true);
    m_idle.setInterval(kIdleLimit);
    connect(&m_idle, &QTimer::timeout, this, &GatewayServer::ended);
    m_orphans.setInterval(kOrphanCheck);
    connect(&m_orphans, &QTimer::timeout, this, &GatewayServer::dropOrphans);
}

GatewayServer::~GatewayServer()
{
    m_notifier.reset();
    if (m_listener.isValid() && m_folderDescriptor.isValid()) {
        const QByteArray name = kControlSocket.toLatin1();
        ::unlinkat(m_folderDescriptor.get(), name.constData(), 0);
    }
}

Result<Done> GatewayServer::listen()
{
    if (const auto made = makePrivateFolder(m_folder); !made)
        return fail(made.error());
    auto folder = openFolder(m_folder);
    if (!folder)
        return fail(folder.error());
    struct stat info
    {
    };
    if (::fstat(folder->get(), &info) != 0 || info.st_uid != ::geteuid() ||
        (info.st_mode & 077) != 0) {
        return fail(
            Error(ErrorKind::PermissionDenied, tr("The folder of the gateway is open to others."))
                .withDetail(m_folder)
                .withRemedy(tr("Take the rights of others away: chmod 700.")));
    }
    m_lock = Descriptor(::openat(
        folder->get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!m_lock.isValid() || ::flock(m_lock.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorKind::Conflict, tr("Another gateway serves this folder."));
    auto listener = listenUnix(*folder, kControlSocket.toString());
    if (!listener)
        return fail(listener.error());
    m_folderDescriptor = std::move(*folder);
    m_listener = std::move(*listener);
    m_log = std::make_unique<RequestLog>(m_folder + u"/requests.log"_s);
    m_notifier = std::make_unique<QSocketNotifier>(m_listener.get(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &GatewayServer::onConnection);
    watchIdle();
    m_orphans.start();
    return Done{};
}

/// Somebody deleted the folders under us: nobody can reach what was in them any more.
void GatewayServer::dropOrphans()
{
    if (isDeleted(m_folderDescriptor)) {
        qWarning("The folder of the gateway is gone.");
        Q_EMIT ended();
        return;
    }
    std::erase_if(m_doors, [](const auto &entry) { return entry.second->isOrphaned(); });
    watchIdle();
}

void GatewayServer::onConnection()
{
    while (true) {
        Descriptor descriptor(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!descriptor.isValid())
            return;
        const auto peer = peerOf(descriptor.get());
        if (!peer || peer->uid != ::geteuid() || m_owners.size() >= kMaxOwners) {
            qWarning("A control connection of user %lld was refused.",
                     static_cast<long long>(peer ? peer->uid : 0));
            continue;
        }
        Owner owner;
        owner.socket = std::make_unique<FrameSocket>(descriptor.take());
        FrameSocket *socket = owner.socket.get();
        connect(socket, &FrameSocket::readyRead, this, [this, socket] { onFrames(socket); });
        connect(socket, &FrameSocket::closed, this, [this, socket] { onClosed(socket); });
        m_owners.push_back(std::move(owner));
        watchIdle();
    }
}

void GatewayServer::onClosed(FrameSocket *socket)
{
    const auto it = std::find_if(m_owners.begin(), m_owners.end(), [socket](const Owner &owner) {
        return owner.socket.get() == socket;
    });
    if (it == m_owners.end())
        return;
    socket->disconnect(this);
    socket->close();
    it->socket.release()->deleteLater();
    m_owners.erase(it);
    watchIdle();
}

void GatewayServer::watchIdle()
{
    if (!m_owners.empty() || !m_doors.empty())
        m_idle.stop();
    else if (!m_idle.isActive())
        m_idle.start();
}

bool GatewayServer::greet(Owner &owner, const QJsonObject &object)
{
    const QJsonArray versions = object.value(u"hello").toObject().value(u"versions").toArray();
    for (const auto &version : versions) {
        if (version.toInt() != kControlVersion)
            continue;
        owner.isGreeted = true;
        owner.socket->send({{u"hello"_s,
                             QJsonObject{{u"version"_s, kControlVersion},
                                         {u"pid"_s, static_cast<qint64>(::getpid())},
                                         {u"program"_s, QCoreApplication::applicationVersion()}}}});
        return true;
    }
    owner.socket->send(
        {{u"error"_s,
          toJson(Error(ErrorKind::GatewayUnavailable,
                       tr("The running gateway is of a version that this Paddock does not know."))
                     .withRemedy(tr("End all sessions, then start Paddock again.")))}});
    return false;
}

void GatewayServer::onFrames(FrameSocket *socket)
{
    while (true) {
        const auto it = std::find_if(m_owners.begin(), m_owners.end(), [socket](const Owner &o) {
            return o.socket.get() == socket;
        });
        if (it == m_owners.end())
            return;
        auto frame = socket->takeFrame();
        if (!frame)
            return;
        if (!it->isGreeted) {
            if (!greet(*it, frame->object)) {
                onClosed(socket);
                return;
            }
            continue;
        }
        const QString method = frame->object.value(u"method").toString();
        const auto answer = obey(method, *frame);
        QJsonObject reply{{u"id"_s, frame->object.value(u"id")}};
        if (answer)
            reply.insert(u"result"_s, *answer);
        else
            reply.insert(u"error"_s, toJson(answer.error()));
        socket->send(reply);
        if (m_isEnding) {
            Q_EMIT ended();
            return;
        }
    }
}

Result<QJsonObject> GatewayServer::addSession(Frame &frame)
{
    const auto options = doorFromJson(frame.object.value(u"params").toObject());
    if (!options)
        return fail(options.error());
    const auto known = m_doors.find(options->id.value);
    if (known != m_doors.end() && known->second->options().runFolder == options->runFolder) {
        if (const auto changed = known->second->change(*options); !changed)
            return fail(changed.error());
        if (!frame.secret.isEmpty())
            known->second->setKey(std::move(frame.secret));
        return QJsonObject();
    }
    if (known != m_doors.end())
        m_doors.erase(known);
    auto door = std::make_unique<Door>();
    if (const auto opened = door->open(*options); !opened)
        return fail(opened.error());
    door->setKey(std::move(frame.secret));
    connect(door.get(), &Door::recorded, this, [this](const RequestRecord &record) {
        m_log->add(record);
    });
    m_doors[options->id.value] = std::move(door);
    watchIdle();
    return QJsonObject();
}

Result<QJsonObject> GatewayServer::obey(const QString &method, Frame &frame)
{
    if (method == u"add-session")
        return addSession(frame);
    if (method == u"sessions") {
        QJsonArray list;
        for (const auto &[id, door] : m_doors)
            list.append(toJson(door->status()));
        return QJsonObject{{u"sessions"_s, list}};
    }
    if (method == u"requests") {
        const qint64 after = frame.object.value(u"params").toObject().value(u"after").toInteger();
        QJsonArray list;
        for (const RequestRecord &record : m_log->after(after))
            list.append(toJson(record));
        return QJsonObject{{u"requests"_s, list}};
    }
    if (method == u"shutdown") {
        m_isEnding = true;
        m_doors.clear();
        return QJsonObject();
    }
    if (method != u"set-key" && method != u"set-container" && method != u"remove-session") {
        return fail(ErrorKind::UnsupportedOption,
                    tr("The gateway does not know \"%1\".").arg(method.left(100)));
    }
    const auto session = sessionOf(frame);
    if (!session)
        return fail(session.error());
    const auto found = m_doors.find(session->value);
    if (method == u"remove-session") {
        if (found != m_doors.end())
            m_doors.erase(found);
        watchIdle();
        return QJsonObject();
    }
    if (found == m_doors.end())
        return noDoor();
    if (method == u"set-key") {
        found->second->setKey(std::move(frame.secret));
    } else {
        found->second->setContainer(
            ContainerId{frame.object.value(u"params").toObject().value(u"container").toString()});
    }
    return QJsonObject();
}

} // namespace paddock::gateway
