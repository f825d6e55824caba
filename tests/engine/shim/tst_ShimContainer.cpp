// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The shim as first process of a container of the real engine.

#include "tests/engine/shim/ShimContainer.h"

#include <QElapsedTimer>
#include <QLocalServer>
#include <QLocalSocket>
#include <QTest>

#include <csignal>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::sandbox::link;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using shimlink::kAcpChannel;
using shimlink::kAgentTerminal;

namespace {

QStringList shell(const QString &script)
{
    return QStringList{u"/bin/sh"_s, u"-c"_s, script};
}

} // namespace

class tst_ShimContainer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anAgentInASealedContainer()
    {
        ShimContainer container;
        QVERIFY(up(container));
        container.owner.startAgent(shell(
            u"echo $$ $(id -u); ls /proc/self/fd | wc -l; read -r l; echo \"<$l>\"; exit 4"_s));
        container.owner.send(kAcpChannel, "hello");
        QTRY_COMPARE(container.owner.exited.size(), 1);
        QCOMPARE(container.owner.exited[0].code, 4);
        QCOMPARE(container.owner.messages.size(), 3);
        QVERIFY(container.owner.messages[0].endsWith(
            " " + QByteArray::number(ShimContainer::user().uid)));
        // 0, 1, 2 and the folder that ls reads: nothing of the shim's is inherited.
        QCOMPARE(container.owner.messages[1].trimmed(), "4");
        QCOMPARE(container.owner.messages[2], "<hello>");
        // The agent ended; its container waits for what comes next.
        QVERIFY(container.isRunning());
        container.owner.startAgent(shell(u"echo again"_s), u"two"_s);
        QTRY_COMPARE(container.owner.messages.last(), "again");
    }

    void aTerminalInASealedContainer()
    {
        ShimContainer container;
        QVERIFY(up(container));
        TerminalRequest request;
        request.argv = QStringList{u"/bin/sh"_s};
        request.columns = 111;
        const auto channel = container.owner.link->openTerminal(request);
        PADDOCK_VERIFY_OK(channel);
        PADDOCK_VERIFY_OK(container.owner.link->writeTerminal(*channel, "stty size; tty; exit\n"));
        QTRY_COMPARE(container.owner.exited.size(), 1);
        QVERIFY(container.owner.output.value(*channel).contains("24 111"));
        QVERIFY(container.owner.output.value(*channel).contains("/dev/pts/"));
    }

    void stopIsQuickAndGivesTheAgentItsChance()
    {
        ShimContainer container;
        QVERIFY(up(container));
        container.owner.startAgent(
            shell(u"trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.05; done"_s));
        QTRY_COMPARE(container.owner.messages.size(), 1);
        QElapsedTimer timer;
        timer.start();
        PADDOCK_VERIFY_OK(await(container.engine.client().containers().stop(container.id)));
        QVERIFY2(timer.elapsed() < 4000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(container.inspect().exitCode, 9);
        QTRY_COMPARE(container.owner.exited.size(), 1);
        QCOMPARE(container.owner.messages.last(), "bye");
        QTRY_COMPARE(container.owner.downs, 1);
    }

    void stopWithoutAnOwnerIsQuickToo()
    {
        ShimContainer container;
        QVERIFY(up(container));
        container.owner.startAgent(shell(u"echo ready; sleep 100"_s));
        QTRY_COMPARE(container.owner.messages.size(), 1);
        container.owner.link.reset();
        QElapsedTimer timer;
        timer.start();
        PADDOCK_VERIFY_OK(await(container.engine.client().containers().stop(container.id)));
        QVERIFY2(timer.elapsed() < 4000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(container.inspect().exitCode, 128 + SIGTERM);
    }

    void aPausedContainerIsNoLostLink()
    {
        ShimContainer container;
        QVERIFY(up(container));
        container.owner.startAgent(shell(u"while read -r l; do echo \"$l\"; done"_s));
        container.owner.send(kAcpChannel, "before");
        QTRY_COMPARE(container.owner.messages.size(), 1);
        PADDOCK_VERIFY_OK(await(container.engine.client().containers().pause(container.id)));
        container.owner.send(kAcpChannel, "while paused");
        QTest::qWait(1500);
        QCOMPARE(container.owner.messages.size(), 1);
        QCOMPARE(container.owner.downs, 0);
        QVERIFY(container.owner.link->isUp());
        PADDOCK_VERIFY_OK(await(container.engine.client().containers().unpause(container.id)));
        QTRY_COMPARE(container.owner.messages.size(), 2);
    }

    void aNewOwnerIsFoundAtOnceThroughTheMount()
    {
        ShimContainer container;
        QVERIFY(up(container));
        container.owner.link.reset();
        // Long enough for the timer to be at its slowest: the folder is what tells.
        QTest::qWait(2500);
        QElapsedTimer timer;
        timer.start();
        PADDOCK_VERIFY_OK(container.owner.startLink());
        QTRY_COMPARE(container.owner.hellos.size(), 2);
        QVERIFY2(timer.elapsed() < 300, qPrintable(QString::number(timer.elapsed())));
    }

    void orphansAreReaped()
    {
        ShimContainer container;
        QVERIFY(up(container));
        container.owner.startAgent(
            shell(u"for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.1 &); done; sleep 1; "
                  "grep -l '^State:.Z' /proc/[0-9]*/status | wc -l; ls -d /proc/[0-9]* | wc -l"_s));
        QTRY_COMPARE(container.owner.messages.size(), 2);
        QCOMPARE(container.owner.messages[0].trimmed(), "0");
        QVERIFY(container.owner.messages[1].toInt() <= 4);
    }

    void portsLeadToTheSockets()
    {
        ShimContainer container({u"3129=model.sock"_s});
        QLocalServer server;
        QVERIFY(server.listen(container.owner.environment.path(u"run/model.sock"_s)));
        QVERIFY(QFile::setPermissions(server.fullServerName(),
                                      QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther |
                                          QFile::WriteOther));
        connect(&server, &QLocalServer::newConnection, this, [&server] {
            QLocalSocket *socket = server.nextPendingConnection();
            connect(socket, &QLocalSocket::readyRead, socket, [socket] {
                socket->write("to " + socket->readAll());
                socket->disconnectFromServer();
            });
        });
        QVERIFY(up(container));
        container.owner.startAgent(
            QStringList{u"/bin/bash"_s,
                        u"-c"_s,
                        u"exec 3<>/dev/tcp/127.0.0.1/3129; echo question >&3; cat <&3; "
                        "grep -c . /proc/net/dev"_s});
        QTRY_COMPARE(container.owner.exited.size(), 1);
        // Two heading lines, and lo alone.
        QCOMPARE(container.owner.messages, (QList<QByteArray>{"to question", "3"}));
    }

    void theSpoolIsOnTheVolumeAndHasNoName()
    {
        ShimContainer container;
        QVERIFY(up(container, {u"PADDOCK_SPOOL_MEMORY=262144"_s}));
        container.owner.acknowledges = false;
        container.owner.startAgent(
            shell(u"head -c 5000000 /dev/zero | tr '\\0' 'x' | fold -w 99; echo; "
                  "ls -A /paddock/spool | wc -l"_s));
        container.owner.link.reset();
        container.owner.messages.clear();
        container.owner.acknowledges = true;
        container.owner.linkOptions.epoch = container.owner.hellos.last().epoch;
        // Without an owner it has to write.
        QTest::qWait(500);
        PADDOCK_VERIFY_OK(container.owner.startLink());
        QTRY_COMPARE_WITH_TIMEOUT(container.owner.exited.size(), 1, 20000);
        QCOMPARE(container.owner.messages.last().trimmed(), "0");
        QCOMPARE(container.owner.messages.first(), QByteArray(99, 'x'));
        QCOMPARE(container.owner.stored.value(shimlink::kControlChannel) > 0, true);
        QCOMPARE(container.owner.dropped.value(kAcpChannel), quint64{0});
    }

    void anAgentThatIsKilledByTheKernelIsNotTheShim()
    {
        ShimContainer container;
        QVERIFY(up(container));
        container.owner.startAgent(
            shell(u"cat /proc/1/oom_score_adj /proc/self/oom_score_adj; kill -9 $$"_s));
        QTRY_COMPARE(container.owner.exited.size(), 1);
        QCOMPARE(container.owner.exited[0].signal, SIGKILL);
        QVERIFY(container.owner.messages[1].toInt() > container.owner.messages[0].toInt());
        QVERIFY(container.isRunning());
    }

private:
    /// Running, connected, and believed only as what it is.
    [[nodiscard]] static bool up(ShimContainer &container, const QStringList &environment = {})
    {
        container.believeOnlyTheFirstProcess();
        const Result<Done> started = container.start(ShimContainer::First::Shim, {}, environment);
        if (!started) {
            qWarning("%s", qPrintable(started.error().toString()));
            return false;
        }
        container.firstPid = container.inspect().pid;
        return container.owner.startLink() &&
               QTest::qWaitFor([&] { return container.owner.link->isUp(); }, 10000) &&
               container.owner.refused == 0;
    }
};

QTEST_GUILESS_MAIN(tst_ShimContainer)
#include "tst_ShimContainer.moc"
