// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/LineSelection.h"

#include <QTest>

using namespace paddock;
using namespace paddock::git;
using namespace Qt::StringLiterals;

namespace {

/// A hunk from its text: "@@ -1,2 +1 @@" and lines, "\" for a missing line feed.
Hunk hunk(const QByteArray &text)
{
    const QByteArray header = "diff --git a/f b/f\nindex " + QByteArray(40, 'a') + ".." +
                              QByteArray(40, 'b') + " 100644\n--- a/f\n+++ b/f\n";
    const auto patch = parsePatch(header + text);
    if (!patch || patch->files.size() != 1 || patch->files[0].hunks.size() != 1)
        qFatal("not a hunk: %s", text.constData());
    return patch->files[0].hunks[0];
}

} // namespace

class tst_LineSelection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothWays_data()
    {
        QTest::addColumn<QByteArray>("oldContent");
        QTest::addColumn<QByteArray>("newContent");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QList<int>>("lines");
        QTest::addColumn<QByteArray>("applied");
        QTest::addColumn<QByteArray>("reverted");

        const QByteArray change = "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n";
        QTest::newRow("both lines of a change")
            << "a\nb\nc\n"_ba
            << "a\nx\nc\n"_ba << change << QList<int>{1, 2} << "a\nx\nc\n"_ba
            << "a\nb\nc\n"_ba;
        QTest::newRow("only the addition")
            << "a\nb\nc\n"_ba
            << "a\nx\nc\n"_ba << change << QList<int>{2} << "a\nb\nx\nc\n"_ba
            << "a\nc\n"_ba;
        QTest::newRow("only the removal")
            << "a\nb\nc\n"_ba
            << "a\nx\nc\n"_ba << change << QList<int>{1} << "a\nc\n"_ba
            << "a\nb\nx\nc\n"_ba;
        QTest::newRow("carriage returns stay") << "a\r\nb\r\nc\r\n"_ba
                                               << "a\r\nx\r\nc\r\n"_ba
                                               << "@@ -1,3 +1,3 @@\n a\r\n-b\r\n+x\r\n c\r\n"_ba
                                               << QList<int>{2} << "a\r\nb\r\nx\r\nc\r\n"_ba
                                               << "a\r\nc\r\n"_ba;
        QTest::newRow("into an empty file")
            << ""_ba
            << "a\nb\n"_ba
            << "@@ -0,0 +1,2 @@\n+a\n+b\n"_ba << QList<int>{1} << "b\n"_ba
            << "a\n"_ba;
        QTest::newRow("out of a file that becomes empty")
            << "a\nb\n"_ba
            << ""_ba
            << "@@ -1,2 +0,0 @@\n-a\n-b\n"_ba << QList<int>{0} << "b\n"_ba
            << "a\n"_ba;
        const QByteArray noFeed = "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+x\n"
                                  "\\ No newline at end of file\n";
        QTest::newRow("a last line that is no longer last gets its line feed")
            << "a\nb"_ba
            << "a\nx"_ba << noFeed << QList<int>{2} << "a\nb\nx"_ba
            << "a\n"_ba;
        QTest::newRow("a last line without line feed is removed")
            << "a\nb"_ba
            << "a\nx"_ba << noFeed << QList<int>{1} << "a\n"_ba
            << "a\nb\nx"_ba;
        QTest::newRow("a line feed as the file has them")
            << "a\r\nb"_ba
            << "a\r\nx"_ba
            << "@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n+x\n"
               "\\ No newline at end of file\n"_ba
            << QList<int>{2} << "a\r\nb\r\nx"_ba
            << "a\r\n"_ba;
        QTest::newRow("only the line feed")
            << "a"_ba
            << "a\n"_ba
            << "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"_ba << QList<int>{0, 1}
            << "a\n"_ba
            << "a"_ba;
        QTest::newRow("in the middle of more")
            << "1\n2\n3\n4\n5\n6\n7\n8\n9\n"_ba
            << "1\n2\n3\n4\n5\nx\ny\n7\n8\n9\n"_ba
            << "@@ -5,3 +5,4 @@\n 5\n-6\n+x\n+y\n 7\n"_ba << QList<int>{3}
            << "1\n2\n3\n4\n5\n6\ny\n7\n8\n9\n"_ba
            << "1\n2\n3\n4\n5\nx\n7\n8\n9\n"_ba;
        QTest::newRow("bytes that are no text")
            << QByteArray("a\n\0\xff\nc\n", 7) << QByteArray("a\n\0\xff\nd\n", 7)
            << "@@ -3 +3 @@\n-c\n+d\n"_ba << QList<int>{0, 1} << QByteArray("a\n\0\xff\nd\n", 7)
            << QByteArray("a\n\0\xff\nc\n", 7);
    }

    void bothWays()
    {
        QFETCH(QByteArray, oldContent);
        QFETCH(QByteArray, newContent);
        QFETCH(QByteArray, text);
        QFETCH(QList<int>, lines);
        const QList<HunkSelection> selection{{.hunk = hunk(text), .lines = lines}};
        const auto applied = applySelected(oldContent, newContent, selection);
        QVERIFY2(applied.has_value(), qPrintable(applied ? QString() : applied.error().toString()));
        QTEST(*applied, "applied");
        const auto reverted = revertSelected(oldContent, newContent, selection);
        QVERIFY(reverted.has_value());
        QTEST(*reverted, "reverted");
        // Everything is one side or the other.
        const QList<HunkSelection> all{{.hunk = hunk(text)}};
        QCOMPARE(*applySelected(oldContent, newContent, all), newContent);
        QCOMPARE(*revertSelected(oldContent, newContent, all), oldContent);
    }

    void twoHunksInAnyOrder()
    {
        const QByteArray before = "a\nb\nc\nd\ne\nf\n";
        const QByteArray after = "A\nb\nc\nd\ne\nF\n";
        const HunkSelection first{.hunk = hunk("@@ -1 +1 @@\n-a\n+A\n")};
        const HunkSelection second{.hunk = hunk("@@ -6 +6 @@\n-f\n+F\n"), .lines = QList<int>{1}};
        QCOMPARE(*applySelected(before, after, {second, first}), "A\nb\nc\nd\ne\nf\nF\n");
        QCOMPARE(*revertSelected(before, after, {second, first}), "a\nb\nc\nd\ne\n");
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("oldContent");
        QTest::addColumn<QByteArray>("newContent");
        QTest::addColumn<QList<int>>("lines");
        QTest::addColumn<ErrorKind>("kind");
        const QByteArray before = "a\nb\nc\n";
        const QByteArray after = "a\nx\nc\n";
        QTest::newRow("nothing chosen")
            << before << after << QList<int>{} << ErrorKind::InvalidArgument;
        QTest::newRow("a line of context")
            << before << after << QList<int>{0} << ErrorKind::InvalidArgument;
        QTest::newRow("no such line")
            << before << after << QList<int>{4} << ErrorKind::InvalidArgument;
        QTest::newRow("negative") << before << after << QList<int>{-1}
                                  << ErrorKind::InvalidArgument;
        QTest::newRow("old side moved on")
            << "a\nB\nc\n"_ba << after << QList<int>{1} << ErrorKind::Conflict;
        QTest::newRow("new side moved on")
            << before << "a\ny\nc\n"_ba << QList<int>{1} << ErrorKind::Conflict;
        QTest::newRow("context moved on")
            << "A\nb\nc\n"_ba << after << QList<int>{1} << ErrorKind::Conflict;
        QTest::newRow("shorter") << "a\n"_ba << after << QList<int>{1} << ErrorKind::Conflict;
        QTest::newRow("the last line has no line feed now")
            << "a\nb\nc"_ba << after << QList<int>{1} << ErrorKind::Conflict;
    }

    void refuses()
    {
        QFETCH(QByteArray, oldContent);
        QFETCH(QByteArray, newContent);
        QFETCH(QList<int>, lines);
        QFETCH(ErrorKind, kind);
        const QList<HunkSelection> selection{
            {.hunk = hunk("@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"), .lines = lines}};
        for (const auto function : {&applySelected, &revertSelected}) {
            const auto result = function(oldContent, newContent, selection);
            QVERIFY(!result);
            QCOMPARE(result.error().kind, kind);
        }
    }

    void refusesHunksThatCannotBe()
    {
        Hunk wrong = hunk("@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
        wrong.oldLines = 4;
        const HunkSelection once{.hunk = hunk("@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n")};
        for (const QList<HunkSelection> &selection :
             {QList<HunkSelection>{}, {{.hunk = wrong}}, {once, once}, {{.hunk = Hunk{}}}}) {
            const auto result = applySelected("a\nb\nc\n", "a\nx\nc\n", selection);
            QVERIFY(!result);
            QCOMPARE(result.error().kind, ErrorKind::InvalidArgument);
        }
    }
};

QTEST_GUILESS_MAIN(tst_LineSelection)
#include "tst_LineSelection.moc"
