// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ChangesView.h"

#include <QTest>

using namespace paddock;
using namespace paddock::facade;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kText = "diff --git a/a.txt b/a.txt\n"
                         "index 1111111111111111111111111111111111111111.."
                         "2222222222222222222222222222222222222222 100644\n"
                         "--- a/a.txt\n"
                         "+++ b/a.txt\n"
                         "@@ -1,3 +1,3 @@ top\n"
                         " one\n"
                         "-two\n"
                         "+TWO\n"
                         " three\n"
                         "@@ -10,2 +10,3 @@\n"
                         " ten\n"
                         "+more\n"
                         "-eleven\n"
                         "+ELEVEN\n"
                         "\\ No newline at end of file\n";

git::Patch patchOf(const QByteArray &text)
{
    const auto patch = git::parsePatch(text);
    if (!patch)
        qFatal("%s", qPrintable(patch.error().toString()));
    return *patch;
}

} // namespace

class tst_ChangesView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aPatchIsShown()
    {
        const ChangesDiff diff = ChangesView::fromPatch(patchOf(kText));
        QCOMPARE(diff.files.size(), 1);
        const FileChange &file = diff.files.first();
        QCOMPARE(file.path, "a.txt");
        QCOMPARE(file.added, 3);
        QCOMPARE(file.removed, 2);
        QCOMPARE(file.hunks.size(), 2);
        QCOMPARE(file.hunks.first().section, "top");
        QVERIFY(file.hunks.first().id != file.hunks.last().id);
        QVERIFY(!file.hunks.last().lines.last().hasEnd);
        QCOMPARE(file.hunks.last().lines.last().newNumber, 12);
    }

    void theIdOfAHunkIsThatOfItsContent()
    {
        QByteArray moved = kText;
        moved.replace("@@ -1,3 +1,3 @@ top", "@@ -5,3 +5,3 @@ elsewhere");
        const auto before = ChangesView::fromPatch(patchOf(kText)).files.first().hunks;
        const auto after = ChangesView::fromPatch(patchOf(moved)).files.first().hunks;
        QCOMPARE(after.first().id, before.first().id);
        QByteArray other = kText;
        other.replace("+TWO", "+TWo");
        QVERIFY(ChangesView::fromPatch(patchOf(other)).files.first().hunks.first().id !=
                before.first().id);
    }

    void hunksWithTheSameLinesAreToldApart()
    {
        const QByteArray hunk = " same\n-old\n+new\n";
        const git::Patch patch = patchOf("diff --git a/a b/a\n"
                                         "index 1111111111111111111111111111111111111111.."
                                         "2222222222222222222222222222222222222222 100644\n"
                                         "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n" +
                                         hunk + "@@ -9,2 +9,2 @@\n" + hunk);
        const FileChange file = ChangesView::fromPatch(patch).files.first();
        QCOMPARE(file.hunks.last().id, file.hunks.first().id + u"-2"_s);
        const auto second = ChangesView::select(
            {{.path = "a", .token = file.token, .parts = {{.hunk = file.hunks.last().id}}}}, patch);
        QVERIFY(second.has_value());
        QCOMPARE(second->first().hunks.first().hunk.oldStart, 9);
    }

    void aSelectionMeansChangedLines()
    {
        const git::Patch patch = patchOf(kText);
        const FileChange file = ChangesView::fromPatch(patch).files.first();
        const auto selected =
            ChangesView::select({{.path = "a.txt",
                                  .token = file.token,
                                  .parts = {{.hunk = file.hunks.last().id, .lines = {0, 2}},
                                            {.hunk = file.hunks.first().id}}},
                                 {.path = "whole.txt"}},
                                patch);
        QVERIFY2(selected.has_value(),
                 qPrintable(selected ? QString() : selected.error().toString()));
        QCOMPARE(selected->size(), 2);
        const auto &part = selected->first();
        QCOMPARE(part.part, worktrees::FileSelection::Part::Lines);
        QVERIFY(part.seen);
        QCOMPARE(part.hunks.size(), 2);
        QCOMPARE(*part.hunks.first().lines, (QList<int>{1, 3})); // of " ten +more -eleven +ELEVEN"
        QVERIFY(!part.hunks.last().lines);
        QCOMPARE(selected->last().part, worktrees::FileSelection::Part::Whole);
        QVERIFY(!selected->last().seen);
    }

    void reviewMarksFollowTheContent()
    {
        const git::Patch patch = patchOf(kText);
        const FileChange file = ChangesView::fromPatch(patch).files.first();
        QVERIFY(!file.isReviewed && !file.hunks.first().isReviewed);
        worktrees::ReviewMarks marks;
        const auto first = ChangesView::reviewKeys(
            {{.path = "a.txt", .token = file.token, .parts = {{.hunk = file.hunks.first().id}}}},
            patch);
        QVERIFY(first.has_value());
        QCOMPARE(first->size(), 1);
        marks.mark(*first, true);
        FileChange shown = ChangesView::fromPatch(patch, marks).files.first();
        QVERIFY(shown.hunks.first().isReviewed);
        QVERIFY(!shown.hunks.last().isReviewed);
        QVERIFY(!shown.isReviewed);

        for (const auto &files : {QList<FileSelection>{{.path = "a.txt"}}, {}}) {
            const auto all = ChangesView::reviewKeys(files, patch);
            QVERIFY(all.has_value());
            QCOMPARE(all->size(), 2);
            marks.mark(*all, true);
            QVERIFY(ChangesView::fromPatch(patch, marks).files.first().isReviewed);
        }

        // Moved it is the same, changed it is not.
        QByteArray moved = kText;
        moved.replace("@@ -1,3 +1,3 @@ top", "@@ -5,3 +5,3 @@ elsewhere");
        QVERIFY(ChangesView::fromPatch(patchOf(moved), marks).files.first().isReviewed);
        QByteArray other = kText;
        other.replace("+TWO", "+TWo");
        shown = ChangesView::fromPatch(patchOf(other), marks).files.first();
        QVERIFY(!shown.hunks.first().isReviewed);
        QVERIFY(shown.hunks.last().isReviewed);

        const auto missing = ChangesView::reviewKeys({{.path = "b.txt"}}, patch);
        QVERIFY(!missing && missing.error().kind == ErrorKind::NotFound);
        // What is not shown cannot be marked.
        git::Patch without = patch;
        without.files.first().hunks.clear();
        without.files.first().cut = true;
        const auto none = ChangesView::reviewKeys({{.path = "a.txt"}}, without);
        QVERIFY(none && none->isEmpty());
        for (const FileSelection &gone :
             {FileSelection{.path = "a.txt", .token = u"0-1"_s},
              FileSelection{.path = "a.txt", .token = file.token, .parts = {{.hunk = u"00"_s}}}}) {
            const auto refused = ChangesView::reviewKeys({gone}, patch);
            QVERIFY(!refused);
            QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        }
    }

    void whatMovedOnIsRefused_data()
    {
        QTest::addColumn<FileSelection>("selection");
        QTest::addColumn<ErrorKind>("kind");
        const FileChange file = ChangesView::fromPatch(patchOf(kText)).files.first();
        const QString hunk = file.hunks.first().id;
        QTest::newRow("another version")
            << FileSelection{.path = "a.txt", .token = u"0-1"_s} << ErrorKind::Conflict;
        QTest::newRow("another hunk") << FileSelection{.path = "a.txt",
                                                       .token = file.token,
                                                       .parts = {{.hunk = u"0123456789ab"_s}}}
                                      << ErrorKind::Conflict;
        QTest::newRow("no longer changed")
            << FileSelection{.path = "b.txt", .token = file.token, .parts = {{.hunk = hunk}}}
            << ErrorKind::Conflict;
        QTest::newRow("a line it has not") << FileSelection{.path = "a.txt",
                                                            .token = file.token,
                                                            .parts = {{.hunk = hunk, .lines = {2}}}}
                                           << ErrorKind::InvalidArgument;
    }

    void whatMovedOnIsRefused()
    {
        QFETCH(const FileSelection, selection);
        QFETCH(const ErrorKind, kind);
        const auto selected = ChangesView::select({selection}, patchOf(kText));
        QVERIFY(!selected);
        QCOMPARE(selected.error().kind, kind);
        QVERIFY(!selected.error().message.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_ChangesView)
#include "tst_ChangesView.moc"
