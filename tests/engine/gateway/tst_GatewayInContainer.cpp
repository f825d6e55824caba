// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/agent/AgentWorld.h"
#include "tests/support/Await.h"

#include <QFile>
#include <QFileInfo>

#include <csignal>

using namespace paddock;
using namespace paddock::gateway;
using namespace paddock::test;
using namespace Qt::StringLiterals;

/// A sealed container with the test agent, and what it can do at the gateway's door.
class tst_GatewayInContainer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_world = std::make_unique<AgentWorld>();
        m_world->start(kTestImage, {});
    }
    void cleanup() { m_world.reset(); }

    void speaksThroughTheLink()
    {
        startTestAgent();
        if (QTest::currentTestFailed())
            return;
        const auto turn =
            m_world->turn(u"say hello\npermission\nwrite note.txt written\ncommit A note"_s);
        QVERIFY2(!turn.error, turn.error ? qPrintable(turn.error->toString()) : "");
        QVERIFY2(m_world->said().startsWith(u"hello"_s), qPrintable(m_world->said()));
        QVERIFY(m_world->said().contains(u"permission: allow-once"_s));
        QVERIFY(QFileInfo::exists(m_world->worktree() + u"/note.txt"_s));
        m_world->answer = AgentWorld::Answer::Hold;
        PADDOCK_VERIFY_OK(m_world->client->prompt(u"permission"_s));
        QTRY_COMPARE(m_world->asked.size(), 2);
        PADDOCK_VERIFY_OK(m_world->client->cancel());
        QTRY_COMPARE(m_world->turns.size(), 2);
        QCOMPARE(m_world->turns.last().stopReason, acp::StopReason::Cancelled);
        QVERIFY(m_world->said().endsWith(u"permission: cancelled"_s));
        QVERIFY(!m_world->turn(u"garbage"_s).error);
        QCOMPARE(m_world->problems.size(), 3);
        PADDOCK_VERIFY_OK(m_world->client->prompt(u"exit 3"_s));
        QTRY_COMPARE(m_world->exits, 1);
        QCOMPARE(m_world->turns.last().error->kind, ErrorKind::AgentExited);
    }

    /// B11: another session's socket is nowhere in the container, and a socket after its session's
    /// end is gone.
    void seesItsOwnSocketsOnly()
    {
        PADDOCK_VERIFY_OK(await(
            m_world->gateway->client().addSession(m_world->gateway->demoDoor(u"bbbbbbbb"_s))));
        QVERIFY(QFileInfo::exists(m_world->gateway->runFolder(u"bbbbbbbb"_s) + u"/model.sock"_s));
        QByteArrayList sockets =
            m_world
                ->inContainer({u"bash"_s,
                               u"-c"_s,
                               u"find / -path /proc -prune -o -type s -print 2>/dev/null"_s})
                .trimmed()
                .split('\n');
        std::sort(sockets.begin(), sockets.end());
        QCOMPARE(sockets, (QByteArrayList{"/run/paddock/link.sock", "/run/paddock/model.sock"}));
        QVERIFY2(askFromInside().startsWith("HTTP/1.1 200 "), "control");
        PADDOCK_VERIFY_OK(await(m_world->gateway->client().removeSession(m_world->door.id)));
        QVERIFY2(!askFromInside().contains("HTTP/1.1"), "after the end of the session");
    }

    /// B12: a process of the same user outside of the container is refused.
    void servesItsContainerOnly()
    {
        const RawAnswer outside = exchange(m_world->door.runFolder + u"/model.sock"_s,
                                           "HEAD / HTTP/1.1\r\nHost: 127.0.0.1:3129\r\n\r\n");
        QCOMPARE(outside.status, 403);
        QVERIFY2(outside.body.contains("does not belong"), outside.body.constData());
        const QByteArray inside = askFromInside();
        QVERIFY2(inside.startsWith("HTTP/1.1 200 "), inside.constData());
    }

    /// B14: the folder is mounted, not the socket, so that a new gateway is reached.
    void comesBackUnderALivingContainer()
    {
        const auto info = await(m_world->gateway->client().ensureRunning());
        PADDOCK_VERIFY_OK(info);
        ::kill(static_cast<pid_t>(info->pid), SIGKILL);
        QTRY_VERIFY(!m_world->gateway->client().isConnected());
        QVERIFY2(!askFromInside().contains("HTTP/1.1"), "while none runs");
        PADDOCK_VERIFY_OK(await(m_world->gateway->client().ensureRunning()));
        PADDOCK_VERIFY_OK(await(m_world->gateway->client().addSession(m_world->door)));
        const QByteArray inside = askFromInside();
        QVERIFY2(inside.startsWith("HTTP/1.1 200 "), inside.constData());
    }

private:
    void startTestAgent()
    {
        const QString program = m_world->worktree() + u"/.test-agent"_s;
        QVERIFY(QFile::copy(builtProgram(u"test_agent"_s), program));
        SandboxFixture::giveToUser(program);
        m_world->startAgent({u"/workspace/.test-agent"_s}, {});
        if (!QTest::currentTestFailed())
            m_world->openSession();
    }

    /// What the gateway says to a process of the container that uses the forwarded port.
    [[nodiscard]] QByteArray askFromInside() const
    {
        return m_world->inContainer(
            {u"timeout"_s,
             u"20"_s,
             u"bash"_s,
             u"-c"_s,
             u"exec 3<>/dev/tcp/127.0.0.1/3129 && "
             "printf 'HEAD / HTTP/1.1\\r\\nHost: 127.0.0.1:3129\\r\\n\\r\\n' >&3 && cat <&3"_s});
    }

    std::unique_ptr<AgentWorld> m_world;
};

QTEST_GUILESS_MAIN(tst_GatewayInContainer)
#include "tst_GatewayInContainer.moc"
