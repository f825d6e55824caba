// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

struct Adopting : GitFixture
{
    PrivateRepository repository{pool, git};
    Importer importer{pool, git};

    /// A branch with a commit of its own; main stays checked out.
    QByteArray makeBranch(const QString &name)
    {
        project.git({u"checkout"_s, u"-q"_s, u"-b"_s, name, u"main"_s});
        project.write(u"topic.txt"_s, name.toUtf8() + '\n');
        const QByteArray tip = project.commitAll(u"work of a person"_s);
        project.git({u"checkout"_s, u"-q"_s, u"main"_s});
        return tip;
    }

    /// A second repository with a branch, known here as a remote that was fetched.
    QByteArray makeRemote(const QString &name, const QString &branch)
    {
        const ScratchRepository other(environment.path(u"other-"_s + name));
        other.git({u"checkout"_s, u"-q"_s, u"-b"_s, branch});
        other.write(u"remote.txt"_s, "from afar\n");
        const QByteArray tip = other.commitAll(u"work of a colleague"_s);
        project.git({u"remote"_s, u"add"_s, name, other.path()});
        project.git({u"fetch"_s, u"-q"_s, name});
        return tip;
    }

    Result<SessionTree> adopt(const QString &branch)
    {
        auto wanted = options();
        wanted.adopt = branch;
        return await(manager.create(wanted));
    }

    Result<ImportReport> import(const SessionTree &tree,
                                const std::shared_ptr<LocalAgentGit> &agent)
    {
        return await(importer.run(tree, agent, u"/paddock/git"_s));
    }
};

} // namespace

/// Sessions on branches that were there before, and from other starts than HEAD.
class tst_AdoptBranch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void worksOnALocalBranch()
    {
        Adopting f;
        const QByteArray tip = f.makeBranch(u"feature/topic"_s);
        const auto tree = f.adopt(u"feature/topic"_s);
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->branch, u"feature/topic"_s);
        QCOMPARE(tree->baseBranch, QString());
        QCOMPARE(tree->baseCommit.toHex(), tip);
        QCOMPARE(readFile(tree->workPath + u"/topic.txt"_s), QByteArray("feature/topic\n"));
        PADDOCK_VERIFY_OK(await(f.repository.ensure(*tree)));
        const auto agent =
            std::make_shared<LocalAgentGit>(*tree, f.project.path(u".git/objects"_s));
        QCOMPARE(agent->git({u"status"_s, u"--porcelain"_s, u"-b"_s}).output,
                 QByteArray("## feature/topic\n"));
        const QByteArray mine = agent->commit(u"agent.txt"_s, "x\n", u"agent"_s);
        const auto report = f.import(*tree, agent);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, ImportReport::Branch::FastForwarded);
        QCOMPARE(f.project.id(u"feature/topic"_s), mine);
        QCOMPARE(runGit(tree->workPath, {u"status"_s, u"--porcelain"_s}).output, QByteArray());

        // Removing the session keeps it, whatever was asked.
        const auto removed = await(f.manager.remove(*tree, {.branch = BranchOnRemove::Delete}));
        PADDOCK_VERIFY_OK(removed);
        QVERIFY(removed->worktreeRemoved);
        QVERIFY(!removed->branchDeleted);
        QVERIFY(removed->branchKeptBecause.contains(u"before the session"_s));
        QCOMPARE(f.project.id(u"feature/topic"_s), mine);
        QCOMPARE(f.project.id(u"refs/paddock/backup/ab12cd34/adopted"_s), tip);
    }

    void rewritingItIsToldAndKept()
    {
        Adopting f;
        const QByteArray tip = f.makeBranch(u"topic"_s);
        const auto tree = f.adopt(u"topic"_s);
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(f.repository.ensure(*tree)));
        const auto agent =
            std::make_shared<LocalAgentGit>(*tree, f.project.path(u".git/objects"_s));
        QCOMPARE(agent->git({u"commit"_s, u"-q"_s, u"--amend"_s, u"-m"_s, u"mine now"_s}).exitCode,
                 0);
        const auto report = f.import(*tree, agent);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, ImportReport::Branch::Replaced);
        QCOMPARE(f.project.id(report->backupRef), tip);
        QCOMPARE(report->notices.size(), 1);
        QVERIFY(report->notices.first().contains(report->backupRef));
    }

    void undoLeavesTheBranch()
    {
        Adopting f;
        const QByteArray tip = f.makeBranch(u"topic"_s);
        const auto tree = f.adopt(u"topic"_s);
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(f.manager.undoCreate(*tree)));
        QCOMPARE(f.project.id(u"topic"_s), tip);
        // The folder for worktrees is the project's; it stays, empty.
        QVERIFY(QDir().rmdir(f.project.path(u".worktrees"_s)));
        QVERIFY(nothingLeft(f));
    }

    void remoteBranchBecomesALocalOne()
    {
        Adopting f;
        const QByteArray tip = f.makeRemote(u"origin"_s, u"feature/far"_s);
        auto tree = f.adopt(u"origin/feature/far"_s);
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->branch, u"feature/far"_s);
        QCOMPARE(f.project.id(u"feature/far"_s), tip);
        QCOMPARE(f.project.git({u"rev-parse"_s, u"--abbrev-ref"_s, u"feature/far@{upstream}"_s}),
                 QByteArray("origin/feature/far"));
        QCOMPARE(readFile(tree->workPath + u"/remote.txt"_s), QByteArray("from afar\n"));
        // Taken back, the local branch is gone with what it follows.
        PADDOCK_VERIFY_OK(await(f.manager.undoCreate(*tree)));
        QVERIFY(!f.project.has(u"refs/heads/feature/far"_s));
        QVERIFY(!readFile(f.project.path(u".git/config"_s)).contains("feature/far"));
        // The folder for worktrees is the project's; it stays, empty.
        QVERIFY(QDir().rmdir(f.project.path(u".worktrees"_s)));
        QVERIFY(nothingLeft(f));

        // A local branch of that name that is elsewhere is not taken for it.
        f.project.git({u"branch"_s, u"feature/far"_s, u"main"_s});
        tree = f.adopt(u"origin/feature/far"_s);
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::BranchExists);
        // Where it is the same it is that one.
        f.project.git({u"branch"_s, u"-f"_s, u"feature/far"_s, QString::fromLatin1(tip)});
        tree = f.adopt(u"refs/remotes/origin/feature/far"_s);
        PADDOCK_VERIFY_OK(tree);
        QVERIFY(f.project.has(u"refs/paddock/backup/ab12cd34/adopted"_s));
    }

    void checkedOutElsewhereIsRefusedWithThePlace()
    {
        Adopting f;
        f.makeBranch(u"topic"_s);
        f.makeBranch(u"stopped"_s);
        const QString own = f.environment.path(u"own"_s);
        f.project.git({u"worktree"_s, u"add"_s, u"-q"_s, own, u"topic"_s});
        f.project.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"current"_s});
        const auto refusedWith = [&](const QString &branch, const QString &place) {
            const auto tree = f.adopt(branch);
            if (tree || tree.error().kind != ErrorKind::Conflict ||
                !tree.error().message.contains(place) || tree.error().remedy.isEmpty()) {
                qWarning() << (tree ? u"was adopted"_s : tree.error().toString());
                return false;
            }
            return true;
        };
        QVERIFY(refusedWith(u"topic"_s, own));
        QVERIFY(refusedWith(u"current"_s, f.project.path()));
        // In the middle of a rebase HEAD is detached; git holds the branch all the same.
        const auto stopped = runGit(f.project.path(),
                                    {u"-c"_s,
                                     u"sequence.editor=sed -i s/pick/edit/"_s,
                                     u"rebase"_s,
                                     u"-q"_s,
                                     u"-i"_s,
                                     u"--force-rebase"_s,
                                     u"main"_s,
                                     u"stopped"_s});
        QCOMPARE(stopped.exitCode, 0);
        QCOMPARE(f.project.git({u"rev-parse"_s, u"--abbrev-ref"_s, u"HEAD"_s}), QByteArray("HEAD"));
        QVERIFY(refusedWith(u"stopped"_s, f.project.path()));
        // A worktree whose folder is gone still holds its branch; the remedy names the way out.
        QVERIFY(QDir(own).removeRecursively());
        const auto gone = f.adopt(u"topic"_s);
        QVERIFY(!gone);
        QVERIFY(gone.error().remedy.contains(u"git worktree prune"_s));
        f.project.git({u"worktree"_s, u"prune"_s});
        PADDOCK_VERIFY_OK(f.adopt(u"topic"_s));
    }

    void twoSessionsDoNotGetOneBranch()
    {
        Adopting f;
        f.makeBranch(u"topic"_s);
        QList<Result<SessionTree>> trees;
        QObject context;
        for (const auto &id : {u"aaaa1111"_s, u"bbbb2222"_s, u"cccc3333"_s}) {
            f.session = {id};
            auto options = f.options();
            options.adopt = u"topic"_s;
            f.manager.create(options).then(
                &context, [&](Result<SessionTree> tree) { trees.append(std::move(tree)); });
        }
        QTRY_COMPARE_WITH_TIMEOUT(trees.size(), 3, 30'000);
        int made = 0;
        for (const auto &tree : trees) {
            made += tree ? 1 : 0;
            if (!tree)
                QCOMPARE(tree.error().kind, ErrorKind::Conflict);
        }
        QCOMPARE(made, 1);
    }

    void protectedBranchesAreNotAdopted()
    {
        Adopting f;
        f.makeRemote(u"origin"_s, u"trunk"_s);
        f.project.git({u"remote"_s, u"set-head"_s, u"origin"_s, u"trunk"_s});
        f.project.git({u"branch"_s, u"release/1.0"_s});
        f.project.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"other"_s});
        const auto refused = [&](const QString &branch, const QStringList &patterns) {
            auto options = f.options();
            options.adopt = branch;
            options.protectedBranches = patterns;
            const auto tree = await(f.manager.create(options));
            return !tree && tree.error().category == Category::RefusedByPolicy &&
                   !tree.error().remedy.isEmpty();
        };
        QVERIFY(refused(u"main"_s, CreateWorktreeOptions().protectedBranches));
        QVERIFY(refused(u"release/1.0"_s, {u"release/*"_s}));
        QVERIFY(refused(u"origin/trunk"_s, {}));
        QVERIFY(nothingLeft(f));
        auto options = f.options();
        options.adopt = u"main"_s;
        options.protectedBranches = {u"release/*"_s};
        PADDOCK_VERIFY_OK(await(f.manager.create(options)));
    }

    void whatIsNoBranchIsNamed()
    {
        Adopting f;
        f.project.git({u"tag"_s, u"v1"_s});
        f.makeRemote(u"origin"_s, u"far"_s);
        f.project.git({u"remote"_s, u"set-head"_s, u"origin"_s, u"far"_s});
        for (const auto &name :
             {u"absent"_s, u"v1"_s, u"origin/HEAD"_s, u"HEAD"_s, u"-x"_s, u"a..b"_s}) {
            const auto tree = f.adopt(name);
            QVERIFY(!tree);
            QCOMPARE(tree.error().kind, ErrorKind::NotFound);
            QVERIFY(!tree.error().remedy.isEmpty());
        }
        auto both = f.options();
        both.adopt = u"far"_s;
        both.base = u"main"_s;
        const auto tree = await(f.manager.create(both));
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::InvalidArgument);
        QVERIFY(nothingLeft(f));
    }

    void startsFromEveryKindOfName_data()
    {
        QTest::addColumn<QString>("base");
        QTest::addColumn<QString>("is");
        QTest::addColumn<QString>("branch");
        QTest::newRow("branch") << u"topic"_s << u"refs/heads/topic"_s << u"topic"_s;
        QTest::newRow("full branch")
            << u"refs/heads/topic"_s << u"refs/heads/topic"_s << u"topic"_s;
        QTest::newRow("tag") << u"v1"_s << u"main^{commit}"_s << QString();
        QTest::newRow("remote branch")
            << u"origin/far"_s << u"refs/remotes/origin/far"_s << QString();
        QTest::newRow("commit") << u"topic~1"_s << u"main"_s << QString();
        // The branch is meant, as it is everywhere else in Paddock.
        QTest::newRow("branch and tag") << u"both"_s << u"refs/heads/both"_s << u"both"_s;
    }

    void startsFromEveryKindOfName()
    {
        QFETCH(QString, base);
        QFETCH(QString, is);
        QFETCH(QString, branch);
        Adopting f;
        f.makeBranch(u"topic"_s);
        f.makeBranch(u"both"_s);
        f.project.git({u"tag"_s, u"-a"_s, u"-m"_s, u"one"_s, u"v1"_s, u"main"_s});
        f.project.git({u"tag"_s, u"both"_s, u"main"_s});
        f.makeRemote(u"origin"_s, u"far"_s);
        auto options = f.options();
        options.base = base;
        const auto tree = await(f.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->baseCommit.toHex(), f.project.id(is));
        QCOMPARE(tree->baseBranch, branch);
        QCOMPARE(tree->branch, u"paddock/fix-the-login-ab"_s);
        QCOMPARE(runGit(tree->workPath, {u"status"_s, u"--porcelain"_s, u"-b"_s}).output,
                 QByteArray("## paddock/fix-the-login-ab\n"));
    }
};

QTEST_GUILESS_MAIN(tst_AdoptBranch)
#include "tst_AdoptBranch.moc"
