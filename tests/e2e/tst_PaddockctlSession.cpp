// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonReader.h"
#include "core/control/OwnerLock.h"
#include "tests/support/PaddockctlProcess.h"
#include "tests/support/SessionWorld.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QLocalServer>
#include <QProcess>
#include <QTest>

#include <csignal>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace paddock;
using test::paddockctl::Outcome;
using test::paddockctl::run;
using namespace Qt::StringLiterals;

/// paddockctl and the real owner, gateway, shim and engine.
class tst_PaddockctlSession : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<test::SessionWorld> m_world;

    [[nodiscard]] Outcome startAgent(const QString &message) const
    {
        return run({u"session"_s,
                    u"start"_s,
                    u"--project"_s,
                    m_world->project().path(),
                    u"--title"_s,
                    u"By hand"_s,
                    u"-m"_s,
                    message,
                    u"--wait"_s,
                    u"--json"_s,
                    u"--"_s,
                    u"/workspace/agent"_s});
    }

    static pid_t ownerProcess()
    {
        const auto paths = XdgPaths::fromEnvironment();
        QFile lock(paths->ownerLock());
        return lock.open(QIODevice::ReadOnly)
                   ? static_cast<pid_t>(lock.readLine().trimmed().toInt())
                   : -1;
    }

    static QStringList demoFolders()
    {
        return QDir(qEnvironmentVariable("XDG_CACHE_HOME"))
            .entryList({u"paddock-demo-*"_s}, QDir::Dirs);
    }

private Q_SLOTS:
    void init() { m_world = std::make_unique<test::SessionWorld>(); }

    void cleanup()
    {
        static_cast<void>(run(u"serve --stop"_s));
        m_world.reset();
    }

    void theDemoHolds()
    {
        const Outcome demo = run(u"demo"_s);
        QVERIFY2(demo.exitCode == 0, demo.words().constData());
        for (const char *part : {"a script that is part of Paddock",
                                 "> The tests of this project fail",
                                 "this demonstration answers: allow once",
                                 "network interfaces          lo",
                                 "keys in the environment     none",
                                 "+++ b/src/wordcount.js",
                                 "checks hold"})
            QVERIFY2(demo.output.contains(part), demo.output.constData());
        QVERIFY(!demo.output.contains('\x1b'));
        QVERIFY2(m_world->containers().isEmpty(), "a container is left");
        QVERIFY(demoFolders().isEmpty());
        QCOMPARE(run(u"session list --json"_s).output.trimmed(), QByteArray("[]"));
        QCOMPARE(run(u"project list --json"_s).output.trimmed(), QByteArray("[]"));
    }

    void anInterruptedDemoLeavesNothing()
    {
        QProcess demo;
        demo.start(test::builtProgram(u"paddockctl"_s), {u"demo"_s, u"--json"_s});
        // Once the container is there, in the middle of things.
        QTRY_VERIFY_WITH_TIMEOUT(!m_world->containers().isEmpty(), 60'000);
        ::kill(static_cast<pid_t>(demo.processId()), SIGINT);
        QVERIFY(demo.waitForFinished(60'000));
        QCOMPARE(demo.exitStatus(), QProcess::NormalExit);
        QCOMPARE(demo.exitCode(), 1);
        QVERIFY(demo.readAllStandardOutput().isEmpty());
        const auto error = parseJsonObject(demo.readAllStandardError().trimmed());
        QVERIFY(error);
        QCOMPARE(error->value(u"error").toObject().value(u"kind").toString(), u"cancelled"_s);
        QVERIFY(m_world->containers().isEmpty());
        QVERIFY(demoFolders().isEmpty());
        QCOMPARE(run(u"session list --json"_s).output.trimmed(), QByteArray("[]"));
    }

    void aSessionFromTheTerminal()
    {
        const Outcome started = startAgent(u"say hello there\nwrite a.txt one\ncommit first"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        QVERIFY2(started.errors.isEmpty(), started.errors.constData());
        const QString id = started.json().value(u"id").toString();
        QCOMPARE(id.size(), 8);
        QCOMPARE(started.json().value(u"state").toString(), u"waiting"_s);

        const QJsonObject session = run(u"session show %1 --json"_s.arg(id)).json();
        const QString contract = u"id title state substate agent project mode image imageSource "
                                 "containerId branch worktree baseCommit headCommit"_s;
        for (const QString &field : contract.split(u' '))
            QVERIFY2(!session.value(field).toString().isEmpty(), qPrintable(field));
        QVERIFY(!session.contains(u"failure"));
        QCOMPARE(session.value(u"agent").toString(), u"custom"_s);
        QCOMPARE(m_world->containers().size(), 1);
        QVERIFY(session.value(u"containerId")
                    .toString()
                    .startsWith(m_world->containers().first().left(12)));

        const Outcome shown = run(u"session show %1"_s.arg(id));
        QVERIFY2(shown.output.contains("hello there"), shown.output.constData());
        const Outcome sent = run({u"session"_s,
                                  u"send"_s,
                                  id,
                                  u"say again\nwrite a.txt two\ncommit second"_s,
                                  u"--wait"_s,
                                  u"--json"_s});
        QVERIFY2(sent.exitCode == 0, sent.words().constData());
        QVERIFY(run(u"session show %1"_s.arg(id)).output.contains("again"));

        const Outcome diff = run(u"session diff %1"_s.arg(id));
        QCOMPARE(diff.exitCode, 0);
        QVERIFY2(diff.output.contains("+two"), diff.output.constData());
        QVERIFY(!diff.output.contains("+one"));

        const Outcome shell = run({u"session"_s, u"shell"_s, id}); // end of input at once
        QVERIFY2(shell.exitCode == 0, shell.words().constData());

        const Outcome finished = run(u"session finish %1 --json"_s.arg(id));
        QVERIFY2(finished.exitCode == 0, finished.words().constData());
        QCOMPARE(finished.json().value(u"state").toString(), u"finished"_s);
        QVERIFY(finished.json().value(u"headCommit") != session.value(u"baseCommit"));
        QVERIFY(m_world->containers().isEmpty());
        QCOMPARE(run(u"session remove %1 --json"_s.arg(id)).exitCode, 0);
        const Outcome gone = run(u"session show %1 --json"_s.arg(id));
        QCOMPARE(gone.exitCode, 1);
        QCOMPARE(gone.error().value(u"kind").toString(), u"not-found"_s);
    }

    // What a person does with the work of an agent that still runs: look, stage lines of it, commit
    // in their own name, and take all of it into their branch.
    void changesAreStagedCommittedAndMerged()
    {
        m_world->project().git({u"config"_s, u"user.name"_s, u"A Person"_s});
        m_world->project().git({u"config"_s, u"user.email"_s, u"person@example.org"_s});
        const Outcome started = startAgent(u"write a.txt one\ncommit first\nwrite b.txt two"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QString id = started.json().value(u"id").toString();
        const QString branch = started.json().value(u"branch").toString();

        const QJsonObject status = run(u"session status %1 --json"_s.arg(id)).json();
        QCOMPARE(status.value(u"ahead").toInt(), 1);
        QCOMPARE(status[u"files"_s].toArray().size(), 1);
        QCOMPARE(status[u"files"_s][0][u"path"].toString(), u"b.txt"_s);
        QCOMPARE(status[u"files"_s][0][u"worktree"].toString(), u"?"_s);

        // One of the two lines that the person adds to the agent's file.
        const QString worktree =
            run(u"session show %1 --json"_s.arg(id)).json().value(u"worktree").toString();
        QFile file(worktree + u"/a.txt"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("zero\nhalf\none\n");
        file.close();
        const QJsonObject diff = run(u"session diff %1 --unstaged a.txt --json"_s.arg(id)).json();
        const QString hunk = diff[u"files"_s][0][u"hunks"][0][u"id"].toString();
        QVERIFY(!hunk.isEmpty());
        const Outcome shown = run(u"session diff %1 --unstaged --hunks a.txt"_s.arg(id));
        QVERIFY2(shown.output.contains("hunk " + hunk.toUtf8()), shown.words().constData());
        const Outcome staged =
            run(u"session stage %1 a.txt --hunk %2 --lines 1 --json"_s.arg(id, hunk));
        QVERIFY2(staged.exitCode == 0, staged.words().constData());
        // What the hunk was is gone with that.
        const Outcome again = run(u"session stage %1 a.txt --hunk %2 --json"_s.arg(id, hunk));
        QCOMPARE(again.exitCode, 1);

        const Outcome committed =
            run({u"session"_s, u"commit"_s, id, u"-m"_s, u"By the person"_s, u"--json"_s});
        QVERIFY2(committed.exitCode == 0, committed.words().constData());
        const QString commit = committed.json().value(u"commit").toString();
        QCOMPARE(QString::fromLatin1(m_world->project().id(branch)), commit);
        QCOMPARE(run(u"session show %1 --json"_s.arg(id)).json().value(u"headCommit").toString(),
                 commit);
        const QByteArray content = m_world->project().git({u"show"_s, branch + u":a.txt"_s});
        QCOMPARE(content, QByteArray("zero\none"));
        // The agent's repository has it too, and goes on from there.
        const Outcome sent = run({u"session"_s,
                                  u"send"_s,
                                  id,
                                  u"write c.txt three\ncommit third"_s,
                                  u"--wait"_s,
                                  u"--json"_s});
        QVERIFY2(sent.exitCode == 0, sent.words().constData());
        const Outcome log = run(u"session log %1"_s.arg(id));
        QVERIFY2(log.output.contains("By the person") && log.output.contains("third") &&
                     log.output.contains("first"),
                 log.words().constData());

        // Discarding and taking that back. The agent has committed the rest of the file by now.
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("zero\nhalf\none\nlast\n");
        file.close();
        QCOMPARE(run(u"session discard %1 a.txt"_s.arg(id)).exitCode, 0);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("zero\nhalf\none\n"));
        file.close();
        const Outcome undone = run(u"session undo %1"_s.arg(id));
        QVERIFY2(undone.exitCode == 0, undone.words().constData());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("zero\nhalf\none\nlast\n"));
        file.close();

        const Outcome patch = run(u"session patch %1"_s.arg(id));
        QCOMPARE(patch.output.count("\nSubject: "), 3);

        const QString target = QString::fromUtf8(
            m_world->project().git({u"symbolic-ref"_s, u"--short"_s, u"HEAD"_s}).trimmed());
        const QByteArray before = m_world->project().id(target);
        const QJsonObject preview =
            run(u"session merge %1 --into %2 --preview --json"_s.arg(id, target)).json();
        QCOMPARE(preview.value(u"commits").toInt(), 3);
        QVERIFY(preview.value(u"conflicts").toArray().isEmpty());
        QCOMPARE(m_world->project().id(target), before);
        const Outcome merged = run(u"session merge %1 --into %2 --json"_s.arg(id, target));
        QVERIFY2(merged.exitCode == 0, merged.words().constData());
        QVERIFY(m_world->project().id(target) != before);
        QVERIFY(QFile::exists(m_world->project().path(u"c.txt"_s))); // its checkout followed
        QCOMPARE(m_world->project().git({u"status"_s, u"--porcelain"_s}), QByteArray());
        const Outcome back = run(u"session merge %1 --undo --json"_s.arg(id));
        QVERIFY2(back.exitCode == 0, back.words().constData());
        QCOMPARE(m_world->project().id(target), before);
        QVERIFY(!QFile::exists(m_world->project().path(u"c.txt"_s)));
    }

    // Since the last turn, since the last look, and marks.
    void whatIsNewIsShownAndMarked()
    {
        const Outcome started = startAgent(u"write a.txt one\ncommit first\nwrite b.txt two"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QString id = started.json().value(u"id").toString();
        const auto paths = [this, id](const QString &since) {
            const Outcome diff = run(u"session diff %1 --since %2 --json"_s.arg(id, since));
            if (diff.exitCode != 0)
                return QStringList{QString::fromUtf8(diff.words())};
            QStringList list;
            for (const auto &file : diff.json()[u"files"_s].toArray())
                list += file[u"path"].toString();
            return list;
        };
        // Nothing was called seen, so all there is is new; the one turn made all of it.
        QCOMPARE(paths(u"last-look"_s), QStringList({u"a.txt"_s, u"b.txt"_s}));
        QCOMPARE(paths(u"last-turn"_s), QStringList({u"a.txt"_s, u"b.txt"_s}));
        QCOMPARE(paths(u"base"_s), QStringList({u"a.txt"_s, u"b.txt"_s})); // b.txt is new to git
        const QString state =
            run(u"session diff %1 --since last-look --json"_s.arg(id)).json()[u"to"_s].toString();
        const Outcome seen = run(u"session seen %1 %2"_s.arg(id, state));
        QVERIFY2(seen.exitCode == 0, seen.words().constData());
        QCOMPARE(paths(u"last-look"_s), QStringList());
        const Outcome wrong = run(u"session seen %1 nonsense --json"_s.arg(id));
        QCOMPARE(wrong.exitCode, 1);

        // The person writes a file, then the agent another one.
        const QString worktree =
            run(u"session show %1 --json"_s.arg(id)).json().value(u"worktree").toString();
        QFile file(worktree + u"/person.txt"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("by the person\n");
        file.close();
        const Outcome sent =
            run({u"session"_s, u"send"_s, id, u"write c.txt three"_s, u"--wait"_s, u"--json"_s});
        QVERIFY2(sent.exitCode == 0, sent.words().constData());
        // What the second turn and the person did after the first had ended.
        QTRY_COMPARE(paths(u"last-turn"_s), QStringList({u"c.txt"_s, u"person.txt"_s}));
        QCOMPARE(paths(u"last-look"_s), QStringList({u"c.txt"_s, u"person.txt"_s}));

        // Marks hold until the content is another.
        const Outcome marked = run(u"session review %1 c.txt --since last-look --json"_s.arg(id));
        QVERIFY2(marked.exitCode == 0, marked.words().constData());
        QCOMPARE(marked.json()[u"marked"_s].toInt(), 1);
        QCOMPARE(marked.json()[u"open"_s].toInt(), 1);
        const auto isReviewed = [this, id] {
            return run(u"session diff %1 --since last-look --json"_s.arg(id))
                .json()[u"files"_s][0][u"reviewed"]
                .toBool();
        };
        QVERIFY(isReviewed());
        const Outcome more = run({u"session"_s,
                                  u"send"_s,
                                  id,
                                  u"write c.txt something-else"_s,
                                  u"--wait"_s,
                                  u"--json"_s});
        QVERIFY2(more.exitCode == 0, more.words().constData());
        QVERIFY(!isReviewed());
        const Outcome gone = run(u"session review %1 no-such.txt --json"_s.arg(id));
        QCOMPARE(gone.exitCode, 1);
        QCOMPARE(gone.error().value(u"kind").toString(), u"not-found"_s);

        // A file that is too long to be shown is not reviewed by a glance at everything.
        QFile large(worktree + u"/large.txt"_s);
        QVERIFY(large.open(QIODevice::WriteOnly));
        for (int i = 0; i < 200'000; ++i)
            large.write("line " + QByteArray::number(i) + '\n');
        large.close();
        const QJsonObject all = run(u"session review %1 --all --json"_s.arg(id)).json();
        QCOMPARE(all[u"open"_s].toInt(), 1);
        QCOMPARE(paths(u"base"_s).count(u"large.txt"_s), 1);
        const Outcome named = run(u"session review %1 large.txt --json"_s.arg(id));
        QCOMPARE(named.json()[u"marked"_s].toInt(), 1);
    }

    void aQuestionIsAnsweredFromTheTerminal()
    {
        const Outcome started = startAgent(u"permission"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        QCOMPARE(started.json().value(u"substate").toString(), u"approval"_s);
        const QString id = started.json().value(u"id").toString();
        const Outcome answered = run(u"session answer %1 allow --json"_s.arg(id));
        QVERIFY2(answered.exitCode == 0, answered.words().constData());
        QTRY_VERIFY_WITH_TIMEOUT(
            run(u"session show %1"_s.arg(id)).output.contains("permission: allow-once"), 30'000);
    }

    void anOwnerThatIsKilledIsReplacedAndTheAgentGoesOn()
    {
        const Outcome started = startAgent(u"say before"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QString id = started.json().value(u"id").toString();
        const QJsonObject before = run(u"session show %1 --json"_s.arg(id)).json();
        const pid_t owner = ownerProcess();
        QVERIFY(owner > 0);
        // Killed is not gone yet: until then its socket still takes connections.
        const int process = static_cast<int>(::syscall(SYS_pidfd_open, owner, 0));
        QVERIFY(process >= 0);
        QCOMPARE(::kill(owner, SIGKILL), 0);
        pollfd gone = {.fd = process, .events = POLLIN, .revents = 0};
        QCOMPARE(::poll(&gone, 1, 10'000), 1);
        ::close(process);
        const Outcome sent =
            run({u"session"_s, u"send"_s, id, u"say after"_s, u"--wait"_s, u"--json"_s});
        QVERIFY2(sent.exitCode == 0, sent.words().constData());
        QVERIFY(ownerProcess() != owner);
        QTRY_VERIFY_WITH_TIMEOUT(run(u"session show %1"_s.arg(id)).output.contains("after"),
                                 30'000);
        const QJsonObject after = run(u"session show %1 --json"_s.arg(id)).json();
        QCOMPARE(after.value(u"containerId"), before.value(u"containerId"));
        QVERIFY(run(u"session show %1"_s.arg(id)).output.contains("before"));
    }

    void aSecondOwnerIsRefused()
    {
        QCOMPARE(run(u"session list"_s).exitCode, 0);
        const pid_t owner = ownerProcess();
        const Outcome second = run(u"serve --json"_s);
        QCOMPARE(second.exitCode, 1);
        QCOMPARE(second.error().value(u"kind").toString(), u"owner-running"_s);
        QVERIFY(second.error().value(u"message").toString().contains(QString::number(owner)));
        QVERIFY(!second.error().value(u"remedy").toString().isEmpty());
        QCOMPARE(run(u"session list"_s).exitCode, 0); // the first is unharmed
        QCOMPARE(ownerProcess(), owner);
    }

    void healthTellsWhatIsWrong_data()
    {
        QTest::addColumn<QString>("socket");
        QTest::newRow("no engine") << u"missing.sock"_s;
        QTest::newRow("not a socket") << u"file"_s;
        QTest::newRow("nobody listens") << u"dead.sock"_s;
        QTest::newRow("not an engine") << u"other.sock"_s;
    }
    void healthTellsWhatIsWrong()
    {
        QFETCH(QString, socket);
        const QString path = m_world->environment().path(socket);
        QLocalServer other;
        if (socket == u"file") {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
        } else if (socket != u"missing.sock") {
            QVERIFY(other.listen(path));
            if (socket == u"dead.sock") {
                // Closing removes the file; a copy of the node stays behind.
                QVERIFY(QFile::rename(path, path + u".kept"_s));
                other.close();
                QVERIFY(QFile::rename(path + u".kept"_s, path));
            }
            connect(&other, &QLocalServer::newConnection, this, [&other] {
                other.nextPendingConnection()->write("SSH-2.0-OpenSSH\r\n");
            });
        }
        QProcess process;
        auto variables = QProcessEnvironment::systemEnvironment();
        variables.insert(u"DOCKER_SOCKET"_s, path);
        process.setProcessEnvironment(variables);
        process.start(test::builtProgram(u"paddockctl"_s), {u"health"_s, u"--json"_s});
        QTRY_VERIFY_WITH_TIMEOUT(process.state() == QProcess::NotRunning, 30'000);
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardError().isEmpty());
        const auto health = parseJsonObject(process.readAllStandardOutput().trimmed());
        QVERIFY(health);
        QCOMPARE(health->keys(), QStringList({u"docker"_s, u"mode"_s, u"ok"_s}));
        QCOMPARE(health->value(u"ok").toBool(true), false);
        const QJsonObject docker = health->value(u"docker").toObject();
        QCOMPARE(
            docker.keys(),
            QStringList(
                {u"imageAvailable"_s, u"imageName"_s, u"networkExists"_s, u"socketConnected"_s}));
        QCOMPARE(docker.value(u"socketConnected").toBool(true), false);

        process.start(test::builtProgram(u"paddockctl"_s), {u"health"_s});
        QTRY_VERIFY_WITH_TIMEOUT(process.state() == QProcess::NotRunning, 30'000);
        QCOMPARE(process.exitCode(), 1);
        const QByteArray text = process.readAllStandardOutput();
        QVERIFY2(text.contains("broken   Container engine"), text.constData());
        QVERIFY2(text.contains(QFile::encodeName(path)), text.constData());

        // The same folders with the real engine: it was the socket.
        static_cast<void>(run(u"serve --stop"_s));
        QCOMPARE(run(u"health --json"_s).json().value(u"ok").toBool(), true);
    }

    void badStarts_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QString>("kind");
        QTest::newRow("image missing")
            << QStringList{u"--image"_s, u"paddock-test/none:1"_s} << u"image-not-found"_s;
        QTest::newRow("no repository")
            << QStringList{u"--project"_s, u"/usr"_s} << u"not-a-repository"_s;
        QTest::newRow("folder missing")
            << QStringList{u"--project"_s, u"/nonexistent/x"_s} << u"file-not-found"_s;
        QTest::newRow("unknown project")
            << QStringList{u"--project"_s, u"nobody-knows-it"_s} << u"not-found"_s;
        QTest::newRow("agent ends at once")
            << QStringList{u"--agent"_s, u"custom"_s, u"--"_s, u"/bin/false"_s}
            << u"agent-exited"_s;
    }
    void badStarts()
    {
        QFETCH(QStringList, options);
        QFETCH(QString, kind);
        QStringList arguments{u"session"_s, u"start"_s, u"-m"_s, u"x"_s, u"--wait"_s, u"--json"_s};
        if (!options.contains(u"--project"_s))
            arguments += {u"--project"_s, m_world->project().path()};
        const Outcome outcome = run(arguments + options);
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY(outcome.output.isEmpty());
        QVERIFY2(outcome.error().value(u"kind").toString() == kind, outcome.errors.constData());
        QVERIFY(!outcome.error().value(u"message").toString().isEmpty());
        QVERIFY2(!outcome.error().value(u"remedy").toString().isEmpty(),
                 outcome.errors.constData());
        // What was made for it can be taken away, and then nothing is left.
        const auto list = parseJson(run(u"session list --json"_s).output.trimmed());
        for (const QJsonValue &session : list->toArray()) {
            const Outcome removed =
                run({u"session"_s, u"remove"_s, session[u"id"].toString(), u"--json"_s});
            QVERIFY2(removed.exitCode == 0, removed.words().constData());
        }
        QVERIFY2(m_world->leftovers().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
    }
};

QTEST_GUILESS_MAIN(tst_PaddockctlSession)
#include "tst_PaddockctlSession.moc"
