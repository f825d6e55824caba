// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// attach, exec and logs on the engine of this machine.

#include "tests/support/Await.h"
#include "tests/support/RealEngine.h"
#include "tests/support/TestEnvironment.h"

#include <QCryptographicHash>
#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

/// What a stream said.
struct Recorder
{
    explicit Recorder(AttachStream &stream)
        : opened(&stream, &AttachStream::opened)
        , finished(&stream, &AttachStream::finished)
    {
        QObject::connect(&stream,
                         &AttachStream::frame,
                         &stream,
                         [this](Channel channel, const QByteArray &bytes) {
                             (channel == Channel::Stderr ? errors : output) += bytes;
                         });
    }
    [[nodiscard]] Result<Done> result() const
    {
        return finished.isEmpty() ? Result<Done>(fail(ErrorKind::Internal, u"not finished"_s))
                                  : finished.first().first().value<Result<Done>>();
    }

    QSignalSpy opened;
    QSignalSpy finished;
    QByteArray output;
    QByteArray errors;
};

} // namespace

class tst_RealStreams : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void attachSeesBothChannels();
    void attachedInputEndsByHalfClose();
    void attachToATerminal();
    void execSeparatesChannelsAndGivesTheExitCode();
    void execHalfCloseLetsTheRestCome();
    void execCarriesMegabytesBothWays();
    void execOfAMissingProgram();
    void execInAStoppedContainerIsAConflict();
    void execOutputLimit();
    void execCancelClosesTheConnection();
    void outputBeforeABrokenPipeIsKept();
    void pauseHoldsTheFlow();
    void terminalOfAnExecIsRawAndCanBeResized();
    void logsWithAndWithoutFollow();
    void destroyedInItsOwnSlot();

private:
    TestEnvironment m_environment;
    RealEngine m_engine;
};

void tst_RealStreams::attachSeesBothChannels()
{
    const auto id =
        m_engine.created(m_engine.body({u"sh"_s, u"-c"_s, u"echo out; echo err >&2; exit 3"_s}));
    PADDOCK_VERIFY_OK(id);
    const auto stream = m_engine.client().containers().attach(*id, {.input = false, .tty = false});
    Recorder seen(*stream);
    QTRY_COMPARE_WITH_TIMEOUT(seen.opened.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(await(m_engine.client().containers().start(*id)));
    QTRY_COMPARE_WITH_TIMEOUT(seen.finished.size(), 1, 60'000);
    PADDOCK_VERIFY_OK(seen.result());
    QCOMPARE(seen.output, QByteArray("out\n"));
    QCOMPARE(seen.errors, QByteArray("err\n"));
    QCOMPARE(await(m_engine.client().containers().wait(*id))->exitCode, 3);
}

void tst_RealStreams::attachedInputEndsByHalfClose()
{
    // A container that reads to the end of its input and then says what it got: without the half
    // close it would wait for ever, with a whole close its answer would be lost.
    QJsonObject body = m_engine.body({u"sh"_s, u"-c"_s, u"wc -c; echo done"_s});
    body.insert(u"OpenStdin"_s, true);
    body.insert(u"StdinOnce"_s, true);
    body.insert(u"AttachStdin"_s, true);
    const auto id = m_engine.created(body);
    PADDOCK_VERIFY_OK(id);
    const auto stream = m_engine.client().containers().attach(*id);
    Recorder seen(*stream);
    stream->write("written before it was open ");
    QTRY_COMPARE_WITH_TIMEOUT(seen.opened.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(await(m_engine.client().containers().start(*id)));
    stream->write(QByteArray(1'000'000, 'z'));
    stream->closeInput();
    QTRY_COMPARE_WITH_TIMEOUT(seen.finished.size(), 1, 60'000);
    PADDOCK_VERIFY_OK(seen.result());
    QCOMPARE(seen.output, QByteArray("1000027\ndone\n"));
}

void tst_RealStreams::attachToATerminal()
{
    QJsonObject body =
        m_engine.body({u"sh"_s, u"-c"_s, u"echo hello; read line; echo got $line"_s});
    body.insert(u"Tty"_s, true);
    body.insert(u"OpenStdin"_s, true);
    const auto id = m_engine.created(body);
    PADDOCK_VERIFY_OK(id);
    // Whether there is a terminal is asked from the engine.
    const auto stream = m_engine.client().containers().attach(*id);
    Recorder seen(*stream);
    QTRY_COMPARE_WITH_TIMEOUT(seen.opened.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(await(m_engine.client().containers().start(*id)));
    QTRY_VERIFY_WITH_TIMEOUT(seen.output.contains("hello\r\n"), 30'000);
    PADDOCK_VERIFY_OK(
        await(m_engine.client().containers().resize(*id, {.columns = 100, .rows = 30})));
    stream->write("abc\n");
    QTRY_COMPARE_WITH_TIMEOUT(seen.finished.size(), 1, 60'000);
    QVERIFY(seen.output.contains("got abc\r\n"));
    QCOMPARE(seen.errors, QByteArray());
}

void tst_RealStreams::execSeparatesChannelsAndGivesTheExitCode()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    const ExecRun run{
        .options = {.command = {u"sh"_s, u"-c"_s, u"echo $WHO; pwd >&2; exit 7"_s},
                    .environment = {u"WHO=paddock"_s},
                    .workingFolder = u"/tmp"_s},
    };
    const auto output = await(runExec(m_engine.client().exec(), *id, run));
    PADDOCK_VERIFY_OK(output);
    QCOMPARE(output->exitCode, 7);
    QCOMPARE(output->standardOutput, QByteArray("paddock\n"));
    QCOMPARE(output->standardError, QByteArray("/tmp\n"));
}

void tst_RealStreams::execHalfCloseLetsTheRestCome()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    const auto output =
        await(runExec(m_engine.client().exec(),
                      *id,
                      {.options = {.command = {u"sh"_s, u"-c"_s, u"cat; echo; echo after"_s}},
                       .input = "input"}));
    PADDOCK_VERIFY_OK(output);
    QCOMPARE(output->standardOutput, QByteArray("input\nafter\n"));
}

void tst_RealStreams::execCarriesMegabytesBothWays()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    QByteArray data(8'000'000, Qt::Uninitialized);
    for (qsizetype i = 0; i < data.size(); ++i)
        data[i] = static_cast<char>((i * 2654435761u) >> 13);
    const auto output = await(runExec(
        m_engine.client().exec(), *id, {.options = {.command = {u"cat"_s}}, .input = data}));
    PADDOCK_VERIFY_OK(output);
    QVERIFY(output->standardOutput == data);
}

void tst_RealStreams::execOfAMissingProgram()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    const auto output = await(
        runExec(m_engine.client().exec(), *id, {.options = {.command = {u"/no/such/thing"_s}}}));
    QVERIFY(!output);
    QCOMPARE(output.error().kind, ErrorKind::CommandNotFound);
}

void tst_RealStreams::execInAStoppedContainerIsAConflict()
{
    const auto id = m_engine.created(m_engine.body({u"true"_s}));
    PADDOCK_VERIFY_OK(id);
    const auto output =
        await(runExec(m_engine.client().exec(), *id, {.options = {.command = {u"true"_s}}}));
    QVERIFY(!output);
    QCOMPARE(output.error().kind, ErrorKind::Conflict);
}

void tst_RealStreams::execOutputLimit()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    const auto output = await(
        runExec(m_engine.client().exec(),
                *id,
                {.options = {.command = {u"cat"_s, u"/dev/zero"_s}}, .maxOutputBytes = 1'000'000}));
    QVERIFY(!output);
    QCOMPARE(output.error().kind, ErrorKind::FileTooLarge);
}

void tst_RealStreams::execCancelClosesTheConnection()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    auto running = runExec(
        m_engine.client().exec(),
        *id,
        {.options = {.command = {u"sh"_s, u"-c"_s, u"cat; touch /tmp/ended"_s}, .input = true},
         .input = "x"});
    bool answered = false;
    running.then(this, [&](const Result<ExecOutput> &) { answered = true; });
    running.cancel();
    const auto exists = [&] {
        const auto looked =
            await(runExec(m_engine.client().exec(),
                          *id,
                          {.options = {.command = {u"test"_s, u"-e"_s, u"/tmp/ended"_s}}}));
        return looked && looked->exitCode == 0;
    };
    QVERIFY(!exists()); // it was cancelled before it began
    QVERIFY(!answered);
}

void tst_RealStreams::outputBeforeABrokenPipeIsKept()
{
    // The process reads little, says something and goes while much input is still on its way.
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    const auto output =
        await(runExec(m_engine.client().exec(),
                      *id,
                      {.options = {.command = {u"sh"_s, u"-c"_s, u"head -c 5; echo bye; exit 4"_s}},
                       .input = QByteArray(4'000'000, 'q')}));
    PADDOCK_VERIFY_OK(output);
    QCOMPARE(output->standardOutput, QByteArray("qqqqqbye\n"));
    QCOMPARE(output->exitCode, 4);
}

void tst_RealStreams::pauseHoldsTheFlow()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    constexpr qint64 kTotal = 20'000'000;
    const auto exec = await(m_engine.client().exec().create(
        *id, {.command = {u"head"_s, u"-c"_s, QString::number(kTotal), u"/dev/zero"_s}}));
    PADDOCK_VERIFY_OK(exec);
    const auto stream = m_engine.client().exec().start(*exec);
    QSignalSpy finished(stream.get(), &AttachStream::finished);
    qint64 received = 0;
    bool paused = false;
    bool pausedOnce = false;
    connect(stream.get(), &AttachStream::frame, this, [&](Channel, const QByteArray &bytes) {
        QVERIFY(!paused);
        received += bytes.size();
        if (received >= 1'000'000 && !pausedOnce) {
            pausedOnce = true;
            paused = true;
            stream->pause();
        }
    });
    QTRY_VERIFY_WITH_TIMEOUT(paused, 30'000);
    // While paused the engine holds the process back: it cannot have written everything.
    const qint64 atPause = received;
    const auto details = await(m_engine.client().exec().inspect(*exec));
    PADDOCK_VERIFY_OK(details);
    QVERIFY(details->running);
    QCOMPARE(received, atPause);
    paused = false;
    stream->resume();
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 60'000);
    PADDOCK_VERIFY_OK(finished.first().first().value<Result<Done>>());
    QCOMPARE(received, kTotal);
}

void tst_RealStreams::terminalOfAnExecIsRawAndCanBeResized()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    const auto exec = await(
        m_engine.client().exec().create(*id, {.command = {u"sh"_s}, .tty = true, .input = true}));
    PADDOCK_VERIFY_OK(exec);
    const auto stream = m_engine.client().exec().start(*exec, {.tty = true});
    Recorder seen(*stream);
    QTRY_COMPARE_WITH_TIMEOUT(seen.opened.size(), 1, 30'000);
    PADDOCK_VERIFY_OK(await(m_engine.client().exec().resize(*exec, {.columns = 111, .rows = 22})));
    stream->write("stty size\n");
    QTRY_VERIFY2(seen.output.contains("22 111"), seen.output.constData());
    stream->write("exit 5\n");
    QTRY_COMPARE_WITH_TIMEOUT(seen.finished.size(), 1, 60'000);
    PADDOCK_VERIFY_OK(seen.result());
    QTRY_COMPARE_WITH_TIMEOUT(
        await(m_engine.client().exec().inspect(*exec))->exitCode, std::optional<int>(5), 30'000);
}

void tst_RealStreams::logsWithAndWithoutFollow()
{
    const auto id = m_engine.started(
        {u"sh"_s, u"-c"_s, u"for i in 1 2 3; do echo line $i; done; echo oops >&2; sleep 1"_s});
    PADDOCK_VERIFY_OK(id);
    const auto follow = m_engine.client().containers().logs(*id, {.follow = true});
    Recorder followed(*follow);
    QTRY_COMPARE_WITH_TIMEOUT(followed.finished.size(), 1, 60'000);
    QCOMPARE(followed.output, QByteArray("line 1\nline 2\nline 3\n"));
    QCOMPARE(followed.errors, QByteArray("oops\n"));

    const auto tail = m_engine.client().containers().logs(*id, {.timestamps = true, .tail = 1});
    Recorder last(*tail);
    QTRY_COMPARE_WITH_TIMEOUT(last.finished.size(), 1, 60'000);
    PADDOCK_VERIFY_OK(last.result());
    QCOMPARE(last.output.count('\n') + last.errors.count('\n'), 1);
    QVERIFY((last.output + last.errors).startsWith("20"));

    const auto missing = m_engine.client().containers().logs(ContainerId{m_engine.uniqueName()});
    Recorder none(*missing);
    QTRY_COMPARE_WITH_TIMEOUT(none.finished.size(), 1, 30'000);
    QCOMPARE(none.result().error().kind, ErrorKind::ContainerNotFound);
}

void tst_RealStreams::destroyedInItsOwnSlot()
{
    const auto id = m_engine.started({u"sleep"_s, u"60"_s});
    PADDOCK_VERIFY_OK(id);
    for (const char *when : {"opened", "frame", "finished"}) {
        const auto exec =
            await(m_engine.client().exec().create(*id, {.command = {u"echo"_s, u"x"_s}}));
        PADDOCK_VERIFY_OK(exec);
        auto stream = m_engine.client().exec().start(*exec);
        bool destroyed = false;
        const auto destroy = [&](const QByteArray &now) {
            if (now == when && stream) {
                destroyed = true;
                stream.reset();
            }
        };
        connect(stream.get(), &AttachStream::opened, this, [&] { destroy("opened"); });
        connect(stream.get(), &AttachStream::frame, this, [&] { destroy("frame"); });
        connect(stream.get(), &AttachStream::finished, this, [&] { destroy("finished"); });
        QTRY_VERIFY_WITH_TIMEOUT(destroyed, 30'000);
    }
}

QTEST_GUILESS_MAIN(tst_RealStreams)
#include "tst_RealStreams.moc"
