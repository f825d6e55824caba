// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/TreeFrames.h"

#include <QTest>

using namespace paddock;
using namespace paddock::worktrees;

namespace {

const TreeOpen kOpen{.workPath = "/w\xff",
                     .gitDir = "/g",
                     .indexFile = "/i",
                     .trustsFileMode = false,
                     .convertsLineEnds = true,
                     .isPlain = true,
                     .maxWatches = 7,
                     .sweepSeconds = 9};

} // namespace

class tst_TreeFrames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesInAnyPieces()
    {
        const QList<TreeFrame> frames{
            {.kind = TreeFrameKind::Open, .request = 1, .payload = encode(kOpen)},
            {.kind = TreeFrameKind::Changed, .request = 0, .payload = {}},
            {.kind = TreeFrameKind::Failed, .request = 0xffffffff, .payload = "abc"}};
        QByteArray bytes;
        for (const TreeFrame &frame : frames)
            bytes += encodeTreeFrame(frame);
        for (qsizetype cut = 0; cut <= bytes.size(); ++cut) {
            TreeFrameReader reader;
            QList<TreeFrame> got;
            for (const QByteArray &piece : {bytes.left(cut), bytes.mid(cut)}) {
                reader.append(piece);
                for (;;) {
                    const auto frame = reader.next();
                    QVERIFY(frame);
                    if (!frame->has_value())
                        break;
                    got += **frame;
                }
            }
            QCOMPARE(got.size(), frames.size());
            QVERIFY(got == frames);
        }
    }

    void brokenFrames_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("too long") << QByteArray("\xff\xff\xff\xff");
        QTest::newRow("too short") << QByteArray("\x04\x00\x00\x00\x01\x00\x00\x00", 8);
        QTest::newRow("unknown kind") << QByteArray("\x05\x00\x00\x00\x63\x00\x00\x00\x00", 9);
        QTest::newRow("unknown kind, no more") << QByteArray("\x05\x00\x00\x00\x63", 5);
    }

    void brokenFrames()
    {
        QFETCH(QByteArray, bytes);
        TreeFrameReader reader;
        reader.append(bytes);
        const auto frame = reader.next();
        QVERIFY(!frame);
        QCOMPARE(frame.error().kind, ErrorKind::ProtocolError);
    }

    void payloads()
    {
        QVERIFY(decodeTreeOpen(encode(kOpen)) == kOpen);
        const TreeLook look{.head = QByteArray(40, 'a')};
        QVERIFY(decodeTreeLook(encode(look)) == look);
        QVERIFY(!decodeTreeLook(encode(TreeLook{.head = "--all"})));
        QVERIFY(
            !decodeTreeOpen(encode(TreeOpen{.workPath = "w", .gitDir = "/g", .indexFile = "/i"})));
        const TreeFailure failure{.kind = TreeFailure::Kind::TimedOut, .detail = "x"};
        QVERIFY(decodeTreeFailure(encode(failure)) == failure);
        const TreeAnswer answer{.files = {{.path = "a\nb\xff", .index = 'M', .worktree = 'D'},
                                          {.path = "n", .oldPath = "o", .index = 'R'},
                                          {.path = "u/", .worktree = '?', .untracked = true}},
                                .truncated = true,
                                .isWatched = true,
                                .watches = 3,
                                .looked = 4};
        const auto read = decodeTreeAnswer(encode(answer));
        QVERIFY(read);
        QCOMPARE(read->files, answer.files);
        QVERIFY(read->truncated && read->isWatched && read->watches == 3 && read->looked == 4);
    }

    void hostileAnswers_data()
    {
        QTest::addColumn<TreeAnswer>("answer");
        QTest::newRow("letter") << TreeAnswer{.files = {{.path = "a", .index = '<'}}};
        QTest::newRow("no path") << TreeAnswer{.files = {{.path = "", .index = 'M'}}};
        QTest::newRow("absolute") << TreeAnswer{.files = {{.path = "/etc", .index = 'M'}}};
        QTest::newRow("NUL") << TreeAnswer{
            .files = {{.path = QByteArray("a\0b", 3), .index = 'M'}}};
    }

    void hostileAnswers()
    {
        QFETCH(TreeAnswer, answer);
        QVERIFY(!decodeTreeAnswer(encode(answer)));
    }

    void cutAnswers()
    {
        const QByteArray whole = encode(TreeAnswer{.files = {{.path = "abc", .index = 'M'}}});
        for (qsizetype size = 0; size < whole.size(); ++size)
            QVERIFY(!decodeTreeAnswer(whole.left(size)));
        QVERIFY(!decodeTreeAnswer(whole + 'x'));
        // A count of more files than there can be.
        QByteArray counted = whole;
        counted.replace(10, 4, QByteArray("\xff\xff\xff\x7f", 4));
        QVERIFY(!decodeTreeAnswer(counted));
    }
};

QTEST_APPLESS_MAIN(tst_TreeFrames)
#include "tst_TreeFrames.moc"
