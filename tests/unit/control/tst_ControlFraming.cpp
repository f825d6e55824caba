// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/LineBuffer.h"
#include "core/control/TerminalFrame.h"

#include <QTest>

using namespace paddock;
using namespace paddock::control;

class tst_ControlFraming : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void linesCutAtEveryPosition()
    {
        const QByteArray stream = "one\n\nthree is longer\nrest";
        for (qsizetype cut = 0; cut <= stream.size(); ++cut) {
            LineBuffer buffer(100);
            QList<QByteArray> lines;
            for (const QByteArray &part : {stream.left(cut), stream.mid(cut)}) {
                buffer.append(part);
                while (const auto line = buffer.takeLine())
                    lines.append(*line);
            }
            QCOMPARE(lines, QList<QByteArray>({"one", "", "three is longer"}));
            QCOMPARE(buffer.takeRest(), QByteArray("rest"));
            QVERIFY(!buffer.isTooLong());
        }
    }

    void aLineOfTheLimitPassesAndOneMoreDoesNot()
    {
        LineBuffer buffer(8);
        buffer.append("12345678\n");
        QCOMPARE(buffer.takeLine(), std::optional<QByteArray>("12345678"));
        buffer.append("12345678");
        QVERIFY(!buffer.takeLine());
        QVERIFY(!buffer.isTooLong());
        buffer.append("9");
        QVERIFY(!buffer.takeLine());
        QVERIFY(buffer.isTooLong());
        buffer.append("\nshort\n");
        QVERIFY(!buffer.takeLine()); // sticky
    }

    void restFollowsTheLineThatWasTaken()
    {
        LineBuffer buffer(100);
        buffer.append("answer\n\x01\x00\x00");
        QVERIFY(buffer.takeLine().has_value());
        QCOMPARE(buffer.takeRest(), QByteArray("\x01"));
    }

    void framesCutAtEveryPosition()
    {
        const QByteArray stream = encodeTerminalResize({.columns = 132, .rows = 43}) +
                                  encodeTerminalData("hello") + encodeTerminalExit(-7);
        for (qsizetype cut = 0; cut <= stream.size(); ++cut) {
            TerminalFrameDecoder decoder;
            QList<TerminalFrame> frames;
            for (const QByteArray &part : {stream.left(cut), stream.mid(cut)}) {
                decoder.append(part);
                for (;;) {
                    const auto frame = decoder.next();
                    QVERIFY(frame.has_value());
                    if (!*frame)
                        break;
                    frames.append(**frame);
                }
            }
            QCOMPARE(frames.size(), 3);
            QCOMPARE(*terminalSizeOf(frames.at(0)), (TerminalSize{132, 43}));
            QCOMPARE(frames.at(1).payload, QByteArray("hello"));
            QCOMPARE(*terminalExitOf(frames.at(2)), -7);
        }
    }

    void longDataBecomesSeveralFrames()
    {
        const QByteArray bytes(3 * kMaxTerminalPayload + 1, 'x');
        TerminalFrameDecoder decoder;
        decoder.append(encodeTerminalData(bytes));
        QByteArray back;
        int count = 0;
        for (auto frame = decoder.next(); frame && *frame; frame = decoder.next()) {
            back += (*frame)->payload;
            ++count;
        }
        QCOMPARE(back, bytes);
        QCOMPARE(count, 4);
    }

    void wrongFrames_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("type 0") << QByteArray("\0\0\0\0\0", 5);
        QTest::newRow("type 7") << QByteArray("\7\0\0\0\0", 5);
        QTest::newRow("one byte over") << QByteArray("\1\0\1\0\1", 5);
        QTest::newRow("4 GiB") << QByteArray("\1\xff\xff\xff\xff", 5);
    }
    void wrongFrames()
    {
        QFETCH(QByteArray, bytes);
        TerminalFrameDecoder decoder;
        decoder.append(bytes);
        const auto frame = decoder.next();
        QVERIFY(!frame);
        QCOMPARE(frame.error().kind, ErrorKind::ProtocolError);
        decoder.append(encodeTerminalData("x"));
        QVERIFY(!decoder.next()); // sticky
    }

    void payloadsOfWrongSizeAreRefused()
    {
        QVERIFY(!terminalSizeOf({.type = TerminalFrame::Type::Resize, .payload = "123"}));
        QVERIFY(!terminalExitOf({.type = TerminalFrame::Type::Exit, .payload = "12345"}));
    }
};

QTEST_GUILESS_MAIN(tst_ControlFraming)
#include "tst_ControlFraming.moc"
