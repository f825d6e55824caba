// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Engine faults H1, H2 and H13: an engine that is not there, goes away, or tells events wrongly.

#include "core/docker/DockerClient.h"
#include "core/docker/EngineWatch.h"
#include "tests/support/Await.h"
#include "tests/support/FakeDockerDaemon.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocalServer>
#include <QSignalSpy>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

Endpoint endpointAt(const QString &path)
{
    return {path, EndpointOrigin::Setting, u"test"_s};
}

EngineWatchOptions quickWatch()
{
    EngineWatchOptions options;
    options.firstRetry = milliseconds(10);
    options.maxRetry = milliseconds(100);
    return options;
}

/// Root passes every permission check; a root test looks as nobody for a moment.
class AsNobodyIfRoot
{
public:
    AsNobodyIfRoot()
        : m_isRoot(::geteuid() == 0)
    {
        if (m_isRoot && ::seteuid(65534) != 0)
            qFatal("seteuid failed");
    }
    ~AsNobodyIfRoot()
    {
        if (m_isRoot && ::seteuid(0) != 0)
            qFatal("seteuid failed");
    }
    Q_DISABLE_COPY_MOVE(AsNobodyIfRoot)

private:
    bool m_isRoot;
};

FakeReply openStream(const QByteArray &lines)
{
    FakeReply reply = FakeReply::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    if (!lines.isEmpty())
        reply.bytes += QByteArray::number(lines.size(), 16) + "\r\n" + lines + "\r\n";
    reply.after = FakeReply::After::KeepOpen;
    return reply;
}

QJsonObject containerRow(const QString &id, const QString &state)
{
    return {{u"Id"_s, id}, {u"State"_s, state}};
}

QByteArray eventLine(const QString &id, const QString &action)
{
    return QJsonDocument(QJsonObject{{u"Type"_s, u"container"_s},
                                     {u"Action"_s, action},
                                     {u"Actor"_s, QJsonObject{{u"ID"_s, id}}}})
               .toJson(QJsonDocument::Compact) +
           '\n';
}

} // namespace

class tst_EngineReach : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void h1_causesAreToldApart();
    void h1_retriesWithBackOff();
    void h2_streamsEndAndComeBack();
    void h2_noSecondCreate();
    void h13_stateComesFromTheList();

private:
    TestEnvironment m_environment;
};

void tst_EngineReach::h1_causesAreToldApart()
{
    const QString path = m_environment.path(u"e.sock"_s);
    const auto ask = [&] {
        DockerClient client(endpointAt(path));
        return await(client.system().ping());
    };
    QStringList messages;
    const auto expect = [&](const Result<Done> &result, ErrorKind kind, Category category) {
        QVERIFY(!result);
        QCOMPARE(result.error().kind, kind);
        QCOMPARE(result.error().category, category);
        QVERIFY(result.error().message.contains(path));
        QVERIFY(!remedyCommand(result.error()).isEmpty());
        QVERIFY(!messages.contains(result.error().message));
        messages.append(result.error().message);
    };

    expect(ask(), ErrorKind::DockerUnavailable, Category::NotFound);

    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    expect(ask(), ErrorKind::DockerUnavailable, Category::InvalidArgument);
    QVERIFY(file.remove());

    {
        QLocalServer server;
        QVERIFY(server.listen(path));
        QVERIFY(::chmod(QFile::encodeName(path).constData(), 0) == 0);
        QVERIFY(::chmod(QFile::encodeName(m_environment.path()).constData(), 0755) == 0);
        {
            const AsNobodyIfRoot nobody;
            expect(ask(), ErrorKind::PermissionDenied, Category::PermissionDenied);
        }
        QVERIFY(::chmod(QFile::encodeName(path).constData(), 0600) == 0);
        // The server dies without a chance to remove its socket.
        QVERIFY(QFile::rename(path, path + u'2'));
    }
    QVERIFY(QFile::rename(path + u'2', path));
    expect(ask(), ErrorKind::DockerUnavailable, Category::Unreachable);

    // Positive control: the same question to an engine that is there.
    FakeDockerDaemon daemon;
    DockerClient client(endpointAt(daemon.socketPath()));
    PADDOCK_VERIFY_OK(await(client.system().ping()));
}

void tst_EngineReach::h1_retriesWithBackOff()
{
    FakeDockerDaemon daemon;
    daemon.always("GET", "/events", openStream({}));
    daemon.vanish(FakeDockerDaemon::SocketFile::Keep);
    DockerClient client(endpointAt(daemon.socketPath()));
    EngineWatch watch(client, quickWatch());
    QList<milliseconds> delays;
    // The event loop is never blocked: a timer of our own runs on all the while.
    int ticks = 0;
    QTimer ticker;
    connect(&ticker, &QTimer::timeout, this, [&] {
        ++ticks;
        if (watch.state() == EngineWatch::State::Unreachable && watch.retryIn().count() > 0)
            delays.append(watch.retryIn());
    });
    ticker.start(1);
    watch.start();
    QTRY_VERIFY_WITH_TIMEOUT(delays.size() > 100, 30'000);
    QVERIFY(watch.lastError()->category == Category::Unreachable);
    QVERIFY(std::any_of(delays.begin(), delays.end(), [](milliseconds delay) {
        return delay > milliseconds(50); // has grown
    }));
    QVERIFY(std::all_of(delays.begin(), delays.end(), [](milliseconds delay) {
        return delay <= milliseconds(100); // within its cap
    }));
    QVERIFY(ticks > 100);
    daemon.comeBack();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
}

void tst_EngineReach::h2_streamsEndAndComeBack()
{
    FakeDockerDaemon daemon;
    daemon.always("GET", "/events", openStream(eventLine(u"a"_s, u"start"_s)));
    daemon.always("GET",
                  "/containers/json",
                  FakeReply::json(200, QJsonArray{containerRow(u"a"_s, u"running"_s)}));
    FakeReply attached = FakeReply::raw("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n"
                                        "Upgrade: tcp\r\n\r\n" +
                                        dockerFrame(1, "half a fra").chopped(4));
    attached.after = FakeReply::After::KeepOpen;
    daemon.always("POST", "/containers/a/attach", attached);

    DockerClient client(endpointAt(daemon.socketPath()));
    EngineWatch watch(client, quickWatch());
    QSignalSpy resync(&watch, &EngineWatch::resyncNeeded);
    watch.start();
    const auto stream = client.containers().attach(ContainerId{u"a"_s}, {.tty = false});
    QSignalSpy frames(stream.get(), &AttachStream::frame);
    QSignalSpy finished(stream.get(), &AttachStream::finished);
    QTRY_COMPARE_WITH_TIMEOUT(frames.size(), 1, 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
    const auto resyncs = resync.size();

    daemon.vanish();
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    const auto ended = finished.first().first().value<Result<Done>>();
    QVERIFY2(!ended, "a cut inside a frame is no good end");
    QCOMPARE(ended.error().kind, ErrorKind::ConnectionLost);
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Unreachable, 30'000);
    const auto away = await(client.containers().list());
    QVERIFY(!away);
    QVERIFY(away.error().isRetryable());

    daemon.comeBack();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
    QCOMPARE(resync.size(), resyncs + 1);
    const auto back = await(client.containers().list());
    PADDOCK_VERIFY_OK(back);
    QCOMPARE(back->size(), 1);
}

void tst_EngineReach::h2_noSecondCreate()
{
    FakeDockerDaemon daemon;
    DockerClient client(endpointAt(daemon.socketPath()));
    PADDOCK_VERIFY_OK(await(client.capabilities()));
    daemon.always("POST", "/containers/create", FakeReply::silence());
    auto creating = client.containers().create(u"paddock-x"_s, {{u"Image"_s, u"x"_s}});
    QTRY_COMPARE_WITH_TIMEOUT(daemon.countOf("POST", "/containers/create"), 1, 30'000);
    daemon.vanish();
    daemon.comeBack();
    const auto created = await(creating);
    QVERIFY(!created);
    QCOMPARE(created.error().kind, ErrorKind::ConnectionLost);
    // Whether the engine made it is found out by a list, never by sending it again.
    daemon.always("GET", "/containers/json", FakeReply::json(200, QJsonArray()));
    PADDOCK_VERIFY_OK(await(client.containers().list({.names = {u"paddock-x"_s}})));
    QCOMPARE(daemon.countOf("POST", "/containers/create"), 1);
}

void tst_EngineReach::h13_stateComesFromTheList()
{
    FakeDockerDaemon daemon;
    QHash<QString, QString> truth{{u"a"_s, u"running"_s}, {u"b"_s, u"exited"_s}};
    daemon.answer("GET", "/containers/json", [&](const FakeRequest &) {
        QJsonArray list;
        for (auto it = truth.begin(); it != truth.end(); ++it)
            list.append(containerRow(it.key(), it.value()));
        return FakeReply::json(200, list);
    });
    // Doubled, out of order, of a container nobody knows; then the stream stays silent.
    const QByteArray wrong = eventLine(u"b"_s, u"start"_s) + eventLine(u"b"_s, u"start"_s) +
                             eventLine(u"a"_s, u"die"_s) + eventLine(u"a"_s, u"start"_s) +
                             eventLine(u"a"_s, u"die"_s) + eventLine(u"ghost"_s, u"start"_s);
    daemon.once("GET", "/events", openStream(wrong));
    // Then a loop of streams that end at once, then one that stays.
    for (int i = 0; i < 5; ++i)
        daemon.once("GET", "/events", FakeReply::chunked({}));
    daemon.always("GET", "/events", openStream({}));

    DockerClient client(endpointAt(daemon.socketPath()));
    EngineWatchOptions options = quickWatch();
    options.resyncEvery = milliseconds(100);
    EngineWatch watch(client, options);
    // A mirror as sessions keep one: events are hints, the list decides.
    QHash<QString, QString> mirror;
    int events = 0;
    bool listing = false;
    connect(&watch, &EngineWatch::eventReceived, this, [&](const EngineEvent &event) {
        ++events;
        mirror.insert(event.actorId, event.action == u"start" ? u"running"_s : u"exited"_s);
    });
    connect(&watch, &EngineWatch::resyncNeeded, this, [&] {
        if (listing)
            return;
        listing = true;
        client.containers().list().then(this, [&](const Result<QList<ContainerSummary>> &list) {
            listing = false;
            if (!list)
                return;
            mirror.clear();
            for (const ContainerSummary &container : *list)
                mirror.insert(container.id.value, containerStateName(container.state));
        });
    });
    watch.start();
    QTRY_COMPARE_WITH_TIMEOUT(events, 6, 30'000); // the control: the wrong events did arrive
    QTRY_COMPARE_WITH_TIMEOUT(mirror, truth, 30'000);

    // A change whose event is lost: found by the next list.
    truth.insert(u"c"_s, u"paused"_s);
    truth.remove(u"b"_s);
    QTRY_COMPARE_WITH_TIMEOUT(mirror, truth, 30'000);

    daemon.dropConnections();
    truth.insert(u"a"_s, u"dead"_s);
    QTRY_COMPARE_WITH_TIMEOUT(mirror, truth, 30'000);
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
    QVERIFY(daemon.countOf("GET", "/events") >= 7);
}

QTEST_GUILESS_MAIN(tst_EngineReach)
#include "tst_EngineReach.moc"
