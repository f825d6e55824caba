// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Bytes.h"
#include "core/docker/Endpoint.h"
#include "tests/support/SessionWorld.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using facade::Actor;
using sessions::Session;
using sessions::SessionState;

namespace {

/// A socket that leads to the real engine, and can be cut: every connection ends, new ones are
/// refused.
class EngineProxy
{
public:
    explicit EngineProxy(QString path)
        : m_path(std::move(path))
        , m_engine(docker::discoverEndpoint(docker::EndpointEnvironment::fromProcess())->socketPath)
    {
        restore();
        qputenv("DOCKER_SOCKET", QFile::encodeName(m_path));
    }
    ~EngineProxy()
    {
        cut();
        qunsetenv("DOCKER_SOCKET");
    }
    void cut()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        ::kill(-static_cast<pid_t>(m_process.processId()), SIGKILL);
        m_process.waitForFinished(5'000);
        QFile::remove(m_path);
    }
    void restore()
    {
        m_process.setChildProcessModifier([] { ::setpgid(0, 0); });
        m_process.start(u"socat"_s,
                        {u"-t"_s,
                         u"3600"_s,
                         u"UNIX-LISTEN:"_s + m_path + u",fork"_s,
                         u"UNIX-CONNECT:"_s + m_engine});
        QTRY_VERIFY2(QFile::exists(m_path), "socat did not start");
    }

private:
    QString m_path;
    QString m_engine;
    QProcess m_process;
};

} // namespace

/// What goes wrong with a session: each time a reason, a remedy, and nothing left behind.
class tst_SessionFaults : public QObject
{
    Q_OBJECT

    const Actor m_me = Actor::person(u"test"_s);

    static void verifyFailure(const Session &session, ErrorKind kind)
    {
        QCOMPARE(session.state, SessionState::Failed);
        QVERIFY(session.failure.has_value());
        QVERIFY2(session.failure->kind == kind,
                 qPrintable(session.failure->kindName() + u": "_s + session.failure->toString()));
        QVERIFY(!session.failure->message.isEmpty());
        QVERIFY(!session.failure->remedy.isEmpty());
    }

private Q_SLOTS:
    void startsThatCannotSucceed_data()
    {
        QTest::addColumn<QStringList>("command");
        QTest::addColumn<QString>("image");
        QTest::addColumn<QString>("base");
        QTest::addColumn<QString>("kind");
        const QStringList agent{u"/workspace/agent"_s};
        QTest::newRow("an agent that exits at once")
            << QStringList{u"/bin/false"_s} << QString() << QString() << u"agent-exited"_s;
        QTest::newRow("a program that is not in the image")
            << QStringList{u"/no/such/program"_s} << QString() << QString()
            << u"command-not-found"_s;
        QTest::newRow("an image that nobody has")
            << agent << u"paddock-test-none:1"_s << QString() << u"image-not-found"_s;
        QTest::newRow("a base that does not exist")
            << agent << QString() << u"no-such-branch"_s << u"not-found"_s;
    }
    void startsThatCannotSucceed()
    {
        QFETCH(QStringList, command);
        QFETCH(QString, image);
        QFETCH(QString, base);
        QFETCH(QString, kind);
        SessionWorld world;
        auto options = world.agentOptions(u"say hi"_s);
        options.command = command;
        options.image = image;
        options.base = base;
        auto id = world.start(options);
        PADDOCK_VERIFY_OK(id);
        auto session = world.waitFor(*id, {u"failed"_s});
        PADDOCK_VERIFY_OK(session);
        verifyFailure(*session, *errorKindFromName(kind));
        QCOMPARE(world.leftovers(), QStringList());
        // The session can be removed, and another one started.
        PADDOCK_VERIFY_OK(await(world.sessions().remove(m_me, *id, {})));
        QVERIFY(!world.sessions().find(*id));
    }

    void aProjectThatIsNoRepository()
    {
        SessionWorld world;
        auto options = world.agentOptions(u"say hi"_s);
        options.project = world.environment().path();
        auto id = world.start(options);
        QVERIFY(!id.has_value());
        QCOMPARE(id.error().kind, ErrorKind::NotARepository);
        QVERIFY(!id.error().remedy.isEmpty());
        QVERIFY(world.sessions().list().isEmpty());
    }

    void aShimThatNeverSaysHello()
    {
        SessionWorld world;
        const QString mute = world.environment().path(u"mute-shim"_s);
        writeFile(mute, "#!/bin/sh\nsleep 600\n");
        ::chmod(QFile::encodeName(mute).constData(), 0755);
        qputenv("PADDOCK_SHIM", QFile::encodeName(mute));
        auto id = world.start(world.agentOptions(u"say hi"_s));
        PADDOCK_VERIFY_OK(id);
        auto session = world.waitFor(*id, {u"failed"_s});
        PADDOCK_VERIFY_OK(session);
        verifyFailure(*session, ErrorKind::ContainerStartFailed);
        QCOMPARE(session->failure->operation, u"hello"_s);
        QCOMPARE(world.leftovers(), QStringList());
    }

    // H16: by events within seconds; the work is kept and the session can be started again.
    void aContainerTakenBehindOurBack_data()
    {
        QTest::addColumn<QStringList>("docker");
        QTest::newRow("killed") << QStringList{u"kill"_s};
        QTest::newRow("removed") << QStringList{u"rm"_s, u"-f"_s};
    }
    void aContainerTakenBehindOurBack()
    {
        QFETCH(QStringList, docker);
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"write kept.txt yes\ncommit kept work"_s));
        PADDOCK_VERIFY_OK(id);
        auto session = world.waitFor(*id, {u"waiting/prompt"_s});
        PADDOCK_VERIFY_OK(session);
        QElapsedTimer clock;
        clock.start();
        (void)test::docker(docker + QStringList{session->containerId.value});
        PADDOCK_VERIFY_OK(
            world.waitFor(*id, {u"stopping"_s, u"failed"_s}, std::chrono::seconds(5)));
        auto failed = world.waitFor(*id, {u"failed"_s});
        PADDOCK_VERIFY_OK(failed);
        QVERIFY(!failed->failure->remedy.isEmpty());
        // A foreign container is not ours to touch; ours comes back with the same tree.
        // The failure shows before the operation that notes it has quite ended.
        Result<Done> restarted =
            await(world.sessions().restart(m_me, *id), std::chrono::seconds(60));
        for (int i = 0; i < 50 && !restarted && restarted.error().kind == ErrorKind::Conflict;
             ++i) {
            QTest::qWait(20);
            restarted = await(world.sessions().restart(m_me, *id), std::chrono::seconds(60));
        }
        PADDOCK_VERIFY_OK(restarted);
        PADDOCK_VERIFY_OK(await(world.sessions().send(m_me, *id, u"run git log --format=%s -1"_s)));
        QTRY_VERIFY_WITH_TIMEOUT(world.said(*id).contains(u"kept work"_s), 30'000);
    }

    // The session can be stopped and removed, and says why its commits do not come over.
    void aProjectThatIsDeleted()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"say hi"_s));
        PADDOCK_VERIFY_OK(id);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
        QVERIFY(QDir(world.project().path()).removeRecursively());
        const auto imported = await(world.sessions().import(m_me, *id));
        QVERIFY(!imported);
        QVERIFY(!imported.error().remedy.isEmpty());
        PADDOCK_VERIFY_OK(await(world.sessions().stop(m_me, *id), std::chrono::seconds(60)));
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"stopped"_s}));
        // Its work is protected until it is given up.
        const auto refused =
            await(world.sessions().remove(m_me, *id, {}), std::chrono::seconds(60));
        QVERIFY(!refused);
        QVERIFY(!refused.error().remedy.isEmpty());
        PADDOCK_VERIFY_OK(await(
            world.sessions().remove(m_me, *id, {.work = sessions::RemoveOptions::Work::Discard}),
            std::chrono::seconds(60)));
        QVERIFY(!world.sessions().find(*id));
        QCOMPARE(world.containers(), QStringList());
        QVERIFY(QDir(qEnvironmentVariable("XDG_STATE_HOME") + u"/paddock/s"_s)
                    .entryList(QDir::AllEntries | QDir::NoDotAndDotDot)
                    .isEmpty());
    }

    void anotherInstallationsContainersAreLeftAlone()
    {
        const QByteArray foreign = test::docker({u"run"_s,
                                                 u"-d"_s,
                                                 u"--network"_s,
                                                 u"none"_s,
                                                 u"--label"_s,
                                                 u"dev.paddock.instance=somebodyelse"_s,
                                                 u"--label"_s,
                                                 u"dev.paddock.session=zzzzzzzz"_s,
                                                 u"debian:bookworm-slim"_s,
                                                 u"sleep"_s,
                                                 u"600"_s});
        QVERIFY(!foreign.isEmpty());
        {
            SessionWorld world;
            auto id = world.start(world.agentOptions(u"say hi"_s));
            PADDOCK_VERIFY_OK(id);
            PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
            world.endOwner();
            PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s})); // after its reconcile
        }
        QCOMPARE(
            test::docker(
                {u"inspect"_s, u"-f"_s, u"{{.State.Running}}"_s, QString::fromLatin1(foreign)}),
            QByteArray("true"));
        (void)test::docker({u"rm"_s, u"-f"_s, QString::fromLatin1(foreign)});
    }

    void aStartThatIsCancelled()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"say hi"_s));
        PADDOCK_VERIFY_OK(id);
        QTRY_VERIFY_WITH_TIMEOUT(world.sessions().find(*id)->substate == u"worktree" ||
                                     sessions::stateName(world.sessions().find(*id)->state) ==
                                         u"starting",
                                 20'000);
        PADDOCK_VERIFY_OK(await(world.sessions().stop(m_me, *id), std::chrono::seconds(60)));
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"stopped"_s}));
        QCOMPARE(world.leftovers(), QStringList());
    }

    // Small file systems of their own: runs as root only (label root).
    void aFullDisk_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::newRow("of the session folders") << u"state"_s;
        QTest::newRow("of the store") << u"data"_s;
        QTest::newRow("of the worktrees") << u"worktrees"_s;
    }
    void aFullDisk()
    {
        QFETCH(QString, folder);
        QVERIFY2(::geteuid() == 0, "This test mounts a file system.");
        SessionWorld world;
        const bool isTree = folder == u"worktrees";
        const QString place = isTree               ? world.project().path(u".worktrees"_s)
                              : folder == u"state" ? qEnvironmentVariable("XDG_STATE_HOME")
                                                   : qEnvironmentVariable("XDG_DATA_HOME");
        QVERIFY(QDir().mkpath(place));
        QCOMPARE(::mount("tmpfs", qPrintable(place), "tmpfs", 0, isTree ? "size=1m" : "size=16m"),
                 0);
        const auto unmount = qScopeGuard([&] {
            world.endOwner();
            ::umount2(qPrintable(place), MNT_DETACH);
        });
        if (isTree) {
            world.project().write(u"large.bin"_s, QByteArray(2 * kMiB, 'x'));
            world.project().commitAll(u"more than fits"_s);
        }
        (void)world.owner();
        const QString filler = place + u"/filler"_s;
        if (!isTree) {
            QFile file(filler);
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
            while (file.write(QByteArray(4096, 'x')) > 0) {
            }
        }

        auto id = world.start(world.agentOptions(u"say hi"_s));
        if (folder == u"data") {
            QVERIFY(!id.has_value());
            QCOMPARE(id.error().kind, ErrorKind::DiskFull);
            QVERIFY(!id.error().remedy.isEmpty());
            QVERIFY(world.sessions().list().isEmpty());
        } else {
            PADDOCK_VERIFY_OK(id);
            auto session = world.waitFor(*id, {u"failed"_s});
            PADDOCK_VERIFY_OK(session);
            verifyFailure(*session, ErrorKind::DiskFull);
        }
        QCOMPARE(world.leftovers(), QStringList());

        // Control: with room it starts.
        QFile::remove(filler);
        QCOMPARE(::mount("tmpfs", qPrintable(place), "tmpfs", MS_REMOUNT, "size=128m"), 0);
        auto next = world.start(world.agentOptions(u"say hi"_s));
        PADDOCK_VERIFY_OK(next);
        PADDOCK_VERIFY_OK(world.waitFor(*next, {u"waiting/prompt"_s}));
        PADDOCK_VERIFY_OK(
            await(world.sessions().remove(m_me, *next, {}), std::chrono::seconds(60)));
    }

    void anEngineThatDiesInEveryStep_data()
    {
        QTest::addColumn<QString>("step");
        for (const char *step : {"image",
                                 "folder",
                                 "worktree",
                                 "repository",
                                 "sockets",
                                 "policy",
                                 "create",
                                 "start",
                                 "hello",
                                 "agent"})
            QTest::newRow(step) << QString::fromLatin1(step);
    }
    void anEngineThatDiesInEveryStep()
    {
        QFETCH(QString, step);
        SessionWorld world;
        EngineProxy engine(world.environment().path(u"engine.sock"_s));
        QTRY_VERIFY_WITH_TIMEOUT(world.owner().services().health->current().socketConnected,
                                 15'000);
        bool wasCut = false;
        connect(
            &world.sessions(), &facade::SessionService::changed, this, [&](const SessionId &id) {
                const auto session = world.sessions().find(id);
                if (!wasCut && session && session->substate == step) {
                    wasCut = true;
                    engine.cut();
                }
            });
        auto id = world.start(world.agentOptions(u"say hi"_s));
        PADDOCK_VERIFY_OK(id);
        // The last steps need no engine: the agent may well get through.
        auto session =
            world.waitFor(*id, {u"failed"_s, u"waiting/prompt"_s}, std::chrono::seconds(120));
        PADDOCK_VERIFY_OK(session);
        QVERIFY(wasCut);
        engine.restore();
        if (session->state == SessionState::Waiting) {
            QVERIFY(step == u"hello" || step == u"agent" || step == u"start");
            QTRY_VERIFY_WITH_TIMEOUT(world.owner().services().health->current().socketConnected,
                                     60'000);
            PADDOCK_VERIFY_OK(
                await(world.sessions().remove(m_me, *id, {}), std::chrono::seconds(60)));
        } else {
            QVERIFY2(session->failure->kind == ErrorKind::DockerUnavailable ||
                         session->failure->kind == ErrorKind::ConnectionLost,
                     qPrintable(session->failure->toString()));
            QVERIFY(!session->failure->remedy.isEmpty());
        }
        QTRY_COMPARE_WITH_TIMEOUT(world.leftovers(), QStringList(), 60'000);
    }
};

QTEST_GUILESS_MAIN(tst_SessionFaults)
#include "tst_SessionFaults.moc"
