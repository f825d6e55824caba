// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Engine faults H8 and H9: frames that are broken, and streams of the other kind than expected.

#include "core/docker/DockerClient.h"
#include "tests/support/Await.h"
#include "tests/support/FakeDockerDaemon.h"
#include "tests/support/TestEnvironment.h"

#include <QJsonObject>
#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

struct Seen
{
    QByteArray output;
    QByteArray errors;
    Result<Done> result = fail(ErrorKind::Internal, u"not finished"_s);
};

const QByteArray kUpgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

} // namespace

class tst_EngineStreams : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void h8_brokenFrames();
    void h8_framesByteByByte();
    void h9_rawWhereFramesAreExpected();
    void h9_framesWhereRawIsExpected();
    void h9_terminalIsAskedFromTheEngine();

private:
    /// Attaches to the scripted container and waits for the end.
    Seen attach(const FakeReply &reply, std::optional<bool> tty)
    {
        m_daemon.once("POST", "/containers/abc/attach", reply);
        Seen seen;
        const auto stream = m_client.containers().attach(ContainerId{u"abc"_s}, {.tty = tty});
        QSignalSpy finished(stream.get(), &AttachStream::finished);
        connect(stream.get(),
                &AttachStream::frame,
                this,
                [&](Channel channel, const QByteArray &bytes) {
                    (channel == Channel::Stderr ? seen.errors : seen.output) += bytes;
                });
        if (!finished.isEmpty() || finished.wait(10'000))
            seen.result = finished.first().first().value<Result<Done>>();
        return seen;
    }

    TestEnvironment m_environment;
    FakeDockerDaemon m_daemon;
    DockerClient m_client{{m_daemon.socketPath(), EndpointOrigin::Setting, u"test"_s}};
};

void tst_EngineStreams::h8_brokenFrames()
{
    const QByteArray good = dockerFrame(1, "good");
    const Seen control = attach(FakeReply::raw(kUpgraded + good), false);
    PADDOCK_VERIFY_OK(control.result);
    QCOMPARE(control.output, QByteArray("good"));

    for (const QByteArray &bad : {QByteArray("\x07\0\0\0\0\0\0\x01x", 9),
                                  QByteArray("\x01\0\x09\0\0\0\0\x01x", 9),
                                  QByteArray("\x01\0\0\0\xff\xff\xff\xffxxxx", 12)}) {
        for (const qsizetype piece : {0, 1}) {
            FakeReply reply = FakeReply::raw(kUpgraded + good + bad).split(piece);
            reply.after = FakeReply::After::KeepOpen; // the client ends it, not the engine
            const Seen seen = attach(reply, false);
            QVERIFY(!seen.result);
            QCOMPARE(seen.result.error().kind, ErrorKind::ProtocolError);
            QCOMPARE(seen.output, QByteArray("good"));
        }
    }
    // The end inside a header, and inside a payload.
    for (qsizetype missing = 1; missing < good.size(); ++missing) {
        const Seen seen = attach(FakeReply::raw(kUpgraded + good + good.chopped(missing)), false);
        QVERIFY(!seen.result);
        QCOMPARE(seen.result.error().kind, ErrorKind::ConnectionLost);
        QVERIFY(seen.output.startsWith("good"));
    }
}

void tst_EngineStreams::h8_framesByteByByte()
{
    QByteArray bytes;
    QByteArray output;
    QByteArray errors;
    for (int i = 0; i < 40; ++i) {
        const QByteArray payload = QByteArray::number(i * 7919);
        bytes += dockerFrame(i % 3 == 0 ? 2 : 1, payload);
        (i % 3 == 0 ? errors : output) += payload;
    }
    const Seen seen = attach(FakeReply::raw(kUpgraded + bytes).split(1), false);
    PADDOCK_VERIFY_OK(seen.result);
    QCOMPARE(seen.output, output);
    QCOMPARE(seen.errors, errors);
}

void tst_EngineStreams::h9_rawWhereFramesAreExpected()
{
    const Seen seen = attach(FakeReply::raw(kUpgraded + "root@agent:/workspace# ls\r\n"), false);
    QVERIFY(!seen.result);
    QCOMPARE(seen.result.error().kind, ErrorKind::ProtocolError);
    QCOMPARE(seen.output, QByteArray()); // nothing is guessed out of it
    QCOMPARE(seen.errors, QByteArray());
}

void tst_EngineStreams::h9_framesWhereRawIsExpected()
{
    // With a terminal the bytes are the terminal's: shown as they are, never parsed. An engine that
    // announces frames is believed (tst_DockerClient); this one announces nothing.
    const QByteArray bytes = "\x1b[31mred\x1b[0m" + dockerFrame(1, "x");
    const Seen seen = attach(FakeReply::raw(kUpgraded + bytes), true);
    PADDOCK_VERIFY_OK(seen.result);
    QCOMPARE(seen.output, bytes);
}

void tst_EngineStreams::h9_terminalIsAskedFromTheEngine()
{
    for (const bool tty : {true, false}) {
        m_daemon.once(
            "GET",
            "/containers/abc/json",
            FakeReply::json(200,
                            QJsonObject{{u"Id"_s, u"abc"_s},
                                        {u"Name"_s, u"/x"_s},
                                        {u"State"_s, QJsonObject{{u"Status"_s, u"running"_s}}},
                                        {u"Config"_s, QJsonObject{{u"Tty"_s, tty}}}}));
        const QByteArray bytes = tty ? QByteArray("raw text") : dockerFrame(1, "framed text");
        const Seen seen = attach(FakeReply::raw(kUpgraded + bytes), std::nullopt);
        PADDOCK_VERIFY_OK(seen.result);
        QCOMPARE(seen.output, QByteArray(tty ? "raw text" : "framed text"));
    }
}

QTEST_GUILESS_MAIN(tst_EngineStreams)
#include "tst_EngineStreams.moc"
