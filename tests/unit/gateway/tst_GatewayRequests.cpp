// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeProvider.h"
#include "tests/support/GatewayFixture.h"
#include "tests/support/TestAuthority.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QSslConfiguration>
#include <QSslServer>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>

#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::gateway;
using namespace paddock::test;
using namespace Qt::StringLiterals;

/// What happens to requests and answers at a door of the real process.
class tst_GatewayRequests : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_environment.emplace();
        m_gateway.emplace(*m_environment);
        const auto info = await(m_gateway->client().ensureRunning());
        QVERIFY2(info.has_value(), info ? "" : qPrintable(info.error().toString()));
        m_pid = info->pid;
    }
    void cleanup()
    {
        m_gateway.reset();
        m_environment.reset();
    }

    void answersFromTheDemoScript()
    {
        const QString run = m_gateway->runFolder(u"aaaaaaaa"_s);
        QVERIFY(await(m_gateway->client().addSession(m_gateway->demoDoor(u"aaaaaaaa"_s))));
        struct stat info
        {
        };
        QCOMPARE(::stat(qPrintable(run + u"/model.sock"_s), &info), 0);
        QCOMPARE(info.st_mode & 0777, 0600U);
        const RawAnswer answer =
            exchange(run + u"/model.sock"_s,
                     postRequest("/v1/messages?beta=true", messagesBody(u"Mend it"_s)));
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.isWhole);
        QVERIFY(answer.body.startsWith("event: message_start\n"));
        QVERIFY(answer.body.contains("[demo script] "));
        QVERIFY(answer.body.contains("\"stop_reason\":\"tool_use\""));
        QVERIFY(answer.body.contains("/workspace/src/wordcount.js"));
        const auto records = await(m_gateway->client().requestsAfter(0));
        QVERIFY(records.has_value());
        QCOMPARE(records->size(), 1);
        QCOMPARE(records->at(0).path, u"/v1/messages"_s); // without the query
        QCOMPARE(records->at(0).status, 200);
        QCOMPARE(records->at(0).session.value, u"aaaaaaaa"_s);
        QCOMPARE(records->at(0).peerPid, ::getpid());
        QVERIFY(records->at(0).bytesUp > 50 && records->at(0).bytesDown > 500);
    }

    void answersByItselfWhatNeedsNoModel()
    {
        const QString run = m_gateway->runFolder(u"aaaaaaaa"_s);
        // a provider door without a key: these answers need neither
        QVERIFY(await(m_gateway->client().addSession(
            m_gateway->providerDoor(u"aaaaaaaa"_s, QUrl(u"http://127.0.0.1:1"_s)))));
        for (const QByteArray &path : {QByteArray("/"), QByteArray("/api/hello")}) {
            const RawAnswer answer =
                exchange(run + u"/model.sock"_s,
                         "HEAD " + path + " HTTP/1.1\r\nHost: 127.0.0.1:3129\r\n\r\n");
            QCOMPARE(answer.status, 200);
        }
        const RawAnswer answer =
            exchange(run + u"/model.sock"_s, postRequest("/v1/messages", QByteArray(300'000, ' ')));
        QCOMPARE(answer.status, 503);
        QVERIFY(answer.isWhole);
        QVERIFY2(answer.body.contains("no key"), answer.body.constData());
        QCOMPARE(answer.header("x-should-retry"), "false");
    }

    /// B5: whatever the agent sends as a credential stays here; exactly one goes out, ours.
    void swapsTheCredential_data()
    {
        QTest::addColumn<CredentialForm>("form");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("x-api-key")
            << CredentialForm::XApiKey << QByteArray("x-api-key: " + kCanary);
        QTest::newRow("bearer") << CredentialForm::Bearer
                                << QByteArray("authorization: Bearer " + kCanary);
        QTest::newRow("google") << CredentialForm::XGoogApiKey
                                << QByteArray("x-goog-api-key: " + kCanary);
    }
    void swapsTheCredential()
    {
        QFETCH(CredentialForm, form);
        QFETCH(QByteArray, expected);
        FakeProvider provider(
            okAnswer("data: hello\n\n", "Set-Cookie: a=b\r\nX-Request-Id: 7\r\n"));
        DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url(u"/base/"_s));
        door.upstream.credential = form;
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        const RawAnswer answer = exchange(
            door.runFolder + u"/model.sock"_s,
            postRequest("/v1/messages?key=agents-own&beta=true",
                        "{\"a\":1}",
                        "Authorization: Bearer agents-own\r\nX-Api-Key: agents-own\r\n"
                        "x-goog-api-key: agents-own\r\nCookie: agents-own\r\n"
                        "Proxy-Authorization: agents-own\r\nX-Custom-Auth-Token: agents-own\r\n"
                        "Connection: keep-alive, X-Secretive\r\nX-Secretive: agents-own\r\n"
                        "Anthropic-Version: 2023-06-01\r\nanthropic-beta: b1,b2\r\n"));
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, "data: hello\n\n");
        QCOMPARE(answer.header("x-request-id"), "7");
        QVERIFY(answer.header("set-cookie").isEmpty());
        QVERIFY(!answer.bytes.contains(kCanary));
        QVERIFY2(provider.heard.startsWith("POST /base/v1/messages?beta=true HTTP/1.1\r\n"),
                 provider.heard.constData());
        QVERIFY(!provider.heard.contains("agents-own"));
        QCOMPARE(provider.heard.count(kCanary), 1);
        QVERIFY(provider.heard.contains("\r\n" + expected + "\r\n"));
        QVERIFY(provider.heard.contains("Anthropic-Version: 2023-06-01\r\n"));
        QVERIFY(provider.heard.contains("anthropic-beta: b1,b2\r\n"));
        QVERIFY(provider.heard.contains(
            "Host: 127.0.0.1:" + QByteArray::number(provider.serverPort()) + "\r\n"));
        QVERIFY(provider.heard.endsWith("\r\n\r\n{\"a\":1}"));
        // Nothing of the key is in what the gateway writes down.
        for (const QString &name : QDir(m_gateway->folder()).entryList(QDir::Files)) {
            QFile file(m_gateway->folder() + u'/' + name);
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray text = file.readAll();
            QVERIFY(!text.contains(kCanary));
            QVERIFY(!text.contains("agents-own"));
        }
        QFile environment(u"/proc/%1/environ"_s.arg(m_pid));
        if (environment.open(QIODevice::ReadOnly))
            QVERIFY(!environment.readAll().contains(kCanary));
    }

    void passesChunkedBodies()
    {
        FakeProvider provider(okAnswer("ok"));
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        const RawAnswer answer =
            exchange(door.runFolder + u"/model.sock"_s,
                     "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n");
        QCOMPARE(answer.status, 200);
        const qsizetype end = provider.heard.indexOf("\r\n\r\n");
        QByteArray body;
        QByteArray rest = provider.heard.mid(end + 4);
        while (!rest.startsWith("0\r\n")) {
            const qsizetype line = rest.indexOf("\r\n");
            const qsizetype size = rest.left(line).toLongLong(nullptr, 16);
            QVERIFY(line > 0 && size > 0);
            body += rest.mid(line + 2, size);
            rest = rest.mid(line + 2 + size + 2);
        }
        QCOMPARE(body, "abcdefg");
    }

    /// B6 and other answers that are not passed on.
    void refusesAnswers_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QByteArray>("word");
        QTest::newRow("redirect") << QByteArray("HTTP/1.1 302 Found\r\nLocation: "
                                                "http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
                                  << QByteArray("another address");
        QTest::newRow("no HTTP") << QByteArray("SSH-2.0-OpenSSH\r\n\r\n")
                                 << QByteArray("no proper answer");
        QTest::newRow("nothing") << QByteArray() << QByteArray("too early");
        QTest::newRow("half a head")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-") << QByteArray("too early");
    }
    void refusesAnswers()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QByteArray, word);
        FakeProvider provider(answer);
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        const RawAnswer got =
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}"));
        QCOMPARE(got.status, 502);
        QVERIFY2(got.body.contains(word), got.body.constData());
        QVERIFY(!got.bytes.contains(kCanary) && !got.bytes.toLower().contains("location"));
        QCOMPARE(provider.connections, 1);
    }

    /// B7: who is not verified never hears the key.
    void verifiesTheProvider_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("isExpired");
        QTest::addColumn<bool>("isTrusted");
        QTest::addColumn<int>("status");
        QTest::newRow("control: all in order")
            << QByteArray("IP:127.0.0.1") << false << true << 200;
        QTest::newRow("unknown authority") << QByteArray("IP:127.0.0.1") << false << false << 502;
        QTest::newRow("another name") << QByteArray("DNS:other.example") << false << true << 502;
        QTest::newRow("expired") << QByteArray("IP:127.0.0.1") << true << true << 502;
    }
    void verifiesTheProvider()
    {
        QFETCH(QByteArray, name);
        QFETCH(bool, isExpired);
        QFETCH(bool, isTrusted);
        QFETCH(int, status);
        TestAuthority authority;
        const auto identity = authority.server(
            name, isExpired ? TestAuthority::Validity::Expired : TestAuthority::Validity::Now);
        QVERIFY(!identity.certificate.isNull() && !identity.key.isNull());
        QSslServer server;
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setLocalCertificate(identity.certificate);
        configuration.setPrivateKey(identity.key);
        server.setSslConfiguration(configuration);
        QByteArray heard;
        int connections = 0;
        connect(&server, &QSslServer::startedEncryptionHandshake, this, [&] { ++connections; });
        connect(&server, &QTcpServer::pendingConnectionAvailable, this, [&] {
            QTcpSocket *socket = server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [socket, &heard] {
                heard += socket->readAll();
                if (heard.endsWith("{}"))
                    socket->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            });
        });
        QVERIFY(server.listen(QHostAddress::LocalHost));
        DoorOptions door = m_gateway->providerDoor(
            u"aaaaaaaa"_s, QUrl(u"https://127.0.0.1:%1"_s.arg(server.serverPort())));
        if (isTrusted) {
            door.upstream.authorities = m_environment->path(u"authority.pem"_s);
            authority.writeTo(door.upstream.authorities);
        }
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        const RawAnswer answer =
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}"));
        QCOMPARE(answer.status, status);
        QVERIFY(connections > 0);
        QCOMPARE(heard.contains(kCanary), status == 200);
        if (status == 502) {
            QVERIFY(heard.isEmpty());
            QVERIFY2(answer.body.contains("identity"), answer.body.constData());
        }
    }

    /// B9 and B10 through the real door: nothing of it reaches the provider.
    void refusesRequests_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        const QByteArray host = " HTTP/1.1\r\nHost: 127.0.0.1:3129\r\n";
        QTest::newRow("B9 GET") << "GET /v1/messages" + host + "\r\n" << 403;
        QTest::newRow("B9 DELETE") << "DELETE /v1/messages" + host + "\r\n" << 403;
        QTest::newRow("B9 files") << "GET /v1/files" + host + "\r\n" << 403;
        QTest::newRow("B9 organizations") << "GET /v1/organizations" + host + "\r\n" << 403;
        QTest::newRow("B9 double slash") << postRequest("//v1/messages", "{}") << 403;
        QTest::newRow("B9 dot dot") << postRequest("/v1/../v1/files", "{}") << 403;
        QTest::newRow("B9 escaped") << postRequest("/v1/%2e%2e/v1/messages", "{}") << 403;
        QTest::newRow("B9 absolute") << postRequest("http://127.0.0.1/v1/messages", "{}") << 403;
        QTest::newRow("B9 Host") << QByteArray(
                                        "POST /v1/messages HTTP/1.1\r\nHost: evil.example\r\n"
                                        "Content-Length: 2\r\n\r\n{}")
                                 << 403;
        QTest::newRow("B9 CONNECT")
            << QByteArray("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n") << 403;
        const QByteArray post = "POST /v1/messages" + host;
        QTest::newRow("B10 CL and TE")
            << post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            << 400;
        QTest::newRow("B10 two CL")
            << post + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" << 400;
        QTest::newRow("B10 folded") << post + "X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}" << 400;
        QTest::newRow("B10 bare LF") << post + "X: a\nContent-Length: 2\r\n\r\n{}" << 400;
        QTest::newRow("B10 NUL") << post + QByteArray("X: a\0b\r\n", 8) +
                                        "Content-Length: 2\r\n\r\n{}"
                                 << 400;
        QTest::newRow("B10 1 MB header")
            << post + "X: " + QByteArray(1024 * 1024, 'x') + "\r\nContent-Length: 2\r\n\r\n{}"
            << 400;
        QTest::newRow("B10 second request behind the first")
            << postRequest("/v1/files", "") + postRequest("/v1/messages", "{}") << 403;
    }
    void refusesRequests()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        FakeProvider provider(okAnswer("ok"));
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        const RawAnswer answer = exchange(door.runFolder + u"/model.sock"_s, request);
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.bytes.count("HTTP/1.1 "), 1);
        QCOMPARE(provider.connections, 0);
        // control: the same door passes what is on the list
        QCOMPARE(
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}")).status,
            200);
        QCOMPARE(provider.connections, 1);
    }

    void tellsAnAnswerThatWasCut()
    {
        FakeProvider provider("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        const RawAnswer got =
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}"));
        QCOMPARE(got.status, 200);
        QVERIFY(!got.isWhole);
        FakeProvider chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        DoorOptions other = door;
        other.upstream.baseUrl = chunked.url();
        QVERIFY(await(m_gateway->client().addSession(other)));
        const RawAnswer second =
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}"));
        QCOMPARE(second.body, "half");
        QVERIFY(!second.isWhole);
    }

    void passesErrorsOfTheProvider()
    {
        FakeProvider provider("HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\n"
                              "Content-Length: 4\r\n\r\nslow");
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        const RawAnswer got =
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}"));
        QCOMPARE(got.status, 429);
        QCOMPARE(got.header("retry-after"), "3");
        QCOMPARE(got.body, "slow");
    }

    void holdsTheProviderBack()
    {
        // 64 MiB to an agent that reads nothing: the gateway must not take them in.
        FakeProvider provider("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
        provider.closesAfter = false;
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        QLocalSocket agent;
        agent.setReadBufferSize(1);
        agent.connectToServer(door.runFolder + u"/model.sock"_s);
        QVERIFY(agent.waitForConnected());
        agent.write(postRequest("/v1/messages", "{}"));
        QTRY_VERIFY(provider.isAnswered);
        provider.sockets.first()->write(QByteArray(64 * 1024 * 1024, 'x'));
        const auto resident = [this] {
            QFile file(u"/proc/%1/statm"_s.arg(m_pid));
            (void)file.open(QIODevice::ReadOnly);
            return file.readAll().split(' ').value(1).toLongLong() * 4096;
        };
        const qint64 before = resident();
        // It stops taking: what is left in our socket does not shrink any more.
        qint64 last = -1;
        QTRY_VERIFY_WITH_TIMEOUT(([&] {
                                     const qint64 left = provider.sockets.first()->bytesToWrite();
                                     const bool isStill = left == last && left > 0;
                                     last = left;
                                     QTest::qWait(100);
                                     return isStill;
                                 }()),
                                 10'000);
        QVERIFY2(last > 48LL * 1024 * 1024, qPrintable(QString::number(last)));
        QVERIFY(resident() - before < 8LL * 1024 * 1024);
        // It takes the rest when the agent reads again.
        agent.setReadBufferSize(0);
        qint64 got = agent.readAll().size();
        QTRY_VERIFY_WITH_TIMEOUT((got += agent.readAll().size(), got > 67108864), 20'000);
    }

    void holdsTheAgentBack()
    {
        FakeProvider provider("");
        provider.isSilent = true;
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        connect(&provider, &QTcpServer::newConnection, this, [&provider] {
            provider.sockets.last()->setReadBufferSize(1);
            provider.sockets.last()->disconnect();
        });
        QLocalSocket agent;
        agent.connectToServer(door.runFolder + u"/model.sock"_s);
        QVERIFY(agent.waitForConnected());
        agent.write(postRequest("/v1/messages", QByteArray(31 * 1024 * 1024, 'x')));
        qint64 last = -1;
        QTRY_VERIFY_WITH_TIMEOUT(([&] {
                                     const qint64 left = agent.bytesToWrite();
                                     const bool isStill = left == last && left > 0;
                                     last = left;
                                     QTest::qWait(100);
                                     return isStill;
                                 }()),
                                 10'000);
        QVERIFY2(last > 15LL * 1024 * 1024, qPrintable(QString::number(last)));
    }

    void boundsRequests()
    {
        const DoorOptions door =
            m_gateway->providerDoor(u"aaaaaaaa"_s, QUrl(u"http://127.0.0.1:1"_s));
        QVERIFY(await(m_gateway->client().addSession(door)));
        const QString socket = door.runFolder + u"/model.sock"_s;
        QCOMPARE(exchange(socket,
                          "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                          "Content-Length: 33554433\r\n\r\n")
                     .status,
                 413);
        QCOMPARE(exchange(socket,
                          "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " +
                              QByteArray(1024 * 1024, 'x') + "\r\n\r\n")
                     .status,
                 400);
    }

    void boundsConcurrency()
    {
        FakeProvider provider("");
        provider.isSilent = true;
        const DoorOptions door = m_gateway->providerDoor(u"aaaaaaaa"_s, provider.url());
        QVERIFY(await(m_gateway->client().addSession(door, canary())));
        std::vector<std::unique_ptr<QLocalSocket>> agents;
        for (int i = 0; i < 8; ++i) {
            agents.push_back(std::make_unique<QLocalSocket>());
            agents.back()->connectToServer(door.runFolder + u"/model.sock"_s);
            agents.back()->write(postRequest("/v1/messages", "{}"));
        }
        QTRY_COMPARE(provider.connections, 8);
        QCOMPARE(
            exchange(door.runFolder + u"/model.sock"_s, postRequest("/v1/messages", "{}")).status,
            429);
        QCOMPARE(await(m_gateway->client().sessions())->at(0).active, 8);
        // An agent that goes away ends its request at the provider too.
        agents.pop_back();
        QTRY_COMPARE(provider.sockets.last()->state(), QAbstractSocket::UnconnectedState);
        QTRY_COMPARE(await(m_gateway->client().sessions())->at(0).active, 7);
    }

private:
    std::optional<TestEnvironment> m_environment;
    std::optional<GatewayFixture> m_gateway;
    qint64 m_pid = 0;
};

QTEST_GUILESS_MAIN(tst_GatewayRequests)
#include "tst_GatewayRequests.moc"
