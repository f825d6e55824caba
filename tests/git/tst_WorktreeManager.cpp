// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"

#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

class tst_WorktreeManager : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void needsWorktreeByRule_data()
    {
        QTest::addColumn<WorkMode>("mode");
        QTest::addColumn<Isolation>("isolation");
        QTest::addColumn<int>("others");
        QTest::addColumn<bool>("expected");
        QTest::newRow("always, alone") << WorkMode::Write << Isolation::Always << 0 << true;
        QTest::newRow("always, others") << WorkMode::Write << Isolation::Always << 2 << true;
        QTest::newRow("concurrent, alone")
            << WorkMode::Write << Isolation::Concurrent << 0 << false;
        QTest::newRow("concurrent, others")
            << WorkMode::Write << Isolation::Concurrent << 1 << true;
        QTest::newRow("never") << WorkMode::Write << Isolation::Never << 3 << false;
        QTest::newRow("explore") << WorkMode::Explore << Isolation::Always << 3 << false;
    }

    void needsWorktreeByRule()
    {
        QFETCH(WorkMode, mode);
        QFETCH(Isolation, isolation);
        QFETCH(int, others);
        QTEST(needsWorktree(mode, isolation, others), "expected");
    }

    void createMakesBranchFolderAndFiles()
    {
        GitFixture fixture;
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->branch, u"paddock/fix-the-login-ab"_s);
        QCOMPARE(tree->workPath, fixture.project.path(u".worktrees/fix-the-login-ab"_s));
        QCOMPARE(tree->baseBranch, u"main"_s);
        QCOMPARE(tree->baseCommit.toHex(), fixture.project.id(u"main"_s));
        QCOMPARE(fixture.project.id(tree->branch), fixture.project.id(u"main"_s));
        QCOMPARE(readFile(tree->workPath + u"/README"_s), QByteArray("hello\n"));
        QCOMPARE(readFile(tree->workPath + u"/src/main.c"_s),
                 readFile(fixture.project.path(u"src/main.c"_s)));
        // The person's own git agrees, in the worktree and in the main checkout.
        const auto status = runGit(tree->workPath, {u"status"_s, u"--porcelain"_s, u"-b"_s});
        QCOMPARE(status.output, QByteArray("## paddock/fix-the-login-ab\n"));
        QCOMPARE(fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray());
        QCOMPARE(fixture.project.id(u"HEAD"_s), fixture.project.id(u"main"_s));
    }

    void excludeIsWrittenOnce()
    {
        GitFixture fixture;
        PADDOCK_VERIFY_OK(fixture.create(u"one"_s));
        fixture.session = {u"zz99yy88"_s};
        PADDOCK_VERIFY_OK(fixture.create(u"two"_s));
        const QByteArray exclude = readFile(fixture.project.path(u".git/info/exclude"_s));
        QCOMPARE(exclude.count(".worktrees/"), 1);
    }

    void twoSessionsOfOneTitleGetTwoBranches()
    {
        GitFixture fixture;
        const auto first = fixture.create();
        PADDOCK_VERIFY_OK(first);
        // The same first two characters: the next two are taken.
        fixture.session = {u"abxy9876"_s};
        const auto second = fixture.create();
        PADDOCK_VERIFY_OK(second);
        QCOMPARE(second->branch, u"paddock/fix-the-login-xy"_s);
        QVERIFY(first->workPath != second->workPath);
        writeFile(first->workPath + u"/README"_s, "changed\n");
        QCOMPARE(readFile(second->workPath + u"/README"_s), QByteArray("hello\n"));
        QCOMPARE(readFile(fixture.project.path(u"README"_s)), QByteArray("hello\n"));
    }

    void createInParallelOnOneProject()
    {
        GitFixture fixture;
        QList<Result<SessionTree>> trees;
        QObject context;
        for (int i = 0; i < 6; ++i) {
            fixture.session = {u"s%1s%1s%1s%1"_s.arg(i)};
            fixture.manager.create(fixture.options(u"task"_s))
                .then(&context, [&](Result<SessionTree> tree) { trees.append(std::move(tree)); });
        }
        QTRY_COMPARE_WITH_TIMEOUT(trees.size(), 6, 30'000);
        QSet<QString> branches;
        for (const auto &tree : trees) {
            PADDOCK_VERIFY_OK(tree);
            branches += tree->branch;
        }
        QCOMPARE(branches.size(), 6);
    }

    void startsFromAnotherBase()
    {
        GitFixture fixture;
        fixture.project.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"develop"_s});
        fixture.project.write(u"new.txt"_s, "new\n");
        const QByteArray tip = fixture.project.commitAll(u"second"_s);
        fixture.project.git({u"checkout"_s, u"-q"_s, u"main"_s});
        auto options = fixture.options();
        options.base = u"develop"_s;
        const auto tree = await(fixture.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->baseCommit.toHex(), tip);
        QCOMPARE(tree->baseBranch, u"develop"_s);
        QVERIFY(QFile::exists(tree->workPath + u"/new.txt"_s));

        fixture.session = {u"qqqqqqqq"_s};
        options = fixture.options();
        options.base = u"no-such-branch"_s;
        const auto missing = await(fixture.manager.create(options));
        QVERIFY(!missing);
        QCOMPARE(missing.error().kind, ErrorKind::NotFound);
        QVERIFY(!missing.error().remedy.isEmpty());
    }

    void existingBranchIsRefused()
    {
        GitFixture fixture;
        fixture.project.git({u"branch"_s, u"topic"_s});
        auto options = fixture.options();
        options.branch = u"topic"_s;
        const auto tree = await(fixture.manager.create(options));
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::BranchExists);
        QVERIFY(tree.error().remedy.contains(u"topic"_s));
        QVERIFY(nothingLeft(fixture));
    }

    void branchNamedPaddockStandsInTheWay()
    {
        GitFixture fixture;
        fixture.project.git({u"branch"_s, u"paddock"_s});
        const auto tree = fixture.create();
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::BranchExists);
        QVERIFY(tree.error().remedy.contains(u"git branch -m"_s));
        QVERIFY(nothingLeft(fixture));
    }

    void worktreesFolderInTheWay()
    {
        GitFixture fixture;
        QVERIFY(QFile::link(fixture.environment.path(), fixture.project.path(u".worktrees"_s)));
        const auto tree = fixture.create();
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::Conflict);
        QVERIFY(!fixture.project.has(u"paddock/fix-the-login-ab"_s));
    }

    void personsHooksAndFiltersDoNotRun()
    {
        GitFixture fixture;
        const QString marker = fixture.environment.path(u"marker"_s);
        const QByteArray script = "#!/bin/sh\necho ran >> " + marker.toUtf8() + "\ncat\n";
        const auto install = [&](const QString &path) {
            writeFile(path, script);
            QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        };
        install(fixture.environment.path(u"smudge"_s));
        for (const auto &hook :
             {u"post-checkout"_s, u"post-index-change"_s, u"reference-transaction"_s})
            install(fixture.project.path(u".git/hooks/"_s + hook));
        fixture.project.write(u".gitattributes"_s, "*.bin filter=mine\n");
        fixture.project.write(u"data.bin"_s, "pointer\n");
        fixture.project.commitAll(u"attributes"_s);
        fixture.project.git(
            {u"config"_s, u"filter.mine.smudge"_s, fixture.environment.path(u"smudge"_s)});
        fixture.project.git(
            {u"config"_s, u"filter.mine.clean"_s, fixture.environment.path(u"smudge"_s)});
        fixture.project.git({u"config"_s, u"filter.mine.required"_s, u"true"_s});
        QFile::remove(marker);

        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(readFile(tree->workPath + u"/data.bin"_s), QByteArray("pointer\n"));
        SessionDiff reader(fixture.pool, fixture.git);
        writeFile(tree->workPath + u"/data.bin"_s, "other\n");
        const auto status = await(reader.status(*tree));
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(status->files.size(), 1);
        PADDOCK_VERIFY_OK(await(reader.diff(*tree, {.range = DiffRange::BaseToFiles})));
        QVERIFY2(!QFile::exists(marker), readFile(marker).constData());

        // Control: the person's own git runs them there.
        const auto own =
            runGit(tree->workPath, {u"checkout"_s, u"-q"_s, u"HEAD"_s, u"--"_s, u"."_s});
        QCOMPARE(own.exitCode, 0);
        QVERIFY(QFile::exists(marker));
    }

    void removeRefusesLooseChangesAndKeepsTheBranch()
    {
        GitFixture fixture;
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        writeFile(tree->workPath + u"/notes.txt"_s, "work\n");
        const auto refused = await(fixture.manager.remove(*tree, {}));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::WorktreeDirty);
        QVERIFY(QFile::exists(tree->workPath + u"/notes.txt"_s));

        const auto removed =
            await(fixture.manager.remove(*tree, {.looseChanges = LooseChanges::Discard}));
        PADDOCK_VERIFY_OK(removed);
        QVERIFY(removed->worktreeRemoved);
        QVERIFY(!removed->branchDeleted);
        QVERIFY(!QFile::exists(tree->workPath));
        QVERIFY(fixture.project.has(tree->branch));
        QVERIFY(!fixture.project.git({u"worktree"_s, u"list"_s}).contains("fix-the-login"));
        // Once more: nothing to do is success.
        PADDOCK_VERIFY_OK(await(fixture.manager.remove(*tree, {})));
    }

    void removeDeletesOnlyMergedBranch()
    {
        GitFixture fixture;
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        writeFile(tree->workPath + u"/work.txt"_s, "work\n");
        QCOMPARE(runGit(tree->workPath, {u"add"_s, u"-A"_s}).exitCode, 0);
        QCOMPARE(runGit(tree->workPath, {u"commit"_s, u"-qm"_s, u"work"_s}).exitCode, 0);
        const QByteArray tip = fixture.project.id(tree->branch);
        const auto kept =
            await(fixture.manager.remove(*tree, {.branch = BranchOnRemove::DeleteIfMerged}));
        PADDOCK_VERIFY_OK(kept);
        QVERIFY(!kept->branchDeleted);
        QVERIFY2(kept->branchKeptBecause.contains(u"1 commit"_s),
                 qPrintable(kept->branchKeptBecause));
        // Merged by the person into whatever is checked out now: nothing is lost.
        fixture.project.git({u"branch"_s, u"copy"_s, tree->branch});
        fixture.project.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"release"_s});
        fixture.project.git({u"merge"_s, u"-q"_s, u"--ff-only"_s, tree->branch});
        const auto merged =
            await(fixture.manager.remove(*tree, {.branch = BranchOnRemove::DeleteIfMerged}));
        PADDOCK_VERIFY_OK(merged);
        QVERIFY(merged->branchDeleted);
        QVERIFY(!fixture.project.has(u"refs/paddock/backup/ab12cd34/deleted-branch"_s));
        fixture.project.git({u"reset"_s, u"-q"_s, u"--hard"_s, u"main"_s});
        fixture.project.git({u"branch"_s, tree->branch, u"copy"_s});
        const auto deleted =
            await(fixture.manager.remove(*tree, {.branch = BranchOnRemove::Delete}));
        PADDOCK_VERIFY_OK(deleted);
        QVERIFY(deleted->branchDeleted);
        QCOMPARE(fixture.project.id(u"refs/paddock/backup/ab12cd34/deleted-branch"_s), tip);
    }

    void undoTakesEverythingBack()
    {
        GitFixture fixture;
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(fixture.manager.undoCreate(*tree)));
        QVERIFY(!QFile::exists(tree->workPath));
        QVERIFY(!fixture.project.has(tree->branch));
        QVERIFY(!QFile::exists(fixture.project.path(u".git/worktrees"_s)));
        PADDOCK_VERIFY_OK(await(fixture.manager.undoCreate(*tree)));
    }

    void anotherFolderInItsPlaceIsNotDeleted()
    {
        GitFixture fixture;
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        QVERIFY(QDir().rename(tree->workPath, tree->workPath + u"-moved"_s));
        writeFile(tree->workPath + u"/precious"_s, "keep\n");
        const auto removed =
            await(fixture.manager.remove(*tree, {.looseChanges = LooseChanges::Discard}));
        QVERIFY(!removed);
        QCOMPARE(removed.error().kind, ErrorKind::SecurityViolation);
        QVERIFY(QFile::exists(tree->workPath + u"/precious"_s));
    }

    void listNamesOursAndStaleIsCleaned()
    {
        GitFixture fixture;
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        fixture.project.git({u"worktree"_s,
                             u"add"_s,
                             u"-q"_s,
                             u"-b"_s,
                             u"own"_s,
                             fixture.environment.path(u"own"_s)});
        auto list = await(fixture.manager.list(fixture.project.path()));
        PADDOCK_VERIFY_OK(list);
        QCOMPARE(list->size(), 2);
        int ours = 0;
        for (const WorktreeEntry &entry : *list) {
            ours += entry.ours ? 1 : 0;
            QVERIFY(entry.exists);
            if (entry.ours) {
                QCOMPARE(entry.session, fixture.session);
                QCOMPARE(entry.branch, tree->branch);
                QCOMPARE(entry.head, tree->baseCommit);
            }
        }
        QCOMPARE(ours, 1);
        QVERIFY(QDir(tree->workPath).removeRecursively());
        QVERIFY(QDir(fixture.environment.path(u"own"_s)).removeRecursively());
        auto cleaned = await(fixture.manager.cleanStale(fixture.project.path(), {fixture.session}));
        PADDOCK_VERIFY_OK(cleaned);
        QCOMPARE(*cleaned, 0);
        cleaned = await(fixture.manager.cleanStale(fixture.project.path(), {}));
        PADDOCK_VERIFY_OK(cleaned);
        QCOMPARE(*cleaned, 1);
        list = await(fixture.manager.list(fixture.project.path()));
        PADDOCK_VERIFY_OK(list);
        QCOMPARE(list->size(), 1);
        QVERIFY(!list->first().ours);
    }

    void missingGitProgramIsNamed()
    {
        GitFixture fixture;
        const git::GitProcess none(u"/nonexistent/git"_s);
        WorktreeManager manager(fixture.pool, none);
        const auto tree = await(manager.create(fixture.options()));
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::CommandNotFound);
        QVERIFY(tree.error().remedy.contains(u"git"_s));
        QVERIFY(nothingLeft(fixture));
    }

    // The file size limit stands in for a disk that is full in the middle of the checkout;
    // tst_DiskFull fills a real one.
    void failureInTheMiddleOfTheCheckoutLeavesNothing()
    {
        GitFixture fixture;
        fixture.project.write(u"large.bin"_s, QByteArray(2'000'000, 'x'));
        fixture.project.commitAll(u"large"_s);
        rlimit before{};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit limited = before;
        limited.rlim_cur = 1'000'000;
        ::signal(SIGXFSZ, SIG_IGN);
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &limited), 0);
        const auto tree = fixture.create();
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
        QVERIFY(!tree);
        QVERIFY(nothingLeft(fixture));
    }
};

QTEST_GUILESS_MAIN(tst_WorktreeManager)
#include "tst_WorktreeManager.moc"
