// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "core/docker/StreamDemuxer.h"
#include "tests/support/FakeDockerDaemon.h"

#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

struct Demuxed
{
    QByteArray output;
    QByteArray errors;
    std::optional<Error> error;
    bool finished = false;
};

Demuxed demux(const QByteArray &bytes, qsizetype cut)
{
    StreamDemuxer demuxer;
    Demuxed all;
    const auto feed = [&](QByteArrayView part) {
        for (const StreamDemuxer::Piece &piece : demuxer.feed(part))
            (piece.channel == Channel::Stderr ? all.errors : all.output) += piece.bytes;
    };
    if (cut < 0) {
        for (qsizetype i = 0; i < bytes.size(); ++i)
            feed(QByteArrayView(bytes).sliced(i, 1));
    } else {
        feed(QByteArrayView(bytes).first(cut));
        feed(QByteArrayView(bytes).sliced(cut));
    }
    all.error = demuxer.error();
    all.finished = demuxer.finish().has_value();
    return all;
}

} // namespace

class tst_StreamDemuxer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesCutAnywhere();
    void badHeaders_data();
    void badHeaders();
    void endInsideAFrame();
    void errorOfTheEngine();
    void payloadIsHandedOnAsItComes();
    void rawIsOneChannel();
};

void tst_StreamDemuxer::framesCutAnywhere()
{
    const QByteArray bytes = dockerFrame(1, "out ") + dockerFrame(2, "err ") + dockerFrame(1, "") +
                             dockerFrame(0, "in ") + dockerFrame(1, QByteArray(300, 'x')) +
                             dockerFrame(2, "end");
    for (qsizetype cut = -1; cut <= bytes.size(); ++cut) {
        const Demuxed all = demux(bytes, cut);
        QVERIFY(!all.error);
        QVERIFY(all.finished);
        QCOMPARE(all.output, QByteArray("out in " + QByteArray(300, 'x')));
        QCOMPARE(all.errors, QByteArray("err end"));
    }
}

void tst_StreamDemuxer::badHeaders_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("type 7") << "\x07\0\0\0\0\0\0\x01x"_ba;
    QTest::newRow("type 255") << "\xff\0\0\0\0\0\0\x01x"_ba;
    QTest::newRow("padding 1") << "\x01\x01\0\0\0\0\0\x01x"_ba;
    QTest::newRow("padding 3") << "\x01\0\0\x01\0\0\0\x01x"_ba;
    QTest::newRow("size 2^32-1") << "\x01\0\0\0\xff\xff\xff\xffx"_ba;
    QTest::newRow("size over the limit") << "\x01\0\0\0\x01\0\0\x01x"_ba;
    QTest::newRow("text of a terminal") << QByteArray("root@box:/# ls\r\n");
    QTest::newRow("text that begins like a type") << "\x01\x1b[0m prompt"_ba;
}

void tst_StreamDemuxer::badHeaders()
{
    QFETCH(QByteArray, bytes);
    for (qsizetype cut = -1; cut <= bytes.size(); ++cut) {
        const Demuxed all = demux(dockerFrame(1, "before") + bytes, cut < 0 ? -1 : 14 + cut);
        QVERIFY(all.error);
        QCOMPARE(all.error->kind, ErrorKind::ProtocolError);
        QCOMPARE(all.output, QByteArray("before")); // nothing is guessed out of it
        QVERIFY(!all.finished);
    }
}

void tst_StreamDemuxer::endInsideAFrame()
{
    const QByteArray bytes = dockerFrame(1, "payload");
    for (qsizetype length = 1; length < bytes.size(); ++length) {
        StreamDemuxer demuxer;
        (void)demuxer.feed(bytes.left(length));
        const auto ended = demuxer.finish();
        QVERIFY(!ended);
        QCOMPARE(ended.error().kind, ErrorKind::ConnectionLost);
    }
    QVERIFY(StreamDemuxer().finish());
}

void tst_StreamDemuxer::errorOfTheEngine()
{
    const QByteArray bytes = dockerFrame(1, "a") + dockerFrame(3, "the daemon says no");
    for (qsizetype cut = -1; cut <= bytes.size(); ++cut) {
        const Demuxed all = demux(bytes, cut);
        QVERIFY(all.error);
        QCOMPARE(all.error->detail, u"the daemon says no"_s);
        QCOMPARE(all.output, QByteArray("a"));
    }
    QVERIFY(demux(dockerFrame(3, ""), 0).error);
}

void tst_StreamDemuxer::payloadIsHandedOnAsItComes()
{
    StreamDemuxer demuxer;
    const QByteArray frame = dockerFrame(1, QByteArray(1'000'000, 'p'));
    const auto pieces = demuxer.feed(frame.left(108));
    QCOMPARE(pieces.size(), 1);
    QCOMPARE(pieces.first().bytes.size(), 100);
}

void tst_StreamDemuxer::rawIsOneChannel()
{
    StreamDemuxer demuxer(StreamDemuxer::Mode::Raw);
    const auto pieces = demuxer.feed(dockerFrame(2, "x"));
    QCOMPARE(pieces.size(), 1);
    QCOMPARE(pieces.first().channel, Channel::Stdout);
    QCOMPARE(pieces.first().bytes, dockerFrame(2, "x"));
    QVERIFY(demuxer.finish());
}

QTEST_GUILESS_MAIN(tst_StreamDemuxer)
#include "tst_StreamDemuxer.moc"
