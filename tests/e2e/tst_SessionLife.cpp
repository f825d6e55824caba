// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/SessionWorld.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using facade::Actor;

/// Sessions from start to finish, with the scripted agent in real sealed containers.
class tst_SessionLife : public QObject
{
    Q_OBJECT

    const Actor m_me = Actor::person(u"test"_s);

    // The id of the only permission that is open.
    static QString openPermission(SessionWorld &world, const SessionId &id)
    {
        const acp::Transcript transcript = world.transcript(id);
        for (const acp::Row &row : transcript.rows()) {
            if (row.kind == acp::Row::Kind::Permission && !row.permission.outcome)
                return row.permission.requestId;
        }
        return {};
    }

private Q_SLOTS:
    void fromStartToFinish()
    {
        SessionWorld world;
        const QByteArray base = world.project().id(u"HEAD"_s);
        auto id = world.start(
            world.agentOptions(u"say hello\nwrite new.txt content\ncommit first work"_s));
        PADDOCK_VERIFY_OK(id);
        auto session = world.waitFor(*id, {u"waiting/prompt"_s, u"failed"_s});
        PADDOCK_VERIFY_OK(session);
        QVERIFY2(!session->failure,
                 session->failure ? qPrintable(session->failure->toString()) : "");
        QVERIFY(world.said(*id).contains(u"hello"_s));
        QCOMPARE(session->baseCommit.toLatin1(), base);
        QVERIFY(session->branch.startsWith(u"paddock/test-"_s));

        // The commit came over at the end of the turn.
        QTRY_VERIFY_WITH_TIMEOUT(world.project().id(session->branch) != base, 20'000);
        const QByteArray head = world.project().id(session->branch);
        QCOMPARE(world.project().git({u"show"_s, u"-s"_s, u"--format=%s"_s, session->branch}),
                 QByteArray("first work"));
        QCOMPARE(world.project().git({u"show"_s, session->branch + u":new.txt"_s}),
                 QByteArray("content"));
        QCOMPARE(world.project().git({u"status"_s, u"--porcelain"_s}),
                 QByteArray()); // the main checkout

        const auto diff = await(world.sessions().diff(*id));
        PADDOCK_VERIFY_OK(diff);
        QCOMPARE(diff->commits, 1);
        QVERIFY(diff->patch.contains("+content"));

        const auto posture = await(world.sessions().posture(*id));
        PADDOCK_VERIFY_OK(posture);
        QCOMPARE(posture->value(u"networkMode").toString(), u"none"_s);
        QCOMPARE(posture->value(u"interfaces").toArray(), QJsonArray{u"lo"_s});
        QCOMPARE(posture->value(u"capabilities")[u"bounding"].toString(), u"0000000000000000"_s);
        QVERIFY(posture->value(u"readOnlyRoot").toBool());
        QVERIFY(!posture->value(u"user").toString().startsWith(u"0:"));

        // Stop, start again: same worktree, same conversation.
        PADDOCK_VERIFY_OK(await(world.sessions().stop(m_me, *id)));
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"stopped"_s}));
        PADDOCK_VERIFY_OK(await(world.sessions().restart(m_me, *id), std::chrono::seconds(60)));
        PADDOCK_VERIFY_OK(await(world.sessions().send(m_me, *id, u"run cat new.txt"_s)));
        QTRY_VERIFY_WITH_TIMEOUT(world.said(*id).contains(u"content"_s), 30'000);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));

        PADDOCK_VERIFY_OK(await(world.sessions().finish(m_me, *id, {}), std::chrono::seconds(60)));
        QCOMPARE(world.sessions().find(*id)->state, sessions::SessionState::Finished);
        QCOMPARE(world.project().id(session->branch), head); // the work is kept
        QStringList left = world.leftovers();
        left.removeAll(u"refs/heads/"_s + session->branch);
        QCOMPARE(left, QStringList());

        PADDOCK_VERIFY_OK(await(world.sessions().remove(m_me, *id, {})));
        QVERIFY(!world.sessions().find(*id));
    }

    // The supervisor tells of the agent's commits; nobody looks for them.
    void commitsAreSeenAtOnce()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"say hello"_s));
        PADDOCK_VERIFY_OK(id);
        const auto session = world.waitFor(*id, {u"waiting/prompt"_s});
        PADDOCK_VERIFY_OK(session);
        const auto inside = [&](const QStringList &command) {
            return docker(QStringList{u"exec"_s, session->containerId.value} + command);
        };
        const QStringList commit{u"git"_s, u"-C"_s, u"/workspace"_s, u"commit"_s, u"-q"_s};
        for (int i = 0; i < 3; ++i) {
            inside(commit + QStringList{u"--allow-empty"_s, u"-m"_s, u"work %1"_s.arg(i)});
            QElapsedTimer clock;
            clock.start();
            const QString tip = QString::fromLatin1(
                inside({u"git"_s, u"-C"_s, u"/workspace"_s, u"rev-parse"_s, u"HEAD"_s}));
            QCOMPARE(tip.size(), 40);
            QTRY_COMPARE_WITH_TIMEOUT(world.sessions().find(*id)->headCommit, tip, 5'000);
            qInfo("seen after %lld ms", clock.elapsed());
            QCOMPARE(QString::fromLatin1(world.project().id(session->branch)), tip);
        }
        // A flood of them: few imports, and the last one is seen.
        const QByteArray since = docker({u"info"_s, u"--format"_s, u"{{.SystemTime}}"_s});
        inside({u"sh"_s,
                u"-c"_s,
                u"cd /workspace && i=0; while [ $i -lt 1000 ]; do i=$((i+1)); "
                "git update-ref refs/heads/flood HEAD; git update-ref -d refs/heads/flood; done; "
                "git commit -q --allow-empty -m last"_s});
        const QString tip = QString::fromLatin1(
            inside({u"git"_s, u"-C"_s, u"/workspace"_s, u"rev-parse"_s, u"HEAD"_s}));
        QTRY_COMPARE_WITH_TIMEOUT(world.sessions().find(*id)->headCommit, tip, 10'000);
        const QByteArray until = docker({u"info"_s, u"--format"_s, u"{{.SystemTime}}"_s});
        const QByteArray started = docker({u"events"_s,
                                           u"--since"_s,
                                           QString::fromLatin1(since),
                                           u"--until"_s,
                                           QString::fromLatin1(until),
                                           u"--filter"_s,
                                           u"container="_s + session->containerId.value,
                                           u"--filter"_s,
                                           u"event=exec_start"_s});
        const qsizetype commands = started.isEmpty() ? 0 : started.count('\n') + 1;
        qInfo("%lld commands in the container for 2,000 changes", static_cast<long long>(commands));
        QVERIFY(commands > 0);
        QVERIFY2(commands < 100, qPrintable(QString::number(commands)));
    }

    void permissionsAreAnsweredOnce()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"permission"_s));
        PADDOCK_VERIFY_OK(id);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/approval"_s}));
        const QString request = openPermission(world, *id);
        QVERIFY(!request.isEmpty());
        PADDOCK_VERIFY_OK(await(world.sessions().answerPermission(
            m_me, *id, request, facade::SessionService::PermissionAnswer::AllowOnce)));
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
        QVERIFY(world.said(*id).contains(u"permission: allow-once"_s));
        // A second answer finds no question.
        const auto again = await(world.sessions().answerPermission(
            m_me, *id, request, facade::SessionService::PermissionAnswer::RejectOnce));
        QVERIFY(!again.has_value());
        QCOMPARE(again.error().category, Category::NotFound);
    }

    void promptsWaitForTheRunningTurn()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"sleep 1\nsay one"_s));
        PADDOCK_VERIFY_OK(id);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"running/working"_s}));
        PADDOCK_VERIFY_OK(await(world.sessions().send(m_me, *id, u"say two"_s)));
        PADDOCK_VERIFY_OK(await(world.sessions().send(m_me, *id, u"say three"_s)));
        QTRY_VERIFY_WITH_TIMEOUT(world.said(*id).contains(u"three"_s), 30'000);
        const QString said = world.said(*id);
        QVERIFY(said.indexOf(u"one"_s) < said.indexOf(u"two"_s));
        QVERIFY(said.indexOf(u"two"_s) < said.indexOf(u"three"_s));
        QCOMPARE(said.count(u"two"_s), 1);
    }

    void workThatIsNowhereElseIsProtected()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"write loose.txt precious"_s));
        PADDOCK_VERIFY_OK(id);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
        const auto refused =
            await(world.sessions().remove(m_me, *id, {}), std::chrono::seconds(60));
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().kind, ErrorKind::WorktreeDirty);
        QVERIFY(!refused.error().remedy.isEmpty());
        const auto session = *world.sessions().find(*id);
        QCOMPARE(session.state, sessions::SessionState::Stopped);
        QCOMPARE(readFile(session.worktree + u"/loose.txt"_s), QByteArray("precious\n"));
        PADDOCK_VERIFY_OK(await(
            world.sessions().remove(m_me, *id, {.work = sessions::RemoveOptions::Work::Discard}),
            std::chrono::seconds(60)));
        QStringList left = world.leftovers();
        left.removeIf([](const QString &what) { return what.startsWith(u"refs/paddock/backup/"); });
        QCOMPARE(left, QStringList());
    }

    void aNewOwnerGoesOnWhereTheOldOneWas()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"say first"_s));
        PADDOCK_VERIFY_OK(id);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
        PADDOCK_VERIFY_OK(
            await(world.sessions().send(m_me, *id, u"sleep 2\nsay while nobody listened"_s)));
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"running/working"_s}));
        world.endOwner();
        // The agent goes on; the next owner finds what it said.
        QTRY_VERIFY_WITH_TIMEOUT(world.said(*id).contains(u"while nobody listened"_s), 30'000);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
        PADDOCK_VERIFY_OK(await(world.sessions().send(m_me, *id, u"say and on"_s)));
        QTRY_VERIFY_WITH_TIMEOUT(world.said(*id).contains(u"and on"_s), 30'000);
        QCOMPARE(world.said(*id).count(u"while nobody listened"_s), 1);
    }

    // A repository that has to be made anew, by an owner that did not make the session.
    void theBaseBranchIsRememberedByTheNextOwner()
    {
        SessionWorld world;
        const QByteArray base = world.project().id(u"main"_s);
        auto id = world.start(world.agentOptions(u"say hi"_s));
        PADDOCK_VERIFY_OK(id);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
        PADDOCK_VERIFY_OK(await(world.sessions().stop(m_me, *id), std::chrono::seconds(60)));
        world.endOwner();
        QVERIFY(QDir(qEnvironmentVariable("XDG_STATE_HOME") + u"/paddock/s/"_s + id->value)
                    .rename(u"git"_s, u"git.damaged-1"_s));
        PADDOCK_VERIFY_OK(await(world.sessions().restart(m_me, *id), std::chrono::seconds(60)));
        PADDOCK_VERIFY_OK(
            await(world.sessions().send(m_me, *id, u"run git rev-parse refs/heads/main"_s)));
        QTRY_VERIFY_WITH_TIMEOUT(world.said(*id).contains(QString::fromLatin1(base)), 30'000);
    }

    void shellInTheContainer()
    {
        SessionWorld world;
        auto id = world.start(world.agentOptions(u"say hi"_s));
        PADDOCK_VERIFY_OK(id);
        PADDOCK_VERIFY_OK(world.waitFor(*id, {u"waiting/prompt"_s}));
        auto shell = world.sessions().shell(m_me, *id, 80, 24);
        PADDOCK_VERIFY_OK(shell);
        QByteArray output;
        std::optional<Result<int>> closed;
        connect(shell->get(), &facade::Terminal::output, this, [&](const QByteArray &b) {
            output += b;
        });
        connect(shell->get(), &facade::Terminal::closed, this, [&](const Result<int> &r) {
            closed = r;
        });
        (*shell)->write("echo sum=$((40+2)); id -u; exit 7\n");
        QTRY_VERIFY_WITH_TIMEOUT(closed.has_value(), 15'000);
        QVERIFY2(output.contains("sum=42"), output.constData());
        QCOMPARE(closed->value_or(-1), 7);
    }
};

QTEST_GUILESS_MAIN(tst_SessionLife)
#include "tst_SessionLife.moc"
