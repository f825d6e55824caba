// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Containers, networks and the system call on the engine of this machine.

#include "core/docker/EngineWatch.h"
#include "core/docker/Tar.h"
#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"
#include "tests/support/TestEnvironment.h"

#include <QJsonArray>
#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_RealContainers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void negotiates();
    void infoSaysWhatASandboxNeeds();
    void lifeOfAContainer();
    void verbsAreIdempotent();
    void listFiltersByLabelNameAndState();
    void missingImageIsImageNotFound();
    void missingContainerIsContainerNotFound();
    void nameClashIsAConflict();
    void tooManyCpusIsRefusedWithARemedy();
    void missingMountSource();
    void missingProgram();
    void waitGivesTheExitCode();
    void topAndStats();
    void archiveInAndOut();
    void archiveLimit();
    void eventsComeFilteredByLabel();
    void watchResyncs();
    void networksComeAndGo();
    void oddNamesAreRefusedBeforeSending();

private:
    TestEnvironment m_environment;
    RealEngine m_engine;
};

void tst_RealContainers::negotiates()
{
    const auto capabilities = await(m_engine.client().capabilities());
    PADDOCK_VERIFY_OK(capabilities);
    QVERIFY(capabilities->api >= kMinApi);
    QVERIFY(capabilities->api <= kMaxApi);
    QVERIFY(!capabilities->engineVersion.isEmpty());
    PADDOCK_VERIFY_OK(await(m_engine.client().system().ping()));
}

void tst_RealContainers::infoSaysWhatASandboxNeeds()
{
    const auto info = await(m_engine.client().system().info());
    PADDOCK_VERIFY_OK(info);
    QVERIFY(info->cpus >= 1);
    QVERIFY(info->memoryBytes > 0);
    QVERIFY(info->runtimes.contains(u"runc"_s));
    QVERIFY(info->hasSecurityOption(u"seccomp"));
    QVERIFY(!info->hasSecurityOption(u"no-such-option"));
    const auto version = await(m_engine.client().system().version());
    PADDOCK_VERIFY_OK(version);
    QCOMPARE(version->version, info->serverVersion);
}

void tst_RealContainers::lifeOfAContainer()
{
    ContainersApi &containers = m_engine.client().containers();
    const QString name = m_engine.uniqueName();
    const auto created = await(containers.create(name, m_engine.body({u"sleep"_s, u"60"_s})));
    PADDOCK_VERIFY_OK(created);
    QCOMPARE(created->id.value.size(), 64);

    auto details = await(containers.inspect(created->id));
    PADDOCK_VERIFY_OK(details);
    QCOMPARE(details->name, name);
    QCOMPARE(details->state, ContainerState::Created);
    QVERIFY(!details->startedAt.isValid()); // the engine says year 1
    QCOMPARE(details->labels.value(u"dev.paddock.test"_s), m_engine.tag());
    QVERIFY(details->raw.contains(u"HostConfig"_s));

    PADDOCK_VERIFY_OK(await(containers.start(created->id)));
    details = await(containers.inspect(ContainerId{name}));
    PADDOCK_VERIFY_OK(details);
    QCOMPARE(details->state, ContainerState::Running);
    QVERIFY(details->startedAt.isValid());
    QVERIFY(details->pid > 0);

    PADDOCK_VERIFY_OK(await(containers.pause(created->id)));
    QCOMPARE(await(containers.inspect(created->id))->state, ContainerState::Paused);
    PADDOCK_VERIFY_OK(await(containers.unpause(created->id)));

    const QString other = m_engine.uniqueName();
    PADDOCK_VERIFY_OK(await(containers.rename(created->id, other)));
    QCOMPARE(await(containers.inspect(created->id))->name, other);

    PADDOCK_VERIFY_OK(await(containers.kill(created->id)));
    const auto waited = await(containers.wait(created->id));
    PADDOCK_VERIFY_OK(waited);
    QCOMPARE(waited->exitCode, 137);
    details = await(containers.inspect(created->id));
    PADDOCK_VERIFY_OK(details);
    QCOMPARE(details->state, ContainerState::Exited);
    QVERIFY(details->finishedAt >= details->startedAt);
    PADDOCK_VERIFY_OK(await(containers.remove(created->id)));
}

void tst_RealContainers::verbsAreIdempotent()
{
    ContainersApi &containers = m_engine.client().containers();
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    PADDOCK_VERIFY_OK(await(containers.start(*id)));
    // Running and not forced: a conflict, and it goes on running.
    const auto refused = await(containers.remove(*id));
    QVERIFY(!refused);
    QCOMPARE(refused.error().category, Category::Conflict);
    PADDOCK_VERIFY_OK(await(containers.stop(*id, {.grace = std::chrono::seconds(0)})));
    PADDOCK_VERIFY_OK(await(containers.stop(*id, {.grace = std::chrono::seconds(0)})));
    const auto killed = await(containers.kill(*id));
    QVERIFY(!killed);
    QCOMPARE(killed.error().kind, ErrorKind::Conflict);
    PADDOCK_VERIFY_OK(await(containers.remove(*id)));
    PADDOCK_VERIFY_OK(await(containers.remove(*id)));
}

void tst_RealContainers::listFiltersByLabelNameAndState()
{
    ContainersApi &containers = m_engine.client().containers();
    const QString name = m_engine.uniqueName();
    const auto created =
        await(containers.create(name + u"-long"_s, m_engine.body({u"sleep"_s, u"60"_s})));
    PADDOCK_VERIFY_OK(created);
    const auto other = await(containers.create(name, m_engine.body({u"sleep"_s, u"60"_s})));
    PADDOCK_VERIFY_OK(other);

    const auto byLabel = await(containers.list({.labels = {m_engine.label()}}));
    PADDOCK_VERIFY_OK(byLabel);
    QVERIFY(byLabel->size() >= 2);
    // A name is matched whole, not as a part.
    const auto byName = await(containers.list({.names = {name}}));
    PADDOCK_VERIFY_OK(byName);
    QCOMPARE(byName->size(), 1);
    QCOMPARE(byName->first().id, other->id);
    QCOMPARE(byName->first().names, QStringList{name});
    QCOMPARE(byName->first().state, ContainerState::Created);
    QVERIFY(!byName->first().writtenBytes);
    const auto sized = await(containers.list({.size = true, .names = {name}}));
    PADDOCK_VERIFY_OK(sized);
    QVERIFY(sized->first().writtenBytes.has_value());
    const auto running =
        await(containers.list({.names = {name}, .states = {ContainerState::Running}}));
    PADDOCK_VERIFY_OK(running);
    QCOMPARE(running->size(), 0);
}

void tst_RealContainers::missingImageIsImageNotFound()
{
    QJsonObject body = m_engine.body({u"true"_s});
    body.insert(u"Image"_s, u"paddock-test/no-such-image:1"_s);
    const auto created = await(m_engine.client().containers().create(m_engine.uniqueName(), body));
    QVERIFY(!created);
    QCOMPARE(created.error().kind, ErrorKind::ImageNotFound);
    QVERIFY(created.error().detail.contains(u"no-such-image"_s));
    QVERIFY(!created.error().remedy.isEmpty());
}

void tst_RealContainers::missingContainerIsContainerNotFound()
{
    const auto details =
        await(m_engine.client().containers().inspect(ContainerId{m_engine.uniqueName()}));
    QVERIFY(!details);
    QCOMPARE(details.error().kind, ErrorKind::ContainerNotFound);
    const auto started =
        await(m_engine.client().containers().start(ContainerId{m_engine.uniqueName()}));
    QVERIFY(!started);
    QCOMPARE(started.error().kind, ErrorKind::ContainerNotFound);
}

void tst_RealContainers::nameClashIsAConflict()
{
    ContainersApi &containers = m_engine.client().containers();
    const QString name = m_engine.uniqueName();
    PADDOCK_VERIFY_OK(await(containers.create(name, m_engine.body({u"true"_s}))));
    const auto again = await(containers.create(name, m_engine.body({u"true"_s})));
    QVERIFY(!again);
    QCOMPARE(again.error().kind, ErrorKind::ContainerCreateFailed);
    QCOMPARE(again.error().category, Category::Conflict);
}

void tst_RealContainers::tooManyCpusIsRefusedWithARemedy()
{
    QJsonObject body = m_engine.body({u"true"_s});
    QJsonObject host = body.value(u"HostConfig"_s).toObject();
    host.insert(u"NanoCpus"_s, qint64{100'000} * 1'000'000'000);
    body.insert(u"HostConfig"_s, host);
    const auto created = await(m_engine.client().containers().create(m_engine.uniqueName(), body));
    QVERIFY(!created);
    QCOMPARE(created.error().kind, ErrorKind::ResourceLimitExceeded);
    QVERIFY(!created.error().remedy.isEmpty());
}

void tst_RealContainers::missingMountSource()
{
    QJsonObject body = m_engine.body({u"true"_s});
    QJsonObject host = body.value(u"HostConfig"_s).toObject();
    host.insert(u"Mounts"_s,
                QJsonArray{QJsonObject{{u"Type"_s, u"bind"_s},
                                       {u"Source"_s, m_environment.path(u"not-there"_s)},
                                       {u"Target"_s, u"/mnt"_s}}});
    body.insert(u"HostConfig"_s, host);
    const auto created = await(m_engine.client().containers().create(m_engine.uniqueName(), body));
    QVERIFY(!created);
    QCOMPARE(created.error().kind, ErrorKind::MountFailed);
}

void tst_RealContainers::missingProgram()
{
    const auto id = m_engine.created(m_engine.body({u"/no/such/program"_s}));
    PADDOCK_VERIFY_OK(id);
    const auto started = await(m_engine.client().containers().start(*id));
    QVERIFY(!started);
    QCOMPARE(started.error().kind, ErrorKind::CommandNotFound);
}

void tst_RealContainers::waitGivesTheExitCode()
{
    const auto id = m_engine.created(m_engine.body({u"sh"_s, u"-c"_s, u"exit 42"_s}));
    PADDOCK_VERIFY_OK(id);
    auto waiting = m_engine.client().containers().wait(*id, WaitCondition::NextExit);
    PADDOCK_VERIFY_OK(await(m_engine.client().containers().start(*id)));
    const auto waited = await(waiting);
    PADDOCK_VERIFY_OK(waited);
    QCOMPARE(waited->exitCode, 42);
    // Afterwards it answers at once.
    const auto after = await(m_engine.client().containers().wait(*id));
    PADDOCK_VERIFY_OK(after);
    QCOMPARE(after->exitCode, 42);
}

void tst_RealContainers::topAndStats()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    const auto processes = await(m_engine.client().containers().top(*id));
    PADDOCK_VERIFY_OK(processes);
    QCOMPARE(processes->rows.size(), 1);
    QVERIFY(processes->rows.first().last().contains(u"sleep"_s));

    const auto stats = await(m_engine.client().containers().stats(*id));
    PADDOCK_VERIFY_OK(stats);
    QVERIFY(stats->pids >= 1);
    QVERIFY(stats->memoryBytes > 0);
    QVERIFY(stats->cpuPercent.has_value());

    const auto stream = m_engine.client().containers().streamStats(*id);
    QSignalSpy samples(stream.get(), &StatsStream::sample);
    QSignalSpy finished(stream.get(), &StatsStream::finished);
    QTRY_VERIFY_WITH_TIMEOUT(samples.size() >= 1, 60'000);
    PADDOCK_VERIFY_OK(await(m_engine.client().containers().remove(*id, {.force = true})));
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 60'000);
}

void tst_RealContainers::archiveInAndOut()
{
    ContainersApi &containers = m_engine.client().containers();
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    TarWriter writer(TarOwner{1000, 1000});
    PADDOCK_VERIFY_OK(writer.addFolder(u"in"_s));
    QByteArray big(3'000'000, 'x');
    big[1'234'567] = 'y';
    PADDOCK_VERIFY_OK(writer.addFile(u"in/big"_s, big));
    PADDOCK_VERIFY_OK(writer.addFile(u"in/häßlich name"_s, "umlaut"));
    PADDOCK_VERIFY_OK(writer.addSymlink(u"in/link"_s, u"/etc/passwd"_s));
    const auto tar = writer.finish();
    PADDOCK_VERIFY_OK(tar);
    PADDOCK_VERIFY_OK(await(containers.putArchive(*id, u"/tmp"_s, *tar)));

    const auto back = await(containers.getArchive(*id, u"/tmp/in"_s));
    PADDOCK_VERIFY_OK(back);
    TarReader reader(*back);
    QStringList seen;
    for (;;) {
        const auto entry = reader.next();
        PADDOCK_VERIFY_OK(entry);
        if (!*entry)
            break;
        seen.append((*entry)->path);
        if ((*entry)->path == u"in/big") {
            const auto content = reader.content(10'000'000);
            PADDOCK_VERIFY_OK(content);
            QVERIFY(*content == big);
            QCOMPARE((*entry)->userId, 1000);
        }
        if ((*entry)->path == u"in/link")
            QCOMPARE((*entry)->linkTarget, u"/etc/passwd"_s);
    }
    seen.sort();
    QCOMPARE(seen, (QStringList{u"in"_s, u"in/big"_s, u"in/häßlich name"_s, u"in/link"_s}));

    const auto missing = await(containers.getArchive(*id, u"/tmp/none"_s));
    QVERIFY(!missing);
    QCOMPARE(missing.error().kind, ErrorKind::FileNotFound);
    const auto nowhere = await(containers.getArchive(ContainerId{u"pdk-none"_s}, u"/tmp"_s));
    QVERIFY(!nowhere);
    QCOMPARE(nowhere.error().kind, ErrorKind::ContainerNotFound);
}

void tst_RealContainers::archiveLimit()
{
    ContainersApi &containers = m_engine.client().containers();
    const auto id = m_engine.created(m_engine.body({u"true"_s}));
    PADDOCK_VERIFY_OK(id);
    const auto limited = await(containers.getArchive(*id, u"/usr/bin"_s, {.maxBytes = 100'000}));
    QVERIFY(!limited);
    QCOMPARE(limited.error().kind, ErrorKind::FileTooLarge);

    // The stream has no limit and takes a pause.
    const auto stream = containers.streamArchive(*id, u"/usr/bin"_s);
    QSignalSpy finished(stream.get(), &ByteStream::finished);
    qint64 received = 0;
    bool paused = false;
    connect(stream.get(), &ByteStream::bytes, this, [&](const QByteArray &bytes) {
        QVERIFY(!paused);
        received += bytes.size();
        if (received > 1'000'000 && received < 2'000'000) {
            paused = true;
            stream->pause();
            QTimer::singleShot(50, stream.get(), [&] {
                paused = false;
                stream->resume();
            });
        }
    });
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(finished.first().first().value<Result<Done>>());
    QVERIFY(received > 2'000'000);
}

void tst_RealContainers::eventsComeFilteredByLabel()
{
    EventsOptions options;
    options.types = {u"container"_s};
    options.labels = {m_engine.label()};
    const auto stream = m_engine.client().events(options);
    QSignalSpy opened(stream.get(), &EventStream::opened);
    QStringList actions;
    connect(stream.get(), &EventStream::eventReceived, this, [&](const EngineEvent &event) {
        QCOMPARE(event.attributes.value(u"dev.paddock.test"_s), m_engine.tag());
        QVERIFY(event.time.isValid());
        actions.append(event.action);
    });
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 30'000);
    const auto id = m_engine.started({u"true"_s});
    PADDOCK_VERIFY_OK(id);
    QTRY_VERIFY_WITH_TIMEOUT(actions.contains(u"die"_s), 60'000);
    QVERIFY(actions.contains(u"create"_s));
    QVERIFY(actions.contains(u"start"_s));
}

void tst_RealContainers::watchResyncs()
{
    EngineWatchOptions options;
    options.resyncEvery = std::chrono::milliseconds(200);
    EngineWatch watch(m_engine.client(), options);
    QSignalSpy resync(&watch, &EngineWatch::resyncNeeded);
    watch.start();
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Connected, 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(resync.size() >= 2, 30'000);
}

void tst_RealContainers::networksComeAndGo()
{
    NetworksApi &networks = m_engine.client().networks();
    const auto all = await(networks.list());
    PADDOCK_VERIFY_OK(all);
    QVERIFY(std::any_of(all->begin(), all->end(), [](const NetworkSummary &network) {
        return network.name == u"none"_s;
    }));
    const auto none = await(networks.inspect(NetworkId{u"none"_s}));
    PADDOCK_VERIFY_OK(none);
    QCOMPARE(none->driver, u"null"_s);
    const auto missing = await(networks.inspect(NetworkId{m_engine.uniqueName()}));
    QVERIFY(!missing);
    QCOMPARE(missing.error().kind, ErrorKind::NotFound);
    PADDOCK_VERIFY_OK(await(networks.remove(NetworkId{m_engine.uniqueName()})));
}

void tst_RealContainers::oddNamesAreRefusedBeforeSending()
{
    ContainersApi &containers = m_engine.client().containers();
    for (const QString &odd : {u""_s, u"../images"_s, u"a b"_s, u"a/b"_s, u"a?x=1"_s, u"-a"_s}) {
        const auto result = await(containers.inspect(ContainerId{odd}));
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::InvalidArgument);
    }
    const auto killed = await(containers.kill(ContainerId{u"a"_s}, u"SIG KILL"_s));
    QVERIFY(!killed);
    QCOMPARE(killed.error().kind, ErrorKind::InvalidArgument);
}

QTEST_GUILESS_MAIN(tst_RealContainers)
#include "tst_RealContainers.moc"
