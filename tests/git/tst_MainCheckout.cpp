// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"
#include "core/worktrees/MainCheckout.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "core/worktrees/WorktreeJobs.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QProcess>
#include <QTest>

#include <thread>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

struct Sharing : GitFixture
{
    PrivateRepository repository{pool, git};
    Importer importer{pool, git};
    SessionDiff reader{pool, git};

    [[nodiscard]] CreateWorktreeOptions wanted(Isolation isolation, const QString &id)
    {
        session = {id};
        auto options = this->options();
        options.isolation = isolation;
        return options;
    }

    Result<SessionTree> create(Isolation isolation, const QString &id = u"ab12cd34"_s)
    {
        return await(manager.create(wanted(isolation, id)));
    }

    std::shared_ptr<LocalAgentGit> agentOf(const SessionTree &tree)
    {
        return std::make_shared<LocalAgentGit>(tree, project.path(u".git/objects"_s));
    }

    Result<ImportReport> import(const SessionTree &tree,
                                const std::shared_ptr<LocalAgentGit> &agent)
    {
        return await(importer.run(tree, agent, u"/workspace/.git"_s));
    }

    [[nodiscard]] QByteArray status() const { return project.git({u"status"_s, u"--porcelain"_s}); }
};

} // namespace

/// Write sessions on the main checkout, and who gets it.
class tst_MainCheckout : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void alwaysIsAWorktree()
    {
        Sharing f;
        const auto tree = f.create(Isolation::Always);
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->checkout, Checkout::Worktree);
    }

    void mountsCoverTheGitFolderAndOtherSessions()
    {
        Sharing f;
        PADDOCK_VERIFY_OK(f.create(Isolation::Always, u"zz99yy88"_s));
        const auto tree = f.create(Isolation::Never);
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->checkout, Checkout::MainReadWrite);
        QCOMPARE(tree->workPath, f.project.path());
        QCOMPARE(tree->branch, u"paddock/fix-the-login-ab"_s);
        const auto mounts = await(f.repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        using Kind = TreeMount::Kind;
        using Access = TreeMount::Access;
        const QList<TreeMount> expected{
            {Kind::Workspace, f.project.path(), u"/workspace"_s, Access::ReadWrite},
            {Kind::PrivateRepository,
             tree->privateGitDir(),
             u"/workspace/.git"_s,
             Access::ReadWrite},
            {Kind::Objects,
             f.project.path(u".git/objects"_s),
             u"/paddock/objects/0"_s,
             Access::ReadOnly}};
        QCOMPARE(mounts->mounts, expected);
        QCOMPARE(mounts->masks, QStringList{u"/workspace/.worktrees"_s});
        QCOMPARE(mounts->containerGitDir, u"/workspace/.git"_s);
        QVERIFY(mounts->notices.join(u' ').contains(tree->branch));
    }

    /// A whole round; the person's HEAD, branch and index stay where they are until they say so.
    void theBranchOfThePersonMovesOnlyWhenTheySaySo()
    {
        Sharing f;
        const QByteArray main = f.project.id(u"main"_s);
        const auto tree = f.create(Isolation::Concurrent);
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->checkout, Checkout::MainReadWrite);
        QVERIFY(!f.project.has(beforeRef(*tree)));
        PADDOCK_VERIFY_OK(await(f.repository.ensure(*tree)));
        const auto agent = f.agentOf(*tree);
        QCOMPARE(agent->git({u"status"_s, u"--porcelain"_s, u"-b"_s}).output,
                 "## " + tree->branch.toUtf8() + '\n');
        QVERIFY(agent->git({u"for-each-ref"_s, u"--format=%(refname)"_s})
                    .output.contains("refs/heads/main\n"));
        const QByteArray first = agent->commit(u"new.txt"_s, "new\n", u"one"_s);
        writeFile(f.project.path(u"README"_s), "loose\n");
        auto report = f.import(*tree, agent);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, ImportReport::Branch::FastForwarded);
        QCOMPARE(f.project.id(tree->branch), first);
        QCOMPARE(f.project.id(u"HEAD"_s), main);
        QCOMPARE(f.project.git({u"symbolic-ref"_s, u"HEAD"_s}), QByteArray("refs/heads/main"));
        QCOMPARE(f.status(), QByteArray(" M README\n?? new.txt"));

        // The session sees what the agent has done since its last commit, and all of it.
        const auto seen = await(f.reader.status(*tree));
        PADDOCK_VERIFY_OK(seen);
        QCOMPARE(seen->files.size(), 1);
        QCOMPARE(seen->files.first().path, QByteArray("README"));
        QCOMPARE(seen->ahead, 1);
        const auto diff = await(f.reader.diff(*tree, {.range = DiffRange::BaseToFiles}));
        PADDOCK_VERIFY_OK(diff);
        QCOMPARE(diff->files.size(), 2);

        // The person takes it over; what they have staged stays staged.
        f.project.write(u"staged.txt"_s, "mine\n");
        f.project.git({u"add"_s, u"staged.txt"_s});
        const auto taken = await(f.manager.takeIntoCheckout(*tree));
        PADDOCK_VERIFY_OK(taken);
        QCOMPARE(taken->branch, u"main"_s);
        QCOMPARE(f.project.id(u"main"_s), first);
        QCOMPARE(f.status(), QByteArray(" M README\nA  staged.txt"));
        // Nothing more to take is no failure.
        PADDOCK_VERIFY_OK(await(f.manager.takeIntoCheckout(*tree)));

        // Removing touches no file, whatever it is told.
        const auto removed = await(f.manager.remove(
            *tree,
            {.looseChanges = LooseChanges::Discard, .branch = BranchOnRemove::DeleteIfMerged}));
        PADDOCK_VERIFY_OK(removed);
        QVERIFY(removed->branchDeleted);
        QVERIFY(!removed->worktreeRemoved);
        QCOMPARE(f.status(), QByteArray(" M README\nA  staged.txt"));
        QCOMPARE(readFile(f.project.path(u"README"_s)), QByteArray("loose\n"));
        // And the checkout is free again.
        const auto next = f.create(Isolation::Concurrent, u"nn00nn00"_s);
        PADDOCK_VERIFY_OK(next);
        QCOMPARE(next->checkout, Checkout::MainReadWrite);
    }

    /// A start that was broken off is found again by what it left.
    void whoHoldsTheCheckoutIsKnown()
    {
        Sharing f;
        const auto hold = [&f] { return await(f.manager.checkoutHold(f.project.path())); };
        QVERIFY(hold() && !*hold());
        PADDOCK_VERIFY_OK(f.create(Isolation::Always, u"zz99yy88"_s));
        QVERIFY(!*hold());
        const auto tree = f.create(Isolation::Never, u"ab12cd34"_s);
        PADDOCK_VERIFY_OK(tree);
        const auto held = *hold();
        QVERIFY(held.has_value());
        QCOMPARE(held->session, tree->session);
        QCOMPARE(held->branch, tree->branch);
        QCOMPARE(held->head, tree->baseCommit);
        // Between the note and the branch.
        f.project.git({u"branch"_s, u"-D"_s, tree->branch});
        QVERIFY(hold()->value().head.isNull());
        PADDOCK_VERIFY_OK(await(f.manager.undoCreate(*tree)));
        QVERIFY(!*hold());
    }

    /// Where .git is damaged nothing of the person's is deleted, whatever is said about the work.
    void aDamagedProjectIsNotDeletedWithItsSession()
    {
        Sharing f;
        const auto tree = f.create(Isolation::Never);
        PADDOCK_VERIFY_OK(tree);
        QVERIFY(QDir().rename(f.project.path(u".git"_s), f.project.path(u"git.bak"_s)));
        const auto removed =
            await(f.manager.remove(*tree, {.looseChanges = LooseChanges::Discard}));
        PADDOCK_VERIFY_OK(removed);
        QVERIFY(!removed->worktreeRemoved);
        QVERIFY(QFile::exists(f.project.path(u"README"_s)));
        QVERIFY(QFile::exists(f.project.path(u"src/main.c"_s)));
    }

    void anotherStartTakesTheCheckoutAgain()
    {
        Sharing f;
        const auto tree = f.create(Isolation::Never, u"ab12cd34"_s);
        PADDOCK_VERIFY_OK(tree);
        // A finish that was broken off has let go of it.
        QVERIFY(QFile::remove(f.project.path(u".git/paddock-writer"_s)));
        PADDOCK_VERIFY_OK(await(f.manager.repair(*tree)));
        QCOMPARE(await(f.manager.checkoutHold(f.project.path())).value()->session, tree->session);
        // Not while it is busy, nor from another session.
        writeFile(f.project.path(u".git/MERGE_HEAD"_s), f.project.id(u"main"_s) + '\n');
        QCOMPARE(await(f.manager.repair(*tree)).error().kind, ErrorKind::Conflict);
        QVERIFY(QFile::remove(f.project.path(u".git/MERGE_HEAD"_s)));
        QVERIFY(QFile::remove(f.project.path(u".git/paddock-writer"_s)));
        PADDOCK_VERIFY_OK(f.create(Isolation::Never, u"zz99yy88"_s));
        QCOMPARE(await(f.manager.repair(*tree)).error().kind, ErrorKind::Conflict);
    }

    void aSessionDoesNotWaitForItself()
    {
        Sharing f;
        PADDOCK_VERIFY_OK(f.create(Isolation::Never, u"ab12cd34"_s));
        // Its start was taken back, but the note has stayed.
        f.project.git({u"branch"_s, u"-D"_s, u"paddock/fix-the-login-ab"_s});
        const auto again = f.create(Isolation::Never, u"ab12cd34"_s);
        PADDOCK_VERIFY_OK(again);
        QCOMPARE(again->checkout, Checkout::MainReadWrite);
    }

    void rootsThatAnAgentCouldMoveAreRefused_data()
    {
        QTest::addColumn<QString>("root");
        for (const char *root : {"build/wt", "w*", "#w", "a b", ".git/w", ".", "..", "link/w"})
            QTest::newRow(root) << QString::fromLatin1(root);
    }
    void rootsThatAnAgentCouldMoveAreRefused()
    {
        QFETCH(QString, root);
        Sharing f;
        QVERIFY(QFile::link(f.project.path(u"src"_s), f.project.path(u"link"_s)));
        const auto refused = await(f.manager.checkRoot(f.project.path(), root));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::InvalidConfig);
        QVERIFY(!refused.error().remedy.isEmpty());
        PADDOCK_VERIFY_OK(await(f.manager.checkRoot(f.project.path(), u"trees"_s)));
    }

    void onlyTheBranchThatWasMeantIsMoved()
    {
        Sharing f;
        const auto tree = f.create(Isolation::Never);
        PADDOCK_VERIFY_OK(tree);
        f.project.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"other"_s});
        const auto refused = await(f.manager.takeIntoCheckout(*tree, u"main"_s));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        PADDOCK_VERIFY_OK(await(f.manager.takeIntoCheckout(*tree, u"other"_s)));
    }

    void takingOverIsRefusedWhereSomethingWouldBeLost()
    {
        Sharing f;
        const auto tree = f.create(Isolation::Never);
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(f.repository.ensure(*tree)));
        const auto agent = f.agentOf(*tree);
        QVERIFY(!agent->commit(u"README"_s, "of the agent\n", u"one"_s).isEmpty());
        PADDOCK_VERIFY_OK(f.import(*tree, agent));
        const QByteArray main = f.project.id(u"main"_s);
        const QByteArray index = f.project.git({u"ls-files"_s, u"-s"_s});
        const auto refused = [&](const QString &word) {
            const auto taken = await(f.manager.takeIntoCheckout(*tree));
            if (taken || taken.error().kind != ErrorKind::Conflict ||
                !taken.error().message.contains(word) || taken.error().remedy.isEmpty()) {
                qWarning() << (taken ? u"was taken"_s : taken.error().toString());
                return false;
            }
            return true;
        };
        // Staged over what the agent committed.
        const QByteArray blob = f.project.git({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "mine\n");
        f.project.git({u"update-index"_s,
                       u"--cacheinfo"_s,
                       u"100644,"_s + QString::fromLatin1(blob) + u",README"_s});
        QVERIFY(refused(u"staged"_s));
        QCOMPARE(f.project.id(u"main"_s), main);
        f.project.git({u"reset"_s, u"-q"_s});
        QCOMPARE(f.project.git({u"ls-files"_s, u"-s"_s}), index);
        // A commit of the person's own, on a branch that goes elsewhere.
        f.project.git({u"commit"_s, u"-q"_s, u"--allow-empty"_s, u"-m"_s, u"mine"_s});
        QVERIFY(refused(u"main"_s));
        f.project.git({u"update-ref"_s, u"refs/heads/main"_s, QString::fromLatin1(main)});
        f.project.git({u"checkout"_s, u"-q"_s, u"--detach"_s});
        QVERIFY(refused(u"No branch"_s));
        f.project.git({u"checkout"_s, u"-q"_s, u"main"_s});
        writeFile(f.project.path(u".git/MERGE_HEAD"_s), main + '\n');
        QVERIFY(refused(u"merge"_s));
        QVERIFY(QFile::remove(f.project.path(u".git/MERGE_HEAD"_s)));
        PADDOCK_VERIFY_OK(await(f.manager.takeIntoCheckout(*tree)));
        QCOMPARE(f.status(), QByteArray());
    }

    void whatIsNotCommittedIsKeptFirst()
    {
        Sharing f;
        f.project.write(u".gitignore"_s, "ignored\n");
        f.project.commitAll(u"ignore"_s);
        f.project.write(u"README"_s, "precious\n");
        f.project.write(u"new/file"_s, "also precious\n");
        f.project.write(u"ignored"_s, "not kept\n");
        f.project.write(u"staged"_s, "staged\n");
        f.project.git({u"add"_s, u"staged"_s});
        QVERIFY(QFile::remove(f.project.path(u"src/main.c"_s)));
        const QByteArray before = f.status();
        const auto tree = f.create(Isolation::Never);
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(f.status(), before);
        const QString kept = beforeRef(*tree);
        QCOMPARE(f.project.git({u"show"_s, kept + u":README"_s}), QByteArray("precious"));
        QCOMPARE(f.project.git({u"show"_s, kept + u":new/file"_s}), QByteArray("also precious"));
        QCOMPARE(f.project.git({u"show"_s, kept + u":staged"_s}), QByteArray("staged"));
        const QByteArray names = f.project.git({u"ls-tree"_s, u"-r"_s, u"--name-only"_s, kept});
        QCOMPARE(names, QByteArray(".gitignore\nREADME\nnew/file\nstaged"));
        QCOMPARE(f.project.id(kept + u"^"_s), f.project.id(u"main"_s));
        // It outlives a gc, and a start that is taken back: the agent may have run by then.
        f.project.git({u"gc"_s, u"-q"_s, u"--prune=now"_s});
        QCOMPARE(f.project.git({u"show"_s, kept + u":new/file"_s}), QByteArray("also precious"));
        PADDOCK_VERIFY_OK(await(f.manager.undoCreate(*tree)));
        QVERIFY(f.project.has(kept));
        QVERIFY(!f.project.has(tree->branch));
        QCOMPARE(f.status(), before);
        QCOMPARE(readFile(f.project.path(u"README"_s)), QByteArray("precious\n"));
        const auto again = f.create(Isolation::Never);
        PADDOCK_VERIFY_OK(again);
        QCOMPARE(again->checkout, Checkout::MainReadWrite);
    }

    void racingStartsGetDifferentAnswers_data()
    {
        QTest::addColumn<bool>("never");
        QTest::newRow("concurrent") << false;
        QTest::newRow("never") << true;
    }

    void racingStartsGetDifferentAnswers()
    {
        QFETCH(bool, never);
        Sharing f;
        constexpr int kStarts = 4;
        QList<CreateWorktreeOptions> starts;
        for (int i = 0; i < kStarts; ++i)
            starts += f.wanted(never ? Isolation::Never : Isolation::Concurrent,
                               u"s%1s%1s%1s%1"_s.arg(i));
        std::array<std::optional<Result<SessionTree>>, kStarts> answers;
        std::vector<std::thread> threads;
        for (int i = 0; i < kStarts; ++i)
            threads.emplace_back([&, i] {
                // Everything of its own, as another instance of Paddock has.
                const git::GitProcess git;
                answers[i].emplace(createWorktree(git, starts[i], {}));
            });
        for (std::thread &thread : threads)
            thread.join();
        int onCheckout = 0;
        int refused = 0;
        QSet<QString> paths;
        for (const auto &answer : answers) {
            if (!*answer) {
                ++refused;
                QCOMPARE(answer->error().kind, ErrorKind::Conflict);
                QVERIFY(!answer->error().remedy.isEmpty());
                continue;
            }
            onCheckout += (*answer)->checkout == Checkout::MainReadWrite ? 1 : 0;
            paths += (*answer)->workPath;
        }
        QCOMPARE(onCheckout, 1);
        QCOMPARE(refused, never ? kStarts - 1 : 0);
        QCOMPARE(paths.size(), never ? 1 : kStarts);
    }

    void anotherProcessIsWaitedFor()
    {
        Sharing f;
        QProcess other;
        other.start(u"/usr/bin/flock"_s,
                    {f.project.path(u".git"_s), u"sh"_s, u"-c"_s, u"echo held; read -r line"_s});
        QVERIFY(other.waitForReadyRead(10'000));
        bool answered = false;
        QObject context;
        std::optional<Result<SessionTree>> tree;
        f.manager.create(f.wanted(Isolation::Never, u"ab12cd34"_s))
            .then(&context, [&](Result<SessionTree> made) {
                answered = true;
                tree.emplace(std::move(made));
            });
        // The note of the other one, written while it holds the lock.
        const QString folder = f.sessionFolder({u"other000"_s});
        writeFile(f.project.path(u".git/paddock-writer"_s), "other000\n" + folder.toUtf8() + '\n');
        QVERIFY(!answered);
        other.write("go\n");
        other.closeWriteChannel();
        QTRY_VERIFY_WITH_TIMEOUT(answered, 20'000);
        QVERIFY(!*tree);
        QVERIFY2(tree->error().message.contains(u"other000"_s),
                 qPrintable(tree->error().toString()));
        other.waitForFinished();
    }

    void aNoteOfADeadSessionSaysNothing()
    {
        Sharing f;
        const auto tree = f.create(Isolation::Never);
        PADDOCK_VERIFY_OK(tree);
        const auto project = git::inspectRepository(f.project.path());
        PADDOCK_VERIFY_OK(project);
        QVERIFY(checkoutWriter(*project) == tree->session);
        PADDOCK_VERIFY_OK(await(f.manager.cleanStale(f.project.path(), {})));
        QVERIFY(checkoutWriter(*project) == tree->session); // its folder is there
        QVERIFY(QDir(tree->sessionFolder).removeRecursively());
        QVERIFY(!checkoutWriter(*project));
        PADDOCK_VERIFY_OK(await(f.manager.cleanStale(f.project.path(), {})));
        QVERIFY(!QFile::exists(f.project.path(u".git/paddock-writer"_s)));
    }

    void aCheckoutInNoStateForItIsLeftAlone_data()
    {
        QTest::addColumn<QString>("what");
        for (const char *what :
             {"rebase", "merge", "submodule", "gitlink", "other base", "adopt", "other owner"})
            QTest::newRow(what) << QString::fromLatin1(what);
    }

    void aCheckoutInNoStateForItIsLeftAlone()
    {
        QFETCH(QString, what);
        Sharing f;
        f.project.git({u"branch"_s, u"topic"_s});
        f.project.write(u"second"_s, "2\n");
        const QByteArray head = f.project.commitAll(u"second"_s);
        const auto prepare = [&](Isolation isolation, const QString &id) {
            auto options = f.wanted(isolation, id);
            if (what == u"other base"_s)
                options.base = u"topic"_s;
            if (what == u"adopt"_s)
                options.adopt = u"topic"_s;
            if (what == u"other owner"_s)
                options.owner = Owner{.uid = ::geteuid() + 1, .gid = ::getegid()};
            return options;
        };
        if (what == u"rebase"_s)
            QDir().mkpath(f.project.path(u".git/rebase-merge"_s));
        if (what == u"merge"_s)
            writeFile(f.project.path(u".git/MERGE_HEAD"_s), head + '\n');
        if (what == u"submodule"_s) {
            f.project.write(u".gitmodules"_s, "[submodule \"x\"]\n\tpath = x\n\turl = ./x\n");
            f.project.commitAll(u"submodule"_s);
        }
        if (what == u"gitlink"_s)
            f.project.git({u"update-index"_s,
                           u"--add"_s,
                           u"--cacheinfo"_s,
                           u"160000,"_s + QString::fromLatin1(head) + u",sub"_s});
        const auto refused = await(f.manager.create(prepare(Isolation::Never, u"ab12cd34"_s)));
        QVERIFY(!refused);
        qInfo() << qUtf8Printable(refused.error().toString());
        QCOMPARE(refused.error().kind, ErrorKind::Conflict);
        QVERIFY(refused.error().remedy.contains(u"worktree"_s));
        QVERIFY(!QFile::exists(f.project.path(u".git/paddock-writer"_s)));
        QVERIFY(!f.project.has(u"paddock/fix-the-login-ab"_s));
        if (what == u"other owner"_s)
            return; // a worktree is given away, which only root can
        const auto tree = await(f.manager.create(prepare(Isolation::Concurrent, u"cc12cd34"_s)));
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->checkout, Checkout::Worktree);
    }
};

QTEST_GUILESS_MAIN(tst_MainCheckout)
#include "tst_MainCheckout.moc"
