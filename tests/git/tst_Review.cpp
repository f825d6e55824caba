// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Review.h"
#include "tests/git/IntegrationFixture.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

struct Scene : IntegrationFixture
{
    Review review{base.pool, base.git};

    void write(const QString &name, const QByteArray &content) const
    {
        writeFile(tree.workPath + u'/' + name, content);
    }
    /// git diff in the view between the two states.
    [[nodiscard]] QByteArray diff(const ReviewRange &range, const QStringList &format) const
    {
        return run(tree.hostViewDir(),
                   QStringList{u"--git-dir=."_s, u"diff"_s, u"--full-index"_s} + format +
                       QStringList{range.from.toString(), range.to.toString()});
    }
    [[nodiscard]] git::Patch patch(const ReviewRange &range) const
    {
        const auto parsed = git::parsePatch(diff(range, {}));
        if (!parsed)
            qFatal("%s", qPrintable(parsed.error().toString()));
        return *parsed;
    }
    Result<ReviewRange> range(ReviewAgainst against) { return await(review.range(tree, against)); }
};

QByteArray numbered(const QByteArray &first)
{
    QByteArray text = first;
    for (int i = 0; i < 60; ++i)
        text += "line " + QByteArray::number(i) + '\n';
    return text;
}

} // namespace

class tst_Review : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void comparesWithBaseTurnAndLook()
    {
        Scene scene;
        const auto none = scene.range(ReviewAgainst::LastTurn);
        QVERIFY(!none && none.error().kind == ErrorKind::NotFound);
        scene.write(u"turn one"_s, "x\n");
        PADDOCK_VERIFY_OK(await(scene.review.turnEnded(scene.tree)));
        scene.write(u"README"_s, "changed\n");
        scene.write(u".gitignore"_s, "*.log\n");
        scene.write(u"noise.log"_s, "x\n");
        QVERIFY(QFile::remove(scene.tree.workPath + u"/src/main.c"_s));
        const QByteArray staged = scene.run(scene.tree.workPath, {u"status"_s, u"--porcelain"_s});

        const auto base = scene.range(ReviewAgainst::Base);
        PADDOCK_VERIFY_OK(base);
        QCOMPARE(scene.diff(*base, {u"--name-status"_s}),
                 QByteArray("A\t.gitignore\nM\tREADME\nD\tsrc/main.c\nA\tturn one\n"));
        const auto turn = scene.range(ReviewAgainst::LastTurn);
        PADDOCK_VERIFY_OK(turn);
        // The first turn began with the base.
        QCOMPARE(scene.diff(*turn, {u"--name-status"_s}),
                 QByteArray("A\t.gitignore\nM\tREADME\nD\tsrc/main.c\nA\tturn one\n"));
        PADDOCK_VERIFY_OK(await(scene.review.turnEnded(scene.tree)));
        const auto second = scene.range(ReviewAgainst::LastTurn);
        PADDOCK_VERIFY_OK(second);
        QCOMPARE(scene.diff(*second, {u"--name-status"_s}),
                 QByteArray("A\t.gitignore\nM\tREADME\nD\tsrc/main.c\n"));
        PADDOCK_VERIFY_OK(await(scene.review.looked(scene.tree, turn->to)));
        scene.write(u"turn one"_s, "y\n");
        // The agent commits: that alone is nothing new to look at.
        IntegrationFixture::commitIn(scene.tree.workPath, u"all of it"_s);
        const auto looked = scene.range(ReviewAgainst::LastLooked);
        PADDOCK_VERIFY_OK(looked);
        QCOMPARE(scene.diff(*looked, {u"--name-status"_s}), QByteArray("M\tturn one\n"));
        QVERIFY(staged.contains("turn one"));
        // Nothing of it is in the project.
        QVERIFY(!scene.project.has(turn->to.toString()));
    }

    void stagingOfThePersonIsNotTouched()
    {
        Scene scene;
        scene.write(u"README"_s, "staged\n");
        scene.run(scene.tree.workPath, {u"add"_s, u"README"_s});
        scene.write(u"README"_s, "newer\n");
        const QByteArray before = scene.run(scene.tree.workPath, {u"diff"_s, u"--cached"_s});
        const auto range = scene.range(ReviewAgainst::Base);
        PADDOCK_VERIFY_OK(range);
        QVERIFY(scene.diff(*range, {}).contains("+newer\n"));
        QCOMPARE(scene.run(scene.tree.workPath, {u"diff"_s, u"--cached"_s}), before);
    }

    void oddFilesAreLeftOut()
    {
        Scene scene;
        scene.write(u"good"_s, "x\n");
        QFile large(scene.tree.workPath + u"/large"_s);
        QVERIFY(large.open(QIODevice::WriteOnly) && large.resize(5LL * 1024 * 1024 * 1024));
        QCOMPARE(::mkfifo(qPrintable(scene.tree.workPath + u"/pipe"_s), 0600), 0);
        QVERIFY(QFile::link(u"/etc/passwd"_s, scene.tree.workPath + u"/link"_s));
        scene.write(u"new\nline \u202e"_s, "x\n");
        const ScratchRepository inner(scene.tree.workPath + u"/inner"_s);
        const QString marker = scene.base.environment.path(u"marker"_s);
        inner.git({u"config"_s, u"filter.evil.clean"_s, u"touch '%1'; cat"_s.arg(marker)});
        inner.git({u"config"_s, u"core.fsmonitor"_s, u"touch '%1'"_s.arg(marker)});
        scene.write(u".gitattributes"_s, "* filter=evil\n");
        QFile::remove(marker);
        QElapsedTimer clock;
        clock.start();
        const auto range = scene.range(ReviewAgainst::Base);
        PADDOCK_VERIFY_OK(range);
        QVERIFY(clock.elapsed() < 20'000);
        QVERIFY(!QFile::exists(marker));
        QVERIFY(range->leftOut.contains("large"));
        QVERIFY(range->leftOut.contains("inner/"));
        const QByteArray names = scene.diff(*range, {u"--name-only"_s, u"-z"_s});
        QVERIFY(names.split('\0').contains("good"));
        QVERIFY(names.contains("new\nline"));
        QVERIFY(
            scene.diff(*range, {}).contains("+/etc/passwd")); // where it points, not what is there
        QVERIFY(!scene.diff(*range, {}).contains("root:"));
        // What is left out counts each time; of the others nothing has changed since.
        const auto leftOut = static_cast<int>(range->leftOut.size());
        const auto few =
            await(scene.review.range(scene.tree, ReviewAgainst::Base, {.files = leftOut}));
        PADDOCK_VERIFY_OK(few);
        scene.write(u"good"_s, "y\n");
        const auto many =
            await(scene.review.range(scene.tree, ReviewAgainst::Base, {.files = leftOut}));
        QVERIFY(!many && many.error().kind == ErrorKind::FileTooLarge);
    }

    void damagedIndexIsMadeAgain()
    {
        Scene scene;
        scene.write(u"good"_s, "x\n");
        const auto first = scene.range(ReviewAgainst::Base);
        PADDOCK_VERIFY_OK(first);
        writeFile(scene.tree.hostViewDir() + u"/snapshot-index"_s, "not an index");
        const auto second = scene.range(ReviewAgainst::Base);
        PADDOCK_VERIFY_OK(second);
        QCOMPARE(second->to, first->to);
    }

    void marksFollowContent()
    {
        Scene scene;
        scene.write(u"text"_s, numbered({}));
        scene.run(scene.tree.workPath, {u"add"_s, u"text"_s});
        IntegrationFixture::commitIn(scene.tree.workPath, u"text"_s);
        const auto start = scene.range(ReviewAgainst::Base);
        PADDOCK_VERIFY_OK(start);
        PADDOCK_VERIFY_OK(await(scene.review.looked(scene.tree, start->to)));
        scene.write(u"text"_s,
                    numbered({}).replace("line 5\n", "five\n").replace("line 40\n", "forty\n"));
        auto range = scene.range(ReviewAgainst::LastLooked);
        PADDOCK_VERIFY_OK(range);
        git::Patch patch = scene.patch(*range);
        QCOMPARE(patch.files.size(), 1);
        const auto keys = ReviewMarks::keysOf(patch.files[0]);
        QCOMPARE(keys.size(), 2);
        auto marks = await(scene.review.mark(scene.tree, {keys[1], "garbage"}, true));
        PADDOCK_VERIFY_OK(marks);
        QCOMPARE(marks->count(), 1);
        QVERIFY(!marks->isReviewed(patch.files[0]));

        // Lines move: the mark stays.
        scene.write(
            u"text"_s,
            numbered("a\nb\nc\n").replace("line 5\n", "five\n").replace("line 40\n", "forty\n"));
        range = scene.range(ReviewAgainst::LastLooked);
        PADDOCK_VERIFY_OK(range);
        patch = scene.patch(*range);
        marks = await(scene.review.marks(scene.tree));
        PADDOCK_VERIFY_OK(marks);
        QVERIFY(marks->isReviewed(ReviewMarks::keysOf(patch.files[0]).last()));
        marks = await(scene.review.mark(scene.tree, ReviewMarks::keysOf(patch.files[0]), true));
        PADDOCK_VERIFY_OK(marks);
        QVERIFY(marks->isReviewed(patch.files[0]));

        // Another content: gone. And taken away by the person.
        scene.write(u"text"_s, numbered({}).replace("line 40\n", "FORTY\n"));
        range = scene.range(ReviewAgainst::LastLooked);
        PADDOCK_VERIFY_OK(range);
        QVERIFY(!marks->isReviewed(scene.patch(*range).files[0]));
        marks = await(scene.review.mark(scene.tree, keys, false));
        PADDOCK_VERIFY_OK(marks);
        QVERIFY(!marks->isReviewed(keys[1]));
    }

    void damagedMarksArePutAside()
    {
        Scene scene;
        const QString file = scene.tree.sessionFolder + u"/review.json"_s;
        PADDOCK_VERIFY_OK(await(scene.review.mark(scene.tree, {QByteArray(40, 'a')}, true)));
        QCOMPARE(QFile::permissions(file) & (QFile::ReadOther | QFile::ReadGroup), 0);
        writeFile(file, "{ not json");
        auto marks = await(scene.review.marks(scene.tree));
        PADDOCK_VERIFY_OK(marks);
        QCOMPARE(marks->count(), 0);
        QVERIFY(marks->notice().contains(u"review.json.damaged"_s));
        QVERIFY(QFile::exists(file + u".damaged"_s) && !QFile::exists(file));
        writeFile(file, "{\"version\":2,\"marks\":[]}");
        marks = await(scene.review.marks(scene.tree));
        QVERIFY(!marks && marks.error().kind == ErrorKind::StoreNewer);
        QVERIFY(QFile::exists(file));
        writeFile(file, QByteArray(9 * 1024 * 1024, ' '));
        marks = await(scene.review.marks(scene.tree));
        PADDOCK_VERIFY_OK(marks);
        QVERIFY(!marks->notice().isEmpty());
    }

    void oldestMarksGo()
    {
        ReviewMarks marks;
        QByteArrayList keys;
        for (int i = 0; i < 50'010; ++i)
            keys += QByteArray::number(i, 16).rightJustified(40, '0');
        marks.mark(keys, true);
        QCOMPARE(marks.count(), 50'000);
        QVERIFY(!marks.isReviewed(keys[9]));
        QVERIFY(marks.isReviewed(keys[10]));
    }
};

QTEST_GUILESS_MAIN(tst_Review)
#include "tst_Review.moc"
