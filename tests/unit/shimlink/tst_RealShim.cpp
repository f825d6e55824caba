// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real shim as an ordinary process, with a real owner's end of the link.

#include "tests/unit/shimlink/LinkHarness.h"
#include "tests/unit/shimlink/NumberedLines.h"

#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::sandbox::link;
using namespace Qt::StringLiterals;
using paddock::test::LinkHarness;
using shimlink::kAcpChannel;
using shimlink::kAgentTerminal;
using shimlink::kControlChannel;
using shimlink::kStderrChannel;

namespace {

QStringList shell(const QString &script)
{
    return QStringList{u"/bin/sh"_s, u"-c"_s, script};
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

double residentMegabytes(qint64 pid)
{
    const QByteArray pages = readFile(u"/proc/%1/statm"_s.arg(pid)).split(' ').value(1);
    return pages.toDouble() * double(::sysconf(_SC_PAGESIZE)) / 1024 / 1024;
}

TerminalRequest terminal(const QStringList &argv)
{
    TerminalRequest request;
    request.argv = argv;
    return request;
}

/// In write(2), for longer than a reader would take.
bool isBlockedWriting(qint64 pid)
{
    const auto written = [pid] { return readFile(u"/proc/%1/io"_s.arg(pid)).split('\n').value(1); };
    const QByteArray before = written();
    QTest::qWait(300);
    return !before.isEmpty() && before == written() &&
           readFile(u"/proc/%1/stat"_s.arg(pid)).contains(") S ");
}

} // namespace

class tst_RealShim : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m = std::make_unique<LinkHarness>(); }
    void cleanup() { m.reset(); }

    void isSmallStaticAndQuiet()
    {
        const QString program = test::builtProgram(u"paddock-shim"_s);
        const QByteArray bytes = readFile(program);
        QVERIFY(bytes.startsWith("\x7f"
                                 "ELF"));
        QVERIFY2(bytes.size() < 1000 * 1000, qPrintable(QString::number(bytes.size())));
        // Without an interpreter it needs nothing of the image.
        QVERIFY(!bytes.contains("/lib64/ld-linux"));
        QVERIFY(up());
        QVERIFY2(residentMegabytes(m->shim->pid()) < 4,
                 qPrintable(QString::number(residentMegabytes(m->shim->pid()))));
        m->startAgent({test::builtProgram(u"../tests/numbered_agent"_s), u"300000"_s});
        m->send(kAcpChannel, "bye");
        QTRY_COMPARE_WITH_TIMEOUT(m->exited.size(), 1, 20000);
        QCOMPARE(m->messages.size(), 300000);
        QVERIFY2(residentMegabytes(m->shim->pid()) < 4,
                 qPrintable(QString::number(residentMegabytes(m->shim->pid()))));
    }

    void anAgentOnPipes()
    {
        qputenv("PADDOCK_SECRET_SETTING", "must not be seen");
        m->shimOptions.environment = QProcessEnvironment::systemEnvironment();
        qunsetenv("PADDOCK_SECRET_SETTING");
        QVERIFY(up());
        m->startAgent(shell(u"echo start $FROM_START $PWD; env | grep PADDOCK_; echo oops >&2; "
                            "while read -r l; do echo \"got $l\"; done; echo end; exit 3"_s));
        m->send(kAcpChannel, "first");
        const quint64 last = m->send(kAcpChannel, "second");
        QTRY_COMPARE(m->messages.size(), 3);
        QTRY_COMPARE(m->acknowledged, last);
        QVERIFY(m->link->closeAgentInput());
        QTRY_COMPARE(m->exited.size(), 1);
        QCOMPARE(m->messages,
                 (QList<QByteArray>{"start yes " + m->environment.path().toLocal8Bit(),
                                    "got first",
                                    "got second",
                                    "end"}));
        QCOMPARE(m->output.value(kStderrChannel), "oops\n");
        QCOMPARE(m->started.size(), 1);
        QCOMPARE(m->exited[0].id, u"one"_s);
        QCOMPARE(m->exited[0].channel, kAcpChannel);
        QCOMPARE(m->exited[0].code, 3);
        QCOMPARE(m->errors, QStringList());
        // There is nobody any more to take one.
        const quint64 late = m->send(kAcpChannel, "late");
        QTRY_COMPARE(m->count(LinkNotice::Kind::NoAgent), 1);
        QCOMPARE(m->notices.last().value, late);
        QTRY_COMPARE(m->acknowledged, late);
    }

    void aLastLineWithoutItsEnd()
    {
        QVERIFY(up());
        m->startAgent(shell(u"printf 'a\\nhalf'"_s));
        QTRY_COMPARE(m->exited.size(), 1);
        m->startAgent(shell(u"echo whole"_s), u"two"_s);
        QTRY_COMPARE(m->exited.size(), 2);
        QCOMPARE(m->messages, (QList<QByteArray>{"a", "half", "whole"}));
    }

    void aProgramThatIsNotThere()
    {
        QVERIFY(up());
        m->startAgent({u"/nonexistent/agent"_s});
        QTRY_COMPARE(m->failed.size(), 1);
        QCOMPARE(m->failed[0].id, u"one"_s);
        QCOMPARE(m->failed[0].errnoValue, ENOENT);
        QCOMPARE(m->failed[0].what, u"program"_s);
        m->startAgent(shell(u"exit 0"_s), u"two"_s);
        QTRY_COMPARE(m->exited.size(), 1);
    }

    void aStartHappensOnce()
    {
        QVERIFY(up());
        const quint64 number = m->startAgent(shell(u"echo run >> runs; sleep 100"_s));
        QTRY_COMPARE(m->started.size(), 1);
        // The same again under another number: an owner that forgot it had sent it.
        m->startAgent(shell(u"echo run >> runs; sleep 100"_s));
        QTRY_COMPARE(m->count(LinkNotice::Kind::StartRepeated), 1);
        // And the same number again, by a new owner whose answer never came.
        m->link.reset();
        m->linkOptions.nextOutbound = [this, number](const QByteArray &, quint64 after) {
            return after < number ? std::optional(m->outbound.first()) : std::nullopt;
        };
        QVERIFY(m->startLink());
        QTRY_COMPARE(m->hellos.size(), 2);
        QCOMPARE(m->hellos.last().startId, u"one"_s);
        QVERIFY(m->hellos.last().agentRuns);
        QTRY_VERIFY(m->link->isUp());
        QVERIFY(m->link->askStatus());
        QTRY_COMPARE(m->statuses.size(), 1);
        QCOMPARE(readFile(m->environment.path(u"runs"_s)), "run\n");
    }

    void restartAndStop()
    {
        QVERIFY(up());
        m->startAgent(
            shell(u"trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"_s));
        QTRY_COMPARE(m->messages.size(), 1);
        m->startAgent(
            shell(u"read -r l; echo \"two $l\"; trap '' TERM; while :; do sleep 0.05; done"_s),
            u"two"_s);
        m->send(kAcpChannel, "hello");
        QTRY_COMPARE(m->messages, (QList<QByteArray>{"ready", "bye", "two hello"}));
        QCOMPARE(m->exited.size(), 1);
        QCOMPARE(m->exited[0].id, u"one"_s);
        QCOMPARE(m->exited[0].code, 0);
        // This one ignores SIGTERM.
        QVERIFY(m->link->stopAgent(std::chrono::milliseconds(100)));
        QTRY_COMPARE(m->exited.size(), 2);
        QCOMPARE(m->exited[1].code, -1);
        QCOMPARE(m->exited[1].signal, SIGKILL);
    }

    void inputThatWasNotReadIsNamed()
    {
        QVERIFY(up());
        m->startAgent(shell(u"sleep 100"_s));
        QTRY_COMPARE(m->started.size(), 1);
        m->send(kAcpChannel, QByteArray(200 * 1024, 'x')); // more than a pipe holds
        const quint64 second = m->send(kAcpChannel, "second");
        QVERIFY(m->link->sendSignal(kAcpChannel, SIGKILL));
        QTRY_COMPARE(m->exited.size(), 1);
        QTRY_COMPARE(m->count(LinkNotice::Kind::InputUnread), 1);
        QVERIFY(m->notices.last().value < second);
        QTRY_COMPARE(m->acknowledged, second);
    }

    void anAgentThatDoesNotReadMayLoseItsOwnerAgainAndAgain()
    {
        QVERIFY(up());
        m->startAgent(shell(u"sleep 1000 & trap 'kill $!' USR1; wait; exec cat"_s));
        QTRY_COMPARE(m->started.size(), 1);
        // More than the shim would take at once.
        for (int i = 0; i < 30; ++i)
            m->send(kAcpChannel, QByteArray(1000 * 1000, char('a' + i % 26)));
        for (int i = 0; i < 30; ++i) {
            m->link.reset();
            m->linkOptions.epoch = m->hellos.last().epoch;
            for (auto at = m->stored.cbegin(); at != m->stored.cend(); ++at)
                m->linkOptions.stored[at.key()] = at.value();
            QVERIFY(m->startLink());
            QTRY_COMPARE(m->hellos.size(), i + 2);
            QTRY_VERIFY(m->link->isUp());
        }
        QVERIFY(m->link->askStatus());
        QTRY_COMPARE(m->statuses.size(), 1);
        QVERIFY(m->statuses[0].waitingInput < 4 * 1000 * 1000);
        QVERIFY(m->link->sendSignal(kAcpChannel, SIGUSR1));
        QTRY_COMPARE_WITH_TIMEOUT(m->messages.size(), 30, 20000);
        for (int i = 0; i < 30; ++i)
            QVERIFY(m->messages[i] == QByteArray(1000 * 1000, char('a' + i % 26)));
        QCOMPARE(m->errors, QStringList());
    }

    void terminals()
    {
        QVERIFY(up());
        const Result<Channel> shellChannel =
            m->link->openTerminal({shell(u"stty -echo; echo begin; read -r l; echo \"<$l>\"; "
                                         "read -r l; stty size; exit 5"_s),
                                   QProcessEnvironment(),
                                   m->environment.path(),
                                   100,
                                   30});
        QVERIFY(shellChannel);
        const Channel channel = *shellChannel;
        QTRY_VERIFY(m->output.value(channel).contains("begin\r\n"));
        QVERIFY(m->link->writeTerminal(channel, "typed\n"));
        QTRY_VERIFY(m->output.value(channel).contains("<typed>\r\n"));
        QVERIFY(m->link->resizeTerminal(channel, 132, 43));
        QVERIFY(m->link->writeTerminal(channel, "\n"));
        QTRY_COMPARE(m->exited.size(), 1);
        QVERIFY(m->output.value(channel).contains("43 132\r\n"));
        QCOMPARE(m->exited[0].channel, channel);
        QCOMPARE(m->exited[0].code, 5);

        const Result<Channel> second = m->link->openTerminal(terminal(shell(u"exec sleep 100"_s)));
        QVERIFY(second);
        QVERIFY(*second > channel);
        QTRY_COMPARE(m->started.size(), 2);
        QVERIFY(m->link->closeTerminal(*second));
        QTRY_COMPARE(m->exited.size(), 2);
        QCOMPARE(m->exited[1].signal, SIGHUP);
        const Result<Channel> third = m->link->openTerminal(terminal({u"/nonexistent"_s}));
        QVERIFY(third);
        QTRY_COMPARE(m->failed.size(), 1);
        QCOMPARE(m->failed[0].channel, *third);
    }

    void anAgentOnATerminal()
    {
        QVERIFY(up());
        m->startAgent(shell(u"stty -echo; test -t 0 && test -t 1 && test -t 2 && echo tty; "
                            "read -r l; echo \"$l!\""_s),
                      u"tui"_s,
                      StartRequest::Mode::Terminal);
        QTRY_COMPARE(m->output.value(kAgentTerminal), "tty\r\n");
        QVERIFY(m->link->writeTerminal(kAgentTerminal, "keys\n"));
        QTRY_COMPARE(m->exited.size(), 1);
        QCOMPARE(m->exited[0].channel, kAgentTerminal);
        QCOMPARE(m->output.value(kAgentTerminal), "tty\r\nkeys!\r\n");
    }

    void messagesOfTheLargestSize()
    {
        QVERIFY(up());
        const QByteArray largest(qsizetype(shimlink::kMaxMessage), 'm');
        m->startAgent(shell(u"exec cat"_s));
        m->send(kAcpChannel, largest);
        m->send(kAcpChannel, "small");
        QTRY_COMPARE_WITH_TIMEOUT(m->messages.size(), 2, 20000);
        QVERIFY(m->messages[0] == largest);
        QCOMPARE(m->messages[1], "small");
        QCOMPARE(m->errors, QStringList());
        // One more byte is refused here, by its size.
        m->send(kAcpChannel, largest + 'x');
        QVERIFY(!m->errors.isEmpty());
        QVERIFY2(m->errors.last().contains(u"16777217"), qPrintable(m->errors.last()));
        m->send(kAcpChannel, "goes on");
        QTRY_COMPARE(m->messages.size(), 3);
    }

    void aLineThatIsTooLongIsNamedAndThoseAfterItArrive()
    {
        m->shimOptions.spoolMemory = 1024 * 1024;
        m->shimOptions.spoolDisk = 8 * 1024 * 1024;
        QVERIFY(up());
        // Longer than the limit and longer than all that the shim can keep.
        m->startAgent(shell(u"echo before; head -c 40000000 /dev/zero; echo; echo after"_s));
        QTRY_COMPARE_WITH_TIMEOUT(m->exited.size(), 1, 20000);
        QCOMPARE(m->tooLong, QList<quint64>{40000000});
        QCOMPARE(m->messages, (QList<QByteArray>{"before", "after"}));
    }

    void nobodyReads()
    {
        m->shimOptions.spoolMemory = 1024 * 1024;
        m->shimOptions.spoolDisk = 17 * 1024 * 1024;
        QVERIFY(up());
        // Nothing is stored, and soon nobody is there. 20 MB do not fit: the agent has to wait.
        m->acknowledges = false;
        m->startAgent({test::builtProgram(u"../tests/numbered_agent"_s), u"210000"_s});
        QTRY_COMPARE(m->started.size(), 1);
        m->link.reset();
        QTRY_VERIFY(isBlockedWriting(m->started[0].pid));
        QVERIFY(residentMegabytes(m->shim->pid()) < 4);
        m->acknowledges = true;
        // A new owner that has stored nothing.
        m->messages.clear();
        m->linkOptions.epoch = m->hellos.last().epoch;
        QVERIFY(m->startLink());
        QTRY_COMPARE(m->hellos.size(), 2);
        QVERIFY(!m->hellos.last().newEpoch);
        QVERIFY(m->hellos.last().paused);
        QTRY_VERIFY_WITH_TIMEOUT(m->messages.size() >= 210000, 20000);
        m->send(kAcpChannel, "bye");
        QTRY_COMPARE(m->exited.size(), 1);
        QCOMPARE(m->messages.size(), 210000);
        for (qsizetype i = 0; i < m->messages.size(); ++i) {
            if (m->messages[i].toStdString() !=
                test::numberedLine(static_cast<unsigned long>(i + 1)))
                QFAIL(qPrintable(QString::number(i)));
        }
        QVERIFY(m->count(LinkNotice::Kind::Resumed) >= 1);
        QCOMPARE(m->dropped.value(kAcpChannel), quint64{0});
    }

    void aTerminalNobodyReadsKeepsTheNewest()
    {
        m->shimOptions.spoolMemory = 1024 * 1024;
        m->shimOptions.spoolDisk = 7 * 1024 * 1024; // a terminal keeps a quarter
        QVERIFY(up());
        m->link->close();
        QVERIFY(m->link->listen());
        QTRY_COMPARE(m->hellos.size(), 2);
        m->startAgent({test::builtProgram(u"../tests/numbered_agent"_s), u"210000"_s},
                      u"one"_s,
                      StartRequest::Mode::Terminal);
        QTRY_COMPARE(m->started.size(), 1);
        m->link.reset();
        m->messages.clear();
        // It does not wait for anybody.
        const qint64 agent = m->started[0].pid;
        QTRY_VERIFY_WITH_TIMEOUT(::kill(static_cast<pid_t>(agent), 0) != 0, 20000);
        m->linkOptions.epoch = m->hellos.last().epoch;
        for (auto stored = m->stored.cbegin(); stored != m->stored.cend(); ++stored)
            m->linkOptions.stored[stored.key()] = stored.value();
        QVERIFY(m->startLink());
        QTRY_COMPARE(m->exited.size(), 1);
        const QByteArray output = m->output.value(kAgentTerminal);
        const QByteArray last = QByteArray::fromStdString(test::numberedLine(210000)) + "\r\n";
        QVERIFY(output.endsWith(last));
        const quint64 dropped = m->dropped.value(kAgentTerminal);
        QVERIFY(dropped > 10 * 1000 * 1000);
        QCOMPARE(quint64(output.size()) + dropped, m->stored.value(kAgentTerminal));
        QCOMPARE(m->count(LinkNotice::Kind::Paused), 0);
    }

    void whatWasNotAcknowledgedComesAgain()
    {
        QVERIFY(up());
        m->acknowledges = false;
        m->startAgent(shell(u"i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo $i; done"_s));
        QTRY_COMPARE(m->exited.size(), 1);
        const QList<QByteArray> all = m->messages;
        QCOMPARE(all.size(), 100);
        // An owner that has stored up to the tenth.
        m->link.reset();
        m->messages.clear();
        m->exited.clear();
        m->acknowledges = true;
        m->linkOptions.epoch = m->hellos.last().epoch;
        m->linkOptions.stored = {{kAcpChannel, 9 * 2 + 3}};
        QVERIFY(m->startLink());
        QTRY_COMPARE(m->exited.size(), 1);
        QCOMPARE(m->messages, all.mid(10));
        // Now all is stored: nothing is left to come.
        QVERIFY(m->link->askStatus());
        QTRY_COMPARE(m->statuses.size(), 1);
        QCOMPARE(m->statuses[0].diskBytes, quint64{0});
    }

    void aStoreThatWasPutBackIsToldWhatIsMissing()
    {
        QVERIFY(up());
        m->startAgent(shell(u"echo one; echo two; read -r l; echo three"_s));
        QTRY_COMPARE(m->messages.size(), 2);
        QTRY_COMPARE(m->acknowledged, quint64{1});
        QTest::qWait(50); // the acknowledgement is on its way
        m->link.reset();
        m->messages.clear();
        m->linkOptions.epoch = m->hellos.last().epoch;
        QVERIFY(m->startLink());
        QTRY_COMPARE(m->dropped.value(kAcpChannel), quint64{8});
        m->send(kAcpChannel, "go");
        QTRY_COMPARE(m->messages, QList<QByteArray>{"three"});
    }

    void aNewLifeOfTheShimIsANewEpoch()
    {
        QVERIFY(up());
        m->startAgent(shell(u"echo one; sleep 100"_s));
        QTRY_COMPARE(m->messages.size(), 1);
        ::kill(static_cast<pid_t>(m->shim->pid()), SIGKILL);
        QTRY_COMPARE(m->downs, 1);
        m->outbound.clear();
        QVERIFY(m->startShim());
        QTRY_COMPARE(m->hellos.size(), 2);
        QVERIFY(m->hellos[1].newEpoch);
        QVERIFY(m->hellos[0].epoch != m->hellos[1].epoch);
        QCOMPARE(m->hellos[1].received, quint64{0});
        m->startAgent(shell(u"echo two"_s), u"two"_s);
        QTRY_COMPARE(m->messages, (QList<QByteArray>{"one", "two"}));
    }

    void sigtermEndsTheAgentThenTheShim()
    {
        QVERIFY(up());
        m->startAgent(
            shell(u"trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.05; done"_s));
        QTRY_COMPARE(m->messages.size(), 1);
        ::kill(static_cast<pid_t>(m->shim->pid()), SIGTERM);
        QTRY_COMPARE(m->exited.size(), 1);
        QCOMPARE(m->messages.last(), "bye");
        QCOMPARE(m->count(LinkNotice::Kind::Stopping), 1);
        QTRY_COMPARE(m->shim->process()->state(), QProcess::NotRunning);
        QCOMPARE(m->shim->process()->exitCode(), 9);
    }

    void sigtermKillsWhatDoesNotGo()
    {
        m->shimOptions.stopGrace = std::chrono::milliseconds(200);
        QVERIFY(up());
        m->startAgent(shell(u"trap '' TERM; echo ready; while :; do sleep 0.05; done"_s));
        QTRY_COMPARE(m->messages.size(), 1);
        ::kill(static_cast<pid_t>(m->shim->pid()), SIGTERM);
        QTRY_COMPARE(m->shim->process()->state(), QProcess::NotRunning);
        QCOMPARE(m->shim->process()->exitCode(), 128 + SIGKILL);
    }

    void orphansAreReaped()
    {
        QVERIFY(up());
        m->startAgent(
            shell(u"for i in 1 2 3 4 5; do (sleep 0.1 &) ; done; echo done; sleep 100"_s));
        QTRY_COMPARE(m->messages.size(), 1);
        const QString children = u"/proc/%1/task/%1/children"_s.arg(m->shim->pid());
        // They end, as children of the shim, and leave nothing: only the agent is left.
        QTRY_COMPARE(readFile(children).simplified().split(' ').size(), 1);
        QVERIFY(!readFile(u"/proc/%1/stat"_s.arg(m->started[0].pid)).isEmpty());
    }

    void theAgentIsTheFirstToGoWhenMemoryEnds()
    {
        QVERIFY(up());
        m->startAgent(shell(u"cat /proc/self/oom_score_adj; sleep 100"_s));
        QTRY_COMPARE(m->messages.size(), 1);
        const int own = readFile(u"/proc/%1/oom_score_adj"_s.arg(m->shim->pid())).trimmed().toInt();
        QCOMPARE(m->messages[0].toInt(), std::min(own + 300, 1000));
        QVERIFY(own < 1000);
    }

    void itIsNotDumpable()
    {
        QVERIFY(up());
        // Files of a process that is not dumpable belong to root, whoever runs it.
        struct stat status = {};
        const QByteArray path = "/proc/" + QByteArray::number(m->shim->pid()) + "/environ";
        QTRY_VERIFY(::stat(path.constData(), &status) == 0 && status.st_uid == 0);
        if (::getuid() != 0)
            QVERIFY(!QFile(QString::fromLatin1(path)).open(QIODevice::ReadOnly));
        // The agent is an ordinary process again.
        m->startAgent(shell(u"cat /proc/self/environ | tr '\\0' '\\n' | grep FROM_START"_s));
        QTRY_COMPARE(m->messages, QList<QByteArray>{"FROM_START=yes"});
    }

    void wrongUsage()
    {
        for (const QStringList &arguments : {QStringList{},
                                             QStringList{u"walk"_s},
                                             QStringList{u"run"_s, u"--forward"_s},
                                             QStringList{u"run"_s, u"--forward"_s, u"x=y"_s},
                                             QStringList{u"run"_s, u"--forward"_s, u"80=a/b"_s},
                                             QStringList{u"run"_s, u"--umask"_s},
                                             QStringList{u"run"_s, u"--umask"_s, u"-2"_s},
                                             QStringList{u"run"_s, u"--umask"_s, u"0800"_s},
                                             QStringList{u"run"_s, u"--umask"_s, u"0777"_s}}) {
            QProcess process;
            process.start(m->shimOptions.program, arguments);
            QVERIFY(process.waitForFinished());
            QCOMPARE(process.exitCode(), 2);
            QVERIFY(process.readAllStandardError().startsWith("usage:"));
        }
        QProcess process;
        process.start(m->shimOptions.program, {u"--version"_s});
        QVERIFY(process.waitForFinished());
        QVERIFY(process.readAllStandardOutput().startsWith("paddock-shim "));
    }

private:
    [[nodiscard]] bool up()
    {
        return m->startShim() && m->startLink() &&
               QTest::qWaitFor([this] { return m->link->isUp(); }) && m->hellos[0].newEpoch;
    }

    std::unique_ptr<LinkHarness> m;
};

QTEST_GUILESS_MAIN(tst_RealShim)
#include "tst_RealShim.moc"
