// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/changes/LineDiff.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

using namespace paddock::ui;
using namespace Qt::StringLiterals;

namespace {

using K = DiffLine::Kind;

// " a" kept, "+b" added, "-c" removed, '@' anything else.
QString shape(const QList<DiffLine> &lines)
{
    QStringList out;
    for (const DiffLine &line : lines) {
        const QChar sign = line.kind == K::Added     ? u'+'
                           : line.kind == K::Removed ? u'-'
                           : line.kind == K::Context ? u' '
                                                     : u'@';
        out += sign + line.text;
    }
    return out.join(u'|');
}

} // namespace

class tst_LineDiff : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textsAreCompared_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("lines");
        QTest::newRow("same") << u"a\nb\n"_s << u"a\nb\n"_s << QString();
        QTest::newRow("new file") << QString() << u"a\nb\n"_s << u"+a|+b"_s;
        QTest::newRow("emptied") << u"a\n"_s << QString() << u"-a"_s;
        QTest::newRow("changed line") << u"a\nb\nc\n"_s << u"a\nx\nc\n"_s << u" a|-b|+x| c"_s;
        QTest::newRow("inserted") << u"a\nc\n"_s << u"a\nb\nc\n"_s << u" a|+b| c"_s;
        QTest::newRow("two places")
            << u"1\na\nb\nc\nd\ne\nf\n2\n"_s << u"X\na\nb\nc\nd\ne\nf\nY\n"_s
            << u"-1|+X| a| b|@⋯| e| f|-2|+Y"_s;
        QTest::newRow("no last newline") << u"a"_s << u"a\nb"_s << u" a|+b"_s;
    }
    void textsAreCompared()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QString, lines);
        const DiffText diff = diffOfTexts(before, after);
        QCOMPARE(shape(diff.lines), lines);
        QVERIFY(!diff.isCut);
    }

    void diffRebuildsBothTexts()
    {
        QRandomGenerator random(7);
        int compared = 0;
        for (int round = 0; round < 200; ++round) {
            QStringList before;
            QStringList after;
            for (int i = 0; i < 30; ++i) {
                if (random.bounded(3) != 0)
                    before += QString::number(random.bounded(6));
                if (random.bounded(3) != 0)
                    after += QString::number(random.bounded(6));
            }
            if (before == after)
                continue; // nothing is shown then
            const DiffText diff =
                diffOfTexts(before.join(u'\n') + u'\n', after.join(u'\n') + u'\n', 1000);
            QStringList oldLines;
            QStringList newLines;
            for (const DiffLine &line : diff.lines) {
                if (line.kind != K::Added)
                    oldLines += line.text;
                if (line.kind != K::Removed)
                    newLines += line.text;
            }
            QCOMPARE(oldLines, before);
            QCOMPARE(newLines, after);
            ++compared;
        }
        QVERIFY(compared > 100);
    }

    void hugeTextsAreCutQuickly()
    {
        QString before;
        QString after;
        for (int i = 0; i < 30'000; ++i) {
            before += u"old %1\n"_s.arg(i);
            after += u"new %1\n"_s.arg(i);
        }
        QElapsedTimer timer;
        timer.start();
        const DiffText diff = diffOfTexts(before, after, 2, 400);
        QCOMPARE(diff.lines.size(), 400);
        QVERIFY(diff.isCut);
        QCOMPARE(diff.added, 30'000);
        QVERIFY(timer.elapsed() < 2000);
    }

    void patchIsRead()
    {
        const QList<PatchFile> files = parsePatch(
            "diff --git a/x y.txt b/x y.txt\nindex 1..2 100644\n--- a/x y.txt\n+++ b/x y.txt\n"
            "@@ -10,3 +10,4 @@ int main()\n keep\n-gone\n+--- new\n+more\n last\n"
            "\\ No newline at end of file\n"
            "diff --git a/bin b/bin\nBinary files a/bin and b/bin differ\n"
            "diff --git a/old b/old\ndeleted file mode 100644\n--- a/old\n+++ /dev/null\n"
            "@@ -1 +0,0 @@\n-x\n");
        QCOMPARE(files.size(), 3);
        QCOMPARE(files.at(0).path, u"x y.txt"_s);
        QCOMPARE(files.at(0).added, 2);
        QCOMPARE(files.at(0).removed, 1);
        QCOMPARE(shape(files.at(0).lines),
                 u"@@@ -10,3 +10,4 @@ int main()| keep|-gone|+--- new|+more| last|@\\ No newline "
                 u"at end of file"_s);
        QCOMPARE(files.at(0).lines.at(1).oldNumber, 10);
        QCOMPARE(files.at(0).lines.at(3).newNumber, 11);
        QCOMPARE(files.at(1).path, u"bin"_s);
        QCOMPARE(files.at(2).path, u"old"_s);
        QCOMPARE(files.at(2).removed, 1);
    }

    void hostilePatchesAreSurvived_data()
    {
        QTest::addColumn<QByteArray>("patch");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("garbage") << QByteArray("\0\xff\xfe garbage\n@@@@\n", 18);
        QTest::newRow("hunk without file") << QByteArray("@@ -1 +1 @@\n-a\n+b\n");
        QTest::newRow("numbers out of range")
            << QByteArray("diff --git a/a b/a\n@@ -99999999999,9999999999 +1,1 @@\n+a\n");
        QTest::newRow("negative count")
            << QByteArray("diff --git a/a b/a\n@@ -1,-5 +1,-5 @@\n+a\n");
        QTest::newRow("hunk that ends early")
            << QByteArray("diff --git a/a b/a\n@@ -1,50 +1,50 @@\n a\ndiff --git a/b b/b\n");
        QTest::newRow("quoted name")
            << QByteArray("diff --git \"a/\\303\\244\" \"b/\\303\\244\"\n");
        QTest::newRow("only half a heading") << QByteArray("diff --git");
        QTest::newRow("line of 5 MB")
            << QByteArray("diff --git a/a b/a\n@@ -0,0 +1 @@\n+") + QByteArray(5'000'000, 'x');
    }
    void hostilePatchesAreSurvived()
    {
        QFETCH(QByteArray, patch);
        QElapsedTimer timer;
        timer.start();
        const QList<PatchFile> files = parsePatch(patch);
        for (const PatchFile &file : files) {
            for (const DiffLine &line : file.lines)
                QVERIFY(line.text.size() < kMaxDiffLineCharacters + 100);
        }
        QVERIFY(timer.elapsed() < 2000);
    }

    void bidirectionalControlsAreShown()
    {
        const QList<PatchFile> files =
            parsePatch(u"diff --git a/a b/a\n@@ -0,0 +1 @@\n+if (admin\u202E) {\n"_s.toUtf8());
        QCOMPARE(files.at(0).lines.at(1).text, u"if (admin\\u{202E}) {"_s);
    }

    void readingStopsAtTheLimit()
    {
        QByteArray patch("diff --git a/a b/a\n@@ -0,0 +1,100 @@\n");
        for (int i = 0; i < 100; ++i)
            patch += "+x\n";
        const QList<PatchFile> files = parsePatch(patch, 50);
        QCOMPARE(files.size(), 1);
        QVERIFY(files.at(0).lines.size() < 55);
        QCOMPARE(files.at(0).lines.last().kind, K::Note);
    }
};

QTEST_GUILESS_MAIN(tst_LineDiff)
#include "tst_LineDiff.moc"
