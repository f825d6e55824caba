// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeDockerDaemon.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>
#include <QtEndian>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

QByteArray keyOf(const QByteArray &method, const QByteArray &path)
{
    return method + ' ' + path;
}

} // namespace

FakeReply FakeReply::text(int status, const QByteArray &body)
{
    return raw("HTTP/1.1 " + QByteArray::number(status) +
               " Status\r\nContent-Type: text/plain\r\nContent-Length: " +
               QByteArray::number(body.size()) + "\r\n\r\n" + body);
}

FakeReply FakeReply::json(int status, const QJsonValue &value)
{
    const QByteArray body = value.isArray()
                                ? QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact)
                                : QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
    return raw("HTTP/1.1 " + QByteArray::number(status) +
               " Status\r\nContent-Type: application/json\r\nContent-Length: " +
               QByteArray::number(body.size()) + "\r\n\r\n" + body);
}

FakeReply FakeReply::raw(const QByteArray &bytes)
{
    FakeReply reply;
    reply.bytes = bytes;
    return reply;
}

FakeReply FakeReply::chunked(const QList<QByteArray> &chunks)
{
    QByteArray bytes = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n";
    for (const QByteArray &chunk : chunks)
        bytes += QByteArray::number(chunk.size(), 16) + "\r\n" + chunk + "\r\n";
    return raw(bytes + "0\r\n\r\n");
}

FakeReply FakeReply::error(int status, const QString &words)
{
    return json(status, QJsonObject{{u"message"_s, words}});
}

FakeReply FakeReply::silence()
{
    FakeReply reply;
    reply.after = After::KeepOpen;
    return reply;
}

FakeReply FakeReply::split(qsizetype size, std::chrono::milliseconds between) const
{
    FakeReply copy = *this;
    copy.pieceSize = size;
    copy.pause = between;
    return copy;
}

FakeReply FakeReply::cut(qsizetype bytesSent) const
{
    FakeReply copy = *this;
    copy.cutAfter = bytesSent;
    return copy;
}

struct FakeDockerDaemon::Connection
{
    QPointer<QLocalSocket> socket;
    QByteArray received;
    bool isServed = false;
    FakeReply reply;
    QByteArray toSend;
};

FakeDockerDaemon::FakeDockerDaemon()
    : m_folder(u"/tmp/pdk-fake-XXXXXX"_s)
    , m_socketPath(m_folder.filePath(u"engine.sock"_s))
{
    comeBack();
}

FakeDockerDaemon::~FakeDockerDaemon()
{
    vanish();
}

void FakeDockerDaemon::setVersions(const QByteArray &api, const QByteArray &minApi)
{
    m_api = api;
    m_minApi = minApi;
}

void FakeDockerDaemon::once(const QByteArray &method, const QByteArray &path, FakeReply reply)
{
    m_once[keyOf(method, path)].append(std::move(reply));
}

void FakeDockerDaemon::always(const QByteArray &method, const QByteArray &path, FakeReply reply)
{
    answer(method, path, [reply = std::move(reply)](const FakeRequest &) { return reply; });
}

void FakeDockerDaemon::answer(const QByteArray &method,
                              const QByteArray &path,
                              std::function<FakeReply(const FakeRequest &)> function)
{
    m_always.insert(keyOf(method, path), std::move(function));
}

void FakeDockerDaemon::vanish(SocketFile file)
{
    if (m_server) {
        // QLocalServer removes its file; a dead engine leaves it.
        const QString kept = m_socketPath + u".kept"_s;
        if (file == SocketFile::Keep)
            QFile::rename(m_socketPath, kept);
        m_server.reset();
        if (file == SocketFile::Keep)
            QFile::rename(kept, m_socketPath);
    }
    dropConnections();
}

void FakeDockerDaemon::comeBack()
{
    QFile::remove(m_socketPath);
    m_server = std::make_unique<QLocalServer>();
    const bool listening = m_server->listen(m_socketPath);
    Q_ASSERT(listening);
    Q_UNUSED(listening);
    connect(m_server.get(), &QLocalServer::newConnection, this, &FakeDockerDaemon::onNewConnection);
}

void FakeDockerDaemon::dropConnections()
{
    for (const QPointer<QLocalSocket> &socket : std::exchange(m_sockets, {})) {
        if (socket) {
            socket->abort();
            socket->deleteLater();
        }
    }
}

qsizetype FakeDockerDaemon::countOf(const QByteArray &method, const QByteArray &path) const
{
    return std::count_if(m_requests.begin(), m_requests.end(), [&](const FakeRequest &request) {
        return request.method == method && request.path == path;
    });
}

qsizetype FakeDockerDaemon::openConnections() const
{
    return std::count_if(m_sockets.begin(), m_sockets.end(), [](const auto &socket) {
        return socket && socket->state() == QLocalSocket::ConnectedState;
    });
}

void FakeDockerDaemon::onNewConnection()
{
    while (QLocalSocket *socket = m_server->nextPendingConnection()) {
        socket->setParent(this);
        m_sockets.append(socket);
        auto connection = std::make_shared<Connection>();
        connection->socket = socket;
        connect(socket, &QLocalSocket::readyRead, this, [this, connection] {
            onReadyRead(connection);
        });
        onReadyRead(connection);
    }
}

void FakeDockerDaemon::onReadyRead(const std::shared_ptr<Connection> &connection)
{
    if (connection->isServed || !connection->socket)
        return;
    connection->received += connection->socket->readAll();
    const qsizetype headEnd = connection->received.indexOf("\r\n\r\n");
    if (headEnd < 0)
        return;
    FakeRequest request;
    const QList<QByteArray> lines = connection->received.left(headEnd).split('\n');
    const QList<QByteArray> first = lines.first().trimmed().split(' ');
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const qsizetype colon = lines.at(i).indexOf(':');
        request.headers.insert(lines.at(i).left(colon).toLower(),
                               lines.at(i).mid(colon + 1).trimmed());
    }
    const qsizetype length = request.headers.value("content-length", "0").toLongLong();
    if (connection->received.size() < headEnd + 4 + length)
        return;
    request.body = connection->received.mid(headEnd + 4, length);
    request.method = first.value(0);
    QByteArray target = first.value(1);
    const qsizetype mark = target.indexOf('?');
    if (mark >= 0) {
        request.query = target.mid(mark + 1);
        target.truncate(mark);
    }
    if (target.startsWith("/v1.")) {
        const qsizetype slash = target.indexOf('/', 1);
        request.version = target.mid(2, slash - 2);
        target = target.mid(slash);
    }
    request.path = target;
    connection->isServed = true;
    // Bytes after the request belong to whoever takes over: put them back where they are read.
    connection->reply = replyFor(request);
    m_requests.append(request);
    if (connection->reply.delay.count() > 0)
        QTimer::singleShot(
            connection->reply.delay, this, [this, connection] { serve(connection); });
    else
        serve(connection);
}

FakeReply FakeDockerDaemon::replyFor(const FakeRequest &request)
{
    const QByteArray key = keyOf(request.method, request.path);
    if (auto it = m_once.find(key); it != m_once.end() && !it->isEmpty())
        return it->takeFirst();
    if (const auto function = m_always.value(key))
        return function(request);
    if (key == "GET /_ping") {
        return FakeReply::raw("HTTP/1.1 200 OK\r\nApi-Version: " + m_api +
                              "\r\nContent-Length: 2\r\n\r\nOK");
    }
    if (key == "GET /version") {
        return FakeReply::json(200,
                               QJsonObject{{u"Version"_s, u"99.0-fake"_s},
                                           {u"ApiVersion"_s, QString::fromLatin1(m_api)},
                                           {u"MinAPIVersion"_s, QString::fromLatin1(m_minApi)},
                                           {u"Os"_s, u"linux"_s}});
    }
    return FakeReply::error(404, u"page not found"_s);
}

void FakeDockerDaemon::serve(const std::shared_ptr<Connection> &connection)
{
    connection->toSend = connection->reply.cutAfter >= 0
                             ? connection->reply.bytes.left(connection->reply.cutAfter)
                             : connection->reply.bytes;
    sendNext(connection);
}

void FakeDockerDaemon::sendNext(const std::shared_ptr<Connection> &connection)
{
    if (!connection->socket || connection->socket->state() != QLocalSocket::ConnectedState)
        return;
    const FakeReply &reply = connection->reply;
    if (!connection->toSend.isEmpty()) {
        const qsizetype size = reply.pieceSize > 0 ? reply.pieceSize : connection->toSend.size();
        connection->socket->write(connection->toSend.left(size));
        connection->socket->flush();
        connection->toSend.remove(0, size);
        if (!connection->toSend.isEmpty()) {
            // Each piece in a turn of its own, so that the other side reads it alone.
            QTimer::singleShot(reply.pause, this, [this, connection] { sendNext(connection); });
            return;
        }
    }
    if (reply.takeOver)
        reply.takeOver(*connection->socket);
    else if (reply.after == FakeReply::After::Close)
        connection->socket->disconnectFromServer();
}

QByteArray dockerFrame(int channel, const QByteArray &payload)
{
    QByteArray frame(8, '\0');
    frame[0] = static_cast<char>(channel);
    qToBigEndian(static_cast<quint32>(payload.size()), frame.data() + 4);
    return frame + payload;
}

} // namespace paddock::test
