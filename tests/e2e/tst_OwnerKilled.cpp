// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/XdgPaths.h"
#include "tests/support/SessionWorld.h"

#include <sqlite3.h>

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QProcess>
#include <QRandomGenerator>
#include <QTest>

#include <signal.h>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

/// The process that owns this installation, as its lock file names it; 0 when there is none.
pid_t ownerPid()
{
    const QByteArray lock =
        readFile(qEnvironmentVariable("XDG_DATA_HOME") + u"/paddock/owner.lock"_s);
    return static_cast<pid_t>(lock.split('\n').value(0).toLong());
}

struct Answer
{
    int exitCode = -1;
    QJsonObject json;
    QByteArray errors;
};

Answer paddockctl(const QStringList &arguments)
{
    QProcess process;
    process.start(builtProgram(u"paddockctl"_s), arguments);
    process.waitForFinished(60'000);
    return {.exitCode = process.exitCode(),
            .json = QJsonDocument::fromJson(process.readAllStandardOutput()).object(),
            .errors = process.readAllStandardError()};
}

Answer startAgent(SessionWorld &world, const QString &message, const QStringList &options = {})
{
    const QStringList start{u"session"_s,
                            u"start"_s,
                            u"--json"_s,
                            u"--project"_s,
                            world.project().path(),
                            u"--agent"_s,
                            u"custom"_s,
                            u"--title"_s,
                            u"Long talk"_s,
                            u"-m"_s,
                            message};
    return paddockctl(start + options + QStringList{u"--"_s, u"/workspace/agent"_s});
}

/// Whether the start of a session has come to \a step, as the store of this installation says.
bool hasBegun(const QString &step)
{
    const QByteArray path = qgetenv("XDG_DATA_HOME") + "/paddock/paddock.db";
    sqlite3 *database = nullptr;
    sqlite3_stmt *row = nullptr;
    bool found = false;
    if (sqlite3_open_v2(path.constData(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
        sqlite3_prepare_v2(database,
                           "SELECT 1 FROM steps WHERE event = 'begin' AND step = ?1",
                           -1,
                           &row,
                           nullptr) == SQLITE_OK) {
        const QByteArray name = step.toUtf8();
        sqlite3_bind_text(row, 1, name.constData(), -1, SQLITE_STATIC);
        found = sqlite3_step(row) == SQLITE_ROW;
    }
    sqlite3_finalize(row);
    sqlite3_close(database);
    return found;
}

quint64 fnv1a(const QByteArray &bytes)
{
    quint64 hash = 0xcbf29ce484222325ULL;
    for (const char c : bytes) {
        hash ^= static_cast<quint8>(c);
        hash *= 0x100000001b3ULL;
    }
    return hash;
}

/// Checks lines as tests/support/test_agent/README.md describes them; what is wrong, or empty.
QString chainProblem(const QByteArray &text, qint64 expectedLines)
{
    QByteArray before(16, '0');
    qint64 number = 0;
    for (qsizetype at = 0; at < text.size(); at += 64, ++number) {
        const QByteArray line = text.mid(at, 64);
        if (line.size() != 64 || line.back() != '\n')
            return u"line %1 is cut"_s.arg(number);
        if (line.left(10).toLongLong() != number)
            return u"line %1 says it is %2"_s.arg(number).arg(QString::fromLatin1(line.left(10)));
        const QByteArray hash =
            QByteArray::number(fnv1a(before + line.left(10)), 16).rightJustified(16, '0');
        if (line.mid(11, 16) != hash)
            return u"the chain breaks at line %1"_s.arg(number);
        before = hash;
    }
    return number == expectedLines ? QString()
                                   : u"%1 lines instead of %2"_s.arg(number).arg(expectedLines);
}

} // namespace

/// Kill -9 of the owner loses no byte of a conversation, doubles nothing and ends no agent.
class tst_OwnerKilled : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyByteOnceAndTheAgentLives()
    {
        constexpr int kMiBytes = 20;
        constexpr int kKills = 6;
        const quint32 seed = qEnvironmentVariableIsSet("PADDOCK_SEED")
                                 ? qEnvironmentVariable("PADDOCK_SEED").toUInt()
                                 : QRandomGenerator::system()->generate();
        qInfo() << "PADDOCK_SEED" << seed;
        QRandomGenerator random(seed);

        SessionWorld world;
        // paddockctl starts the owner by itself, now and after each kill.
        const Answer started = startAgent(world, u"lines %1"_s.arg(kMiBytes));
        QVERIFY2(started.exitCode == 0, started.errors.constData());
        const QString id = started.json.value(u"id").toString();
        const auto state = [&id] {
            return paddockctl({u"session"_s, u"show"_s, id, u"--json"_s}).json;
        };
        const auto isTalking = [&] {
            const QString now = state().value(u"state").toString();
            return now == u"running" || now == u"waiting";
        };
        QTRY_VERIFY_WITH_TIMEOUT(isTalking(), 60'000);
        const QString container = state().value(u"containerId").toString();
        QVERIFY(!container.isEmpty());

        for (int i = 0; i < kKills; ++i) {
            // At a random moment of the talk: the moment itself is what is tested.
            QTest::qWait(static_cast<int>(random.bounded(20, 400)));
            const pid_t owner = ownerPid();
            QVERIFY(owner > 0);
            QCOMPARE(::kill(owner, SIGKILL), 0);
            QTRY_VERIFY(::kill(owner, 0) != 0);
            QCOMPARE(docker({u"inspect"_s, u"-f"_s, u"{{.State.Running}}"_s, container}),
                     QByteArray("true"));
            const Answer again = paddockctl({u"session"_s, u"list"_s, u"--json"_s});
            QVERIFY2(again.exitCode == 0, again.errors.constData());
            QVERIFY(ownerPid() != owner);
        }
        const auto waits = [&] {
            const QJsonObject now = state();
            return now.value(u"state").toString() == u"waiting" &&
                   now.value(u"substate").toString() == u"prompt";
        };
        QTRY_VERIFY_WITH_TIMEOUT(waits(), 120'000);
        const Answer sent = paddockctl({u"session"_s, u"send"_s, id, u"say the last word"_s});
        QVERIFY2(sent.exitCode == 0, sent.errors.constData());
        QTRY_VERIFY_WITH_TIMEOUT(waits(), 60'000);
        QCOMPARE(state().value(u"containerId").toString(), container); // the same container still
        const Answer stopped = paddockctl({u"serve"_s, u"--stop"_s});
        QVERIFY2(stopped.exitCode == 0, stopped.errors.constData());

        // Read the store as the next owner does.
        const SessionId session{id};
        QTRY_VERIFY_WITH_TIMEOUT(world.said(session).endsWith(u"the last word"_s), 60'000);
        QByteArray text;
        int hellos = 0;
        int prompts = 0;
        for (const auto &entry : world.conversation(session)) {
            const QJsonObject message = QJsonDocument::fromJson(entry.bytes).object();
            const QString method = message.value(u"method").toString();
            hellos += method == u"_test/hello";
            prompts += method == u"session/prompt";
            if (method == u"session/update")
                text += message[u"params"][u"update"][u"content"][u"text"].toString().toUtf8();
        }
        QCOMPARE(hellos, 1); // one life of the agent
        QCOMPARE(prompts, 2);
        QVERIFY(text.endsWith("the last word"));
        text.chop(qstrlen("the last word"));
        QCOMPARE(text.size(), qsizetype{kMiBytes} * 1024 * 1024);
        QCOMPARE(chainProblem(text, text.size() / 64), QString());
    }

    // Killed while a session starts: taken back whole, or it goes on; never something between.
    void aStartIsTakenBackOrGoesOn_data()
    {
        QTest::addColumn<QString>("step");
        for (const char *step :
             {"folder", "worktree", "repository", "sockets", "create", "start", "hello", "agent"})
            QTest::newRow(step) << QString::fromLatin1(step);
    }
    void aStartIsTakenBackOrGoesOn()
    {
        QFETCH(QString, step);
        SessionWorld world;
        QCOMPARE(paddockctl({u"session"_s, u"list"_s, u"--json"_s}).exitCode, 0); // an owner
        const pid_t owner = ownerPid();
        const Answer started = startAgent(world, u"say hello"_s);
        QVERIFY2(started.exitCode == 0, started.errors.constData());
        const QString id = started.json.value(u"id").toString();
        QTRY_VERIFY_WITH_TIMEOUT(hasBegun(step), 60'000);
        QCOMPARE(::kill(owner, SIGKILL), 0);
        QTRY_VERIFY(::kill(owner, 0) != 0);

        const auto state = [&id] {
            return paddockctl({u"session"_s, u"show"_s, id, u"--json"_s})
                .json.value(u"state")
                .toString();
        };
        QTRY_VERIFY_WITH_TIMEOUT((QStringList{u"failed"_s, u"waiting"_s}.contains(state())),
                                 60'000);
        if (state() == u"failed")
            QTRY_COMPARE_WITH_TIMEOUT(world.leftovers().join(u' '), QString(), 60'000);
        const Answer removed = paddockctl({u"session"_s, u"remove"_s, id, u"--discard-work"_s});
        QVERIFY2(removed.exitCode == 0, removed.errors.constData());
        QTRY_COMPARE_WITH_TIMEOUT(world.leftovers().join(u' '), QString(), 60'000);
        QCOMPARE(paddockctl({u"serve"_s, u"--stop"_s}).exitCode, 0);
    }

    // What a start was asked is in the store: the next one does the same.
    void aStartThatWasTakenBackIsRepeatedAsItWasAsked_data()
    {
        QTest::addColumn<QString>("step");
        for (const char *step : {"ignored", "repository", "create"})
            QTest::newRow(step) << QString::fromLatin1(step);
    }
    void aStartThatWasTakenBackIsRepeatedAsItWasAsked()
    {
        QFETCH(QString, step);
        SessionWorld world;
        world.project().write(u".gitignore"_s, ".env\n");
        world.project().write(u"docs/plan.md"_s, "the plan\n");
        world.project().git(
            {u"tag"_s, u"v1"_s, QString::fromLatin1(world.project().commitAll(u"files"_s))});
        world.project().write(u"later.txt"_s, "later\n");
        world.project().commitAll(u"later"_s);
        world.project().write(u".env"_s, "DEBUG=yes\n");
        QCOMPARE(paddockctl({u"session"_s, u"list"_s, u"--json"_s}).exitCode, 0); // an owner
        const pid_t owner = ownerPid();
        const Answer started = startAgent(world,
                                          u"say hello"_s,
                                          {u"--branch"_s,
                                           u"feature/exact"_s,
                                           u"--base"_s,
                                           u"v1"_s,
                                           u"--copy-ignored"_s,
                                           u".env"_s,
                                           u"--with-secrets"_s,
                                           u"--exclude"_s,
                                           u"/docs/"_s});
        QVERIFY2(started.exitCode == 0, started.errors.constData());
        const QString id = started.json.value(u"id").toString();
        QTRY_VERIFY_WITH_TIMEOUT(hasBegun(step), 60'000);
        QCOMPARE(::kill(owner, SIGKILL), 0);
        QTRY_VERIFY(::kill(owner, 0) != 0);
        const auto shown = [&id] {
            return paddockctl({u"session"_s, u"show"_s, id, u"--json"_s}).json;
        };
        const auto isNow = [&shown](const QString &state) {
            return shown().value(u"state").toString() == state;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isNow(u"failed"_s), 60'000);
        QTRY_COMPARE_WITH_TIMEOUT(world.leftovers().join(u' '), QString(), 60'000);
        QVERIFY(!world.project().has(u"feature/exact"_s));
        const Answer again = paddockctl({u"session"_s, u"restart"_s, id, u"--json"_s});
        QVERIFY2(again.exitCode == 0, again.errors.constData());
        QTRY_VERIFY_WITH_TIMEOUT(isNow(u"waiting"_s), 60'000);
        const QString worktree = shown().value(u"worktree").toString();
        QCOMPARE(shown().value(u"branch").toString(), u"feature/exact"_s);
        QCOMPARE(shown().value(u"baseCommit").toString().toLatin1(), world.project().id(u"v1"_s));
        QCOMPARE(readFile(worktree + u"/.env"_s), QByteArray("DEBUG=yes\n"));
        QVERIFY(QFile::exists(worktree + u"/agent"_s));
        QVERIFY(!QFile::exists(worktree + u"/docs"_s));
        QVERIFY(!QFile::exists(worktree + u"/later.txt"_s));
        QCOMPARE(paddockctl({u"session"_s, u"remove"_s, id, u"--discard-work"_s}).exitCode, 0);
        QTRY_COMPARE_WITH_TIMEOUT(world.leftovers().join(u' '), QString(), 60'000);
        QCOMPARE(paddockctl({u"serve"_s, u"--stop"_s}).exitCode, 0);
    }

    void theCheckFindsWhatIsLostDoubledOrSwapped()
    {
        QByteArray text;
        QByteArray before(16, '0');
        for (int i = 0; i < 100; ++i) {
            const QByteArray number = QByteArray::number(i).rightJustified(10, '0');
            before = QByteArray::number(fnv1a(before + number), 16).rightJustified(16, '0');
            text += number + ' ' + before + ' ' + QByteArray(35, '.') + '\n';
        }
        QCOMPARE(chainProblem(text, 100), QString());
        QVERIFY(!chainProblem(QByteArray(text).remove(640, 64), 99).isEmpty());
        QVERIFY(!chainProblem(QByteArray(text).insert(640, text.mid(640, 64)), 101).isEmpty());
        QVERIFY(!chainProblem(text.mid(0, 64) + text.mid(128, 64) + text.mid(64, 64), 3).isEmpty());
        QVERIFY(!chainProblem(text.left(100), 1).isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_OwnerKilled)
#include "tst_OwnerKilled.moc"
