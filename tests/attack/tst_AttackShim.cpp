// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A17: an agent against its supervisor and against the link.

#include "core/shimlink/Frame.h"
#include "core/shimlink/Hello.h"
#include "tests/engine/shim/ShimContainer.h"

#include <QFile>
#include <QTest>

#include <csignal>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::sandbox::link;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using shimlink::encodeFrame;
using shimlink::FrameType;
using shimlink::kAcpChannel;

namespace {

QStringList shell(const QString &script)
{
    return QStringList{u"/bin/sh"_s, u"-c"_s, script};
}

/// What a stranger says to pass for the shim of \a epoch: its hello, and a message the agent never
/// sent.
std::string forgedFrames(const QByteArray &epoch, quint64 position)
{
    shimlink::ShimHello hello;
    hello.epoch = epoch.toStdString();
    hello.program = "paddock-shim";
    return encodeFrame({.type = FrameType::Hello}, hello.encode()) +
           encodeFrame({.type = FrameType::Data, .channel = kAcpChannel, .position = position},
                       "forged\n");
}

QString inOctal(const std::string &bytes)
{
    QString text;
    for (const char byte : bytes)
        text += u"\\0%1"_s.arg(static_cast<unsigned char>(byte), 3, 8, QLatin1Char('0'));
    return text;
}

} // namespace

class tst_AttackShim : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// Signals and tracing against the first process.
    void A17Supervisor()
    {
        // The control: the same attacks on the same shim below the engine's init, where it is an
        // ordinary process. Not being dumpable protects it from tracing there as well; a process
        // without that is traced.
        ShimContainer ordinary;
        QVERIFY(up(ordinary, ShimContainer::First::InitAboveShim));
        ordinary.owner.startAgent(
            shell(u"shim=$(grep -l '^Name:.*shim$' /proc/[0-9]*/status | cut -d/ -f3 | head -n1); "
                  "/paddock/forger wait & other=$!; sleep 0.2; "
                  "/paddock/forger ptrace $other; /paddock/forger read /proc/$other/mem; "
                  "/paddock/forger read /proc/$other/environ; echo going; "
                  "/paddock/forger kill $shim 9"_s));
        QTRY_VERIFY(ordinary.owner.messages.contains("going"));
        QCOMPARE(ordinary.owner.messages[0], "attached");
        QVERIFY(ordinary.owner.messages[2].startsWith("read "));
        QTRY_VERIFY(!ordinary.isRunning());
        QCOMPARE(ordinary.inspect().exitCode, 128 + SIGKILL);

        ShimContainer session;
        QVERIFY(up(session, ShimContainer::First::Shim));
        session.owner.startAgent(
            shell(u"for s in 9 19 15 2 1 3 6 10 11; do /paddock/forger kill 1 $s; done; "
                  "/paddock/forger ptrace 1; /paddock/forger read /proc/1/mem; "
                  "/paddock/forger read /proc/1/environ; ls /proc/1/fd 2>&1; "
                  "while read -r l; do echo \"alive $l\"; done"_s));
        session.owner.send(kAcpChannel, "one");
        QTRY_VERIFY(session.owner.messages.contains("alive one"));
        const QList<QByteArray> answers = session.owner.messages;
        // The kernel takes the signals, and drops them.
        for (int i = 0; i < 9; ++i)
            QCOMPARE(answers[i], "sent");
        QCOMPARE(answers[9], "Operation not permitted");
        QCOMPARE(answers[10], "Permission denied");
        QCOMPARE(answers[11], "Permission denied");
        QVERIFY2(answers[12].contains("Permission denied"), answers[12].constData());
        // Neither killed nor stopped nor ended: it answers, and its owner can still stop it.
        QVERIFY(session.isRunning());
        QVERIFY(session.owner.link->askStatus());
        QTRY_COMPARE(session.owner.statuses.size(), 1);
        QCOMPARE(session.owner.downs, 0);
        QCOMPARE(session.owner.count(LinkNotice::Kind::Stopping), 0);
        PADDOCK_VERIFY_OK(await(session.engine.client().containers().stop(session.id)));
        QTRY_COMPARE(session.owner.count(LinkNotice::Kind::Stopping), 1);
    }

    /// A second shim at the socket, with forged and with replayed frames.
    void A17Link()
    {
        // The control: a link without the checks believes who comes first.
        {
            ShimContainer open;
            const std::string frames = forgedFrames(QByteArray(16, 'f'), 0);
            PADDOCK_VERIFY_OK(open.owner.startLink());
            PADDOCK_VERIFY_OK(open.start(
                ShimContainer::First::Shim,
                shell(u"printf '%b' '%1' | /paddock/forger dial /run/paddock/link.sock"_s.replace(
                    u"%1"_s, inOctal(frames)))));
            QTRY_COMPARE_WITH_TIMEOUT(open.owner.messages, QList<QByteArray>{"forged"}, 10000);
        }

        ShimContainer session;
        QVERIFY(up(session, ShimContainer::First::Shim));
        session.owner.startAgent(shell(u"while read -r l; do eval \"$l\"; done"_s));
        session.owner.send(kAcpChannel, "echo genuine");
        QTRY_COMPARE(session.owner.messages.size(), 1);
        const QByteArray epoch = session.owner.hellos[0].epoch;
        const quint64 position = session.owner.stored.value(kAcpChannel);

        // While the link is up: the right epoch, the right position, and then the same bytes once
        // more.
        const QString forged = inOctal(forgedFrames(epoch, position));
        const QString replayed =
            inOctal(encodeFrame({.type = FrameType::Data, .channel = kAcpChannel}, "genuine\n"));
        const auto dial = [](const QString &frames) {
            return u"printf '%b' '%1' | /paddock/forger dial /run/paddock/link.sock"_s
                .replace(u"%1"_s, frames)
                .toLatin1();
        };
        session.owner.send(kAcpChannel, dial(forged));
        QTRY_COMPARE(session.owner.messages.size(), 2);
        QCOMPARE(session.owner.messages[1], "closed");
        QTRY_COMPARE(session.owner.refused, 1);
        session.owner.send(kAcpChannel, dial(forged + replayed));
        QTRY_COMPARE(session.owner.messages.size(), 3);
        QTRY_COMPARE(session.owner.refused, 2);
        QVERIFY(session.owner.refusedPeer.pid != session.firstPid);
        QVERIFY(session.owner.refusedPeer.pid > 0);

        // While the owner is away, an agent that waits at the socket to be there first.
        session.owner.send(kAcpChannel, "echo waiting; sleep 0.3; " + dial(forged));
        QTRY_COMPARE(session.owner.messages.last(), "waiting");
        QTest::qWait(50);
        session.owner.linkOptions.epoch = epoch;
        for (auto at = session.owner.stored.cbegin(); at != session.owner.stored.cend(); ++at)
            session.owner.linkOptions.stored[at.key()] = at.value();
        session.owner.link.reset();
        session.owner.refused = 0;
        QTest::qWait(500);
        PADDOCK_VERIFY_OK(session.owner.startLink());
        QTRY_COMPARE(session.owner.refused, 1);
        QTRY_COMPARE(session.owner.messages.last(), "closed");
        QVERIFY(!session.owner.messages.contains("forged"));
        QCOMPARE(session.owner.messages.count("genuine"), 1);
        QCOMPARE(session.owner.hellos.size(), 2);
        QVERIFY(!session.owner.hellos[1].newEpoch);
        QCOMPARE(session.owner.errors, QStringList());
    }

private:
    [[nodiscard]] static bool up(ShimContainer &container, ShimContainer::First first)
    {
        if (first == ShimContainer::First::Shim)
            container.believeOnlyTheFirstProcess();
        const Result<Done> started = container.start(first);
        if (!started) {
            qWarning("%s", qPrintable(started.error().toString()));
            return false;
        }
        container.firstPid = container.inspect().pid;
        return container.owner.startLink() &&
               QTest::qWaitFor([&] { return container.owner.link->isUp(); }, 10000);
    }
};

QTEST_GUILESS_MAIN(tst_AttackShim)
#include "tst_AttackShim.moc"
