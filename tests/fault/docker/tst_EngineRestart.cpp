// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Engine fault H3: a dockerd of its own (data, sockets, network apart from the machine's) is killed
// and started again, with and without live-restore. As root.

#include "core/docker/EngineWatch.h"
#include "core/docker/Tar.h"
#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"
#include "tests/support/TestEnvironment.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

/// The second engine, as long as this lives.
class SecondEngine
{
public:
    SecondEngine()
        : m_folder(u"/tmp/pdk-second-"_s + randomShortId())
    {
    }
    ~SecondEngine() { (void)run({u"remove"_s, m_folder}); }
    Q_DISABLE_COPY_MOVE(SecondEngine)

    [[nodiscard]] bool start(const QStringList &options)
    {
        return run(QStringList{u"start"_s, m_folder} + options);
    }
    [[nodiscard]] bool killNow() { return run({u"kill"_s, m_folder}); }
    [[nodiscard]] QString socket() const { return m_folder + u"/docker.sock"_s; }

private:
    bool run(const QStringList &arguments)
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(sourcePath(u"tests/support/second-engine.sh"_s), arguments);
        return process.waitForFinished(90'000) && process.exitCode() == 0;
    }

    QString m_folder;
};

/// A tar that builds into an image with nothing but the program sleep and what it links.
Result<QByteArray> sleepContext()
{
    TarWriter writer;
    QByteArray dockerfile = "FROM scratch\n";
    for (const QString &path : {u"/bin/sleep"_s,
                                u"/lib/x86_64-linux-gnu/libc.so.6"_s,
                                u"/lib64/ld-linux-x86-64.so.2"_s,
                                u"/lib/aarch64-linux-gnu/libc.so.6"_s,
                                u"/lib/ld-linux-aarch64.so.1"_s}) {
        const QString real = QFileInfo(path).canonicalFilePath();
        if (real.isEmpty())
            continue; // of the other architecture
        if (auto added = writer.addFileFrom(path.mid(1), real); !added)
            return fail(added.error());
        dockerfile += "COPY " + path.mid(1).toUtf8() + ' ' + path.toUtf8() + '\n';
    }
    if (auto added = writer.addFile(u"Dockerfile"_s, dockerfile); !added)
        return fail(added.error());
    return writer.finish();
}

} // namespace

class tst_EngineRestart : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void h3_withoutLiveRestore() { killAndRestart(false); }
    void h3_withLiveRestore() { killAndRestart(true); }

private:
    void killAndRestart(bool liveRestore);

    TestEnvironment m_environment;
};

void tst_EngineRestart::killAndRestart(bool liveRestore)
{
    SecondEngine second;
    const QStringList options = liveRestore ? QStringList{u"--live-restore"_s} : QStringList();
    QVERIFY(second.start(options));
    RealEngine engine(second.socket());
    ContainersApi &containers = engine.client().containers();
    QCOMPARE(await(engine.client().system().info())->liveRestore, liveRestore);

    const auto context = sleepContext();
    PADDOCK_VERIFY_OK(context);
    const auto build =
        engine.client().images().build({.tar = *context}, {.tags = {u"sleeper:1"_s}});
    QSignalSpy built(build.get(), &ImageTask::finished);
    QTRY_COMPARE_WITH_TIMEOUT(built.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(built.first().first().value<Result<ImageId>>());

    QJsonObject body = engine.body({u"/bin/sleep"_s, u"600"_s});
    body.insert(u"Image"_s, u"sleeper:1"_s);
    body.insert(u"StopTimeout"_s, 1); // what an engine gives the containers it finds at its start
    const auto id = engine.created(body);
    PADDOCK_VERIFY_OK(id);
    PADDOCK_VERIFY_OK(await(containers.start(*id)));

    // State as a consumer keeps it: the list after each (re)connection.
    EngineWatchOptions watchOptions;
    watchOptions.firstRetry = std::chrono::milliseconds(100);
    watchOptions.maxRetry = std::chrono::milliseconds(1000);
    EngineWatch watch(engine.client(), watchOptions);
    std::optional<ContainerState> seen;
    connect(&watch, &EngineWatch::resyncNeeded, this, [&] {
        containers.list({.labels = {engine.label()}})
            .then(this, [&](const Result<QList<ContainerSummary>> &list) {
                if (list && list->size() == 1)
                    seen = list->first().state;
            });
    });
    watch.start();
    QTRY_COMPARE_WITH_TIMEOUT(seen, std::optional(ContainerState::Running), 30'000);
    auto waiting = containers.wait(*id);
    std::optional<Result<WaitResult>> waited;
    waiting.then(this, [&](const Result<WaitResult> &result) { waited = result; });

    seen.reset();
    QVERIFY(second.killNow());
    QTRY_COMPARE_WITH_TIMEOUT(watch.state(), EngineWatch::State::Unreachable, 30'000);
    QTRY_VERIFY_WITH_TIMEOUT(waited.has_value(), 30'000);
    QVERIFY2(!*waited, "an engine that dies has not said how the container ended");
    QCOMPARE(waited->error().kind, ErrorKind::ConnectionLost);

    QVERIFY(second.start(options));
    QElapsedTimer timer;
    timer.start();
    const auto expected = liveRestore ? ContainerState::Running : ContainerState::Exited;
    QTRY_COMPARE_WITH_TIMEOUT(seen, std::optional(expected), 10'000);
    QVERIFY(timer.elapsed() <= 10'000);
    QCOMPARE(watch.state(), EngineWatch::State::Connected);

    // It is the same container, and it can be used again.
    const auto details = await(containers.inspect(*id));
    PADDOCK_VERIFY_OK(details);
    QCOMPARE(details->state, expected);
    PADDOCK_VERIFY_OK(await(containers.start(*id)));
    QTRY_COMPARE_WITH_TIMEOUT(
        await(containers.inspect(*id))->state, ContainerState::Running, 30'000);
    PADDOCK_VERIFY_OK(await(containers.remove(*id, {.force = true})));
}

QTEST_GUILESS_MAIN(tst_EngineRestart)
#include "tst_EngineRestart.moc"
