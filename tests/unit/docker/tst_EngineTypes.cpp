// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the engine says, read: good answers of several engines, and answers that lie.

#include "core/base/JsonReader.h"
#include "core/docker/ContainerTypes.h"
#include "core/docker/EventStream.h"
#include "core/docker/ImageTypes.h"
#include "core/docker/SystemTypes.h"
#include "tests/support/Await.h"

#include <QJsonDocument>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace Qt::StringLiterals;

namespace {

QJsonObject objectOf(const QByteArray &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    Q_ASSERT(document.isObject());
    return document.object();
}

} // namespace

class tst_EngineTypes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void apiVersions();
    void negotiation_data();
    void negotiation();
    void timesOfTheEngine_data();
    void timesOfTheEngine();
    void noNegativeDurations();
    void containerStates();
    void summaries();
    void summariesThatLie_data();
    void summariesThatLie();
    void detailsThatLie_data();
    void detailsThatLie();
    void stats();
    void statsOfCgroupsTwo();
    void countersThatDoNotFit();
    void images();
    void references();
    void events();
    void info();
};

void tst_EngineTypes::apiVersions()
{
    QCOMPARE(ApiVersion::fromText(u"1.41"_s).value(), (ApiVersion{1, 41}));
    QCOMPARE((ApiVersion{1, 41}).toText(), u"1.41"_s);
    QVERIFY((ApiVersion{1, 9}) < (ApiVersion{1, 41}));
    for (const QString &bad : {u""_s,
                               u"1"_s,
                               u"1."_s,
                               u".41"_s,
                               u"1.4x"_s,
                               u"-1.4"_s,
                               u"1.41.2"_s,
                               u"1.99999999999"_s,
                               u"१.४१"_s})
        QVERIFY2(!ApiVersion::fromText(bad), qPrintable(bad));
}

void tst_EngineTypes::negotiation_data()
{
    QTest::addColumn<QString>("api");
    QTest::addColumn<QString>("minApi");
    QTest::addColumn<QString>("spoken"); // empty: refused
    QTest::addColumn<int>("kind");
    QTest::newRow("Debian 12") << u"1.41"_s << u"1.12"_s << u"1.41"_s << 0;
    QTest::newRow("Docker 24") << u"1.43"_s << u"1.12"_s << u"1.43"_s << 0;
    QTest::newRow("Docker 29: refuses below 1.44") << u"1.52"_s << u"1.44"_s << u"1.51"_s << 0;
    QTest::newRow("far newer, still takes ours") << u"1.99"_s << u"1.50"_s << u"1.51"_s << 0;
    QTest::newRow("too old") << u"1.40"_s << u"1.12"_s << u""_s << int(ErrorKind::EngineTooOld);
    QTest::newRow("too new") << u"2.5"_s << u"1.60"_s << u""_s << int(ErrorKind::UnsupportedOption);
}

void tst_EngineTypes::negotiation()
{
    QFETCH(QString, api);
    QFETCH(QString, minApi);
    QFETCH(QString, spoken);
    QFETCH(int, kind);
    const auto version = engineVersionFromJson(
        QJsonObject{{u"Version"_s, u"x"_s}, {u"ApiVersion"_s, api}, {u"MinAPIVersion"_s, minApi}});
    PADDOCK_VERIFY_OK(version);
    const auto capabilities = negotiateCapabilities(*version);
    if (spoken.isEmpty()) {
        QVERIFY(!capabilities);
        QCOMPARE(int(capabilities.error().kind), kind);
        QVERIFY(!capabilities.error().remedy.isEmpty());
        return;
    }
    PADDOCK_VERIFY_OK(capabilities);
    QCOMPARE(capabilities->api.toText(), spoken);
    QCOMPARE(capabilities->healthStartInterval, capabilities->api >= (ApiVersion{1, 44}));
}

void tst_EngineTypes::timesOfTheEngine_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("utc"); // empty: no time
    QTest::newRow("nanoseconds") << u"2026-11-21T02:03:04.123456789Z"_s
                                 << u"2026-11-21T02:03:04.123Z"_s;
    QTest::newRow("no fraction") << u"2026-11-21T02:03:04Z"_s << u"2026-11-21T02:03:04.000Z"_s;
    QTest::newRow("one digit") << u"2026-11-21T02:03:04.5Z"_s << u"2026-11-21T02:03:04.500Z"_s;
    QTest::newRow("time zone") << u"2026-11-21T04:03:04.1+02:00"_s << u"2026-11-21T02:03:04.100Z"_s;
    QTest::newRow("year 1") << u"0001-01-01T00:00:00Z"_s << u""_s;
    QTest::newRow("empty") << u""_s << u""_s;
    QTest::newRow("no zone") << u"2026-11-21T02:03:04"_s << u""_s;
    QTest::newRow("dot only") << u"2026-11-21T02:03:04.Z"_s << u""_s;
    QTest::newRow("words") << u"yesterday"_s << u""_s;
    QTest::newRow("no such day") << u"2026-02-31T00:00:00Z"_s << u""_s;
}

void tst_EngineTypes::timesOfTheEngine()
{
    QFETCH(QString, text);
    QFETCH(QString, utc);
    const QDateTime time = engineTimeFromText(text);
    QCOMPARE(time.isValid() ? time.toString(Qt::ISODateWithMs) : QString(), utc);
}

void tst_EngineTypes::noNegativeDurations()
{
    // A container that never ran: both times are "never", not 2025 years ago.
    const auto details = containerDetailsFromJson(
        objectOf(R"({"Id":"a","Name":"/b","Config":{},"State":{"Status":"created",
        "StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"}})"));
    PADDOCK_VERIFY_OK(details);
    QVERIFY(!details->startedAt.isValid());
    QVERIFY(!details->finishedAt.isValid());
}

void tst_EngineTypes::containerStates()
{
    for (const QString &name : {u"created"_s,
                                u"running"_s,
                                u"paused"_s,
                                u"restarting"_s,
                                u"removing"_s,
                                u"exited"_s,
                                u"dead"_s})
        QCOMPARE(containerStateName(containerStateFromText(name)), name);
    QCOMPARE(containerStateFromText(u"stopping"_s), ContainerState::Unknown);
}

void tst_EngineTypes::summaries()
{
    const auto value = parseJson(R"([{"Id":"abc","Names":["/one","/other/one"],"Image":"debian",
        "ImageID":"sha256:1","Command":"sleep","Created":1700000000,"State":"running",
        "Status":"Up","Labels":{"a":"b"},"NewField":{"x":[1]}},
        {"Id":"def","Names":null,"State":"exited","Labels":null}])");
    PADDOCK_VERIFY_OK(value);
    const auto containers = containerSummariesFromJson(*value);
    PADDOCK_VERIFY_OK(containers);
    QCOMPARE(containers->size(), 2);
    QCOMPARE(containers->first().names, (QStringList{u"one"_s, u"other/one"_s}));
    QCOMPARE(containers->first().labels.value(u"a"_s), u"b"_s);
    QCOMPARE(containers->first().created.toSecsSinceEpoch(), 1700000000);
    QCOMPARE(containers->last().state, ContainerState::Exited);
    QVERIFY(!containers->last().created.isValid());
}

void tst_EngineTypes::summariesThatLie_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("says");
    QTest::newRow("null for the list") << QByteArray("null") << u"no list"_s;
    QTest::newRow("object for the list") << QByteArray("{}") << u"no list"_s;
    QTest::newRow("null element") << QByteArray("[null]") << u"containers[0]"_s;
    QTest::newRow("number for id")
        << QByteArray(R"([{"Id":5,"State":"x"}])") << u"containers[0].Id"_s;
    QTest::newRow("no id") << QByteArray(R"([{"State":"x"}])") << u"Id is missing"_s;
    QTest::newRow("labels a list")
        << QByteArray(R"([{"Id":"a","State":"x","Labels":[]}])") << u"Labels"_s;
    QTest::newRow("label a number")
        << QByteArray(R"([{"Id":"a","State":"x","Labels":{"k":1}}])") << u"Labels.k"_s;
    QTest::newRow("created text") << QByteArray(R"([{"Id":"a","State":"x","Created":"today"}])")
                                  << u"Created"_s;
}

void tst_EngineTypes::summariesThatLie()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, says);
    const auto value = parseJson(json);
    PADDOCK_VERIFY_OK(value);
    const auto containers = containerSummariesFromJson(*value);
    QVERIFY(!containers);
    QCOMPARE(containers.error().kind, ErrorKind::ProtocolError);
    QVERIFY2(containers.error().message.contains(says), qPrintable(containers.error().message));
}

void tst_EngineTypes::detailsThatLie_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("empty") << QByteArray("{}");
    QTest::newRow("state null") << QByteArray(R"({"Id":"a","Name":"b","Config":{},"State":null})");
    QTest::newRow("state text") << QByteArray(R"({"Id":"a","Name":"b","Config":{},"State":"up"})");
    QTest::newRow("config missing")
        << QByteArray(R"({"Id":"a","Name":"b","State":{"Status":"running"}})");
    QTest::newRow("exit code text") << QByteArray(
        R"({"Id":"a","Name":"b","Config":{},"State":{"Status":"exited","ExitCode":"0"}})");
    QTest::newRow("mounts object") << QByteArray(
        R"({"Id":"a","Name":"b","Config":{},"State":{"Status":"exited"},"Mounts":{}})");
}

void tst_EngineTypes::detailsThatLie()
{
    QFETCH(QByteArray, json);
    const auto details = containerDetailsFromJson(objectOf(json));
    QVERIFY(!details);
    QCOMPARE(details.error().kind, ErrorKind::ProtocolError);
}

void tst_EngineTypes::stats()
{
    const auto stats = containerStatsFromJson(objectOf(R"({"read":"2026-11-21T02:03:04.5Z",
        "pids_stats":{"current":7},
        "cpu_stats":{"cpu_usage":{"total_usage":3000},"system_cpu_usage":20000,"online_cpus":4},
        "precpu_stats":{"cpu_usage":{"total_usage":1000},"system_cpu_usage":10000},
        "memory_stats":{"usage":1000,"limit":4000,"stats":{"total_inactive_file":300}},
        "networks":{"eth0":{"rx_bytes":5,"tx_bytes":6},"eth1":{"rx_bytes":1,"tx_bytes":1}},
        "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":11},
            {"op":"write","value":12},{"op":"Total","value":23}]}})"));
    PADDOCK_VERIFY_OK(stats);
    QCOMPARE(stats->cpuPercent.value(), 80.0);
    QCOMPARE(stats->memoryBytes, 700);
    QCOMPARE(stats->memoryLimitBytes, 4000);
    QCOMPARE(stats->pids, 7);
    QCOMPARE(stats->networkReceivedBytes, 6);
    QCOMPARE(stats->networkSentBytes, 7);
    QCOMPARE(stats->blockReadBytes, 11);
    QCOMPARE(stats->blockWrittenBytes, 12);
}

void tst_EngineTypes::statsOfCgroupsTwo()
{
    const auto stats = containerStatsFromJson(objectOf(R"({"read":"2026-11-21T02:03:04.5Z",
        "cpu_stats":{"cpu_usage":{"total_usage":3000},"system_cpu_usage":20000},
        "precpu_stats":{},"blkio_stats":{"io_service_bytes_recursive":null},
        "memory_stats":{"usage":1000,"stats":{"inactive_file":1300}}})"));
    PADDOCK_VERIFY_OK(stats);
    QVERIFY(!stats->cpuPercent); // a first sample has no difference
    QCOMPARE(stats->memoryBytes, 0);
}

void tst_EngineTypes::countersThatDoNotFit()
{
    const auto stats = containerStatsFromJson(objectOf(R"({"read":"2026-11-21T02:03:04.5Z",
        "cpu_stats":{"cpu_usage":{"total_usage":-5},"system_cpu_usage":1e300},
        "memory_stats":{"usage":18446744073709551615,"limit":"none"},"pids_stats":[]})"));
    PADDOCK_VERIFY_OK(stats);
    QCOMPARE(stats->cpuTotalNs, 0);
    QCOMPARE(stats->cpuSystemNs, std::numeric_limits<qint64>::max());
    QCOMPARE(stats->memoryBytes, std::numeric_limits<qint64>::max());
    QCOMPARE(stats->memoryLimitBytes, 0);
}

void tst_EngineTypes::images()
{
    const auto list = imageSummariesFromJson(
        *parseJson(R"([{"Id":"sha256:1","RepoTags":["<none>:<none>"],"RepoDigests":null,
        "Created":1700000000,"Size":5,"Labels":null}])"));
    PADDOCK_VERIFY_OK(list);
    QVERIFY(list->first().tags.isEmpty());
    const auto details = imageDetailsFromJson(objectOf(R"({"Id":"sha256:1","RepoTags":[],
        "Created":"2026-01-01T00:00:00Z","Os":"linux","Size":9,"Config":{"User":"node",
        "Env":["A=b"],"Entrypoint":"sh","Cmd":null,"Healthcheck":{"Test":["NONE"]}}})"));
    PADDOCK_VERIFY_OK(details);
    QCOMPARE(details->entrypoint, QStringList{u"sh"_s});
    QCOMPARE(details->environment, QStringList{u"A=b"_s});
    QVERIFY(details->config.contains(u"Healthcheck"_s));
    // Newer engines leave Config out where there is none.
    PADDOCK_VERIFY_OK(imageDetailsFromJson(objectOf(R"({"Id":"sha256:1"})")));
    QVERIFY(!imageDetailsFromJson(objectOf("{}")));
    QVERIFY(!imageSummariesFromJson(QJsonValue()));
}

void tst_EngineTypes::references()
{
    for (const QString &good :
         {u"debian"_s,
          u"debian:bookworm-slim"_s,
          u"localhost:5000/a/b:1"_s,
          u"a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"_s,
          u"sha256:abc"_s})
        QVERIFY2(checkImageReference(good), qPrintable(good));
    for (const QString &bad : {u""_s,
                               u"a b"_s,
                               u"../x"_s,
                               u"a/../b"_s,
                               u"a//b"_s,
                               u"/a"_s,
                               u"a/"_s,
                               u"a?b"_s,
                               u"a#b"_s,
                               u"a%2fb"_s,
                               u"-a"_s,
                               u"a:"_s,
                               u"ä"_s,
                               QString(600, u'a'),
                               u"a\nb"_s})
        QVERIFY2(!checkImageReference(bad), qPrintable(bad));
}

void tst_EngineTypes::events()
{
    const auto event = engineEventFromJson(objectOf(R"({"Type":"container","Action":"die",
        "Actor":{"ID":"abc","Attributes":{"exitCode":"137","name":"x"}},"scope":"local",
        "time":1700000000,"timeNano":1700000000123456789})"));
    PADDOCK_VERIFY_OK(event);
    QCOMPARE(event->actorId, u"abc"_s);
    QCOMPARE(event->attributes.value(u"exitCode"_s), u"137"_s);
    QCOMPARE(event->timeNano, 1700000000123456789);
    QCOMPARE(event->time.toMSecsSinceEpoch(), 1700000000123);
    QVERIFY(!engineEventFromJson(objectOf(R"({"Type":"container"})")));
    QVERIFY(!engineEventFromJson(objectOf(R"({"Type":"container","Action":"x","Actor":[]})")));
}

void tst_EngineTypes::info()
{
    const auto info = engineInfoFromJson(objectOf(R"({"ID":"A","NCPU":8,"MemTotal":1024,
        "Runtimes":{"runsc":{},"runc":{}},"CgroupVersion":"2",
        "SecurityOptions":["name=seccomp,profile=builtin","name=rootless","name=cgroupns"]})"));
    PADDOCK_VERIFY_OK(info);
    QCOMPARE(info->runtimes, (QStringList{u"runc"_s, u"runsc"_s}));
    QVERIFY(info->isRootless());
    QVERIFY(info->hasSecurityOption(u"seccomp"));
    QVERIFY(!info->hasSecurityOption(u"apparmor"));
    QCOMPARE(info->cgroupVersion, 2);
    QVERIFY(!engineInfoFromJson(objectOf(R"({"NCPU":"8","MemTotal":1})")));
}

QTEST_GUILESS_MAIN(tst_EngineTypes)
#include "tst_EngineTypes.moc"
