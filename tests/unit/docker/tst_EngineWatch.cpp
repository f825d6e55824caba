// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "core/docker/DockerClient.h"
#include "core/docker/EngineWatch.h"
#include "tests/support/Await.h"
#include "tests/support/FakeDockerDaemon.h"
#include "tests/support/TestEnvironment.h"

#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

class tst_EngineWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void delaysGrowAndAreJittered();
    void reconnectsAndAsksForAList();
    void retryNowDoesNotWait();
    void endlessEndingBacksOff();
};

namespace {

FakeReply openEvents(const QByteArray &lines = {})
{
    FakeReply reply = FakeReply::raw(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
        (lines.isEmpty() ? QByteArray()
                         : QByteArray::number(lines.size(), 16) + "\r\n" + lines + "\r\n"));
    reply.after = FakeReply::After::KeepOpen;
    return reply;
}

} // namespace

void tst_EngineWatch::delaysGrowAndAreJittered()
{
    const milliseconds first(100);
    const milliseconds most(1000);
    QCOMPARE(retryDelay(1, first, most, 1.0), milliseconds(100));
    QCOMPARE(retryDelay(2, first, most, 1.0), milliseconds(200));
    QCOMPARE(retryDelay(4, first, most, 1.0), milliseconds(800));
    QCOMPARE(retryDelay(5, first, most, 1.0), milliseconds(1000));
    QCOMPARE(retryDelay(1'000'000, first, most, 1.0), milliseconds(1000));
    QCOMPARE(retryDelay(1, first, most, 0.0), milliseconds(75));
    QVERIFY(retryDelay(0, milliseconds(0), milliseconds(0), 0.0) > milliseconds(0));
}

void tst_EngineWatch::reconnectsAndAsksForAList()
{
    TestEnvironment environment;
    FakeDockerDaemon daemon;
    daemon.always("GET",
                  "/events",
                  openEvents(R"({"Type":"container","Action":"start","Actor":{"ID":"a"}})"
                             "\n"));
    DockerClient client({daemon.socketPath(), EndpointOrigin::Setting, u"test"_s});
    EngineWatchOptions options;
    options.firstRetry = milliseconds(10);
    options.maxRetry = milliseconds(50);
    options.events.types = {u"container"_s};
    EngineWatch watch(client, options);
    QSignalSpy resync(&watch, &EngineWatch::resyncNeeded);
    QSignalSpy events(&watch, &EngineWatch::eventReceived);
    watch.start();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
    QCOMPARE(resync.size(), 1);
    QTRY_COMPARE_WITH_TIMEOUT(events.size(), 1, 30'000);
    QVERIFY(daemon.requests().last().query.contains("filters="));

    daemon.vanish();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Unreachable, 30'000);
    QVERIFY(watch.lastError().has_value());
    QTRY_VERIFY_WITH_TIMEOUT(watch.lastError()->kind == ErrorKind::DockerUnavailable, 30'000);
    daemon.comeBack();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
    QCOMPARE(resync.size(), 2);
    QVERIFY(!watch.lastError().has_value());
    QCOMPARE(watch.retryIn(), milliseconds(0));
}

void tst_EngineWatch::retryNowDoesNotWait()
{
    TestEnvironment environment;
    FakeDockerDaemon daemon;
    daemon.always("GET", "/events", openEvents());
    daemon.vanish();
    DockerClient client({daemon.socketPath(), EndpointOrigin::Setting, u"test"_s});
    EngineWatchOptions options;
    options.firstRetry = std::chrono::hours(1);
    options.maxRetry = std::chrono::hours(2);
    EngineWatch watch(client, options);
    watch.start();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Unreachable, 30'000);
    QVERIFY(watch.retryIn() > std::chrono::minutes(40));
    daemon.comeBack();
    watch.retryNow();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
}

void tst_EngineWatch::endlessEndingBacksOff()
{
    // An engine that accepts and ends the stream at once must not be hammered.
    TestEnvironment environment;
    FakeDockerDaemon daemon;
    daemon.always("GET", "/events", FakeReply::chunked({}));
    DockerClient client({daemon.socketPath(), EndpointOrigin::Setting, u"test"_s});
    EngineWatchOptions options;
    options.firstRetry = milliseconds(20);
    options.maxRetry = std::chrono::hours(1);
    EngineWatch watch(client, options);
    watch.start();
    QTRY_VERIFY_WITH_TIMEOUT(watch.retryIn() > milliseconds(200), 30'000);
    QVERIFY(daemon.countOf("GET", "/events") <= 6);
}

QTEST_GUILESS_MAIN(tst_EngineWatch)
#include "tst_EngineWatch.moc"
