// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/secrets/Secret.h"

#include <QByteArray>
#include <QList>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

namespace paddock::test {

using namespace Qt::StringLiterals;

/// What no log, file or answer may ever hold.
inline const QByteArray kCanary = "canary-3f9a1c-not-a-real-key";

inline secrets::Secret canary()
{
    QByteArray text = kCanary;
    text.detach();
    return secrets::Secret::takeFrom(text);
}

/// A provider on this machine that keeps what it hears and says what it is told to.
class FakeProvider : public QTcpServer
{
public:
    explicit FakeProvider(QByteArray answer)
        : m_answer(std::move(answer))
    {
        connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            ++connections;
            sockets.append(socket);
            connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                heard += socket->readAll();
                const qsizetype end = heard.indexOf("\r\n\r\n");
                if (end < 0 || isAnswered || isSilent)
                    return;
                const QByteArray head = heard.left(end).toLower();
                const qsizetype at = head.indexOf("content-length: ");
                const qsizetype length =
                    at < 0 ? 0 : head.mid(at + 16, head.indexOf("\r\n", at) - at - 16).toLongLong();
                if (at >= 0 ? heard.size() < end + 4 + length : !heard.endsWith("0\r\n\r\n"))
                    return;
                isAnswered = true;
                socket->write(m_answer);
                if (closesAfter)
                    socket->disconnectFromHost();
            });
        });
        listen(QHostAddress::LocalHost);
    }
    [[nodiscard]] QUrl url(const QString &path = {}) const
    {
        return QUrl(u"http://127.0.0.1:%1%2"_s.arg(serverPort()).arg(path));
    }

    QByteArray heard;
    QList<QTcpSocket *> sockets;
    int connections = 0;
    bool isAnswered = false;
    bool isSilent = false;
    bool closesAfter = true;

private:
    QByteArray m_answer;
};

inline QByteArray okAnswer(const QByteArray &body, const QByteArray &headers = {})
{
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " +
           QByteArray::number(body.size()) + "\r\n" + headers + "\r\n" + body;
}

} // namespace paddock::test
