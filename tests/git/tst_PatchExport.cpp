// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/PatchExport.h"
#include "tests/git/IntegrationFixture.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

struct Scene : IntegrationFixture
{
    QString file = base.environment.path(u"the patch"_s);

    Scene()
    {
        commitInSession({{u"README"_s, "from the agent\n"}, {u"binary"_s, QByteArray("\0\1\2", 3)}},
                        u"First\n\nFrom me to you"_s);
        commitInSession({{u"src/main.c"_s, QByteArray()}, {u"odd \"name\"\n"_s, "x\n"}},
                        u"Zweiter Änderung"_s);
    }

    Result<PatchReport> write(const PatchOptions &options)
    {
        return await(exportPatchFile(base.pool, base.git, tree, options, file));
    }
    /// A clone of the project at the base.
    [[nodiscard]] QString target() const
    {
        const QString path = copy(u"target%1"_s.arg(targets++));
        run(path, {u"checkout"_s, u"-q"_s, u"--detach"_s, tree.baseCommit.toString()});
        return path;
    }
    mutable int targets = 0;
};

} // namespace

class tst_PatchExport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mailboxIsTakenByGit()
    {
        Scene scene;
        const auto report = scene.write({});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->commits, 2);
        QCOMPARE(report->leftOutMerges, 0);
        QCOMPARE(report->bytes, QFileInfo(scene.file).size());
        const QString target = scene.target();
        scene.run(target, {u"am"_s, u"-q"_s, scene.file});
        QCOMPARE(scene.run(target, {u"rev-parse"_s, u"HEAD^{tree}"_s}).trimmed(),
                 scene.project.id(scene.tree.branch + u"^{tree}"_s));
        QCOMPARE(scene.run(target, {u"log"_s, u"-2"_s, u"--format=%an|%s|%b"_s}),
                 QByteArray("An Agent|Zweiter Änderung|\nAn Agent|First|From me to you\n\n"));
    }

    void diffIsTakenByGit_data()
    {
        QTest::addColumn<PatchOptions::Work>("work");
        QTest::newRow("commits") << PatchOptions::Work::None;
        QTest::newRow("staged") << PatchOptions::Work::Staged;
        QTest::newRow("everything") << PatchOptions::Work::Everything;
    }

    void diffIsTakenByGit()
    {
        QFETCH(PatchOptions::Work, work);
        Scene scene;
        writeFile(scene.tree.workPath + u"/staged"_s, "staged\n");
        scene.run(scene.tree.workPath, {u"add"_s, u"staged"_s});
        writeFile(scene.tree.workPath + u"/untracked"_s, "untracked\n");
        const QByteArray status = scene.run(scene.tree.workPath, {u"status"_s, u"--porcelain"_s});
        for (const auto form : {PatchOptions::Form::Diff, PatchOptions::Form::Mailbox}) {
            const auto report = scene.write({.form = form, .work = work});
            PADDOCK_VERIFY_OK(report);
            const QString target = scene.target();
            if (form == PatchOptions::Form::Diff)
                scene.run(target, {u"apply"_s, u"--index"_s, scene.file});
            else
                scene.run(target, {u"am"_s, u"-q"_s, scene.file});
            QCOMPARE(readFile(target + u"/README"_s), QByteArray("from the agent\n"));
            QCOMPARE(readFile(target + u"/binary"_s), QByteArray("\0\1\2", 3));
            QVERIFY(!QFile::exists(target + u"/src/main.c"_s));
            QCOMPARE(QFile::exists(target + u"/staged"_s), work != PatchOptions::Work::None);
            QCOMPARE(QFile::exists(target + u"/untracked"_s),
                     work == PatchOptions::Work::Everything);
        }
        QCOMPARE(scene.run(scene.tree.workPath, {u"status"_s, u"--porcelain"_s}), status);
    }

    void mergesAreTold()
    {
        Scene scene;
        scene.project.write(u"other"_s, "x\n");
        scene.project.commitAll(u"by the person"_s);
        scene.run(scene.tree.workPath, {u"merge"_s, u"-q"_s, u"--no-edit"_s, u"main"_s});
        const auto report = scene.write({});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->leftOutMerges, 1);
        QCOMPARE(report->notices.size(), 1);
    }

    void limitLeavesTheOldFile()
    {
        Scene scene;
        writeFile(scene.file, "old\n");
        auto report = scene.write({.maxBytes = 100});
        QVERIFY(!report && report.error().kind == ErrorKind::FileTooLarge);
        QCOMPARE(readFile(scene.file), QByteArray("old\n"));
        scene.file = scene.base.environment.path(u"no/such/folder/file"_s);
        report = scene.write({});
        QVERIFY(!report);
        QVERIFY(!report.error().remedy.isEmpty());
    }

    void nothingOfTheTreeRuns()
    {
        Scene scene;
        const QString marker = scene.base.environment.path(u"marker"_s);
        scene.project.git({u"config"_s, u"diff.evil.textconv"_s, u"touch '%1'; cat"_s.arg(marker)});
        scene.project.git({u"config"_s, u"diff.evil.command"_s, u"touch '%1'"_s.arg(marker)});
        scene.commitInSession({{u".gitattributes"_s, "* diff=evil\n"}}, u"attributes"_s);
        PADDOCK_VERIFY_OK(scene.write({.form = PatchOptions::Form::Diff}));
        PADDOCK_VERIFY_OK(scene.write({.work = PatchOptions::Work::Everything}));
        QVERIFY(!QFile::exists(marker));
        // Control: git's own diff does.
        QFile::copy(scene.tree.workPath + u"/.gitattributes"_s,
                    scene.project.path(u".gitattributes"_s));
        const auto control =
            runGit(scene.project.path(), {u"diff"_s, u"main"_s, scene.tree.branch});
        Q_UNUSED(control)
        QVERIFY(QFile::exists(marker));
    }
};

QTEST_GUILESS_MAIN(tst_PatchExport)
#include "tst_PatchExport.moc"
