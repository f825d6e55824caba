// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonObject>
#include <QJsonValue>
#include <QLocalServer>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>
#include <QTemporaryDir>

#include <chrono>
#include <functional>
#include <memory>

namespace paddock::test {

/// What the fake engine does with one request.
struct FakeReply
{
    enum class After { Close, KeepOpen };

    QByteArray bytes;                   ///< the whole answer as it goes over the wire
    qsizetype cutAfter = -1;            ///< send only so many of them
    qsizetype pieceSize = 0;            ///< send in pieces of this size, 0: at once
    std::chrono::milliseconds pause{0}; ///< between pieces
    std::chrono::milliseconds delay{0}; ///< before the first byte
    After after = After::Close;
    std::function<void(QLocalSocket &)> takeOver; ///< after the bytes, instead of closing

    [[nodiscard]] static FakeReply json(int status, const QJsonValue &value);
    [[nodiscard]] static FakeReply text(int status, const QByteArray &body);
    [[nodiscard]] static FakeReply raw(const QByteArray &bytes);
    /// Chunked, one chunk a piece, with the last chunk.
    [[nodiscard]] static FakeReply chunked(const QList<QByteArray> &chunks);
    /// An answer with that status and {"message": words}.
    [[nodiscard]] static FakeReply error(int status, const QString &words);
    /// Accepts and never says anything.
    [[nodiscard]] static FakeReply silence();

    [[nodiscard]] FakeReply split(qsizetype size, std::chrono::milliseconds between = {}) const;
    [[nodiscard]] FakeReply cut(qsizetype bytesSent) const;
};

struct FakeRequest
{
    QByteArray method;
    QByteArray path;    ///< without version and query
    QByteArray version; ///< "1.41", empty for an unversioned request
    QByteArray query;
    QHash<QByteArray, QByteArray> headers; ///< names in lower case
    QByteArray body;
};

/// An engine that does what a test says, for what a real one will not do: cuts, delays, garbage,
/// versions. Listens on a socket of its own in a temporary folder. Answers GET /_ping and
/// GET /version by itself unless told otherwise; an unknown request gets a 404.
class FakeDockerDaemon : public QObject
{
    Q_OBJECT

public:
    FakeDockerDaemon();
    ~FakeDockerDaemon() override;

    [[nodiscard]] QString socketPath() const { return m_socketPath; }
    /// What ping and version say.
    void setVersions(const QByteArray &api, const QByteArray &minApi);

    /// The next request of that kind gets this; several are used in their order.
    void once(const QByteArray &method, const QByteArray &path, FakeReply reply);
    /// Every request of that kind, when no once() is left.
    void always(const QByteArray &method, const QByteArray &path, FakeReply reply);
    /// Every request of that kind, decided when it comes.
    void answer(const QByteArray &method,
                const QByteArray &path,
                std::function<FakeReply(const FakeRequest &)> function);

    /// Stops listening and cuts every connection; the socket file stays when \a keepFile.
    enum class SocketFile { Keep, Remove };
    void vanish(SocketFile file = SocketFile::Remove);
    void comeBack();
    /// Cuts every open connection, goes on listening.
    void dropConnections();

    [[nodiscard]] const QList<FakeRequest> &requests() const { return m_requests; }
    [[nodiscard]] qsizetype countOf(const QByteArray &method, const QByteArray &path) const;
    [[nodiscard]] qsizetype openConnections() const;
    void clearRequests() { m_requests.clear(); }

private:
    struct Connection;
    void onNewConnection();
    void onReadyRead(const std::shared_ptr<Connection> &connection);
    void serve(const std::shared_ptr<Connection> &connection);
    void sendNext(const std::shared_ptr<Connection> &connection);
    [[nodiscard]] FakeReply replyFor(const FakeRequest &request);

    QTemporaryDir m_folder;
    QString m_socketPath;
    std::unique_ptr<QLocalServer> m_server;
    QByteArray m_api = "1.41";
    QByteArray m_minApi = "1.12";
    QHash<QByteArray, QList<FakeReply>> m_once;
    QHash<QByteArray, std::function<FakeReply(const FakeRequest &)>> m_always;
    QList<FakeRequest> m_requests;
    QList<QPointer<QLocalSocket>> m_sockets;
};

/// One frame of attach, exec or logs.
[[nodiscard]] QByteArray dockerFrame(int channel, const QByteArray &payload);

} // namespace paddock::test
