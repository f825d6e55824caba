// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The shim's ports against a server behind its socket.

#include "tests/unit/shimlink/LinkHarness.h"

#include <QElapsedTimer>
#include <QFile>
#include <QLocalServer>
#include <QLocalSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <algorithm>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::sandbox::link;
using namespace Qt::StringLiterals;
using paddock::test::LinkHarness;

namespace {

quint16 freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : quint16{0};
}

qint64 processorTicks(qint64 pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    const QByteArray stat = file.readAll();
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    return fields.value(11).toLongLong() + fields.value(12).toLongLong();
}

} // namespace

class tst_ShimForwarder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m = std::make_unique<LinkHarness>();
        m_port = freePort();
        m->shimOptions.forwards = {{m_port, u"model.sock"_s}};
        m_server = std::make_unique<QLocalServer>();
        m_path = m->environment.path(u"run/model.sock"_s);
    }
    void cleanup()
    {
        m_server.reset();
        m.reset();
    }

    void requestAndAnswer()
    {
        QVERIFY(start());
        QTcpSocket client;
        QVERIFY(dial(client));
        client.write("POST /v1/messages");
        QLocalSocket *server = accepted();
        QVERIFY(server != nullptr);
        QTRY_COMPARE(server->bytesAvailable(), 17);
        QCOMPARE(server->readAll(), "POST /v1/messages");
        server->write("200 OK");
        QTRY_COMPARE(client.bytesAvailable(), 6);
        server->disconnectFromServer();
        QTRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    }

    void eachDirectionHasItsOwnEnd()
    {
        // QLocalSocket knows no half-closed connection.
        const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const QByteArray path = QFile::encodeName(m_path);
        std::copy_n(path.constData(), path.size(), address.sun_path);
        QCOMPARE(::bind(listener, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
        QCOMPARE(::listen(listener, 5), 0);
        QVERIFY(m->startShim());

        // The client ends first and still gets its answer.
        QTcpSocket client;
        QVERIFY(dial(client));
        const int clientFd = static_cast<int>(client.socketDescriptor());
        QCOMPARE(::send(clientFd, "question", 8, MSG_NOSIGNAL), ssize_t{8});
        ::shutdown(clientFd, SHUT_WR);
        int server = -1;
        QVERIFY(
            QTest::qWaitFor([&] { return (server = ::accept(listener, nullptr, nullptr)) >= 0; }));
        char bytes[16] = {};
        QVERIFY(QTest::qWaitFor(
            [&] { return ::recv(server, bytes, sizeof bytes, MSG_DONTWAIT) == 8; }));
        QTRY_COMPARE(::recv(server, bytes, sizeof bytes, MSG_DONTWAIT), ssize_t{0});
        QCOMPARE(::send(server, "answer", 6, MSG_NOSIGNAL), ssize_t{6});
        QTRY_COMPARE(client.bytesAvailable(), 6);
        ::close(server);

        // The server ends first and still gets the rest.
        QTcpSocket second;
        QVERIFY(dial(second));
        QVERIFY(
            QTest::qWaitFor([&] { return (server = ::accept(listener, nullptr, nullptr)) >= 0; }));
        const int secondFd = ::dup(static_cast<int>(second.socketDescriptor()));
        ::shutdown(server, SHUT_WR);
        QTRY_COMPARE(::recv(secondFd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK), ssize_t{0});
        QCOMPARE(::send(secondFd, "rest", 4, MSG_NOSIGNAL), ssize_t{4});
        QVERIFY(QTest::qWaitFor(
            [&] { return ::recv(server, bytes, sizeof bytes, MSG_DONTWAIT) == 4; }));
        ::close(secondFd);
        ::close(server);
        ::close(listener);
    }

    void muchInBothDirectionsAtOnce()
    {
        QVERIFY(start());
        QTcpSocket client;
        QVERIFY(dial(client));
        QLocalSocket *server = accepted();
        QVERIFY(server != nullptr);
        const QByteArray up(20 * 1000 * 1000, 'u');
        const QByteArray down(30 * 1000 * 1000, 'd');
        client.write(up);
        server->write(down);
        qint64 atServer = 0;
        qint64 atClient = 0;
        bool asSent = true;
        connect(server, &QLocalSocket::readyRead, this, [&] {
            const QByteArray bytes = server->readAll();
            atServer += bytes.size();
            asSent = asSent && bytes.count('u') == bytes.size();
        });
        connect(&client, &QTcpSocket::readyRead, this, [&] {
            const QByteArray bytes = client.readAll();
            atClient += bytes.size();
            asSent = asSent && bytes.count('d') == bytes.size();
        });
        QTRY_COMPARE_WITH_TIMEOUT(atServer, up.size(), 20000);
        QTRY_COMPARE_WITH_TIMEOUT(atClient, down.size(), 20000);
        QVERIFY(asSent);
        server->disconnect(this);
    }

    void aReaderThatWaitsCostsNoProcessorAndNoMemory()
    {
        QVERIFY(start());
        QTcpSocket client;
        client.setReadBufferSize(1000);
        QVERIFY(dial(client));
        QLocalSocket *server = accepted();
        QVERIFY(server != nullptr);
        // The server says all and closes; the client takes it when it likes.
        server->write(QByteArray(8 * 1000 * 1000, 's'));
        server->disconnectFromServer();
        QTest::qWait(300);
        const qint64 before = processorTicks(m->shim->pid());
        QTest::qWait(500);
        QVERIFY(processorTicks(m->shim->pid()) - before <= 2);
        qint64 got = 0;
        client.setReadBufferSize(0);
        connect(&client, &QTcpSocket::readyRead, this, [&] { got += client.readAll().size(); });
        got += client.readAll().size();
        QTRY_COMPARE_WITH_TIMEOUT(got, 8 * 1000 * 1000, 20000);
        QTRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    }

    void manyConnections()
    {
        QVERIFY(start());
        m_server->setMaxPendingConnections(1000);
        std::vector<std::unique_ptr<QTcpSocket>> clients;
        connect(m_server.get(), &QLocalServer::newConnection, this, [&] {
            while (QLocalSocket *server = m_server->nextPendingConnection()) {
                connect(server, &QLocalSocket::readyRead, this, [server] {
                    server->write(server->readAll());
                });
            }
        });
        for (int i = 0; i < 300; ++i) {
            clients.push_back(std::make_unique<QTcpSocket>());
            clients.back()->connectToHost(QHostAddress::LocalHost, m_port);
            clients.back()->write(QByteArray::number(i));
        }
        for (std::size_t i = 0; i < clients.size(); ++i) {
            QTcpSocket &client = *clients[i];
            const QByteArray expected = QByteArray::number(int(i));
            QTRY_COMPARE(client.bytesAvailable(), expected.size());
            QCOMPARE(client.readAll(), expected);
        }
        clients.clear();
        // Nothing of them is left behind.
        const QDir descriptors(u"/proc/%1/fd"_s.arg(m->shim->pid()));
        if (::getuid() == 0)
            QTRY_VERIFY(
                descriptors.entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot)
                    .size() < 30);
        disconnect(m_server.get(), nullptr, this, nullptr);
    }

    void theSocketComesLater()
    {
        QVERIFY(m->startShim());
        QTcpSocket client;
        QVERIFY(dial(client));
        client.write("early");
        QTest::qWait(100);
        QVERIFY(m_server->listen(m_path));
        QLocalSocket *server = accepted();
        QVERIFY(server != nullptr);
        QTRY_COMPARE(server->bytesAvailable(), 5);
    }

    void theSocketNeverComes()
    {
        QVERIFY(m->startShim());
        QTcpSocket client;
        QVERIFY(dial(client));
        QTRY_COMPARE_WITH_TIMEOUT(client.state(), QAbstractSocket::UnconnectedState, 8000);
    }

    void onlyTheLoopback()
    {
        QVERIFY(start());
        QFile file(u"/proc/net/tcp"_s);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray wanted =
            " 0100007F:" + QByteArray::number(m_port, 16).toUpper().rightJustified(4, '0') + " ";
        QTRY_VERIFY(file.seek(0) && file.readAll().contains(wanted));
    }

    void aPortThatIsTaken()
    {
        QTcpServer taken;
        QVERIFY(taken.listen(QHostAddress::LocalHost, m_port));
        QVERIFY(m->startShim());
        QTRY_COMPARE(m->shim->process()->state(), QProcess::NotRunning);
        QCOMPARE(m->shim->process()->exitCode(), 125);
    }

private:
    [[nodiscard]] bool start() { return m_server->listen(m_path) && m->startShim(); }
    [[nodiscard]] bool dial(QTcpSocket &client) const
    {
        // The shim may not listen yet.
        return QTest::qWaitFor([&] {
            if (client.state() == QAbstractSocket::UnconnectedState)
                client.connectToHost(QHostAddress::LocalHost, m_port);
            return client.state() == QAbstractSocket::ConnectedState;
        });
    }
    [[nodiscard]] QLocalSocket *accepted()
    {
        QLocalSocket *socket = nullptr;
        const bool there = QTest::qWaitFor([&] {
            socket = m_server->nextPendingConnection();
            return socket != nullptr;
        });
        return there ? socket : nullptr;
    }

    std::unique_ptr<LinkHarness> m;
    std::unique_ptr<QLocalServer> m_server;
    quint16 m_port = 0;
    QString m_path;
};

QTEST_GUILESS_MAIN(tst_ShimForwarder)
#include "tst_ShimForwarder.moc"
