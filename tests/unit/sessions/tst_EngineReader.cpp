// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/DockerClient.h"
#include "core/sessions/EngineReader.h"
#include "tests/support/Await.h"
#include "tests/support/FakeDockerDaemon.h"
#include "tests/support/TestEnvironment.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using docker::EngineWatch;
using sessions::EngineReader;
using std::chrono::milliseconds;

/// What is known of the engine is as new as the connection to it.
class tst_EngineReader : public QObject
{
    Q_OBJECT

    FakeDockerDaemon m_daemon;
    TestEnvironment m_environment;

    static FakeReply info(const QString &version)
    {
        return FakeReply::json(
            200, QJsonObject{{u"ServerVersion"_s, version}, {u"NCPU"_s, 2}, {u"MemTotal"_s, 1}});
    }

private Q_SLOTS:
    void asksOncePerConnection()
    {
        FakeReply events = FakeReply::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        events.after = FakeReply::After::KeepOpen;
        m_daemon.always("GET", "/events", events);
        m_daemon.always("GET", "/info", info(u"1.0"_s));
        docker::DockerClient client(
            {m_daemon.socketPath(), docker::EndpointOrigin::Setting, u"test"_s});
        EngineWatch watch(
            client, {.firstRetry = milliseconds(10), .maxRetry = milliseconds(50), .events = {}});
        EngineReader reader(client, watch, m_daemon.socketPath());

        // Without a watch on it nothing is kept.
        QCOMPARE(await(reader.posture())->serverVersion, u"1.0"_s);
        QCOMPARE(await(reader.posture())->serverVersion, u"1.0"_s);
        QCOMPARE(m_daemon.countOf("GET", "/info"), 2);

        watch.start();
        QTRY_COMPARE_WITH_TIMEOUT(m_daemon.countOf("GET", "/info"), 3, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
        const auto known = await(reader.posture());
        QCOMPARE(known->serverVersion, u"1.0"_s);
        // As much as this process may have, where the fake engine lives.
        QCOMPARE(known->openFilesHard, policy::openFilesLimitOfEngine(m_daemon.socketPath()));
        QVERIFY(known->openFilesHard > 0);
        const qsizetype asked = m_daemon.countOf("GET", "/info");
        for (int i = 0; i < 3; ++i)
            QVERIFY(await(reader.posture()));
        QCOMPARE(m_daemon.countOf("GET", "/info"), asked);

        // Another engine is behind the socket.
        m_daemon.always("GET", "/info", info(u"2.0"_s));
        m_daemon.vanish();
        QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Unreachable, 30'000);
        QVERIFY(!await(reader.posture()));
        m_daemon.comeBack();
        QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
        QCOMPARE(await(reader.posture())->serverVersion, u"2.0"_s);
    }
};

QTEST_GUILESS_MAIN(tst_EngineReader)
#include "tst_EngineReader.moc"
