// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Porcelain.h"

#include <QTest>

using namespace paddock;
using namespace paddock::git;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kId(40, 'a');
const QByteArray kOther(40, 'b');

QByteArray lines(const QList<QByteArray> &records)
{
    QByteArray text;
    for (const QByteArray &record : records)
        text += record + '\0';
    return text;
}

} // namespace

class tst_Porcelain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void statusOfEveryKind()
    {
        const QByteArray ids = kId + ' ' + kOther;
        const auto entries =
            parseStatus(lines({"1 .M N... 100644 100644 100644 " + ids + " plain file",
                               "2 R. N... 100644 100644 100644 " + ids + " R100 new\nname",
                               "old name",
                               "u UU N... 100644 100644 100644 100644 " + kId + ' ' + ids + " both",
                               "? un tracked",
                               "! ignored"}));
        QVERIFY(entries.has_value());
        const QList<StatusEntry> expected{
            {.path = "plain file", .index = '.', .worktree = 'M'},
            {.path = "new\nname", .oldPath = "old name", .index = 'R', .worktree = '.'},
            {.path = "both", .index = 'U', .worktree = 'U'},
            {.path = "un tracked", .index = '?', .worktree = '?'},
            {.path = "ignored", .index = '!', .worktree = '!'}};
        QCOMPARE(*entries, expected);
    }

    void statusRefusesWhatItDoesNotKnow_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("letter") << lines({"x what"});
        QTest::newRow("empty record") << lines({""});
        QTest::newRow("no path") << lines({"1 .M N... 100644 100644 100644 a b "});
        QTest::newRow("fields missing") << lines({"1 .M N... 100644"});
        QTest::newRow("state letter") << lines({"1 .x N... 100644 100644 100644 a b c"});
        QTest::newRow("rename without the old name")
            << lines({"2 R. N... 100644 100644 100644 a b R100 new"});
        QTest::newRow("no NUL at the end") << QByteArray("? file");
        QTest::newRow("empty path") << lines({"? "});
    }

    void statusRefusesWhatItDoesNotKnow()
    {
        QFETCH(QByteArray, text);
        const auto entries = parseStatus(text);
        QVERIFY(!entries);
        QCOMPARE(entries.error().kind, ErrorKind::ProtocolError);
    }

    void aCutTextIsReadToItsLastWholeRecord()
    {
        const QByteArray text = lines({"? one", "? two", "? three"});
        for (qsizetype length = 0; length <= text.size(); ++length) {
            const auto entries = parseStatus(text.left(length), Tail::MayBeCut);
            QVERIFY(entries.has_value());
            QCOMPARE(entries->size(), text.left(length).count('\0'));
        }
    }

    void numstat()
    {
        const auto entries =
            parseNumstat(lines({"1\t2\tfile", "-\t-\tbinary", "0\t0\t", "old", "new\tname"}));
        QVERIFY(entries.has_value());
        const QList<NumstatEntry> expected{
            {.path = "file", .added = 1, .removed = 2},
            {.path = "binary", .added = -1, .removed = -1},
            {.path = "new\tname", .oldPath = "old", .added = 0, .removed = 0}};
        QCOMPARE(*entries, expected);
        for (const QByteArray &bad : {lines({"1\tfile"}),
                                      lines({"x\t1\tfile"}),
                                      lines({"-1\t1\tfile"}),
                                      lines({"1\t1\t", "old"}),
                                      QByteArray("1\t1\tfile")})
            QVERIFY(!parseNumstat(bad));
    }

    void rawDiff()
    {
        const auto entries = parseRawDiff(
            lines({":000000 120000 " + QByteArray(40, '0') + ' ' + kId + " A", "a link"}));
        QVERIFY(entries.has_value());
        QCOMPARE(entries->size(), 1);
        QCOMPARE(entries->first().newMode, 0120000U);
        QVERIFY(entries->first().oldId.isNull());
        QCOMPARE(entries->first().newId.toHex(), kId);
        QCOMPARE(entries->first().path, QByteArray("a link"));
        for (const QByteArray &bad : {lines({":000000 120000 x y A", "p"}),
                                      lines({":000000 1200x0 " + kId + ' ' + kId + " A", "p"}),
                                      lines({":000000 120000 " + kId + ' ' + kId + " A"}),
                                      lines({"000000 120000 " + kId + ' ' + kId + " A", "p"})})
            QVERIFY(!parseRawDiff(bad));
    }

    void refLines()
    {
        const auto refs = parseRefLines(kId + " HEAD\n" + kOther + " refs/heads/a b\n", 10);
        QVERIFY(refs.has_value());
        QCOMPARE(refs->size(), 2);
        QCOMPARE(refs->at(1).name, QByteArray("refs/heads/a b"));
        QVERIFY(!parseRefLines(kId + " HEAD", 10));
        QVERIFY(!parseRefLines(kId + "\n", 10));
        QVERIFY(!parseRefLines(" HEAD\n", 10));
        QVERIFY(!parseRefLines("short HEAD\n", 10));
        QVERIFY(!parseRefLines(QByteArray(40, '0') + " HEAD\n", 10));
        const auto many = parseRefLines(kId + " a\n" + kId + " b\n", 1);
        QVERIFY(!many);
        QCOMPARE(many.error().kind, ErrorKind::FileTooLarge);
    }

    void objectNames()
    {
        QVERIFY(Oid::fromHex(kId).has_value());
        QCOMPARE(Oid::fromHex(QByteArray(40, 'A'))->toHex(), kId);
        QVERIFY(Oid::fromHex(QByteArray(40, '0'))->isNull());
        QVERIFY(!Oid::fromHex(QByteArray(39, 'a')));
        QVERIFY(!Oid::fromHex(QByteArray(64, 'a')));
        QVERIFY(!Oid::fromHex(QByteArray(39, 'a') + 'g'));
    }
};

QTEST_GUILESS_MAIN(tst_Porcelain)
#include "tst_Porcelain.moc"
