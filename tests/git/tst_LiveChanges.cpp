// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;
using Problem = TreeCondition::Problem;

namespace {

/// A session with one commit that was imported and one that was not.
struct Living : GitFixture
{
    PrivateRepository repository{pool, git};
    Importer importer{pool, git};
    SessionDiff reader{pool, git};
    SessionTree tree;
    std::shared_ptr<LocalAgentGit> agent;
    QByteArray imported;
    QByteArray next;

    bool start()
    {
        const auto made = create();
        if (!made)
            return false;
        tree = *made;
        if (!await(repository.ensure(tree)))
            return false;
        agent = std::make_shared<LocalAgentGit>(tree, project.path(u".git/objects"_s));
        imported = agent->commit(u"one"_s, "1\n", u"one"_s);
        if (!import())
            return false;
        next = agent->commit(u"two"_s, "2\n", u"two"_s);
        return !next.isEmpty();
    }

    Result<ImportReport> import() { return await(importer.run(tree, agent, u"/paddock/git"_s)); }

    TreeCondition condition()
    {
        const auto found = await(manager.check(tree));
        if (!found)
            qWarning() << found.error().toString();
        else
            qInfo() << qUtf8Printable(found->text) << "->" << qUtf8Printable(found->remedy);
        return found.value_or(TreeCondition());
    }

    /// What the agent has comes to the host all the same, and outlives a gc.
    bool nothingIsLost()
    {
        const auto report = import();
        if (!report) {
            qWarning() << report.error().toString();
            return false;
        }
        project.git({u"reflog"_s, u"expire"_s, u"--expire=now"_s, u"--all"_s});
        project.git({u"gc"_s, u"-q"_s, u"--prune=now"_s});
        return project.has(QString::fromLatin1(next)) && project.has(QString::fromLatin1(imported));
    }
};

} // namespace

/// What a person does in their repository while a session lives: a clear answer, nothing lost.
class tst_LiveChanges : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingDone()
    {
        Living f;
        QVERIFY(f.start());
        QCOMPARE(f.condition(), TreeCondition());
    }

    void worktreeDeleted()
    {
        Living f;
        QVERIFY(f.start());
        QVERIFY(QDir(f.tree.workPath).removeRecursively());
        const auto found = f.condition();
        QCOMPARE(found.problem, Problem::FolderGone);
        QVERIFY(found.remedy.contains(f.tree.branch));
        QVERIFY(!await(f.reader.status(f.tree)));
        const auto again = await(f.repository.ensure(f.tree));
        QVERIFY(!again);
        QCOMPARE(again.error().kind, ErrorKind::FileNotFound);
        QVERIFY(again.error().remedy.contains(f.tree.branch));
        QVERIFY(f.nothingIsLost());
        QCOMPARE(f.project.id(f.tree.branch), f.next);
        PADDOCK_VERIFY_OK(await(f.manager.remove(f.tree, {})));
        QVERIFY(!f.project.git({u"worktree"_s, u"list"_s}).contains('\n'));
        QCOMPARE(f.project.id(f.tree.branch), f.next);
    }

    void aDeletedWorktreeIsMadeAgain_data()
    {
        QTest::addColumn<bool>("branchToo");
        QTest::newRow("the folder") << false;
        QTest::newRow("the folder and the branch") << true;
    }
    void aDeletedWorktreeIsMadeAgain()
    {
        QFETCH(bool, branchToo);
        Living f;
        QVERIFY(f.start());
        const auto nothing = await(f.manager.repair(f.tree));
        PADDOCK_VERIFY_OK(nothing);
        QVERIFY(nothing->isEmpty());
        PADDOCK_VERIFY_OK(f.import());
        QVERIFY(QDir(f.project.path(u".worktrees"_s)).removeRecursively());
        if (branchToo)
            f.project.git({u"update-ref"_s, u"-d"_s, f.tree.branchRef()});
        const auto repaired = await(f.manager.repair(f.tree));
        PADDOCK_VERIFY_OK(repaired);
        QVERIFY2(repaired->contains(f.tree.branch), qPrintable(*repaired));
        QCOMPARE(f.condition(), TreeCondition());
        QCOMPARE(readFile(f.tree.workPath + u"/two"_s), QByteArray("2\n"));
        PADDOCK_VERIFY_OK(await(f.repository.ensure(f.tree)));
        const auto status = await(f.reader.status(f.tree));
        PADDOCK_VERIFY_OK(status);
        QVERIFY(!status->isDirty());
        QCOMPARE(f.agent->git({u"status"_s, u"--porcelain"_s}).output, QByteArray());
        // The agent goes on as if nothing had been.
        const QByteArray third = f.agent->commit(u"three"_s, "3\n", u"three"_s);
        PADDOCK_VERIFY_OK(f.import());
        QCOMPARE(f.project.id(f.tree.branch), third);
        PADDOCK_VERIFY_OK(await(f.manager.remove(f.tree, {})));
    }

    /// Nobody knows what is on a disk that is not there.
    void aWorktreeOnADiskThatIsGoneIsNotMadeAgain()
    {
        Living f;
        QVERIFY(f.start());
        const QString mark = f.tree.hostViewDir() + u"/worktree-identity"_s;
        const auto made = FolderIdentity::fromText(readFile(mark));
        QVERIFY(made.has_value());
        QVERIFY(QDir(f.tree.workPath).removeRecursively());
        writeFile(mark, FolderIdentity{.device = made->device + 1, .inode = made->inode}.toText());
        const auto repaired = await(f.manager.repair(f.tree));
        QVERIFY(!repaired);
        QCOMPARE(repaired.error().kind, ErrorKind::FileNotFound);
        QVERIFY(repaired.error().remedy.contains(f.tree.branch));
        QVERIFY(!QFile::exists(f.tree.workPath));
        // Git still knows it, for when it is mounted again.
        QVERIFY(f.project.git({u"worktree"_s, u"list"_s}).contains('\n'));
        // Control: it was the disk.
        writeFile(mark, made->toText());
        PADDOCK_VERIFY_OK(await(f.manager.repair(f.tree)));
        QVERIFY(QFile::exists(f.tree.workPath));
    }

    void aRepairThatWasBrokenOffIsTakenUpAgain()
    {
        Living f;
        QVERIFY(f.start());
        PADDOCK_VERIFY_OK(f.import());
        QVERIFY(QDir(f.project.path(u".git/worktrees"_s)).removeRecursively());
        writeFile(f.tree.workPath + u"/loose"_s, "loose\n");
        // As a kill leaves it: an entry of the session's for a place of its own.
        const QString place = f.tree.workPath + u".repair-ab12cd34"_s;
        f.project.git({u"worktree"_s,
                       u"add"_s,
                       u"-q"_s,
                       u"--no-checkout"_s,
                       u"--lock"_s,
                       u"--reason"_s,
                       u"in use by Paddock, session "_s + f.tree.session.value,
                       place,
                       f.tree.branch});
        QCOMPARE(f.condition().problem, Problem::EntryGone);
        PADDOCK_VERIFY_OK(await(f.manager.repair(f.tree)));
        QCOMPARE(f.condition(), TreeCondition());
        QVERIFY(!QFile::exists(place));
        QCOMPARE(f.project.git({u"-C"_s, f.tree.workPath, u"status"_s, u"--porcelain"_s}),
                 QByteArray("?? loose"));
    }

    void aFolderInTheWayOfARepairStays()
    {
        Living f;
        QVERIFY(f.start());
        QVERIFY(QDir(f.project.path(u".git/worktrees"_s)).removeRecursively());
        const QString other = f.tree.workPath + u".repair"_s;
        writeFile(other + u"/precious"_s, "keep\n");
        PADDOCK_VERIFY_OK(await(f.manager.repair(f.tree)));
        QVERIFY(QFile::exists(other + u"/precious"_s));
    }

    /// Without its entry it cannot be told whether a worktree holds work.
    void workInAWorktreeWithoutItsEntryIsNotRemoved()
    {
        Living f;
        QVERIFY(f.start());
        PADDOCK_VERIFY_OK(f.import());
        QVERIFY(QDir(f.project.path(u".git/worktrees"_s)).removeRecursively());
        writeFile(f.tree.workPath + u"/loose"_s, "loose\n");
        const auto refused = await(f.manager.remove(f.tree, {}));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::WorktreeDirty);
        QVERIFY(QFile::exists(f.tree.workPath + u"/loose"_s));
    }

    /// The person's git must not go into a submodule of the agent's making: not through an index
    /// that was made again either.
    void aRepairedEntryHidesSubmodules()
    {
        Living f;
        QVERIFY(f.start());
        const QByteArray head = f.agent->git({u"rev-parse"_s, u"HEAD"_s}).output.trimmed();
        QVERIFY(f.agent
                    ->git({u"update-index"_s,
                           u"--add"_s,
                           u"--cacheinfo"_s,
                           u"160000,"_s + QString::fromLatin1(head) + u",sub"_s})
                    .exitCode == 0);
        QVERIFY(f.agent->git({u"commit"_s, u"-q"_s, u"-m"_s, u"sub"_s}).exitCode == 0);
        PADDOCK_VERIFY_OK(f.import());
        QVERIFY(QDir(f.project.path(u".git/worktrees"_s)).removeRecursively());
        PADDOCK_VERIFY_OK(await(f.manager.repair(f.tree)));
        // 'S': git looks at nothing there. Control: an index that was just read has it as 'H'.
        const QStringList list{u"-C"_s, f.tree.workPath, u"ls-files"_s, u"-t"_s, u"sub"_s};
        QCOMPARE(f.project.git(list), QByteArray("S sub"));
        f.project.git({u"-C"_s, f.tree.workPath, u"read-tree"_s, u"--empty"_s});
        f.project.git({u"-C"_s, f.tree.workPath, u"read-tree"_s, u"HEAD"_s});
        QCOMPARE(f.project.git(list), QByteArray("H sub"));
    }

    void whatTheAgentPutInItsPlaceStays()
    {
        Living f;
        QVERIFY(f.start());
        QVERIFY(QDir(f.project.path(u".git/worktrees"_s)).removeRecursively());
        QVERIFY(QFile::remove(f.tree.workPath + u"/.git"_s));
        writeFile(f.tree.workPath + u"/.git/config"_s, "[core]\n\tfsmonitor = touch /tmp/x\n");
        const auto repaired = await(f.manager.repair(f.tree));
        QVERIFY(!repaired);
        QCOMPARE(repaired.error().kind, ErrorKind::SecurityViolation);
        QVERIFY(QFile::exists(f.tree.workPath + u"/.git/config"_s));
        QVERIFY(!QFile::exists(f.tree.workPath + u".repair"_s));
        QVERIFY(!f.project.git({u"worktree"_s, u"list"_s}).contains('\n'));
    }

    void worktreeMoved()
    {
        Living f;
        QVERIFY(f.start());
        const QString moved = f.environment.path(u"moved"_s);
        // It is locked; a person has to insist.
        QVERIFY(
            runGit(f.project.path(), {u"worktree"_s, u"move"_s, f.tree.workPath, moved}).exitCode !=
            0);
        f.project.git({u"worktree"_s, u"move"_s, u"-f"_s, u"-f"_s, f.tree.workPath, moved});
        const auto found = f.condition();
        QCOMPARE(found.problem, Problem::FolderMoved);
        QCOMPARE(found.where, moved);
        // Nothing of Paddock's touches it there.
        PADDOCK_VERIFY_OK(await(f.manager.remove(f.tree, {.looseChanges = LooseChanges::Discard})));
        QVERIFY(QFile::exists(moved + u"/one"_s));
    }

    void worktreeReplaced()
    {
        Living f;
        QVERIFY(f.start());
        QVERIFY(QDir().rename(f.tree.workPath, f.environment.path(u"aside"_s)));
        writeFile(f.tree.workPath + u"/precious"_s, "keep\n");
        QCOMPARE(f.condition().problem, Problem::FolderReplaced);
        const auto removed =
            await(f.manager.remove(f.tree, {.looseChanges = LooseChanges::Discard}));
        QVERIFY(!removed);
        QCOMPARE(removed.error().kind, ErrorKind::SecurityViolation);
        QVERIFY(QFile::exists(f.tree.workPath + u"/precious"_s));
    }

    void pruneLeavesALockedWorktreeAlone()
    {
        Living f;
        QVERIFY(f.start());
        QVERIFY(QDir().rename(f.tree.workPath, f.environment.path(u"aside"_s)));
        f.project.git({u"worktree"_s, u"prune"_s, u"--expire=now"_s});
        QVERIFY(QDir().rename(f.environment.path(u"aside"_s), f.tree.workPath));
        QCOMPARE(f.condition().problem, Problem::None);
        QVERIFY(f.nothingIsLost());
    }

    void entryGone()
    {
        Living f;
        QVERIFY(f.start());
        QVERIFY(QDir(f.project.path(u".git/worktrees"_s)).removeRecursively());
        QCOMPARE(f.condition().problem, Problem::EntryGone);
        QVERIFY(f.nothingIsLost());
        QCOMPARE(f.project.id(f.tree.branch), f.next);

        // The files are as they were, also those that no commit holds.
        writeFile(f.tree.workPath + u"/loose"_s, "loose\n");
        writeFile(f.tree.workPath + u"/one"_s, "changed\n");
        const auto repaired = await(f.manager.repair(f.tree));
        PADDOCK_VERIFY_OK(repaired);
        QVERIFY(!repaired->isEmpty());
        QCOMPARE(f.condition(), TreeCondition());
        QCOMPARE(f.project.git({u"-C"_s, f.tree.workPath, u"status"_s, u"--porcelain"_s}),
                 QByteArray(" M one\n?? loose"));
        const auto status = await(f.reader.status(f.tree));
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(status->files.size(), 2);
        QVERIFY(!QFile::exists(f.tree.workPath + u".repair"_s));
        PADDOCK_VERIFY_OK(await(f.manager.remove(f.tree, {.looseChanges = LooseChanges::Discard})));
    }

    void branchDeleted()
    {
        Living f;
        QVERIFY(f.start());
        f.project.git({u"update-ref"_s, u"-d"_s, f.tree.branchRef()});
        const auto found = f.condition();
        QCOMPARE(found.problem, Problem::BranchGone);
        QVERIFY(found.remedy.contains(f.tree.branch));
        QVERIFY(f.nothingIsLost());
        // It is not made again behind the person's back.
        QVERIFY(!f.project.has(f.tree.branchRef()));
        QCOMPARE(f.project.id(f.tree.refsPrefix() + u"heads/"_s + f.tree.branch), f.next);
    }

    void branchRenamed()
    {
        Living f;
        QVERIFY(f.start());
        f.project.git({u"branch"_s, u"-m"_s, f.tree.branch, u"mine"_s});
        const auto found = f.condition();
        QCOMPARE(found.problem, Problem::OtherBranch);
        QCOMPARE(found.where, u"mine"_s);
        QVERIFY(f.nothingIsLost());
        QCOMPARE(f.project.id(u"mine"_s), f.imported);
        // Renamed back, all is as before.
        f.project.git({u"branch"_s, u"-m"_s, u"mine"_s, f.tree.branch});
        QCOMPARE(f.condition().problem, Problem::None);
        const auto report = f.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, ImportReport::Branch::FastForwarded);
        QCOMPARE(f.project.id(f.tree.branch), f.next);
    }

    void branchMoved()
    {
        Living f;
        QVERIFY(f.start());
        f.project.git({u"update-ref"_s, f.tree.branchRef(), u"main"_s});
        QCOMPARE(f.condition().problem, Problem::BranchMoved);
        const auto report = f.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, ImportReport::Branch::MovedByPerson);
        QCOMPARE(f.project.id(f.tree.branch), f.project.id(u"main"_s));
        QVERIFY(f.nothingIsLost());
    }

    void otherBranchCheckedOut()
    {
        Living f;
        QVERIFY(f.start());
        QCOMPARE(runGit(f.tree.workPath, {u"checkout"_s, u"-q"_s, u"-b"_s, u"own"_s}).exitCode, 0);
        const auto found = f.condition();
        QCOMPARE(found.problem, Problem::OtherBranch);
        QCOMPARE(found.where, u"own"_s);
        QVERIFY(f.nothingIsLost());
    }
};

QTEST_GUILESS_MAIN(tst_LiveChanges)
#include "tst_LiveChanges.moc"
