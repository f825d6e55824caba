// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Patch.h"

#include <QTest>

using namespace paddock;
using namespace paddock::git;
using namespace Qt::StringLiterals;

namespace {

using Kind = PatchLineKind;

const QByteArray kA(40, 'a');
const QByteArray kB(40, 'b');
const QByteArray kNone(40, '0');

QByteArray header(const QByteArray &path)
{
    return "diff --git a/" + path + " b/" + path + "\nindex " + kA + ".." + kB + " 100644\n--- a/" +
           path + "\n+++ b/" + path + '\n';
}

Oid oid(const QByteArray &hex)
{
    return *Oid::fromHex(hex);
}

/// Two files, of which the first has two hunks and no line feed at its end.
QByteArray twoFiles()
{
    return header("one") + "@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -10 +10 @@ section\n-x\n+y\n" +
           "\\ No newline at end of file\n" + header("two") + "@@ -0,0 +1 @@\n+z\n";
}

/// True if \a part holds the beginning of \a whole and says that it is cut.
bool isBeginning(const Patch &part, const Patch &whole)
{
    if (!part.cut || part.files.size() > whole.files.size())
        return false;
    for (qsizetype i = 0; i < part.files.size(); ++i) {
        FilePatch file = part.files[i];
        FilePatch expected = whole.files[i];
        if (file.cut) {
            if (i + 1 != part.files.size() || file.hunks.size() > expected.hunks.size())
                return false;
            expected.hunks.resize(file.hunks.size());
            file.cut = expected.cut;
        }
        if (file != expected)
            return false;
    }
    return true;
}

} // namespace

class tst_Patch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anEmptyTextHasNoFiles()
    {
        const auto patch = parsePatch({});
        QVERIFY(patch.has_value());
        QCOMPARE(*patch, Patch{});
    }

    void aChangedFile()
    {
        const auto patch =
            parsePatch(header("src/main.cpp") +
                       "@@ -3,4 +3,4 @@ int main()\n one\r\n-two\n+zwei\r\n+\n three\n"
                       "-four\n\\ No newline at end of file\n");
        QVERIFY(patch.has_value());
        const Hunk hunk{
            .oldStart = 3,
            .oldLines = 4,
            .newStart = 3,
            .newLines = 4,
            .section = "int main()",
            .lines = {
                {.text = "one\r", .oldNumber = 3, .newNumber = 3},
                {.kind = Kind::Removed, .text = "two", .oldNumber = 4},
                {.kind = Kind::Added, .text = "zwei\r", .newNumber = 4},
                {.kind = Kind::Added, .text = "", .newNumber = 5},
                {.text = "three", .oldNumber = 5, .newNumber = 6},
                {.kind = Kind::Removed, .text = "four", .noNewlineAtEnd = true, .oldNumber = 6}}};
        const FilePatch file{.oldPath = "src/main.cpp",
                             .newPath = "src/main.cpp",
                             .oldMode = 0100644,
                             .newMode = 0100644,
                             .oldId = oid(kA),
                             .newId = oid(kB),
                             .hunks = {hunk}};
        QCOMPARE(patch->files, QList{file});
        QVERIFY(!patch->cut);
        QVERIFY(!file.isNew() && !file.isDeleted() && !file.isRenamed());
    }

    void filesWithoutHunks_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<FilePatch>("expected");
        QTest::newRow("mode only")
            << QByteArray("diff --git a/run b/run\nold mode 100644\nnew mode 100755\n")
            << FilePatch{
                   .oldPath = "run", .newPath = "run", .oldMode = 0100644, .newMode = 0100755};
        QTest::newRow("new and empty")
            << QByteArray("diff --git a/e b/e\nnew file mode 100644\nindex " + kNone + ".." + kB +
                          "\n")
            << FilePatch{.newPath = "e", .newMode = 0100644, .newId = oid(kB)};
        QTest::newRow("empty and gone")
            << QByteArray("diff --git a/e b/e\ndeleted file mode 100755\nindex " + kA + ".." +
                          kNone + "\n")
            << FilePatch{.oldPath = "e", .oldMode = 0100755, .oldId = oid(kA)};
        QTest::newRow("pure rename")
            << QByteArray("diff --git a/x y b/x y b/z\nsimilarity index 100%\nrename from x y\n"
                          "rename to x y b/z\n")
            << FilePatch{.oldPath = "x y", .newPath = "x y b/z", .similarity = 100};
        QTest::newRow("copy")
            << QByteArray("diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n")
            << FilePatch{.oldPath = "x", .newPath = "y", .similarity = 100, .copied = true};
        QTest::newRow("binary") << QByteArray("diff --git a/i.png b/i.png\nindex " + kA + ".." +
                                              kB +
                                              " 100644\nBinary files a/i.png and b/i.png differ\n")
                                << FilePatch{.oldPath = "i.png",
                                             .newPath = "i.png",
                                             .oldMode = 0100644,
                                             .newMode = 0100644,
                                             .oldId = oid(kA),
                                             .newId = oid(kB),
                                             .binary = true};
        QTest::newRow("binary with its content")
            << QByteArray("diff --git a/i b/i\nindex " + kA + ".." + kB +
                          " 100644\nGIT binary patch\nliteral 1\nIcmZPo\n\nliteral 0\nHcmV?d\n\n")
            << FilePatch{.oldPath = "i",
                         .newPath = "i",
                         .oldMode = 0100644,
                         .newMode = 0100644,
                         .oldId = oid(kA),
                         .newId = oid(kB),
                         .binary = true};
        QTest::newRow("a NUL in a line")
            << header("n") + "@@ -1 +1 @@\n-a\n+b" + QByteArray(1, '\0') + "c\n"
            << FilePatch{.oldPath = "n",
                         .newPath = "n",
                         .oldMode = 0100644,
                         .newMode = 0100644,
                         .oldId = oid(kA),
                         .newId = oid(kB),
                         .binary = true};
        QTest::newRow("quoted name")
            << QByteArray("diff --git \"a/\\303\\244\\n\\\"\" \"b/\\303\\244\\n\\\"\"\n"
                          "old mode 100644\nnew mode 100755\n")
            << FilePatch{.oldPath = "\xc3\xa4\n\"",
                         .newPath = "\xc3\xa4\n\"",
                         .oldMode = 0100644,
                         .newMode = 0100755};
        QTest::newRow("unmerged") << QByteArray("* Unmerged path dir/x\n")
                                  << FilePatch{
                                         .oldPath = "dir/x", .newPath = "dir/x", .unmerged = true};
        QTest::newRow("combined")
            << QByteArray("diff --cc x\nindex " + kA + ',' + kA + ".." + kB +
                          "\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,5 @@@\n++<<<<<<< ours\n +a\n")
            << FilePatch{.oldPath = "x", .newPath = "x", .unmerged = true};
    }

    void filesWithoutHunks()
    {
        QFETCH(QByteArray, text);
        QFETCH(FilePatch, expected);
        const auto patch = parsePatch(text + header("next") + "@@ -1 +1 @@\n-a\n+b\n");
        QVERIFY(patch.has_value());
        QCOMPARE(patch->files.size(), 2);
        QCOMPARE(patch->files[0], expected);
        QCOMPARE(patch->files[1].path(), "next"_ba);
        QCOMPARE(patch->files[1].hunks.size(), 1);
    }

    void namesOfChangedFiles_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("oldPath");
        QTest::addColumn<QByteArray>("newPath");
        const QByteArray ids = "index " + kA + ".." + kB;
        const QByteArray hunk = "@@ -1 +1 @@\n-a\n+b\n";
        QTest::newRow("spaces: a tab follows")
            << "diff --git a/x y b/x y\n" + ids + " 100644\n--- a/x y\t\n+++ b/x y\t\n" + hunk
            << "x y"_ba
            << "x y"_ba;
        QTest::newRow("looks like two names")
            << "diff --git a/x b/x b/x b/x\n" + ids + " 100644\n--- a/x b/x\t\n+++ b/x b/x\t\n" +
                   hunk
            << "x b/x"_ba
            << "x b/x"_ba;
        QTest::newRow("not UTF-8, as it is")
            << "diff --git a/\xff b/\xff\n" + ids + " 100644\n--- a/\xff\n+++ b/\xff\n" + hunk
            << "\xff"_ba
            << "\xff"_ba;
        QTest::newRow("new") << "diff --git a/n b/n\nnew file mode 100644\nindex " + kNone + ".." +
                                    kB + "\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+b\n"
                             << ""_ba
                             << "n"_ba;
        QTest::newRow("gone") << "diff --git a/n b/n\ndeleted file mode 100644\nindex " + kA +
                                     ".." + kNone + "\n--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n"
                              << "n"_ba
                              << ""_ba;
        QTest::newRow("a file that is called like nothing")
            << header("dev/null") + hunk << "dev/null"_ba
            << "dev/null"_ba;
        QTest::newRow("renamed and changed")
            << "diff --git a/x b/\"y\nsimilarity index 50%\nrename from x\nrename to \"\\\"y\"\n" +
                   ids + " 100644\n--- a/x\n+++ \"b/\\\"y\"\n" + hunk
            << "x"_ba
            << "\"y"_ba;
    }

    void namesOfChangedFiles()
    {
        QFETCH(QByteArray, text);
        const auto patch = parsePatch(text);
        QVERIFY(patch.has_value());
        QCOMPARE(patch->files.size(), 1);
        QTEST(patch->files[0].oldPath, "oldPath");
        QTEST(patch->files[0].newPath, "newPath");
        QCOMPARE(patch->files[0].hunks.size(), 1);
    }

    void refusesWhatGitDoesNotPrint_data()
    {
        QTest::addColumn<QByteArray>("text");
        const QByteArray modes = "old mode 100644\nnew mode 100755\n";
        const QByteArray hunk = "@@ -1 +1 @@\n-a\n+b\n";
        QTest::newRow("other text") << "hello\n"_ba;
        QTest::newRow("a hunk without a file") << hunk;
        QTest::newRow("no line feed at the end") << header("x") + "@@ -1 +1 @@\n-a\n+b";
        QTest::newRow("fewer lines than said") << header("x") + "@@ -1,2 +1 @@\n-a\n+b\n";
        QTest::newRow("more lines than said") << header("x") + "@@ -1 +1 @@\n-a\n+b\n+c\n";
        QTest::newRow("context past the end") << header("x") + "@@ -1 +1,2 @@\n a\n b\n";
        QTest::newRow("no lines at all") << header("x") + "@@ -1,0 +1,0 @@\n";
        QTest::newRow("line zero") << header("x") + "@@ -0,1 +1 @@\n-a\n+b\n";
        QTest::newRow("huge number") << header("x") + "@@ -99999999999999999999 +1 @@\n-a\n+b\n";
        QTest::newRow("huge count") << header("x") + "@@ -1,4999999999 +1 @@\n-a\n+b\n";
        QTest::newRow("no second @@") << header("x") + "@@ -1 +1\n-a\n+b\n";
        QTest::newRow("hunks backwards")
            << header("x") + "@@ -5 +5 @@\n-a\n+b\n@@ -5 +6 @@\n-a\n+b\n";
        QTest::newRow("empty line in a hunk") << header("x") + "@@ -1,2 +1,2 @@\n\n-a\n+b\n";
        QTest::newRow("a line behind the last")
            << header("x") + "@@ -1,2 +1 @@\n-a\n\\ No newline at end of file\n-a\n+b\n";
        QTest::newRow("a hunk behind the last line")
            << header("x") + "@@ -1 +1 @@\n-a\n\\ No\n+b\n\\ No\n" + "@@ -7 +7 @@\n-a\n+b\n";
        QTest::newRow("mark without a line") << header("x") + "@@ -1 +1 @@\n\\ No\n-a\n+b\n";
        QTest::newRow("two names, no rename") << "diff --git a/x b/y\n" + modes;
        QTest::newRow("no name") << "diff --git a/ b/\n" + modes;
        QTest::newRow("no prefix") << "diff --git x x\n" + modes;
        QTest::newRow("rename without a target")
            << "diff --git a/x b/y\nsimilarity index 90%\nrename from x\n"_ba;
        QTest::newRow("other name below")
            << "diff --git a/x b/x\nindex " + kA + ".." + kB + " 100644\n--- a/x\n+++ b/y\n" + hunk;
        QTest::newRow("nothing that is not new") << "diff --git a/x b/x\nindex " + kA + ".." + kB +
                                                        " 100644\n--- /dev/null\n+++ b/x\n" + hunk;
        QTest::newRow("new and gone") << "diff --git a/x b/x\ndeleted file mode 100644\n"
                                         "new file mode 100644\n"_ba;
        QTest::newRow("NUL in a name") << "diff --git \"a/x\\000\" \"b/x\\000\"\n" + modes;
        QTest::newRow("NUL in a name without quotes") << "* Unmerged path a\0b\n"_ba;
        QTest::newRow("no name without quotes") << "* Unmerged path \n"_ba;
        QTest::newRow("open quote") << "diff --git \"a/x\" \"b/x\n" + modes;
        QTest::newRow("mode") << "diff --git a/x b/x\nold mode 1006x4\nnew mode 100755\n"_ba;
        QTest::newRow("short id") << "diff --git a/x b/x\nindex abc..def 100644\n"_ba;
        QTest::newRow("similarity")
            << "diff --git a/x b/y\nsimilarity index 900%\nrename from x\nrename to y\n"_ba;
    }

    void refusesWhatGitDoesNotPrint()
    {
        QFETCH(QByteArray, text);
        const auto patch = parsePatch(text);
        QVERIFY(!patch);
        QCOMPARE(patch.error().kind, ErrorKind::ProtocolError);
    }

    void aCutTextIsReadToItsLastWholeHunk()
    {
        const QByteArray text = twoFiles();
        const auto whole = parsePatch(text);
        QVERIFY(whole.has_value());
        qsizetype hunks = 0;
        for (qsizetype length = 0; length <= text.size(); ++length) {
            const auto part = parsePatch(text.left(length), Tail::MayBeCut);
            QVERIFY2(part.has_value(), qPrintable(QString::number(length)));
            QVERIFY2(isBeginning(*part, *whole), qPrintable(QString::number(length)));
            qsizetype found = 0;
            for (const FilePatch &file : part->files)
                found += file.hunks.size();
            QVERIFY(found >= hunks);
            hunks = found;
        }
        QCOMPARE(hunks, 2); // the very last one may have lost the mark for its line feed
    }

    void aLimitCutsLikeAnEnd()
    {
        const auto whole = parsePatch(twoFiles());
        QVERIFY(whole.has_value());
        for (qsizetype lines = 0; lines < 6; ++lines) {
            const auto part = parsePatch(twoFiles(), Tail::Complete, {.lines = lines});
            QVERIFY(part.has_value());
            QVERIFY(isBeginning(*part, *whole));
            QCOMPARE(part->files.constLast().hunks.size(), lines < 3 ? 0 : lines < 5 ? 1 : 0);
        }
        QCOMPARE(*parsePatch(twoFiles(), Tail::Complete, {.lines = 6}), *whole);
        const auto one = parsePatch(twoFiles(), Tail::Complete, {.files = 1});
        QVERIFY(one.has_value());
        QCOMPARE(one->files.size(), 1);
        QVERIFY(one->cut && !one->files[0].cut);
    }

    void aLongLine()
    {
        const QByteArray line(5 * 1024 * 1024, 'x');
        const auto patch = parsePatch(header("x") + "@@ -1 +1 @@\n-" + line + "\n+" + line + "y\n");
        QVERIFY(patch.has_value());
        QCOMPARE(patch->files[0].hunks[0].lines[1].text.size(), line.size() + 1);
    }
};

QTEST_GUILESS_MAIN(tst_Patch)
#include "tst_Patch.moc"
