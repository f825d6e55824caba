// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Preflight.h"
#include "core/worktrees/PrivateRepository.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

class tst_PrivateRepository : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mountsOfAWorktree()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        const auto mounts = await(repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        using Kind = TreeMount::Kind;
        using Access = TreeMount::Access;
        const QList<TreeMount> expected{
            {Kind::Workspace, tree->workPath, u"/workspace"_s, Access::ReadWrite},
            {Kind::GitFile,
             tree->sessionFolder + u"/dotgit"_s,
             u"/workspace/.git"_s,
             Access::ReadOnly},
            {Kind::PrivateRepository,
             tree->sessionFolder + u"/git"_s,
             u"/paddock/git"_s,
             Access::ReadWrite},
            {Kind::Objects,
             fixture.project.path(u".git/objects"_s),
             u"/paddock/objects/0"_s,
             Access::ReadOnly}};
        QCOMPARE(mounts->mounts.size(), expected.size());
        for (qsizetype i = 0; i < expected.size(); ++i) {
            QCOMPARE(mounts->mounts[i].kind, expected[i].kind);
            QCOMPARE(mounts->mounts[i].hostPath, expected[i].hostPath);
            QCOMPARE(mounts->mounts[i].containerPath, expected[i].containerPath);
            QCOMPARE(mounts->mounts[i].access, expected[i].access);
            QVERIFY(QFile::exists(mounts->mounts[i].hostPath));
        }
        QCOMPARE(mounts->masks, QStringList());
        QCOMPARE(mounts->containerGitDir, u"/paddock/git"_s);
        QCOMPARE(readFile(tree->gitFile()), QByteArray("gitdir: /paddock/git\n"));
    }

    void settingsOfThePersonsChoiceAreTheAgents()
    {
        GitFixture fixture;
        fixture.project.git({u"config"_s, u"core.autocrlf"_s, u"false"_s});
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PrivateRepositoryOptions options{.userName = u"Me \"quoted\""_s,
                                         .userEmail = u"me@example.org"_s,
                                         .gitSettings = {{"core.editor", "touch /tmp/x"}}};
        const auto refused = await(repository.ensure(*tree, options));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::InvalidArgument);
        QVERIFY(!QFile::exists(tree->privateGitDir()));
        options.gitSettings = {{"merge.conflictStyle", "zdiff3"}, {"core.autocrlf", "input"}};
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree, options)));
        const LocalAgentGit agent(*tree, fixture.project.path(u".git/objects"_s));
        const auto setting = [&](const QString &name) {
            return agent.git({u"config"_s, name}).output.trimmed();
        };
        QCOMPARE(setting(u"merge.conflictStyle"_s), QByteArray("zdiff3"));
        QCOMPARE(setting(u"core.autocrlf"_s), QByteArray("input"));
        QCOMPARE(setting(u"user.name"_s), QByteArray("Me \"quoted\""));
        QCOMPARE(setting(u"core.worktree"_s), QByteArray("/workspace"));
    }

    void agentWorksAndSeesOnlyItsOwn()
    {
        GitFixture fixture;
        const auto &project = fixture.project;
        project.git(
            {u"config"_s, u"remote.origin.url"_s, u"https://user:token-canary@example.org/x"_s});
        project.git({u"config"_s, u"user.name"_s, u"The Person"_s});
        project.git({u"config"_s, u"user.email"_s, u"person@example.org"_s});
        project.git({u"update-ref"_s, u"refs/remotes/origin/main"_s, u"HEAD"_s});
        project.git({u"branch"_s, u"secret-plan"_s});
        project.git({u"tag"_s, u"-a"_s, u"-m"_s, u"one"_s, u"v1"_s});
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        LocalAgentGit agent(*tree, project.path(u".git/objects"_s));

        QCOMPARE(agent.git({u"status"_s, u"--porcelain"_s, u"-b"_s}).output,
                 "## " + tree->branch.toUtf8() + '\n');
        QCOMPARE(agent.git({u"for-each-ref"_s, u"--format=%(refname)"_s}).output,
                 "refs/heads/main\nrefs/heads/" + tree->branch.toUtf8() + "\nrefs/tags/v1\n");
        QCOMPARE(agent.git({u"describe"_s, u"--tags"_s}).output, QByteArray("v1\n"));
        QCOMPARE(agent.git({u"config"_s, u"user.name"_s}).output, QByteArray("The Person\n"));
        QVERIFY(!agent.commit(u"work.txt"_s, "work\n", u"work"_s).isEmpty());
        // The stat information of the index came along: nothing was read again.
        QCOMPARE(agent.git({u"diff-files"_s}).output, QByteArray());

        // Nothing of the remote, of other branches or of the person's history is in the folder.
        QStringList todo{tree->privateGitDir()};
        while (!todo.isEmpty()) {
            const QDir folder(todo.takeLast());
            const auto entries =
                folder.entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
            for (const QFileInfo &entry : entries) {
                if (entry.isDir()) {
                    todo += entry.filePath();
                    continue;
                }
                const QByteArray content = readFile(entry.filePath());
                QVERIFY2(!content.contains("canary"), qPrintable(entry.filePath()));
                QVERIFY2(!content.contains("secret-plan"), qPrintable(entry.filePath()));
            }
        }
        // The host's repository has nothing of it, its own branch did not move.
        QCOMPARE(project.id(tree->branch), tree->baseCommit.toHex());
    }

    void identityOfTheAgentsCommits()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        const auto identity = [&] {
            const LocalAgentGit agent(*tree, fixture.project.path(u".git/objects"_s));
            return agent.git({u"config"_s, u"user.name"_s}).output +
                   agent.git({u"config"_s, u"user.email"_s}).output;
        };
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        QCOMPARE(identity(), QByteArray("Paddock agent\nagent@paddock.invalid\n"));
        PADDOCK_VERIFY_OK(await(repository.remove(*tree)));
        PADDOCK_VERIFY_OK(
            await(repository.ensure(*tree, {.userName = u"Q \"R\""_s, .userEmail = u"q@r"_s})));
        QCOMPARE(identity(), QByteArray("Q \"R\"\nq@r\n"));
    }

    void indexKnowsTheFiles()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        LocalAgentGit agent(*tree, fixture.project.path(u".git/objects"_s));
        // diff-files answers without refreshing: a stale entry would be listed.
        QCOMPARE(agent.git({u"diff-files"_s, u"--name-only"_s}).output, QByteArray());
    }

    void ensureKeepsWorkAndMakesWhatIsMissing()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        LocalAgentGit agent(*tree, fixture.project.path(u".git/objects"_s));
        const QByteArray work = agent.commit(u"work.txt"_s, "work\n", u"work"_s);
        const auto inode = [](const QString &path) {
            struct stat status
            {
            };
            ::stat(qPrintable(path), &status);
            return status.st_ino;
        };
        const auto before = inode(tree->gitFile());
        QVERIFY(QFile::remove(tree->workPath + u"/.git"_s));
        QVERIFY(QFile::remove(tree->sessionFolder + u"/empty"_s));
        const auto again = await(repository.ensure(*tree));
        PADDOCK_VERIFY_OK(again);
        QCOMPARE(agent.id(u"HEAD"_s), work);
        QCOMPARE(inode(tree->gitFile()), before); // mounted by its inode: not to be replaced
        QVERIFY(QFile::exists(tree->sessionFolder + u"/empty"_s));
        QVERIFY(readFile(tree->workPath + u"/.git"_s)
                    .startsWith("gitdir: " + fixture.project.path().toUtf8()));
        QCOMPARE(
            runGit(tree->workPath, {u"rev-parse"_s, u"--abbrev-ref"_s, u"HEAD"_s}).output.trimmed(),
            tree->branch.toUtf8());
    }

    void damagedRepositoryIsPutAside()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        // The agent makes its folder of objects a link to another place of the host.
        const QString victim = fixture.environment.path(u"victim"_s);
        writeFile(victim + u"/info/alternates"_s, "untouched\n");
        QVERIFY(QDir(tree->privateGitDir() + u"/objects"_s).removeRecursively());
        QVERIFY(QFile::link(victim, tree->privateGitDir() + u"/objects"_s));
        const auto mounts = await(repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        QCOMPARE(mounts->notices.size(), 1);
        QCOMPARE(readFile(victim + u"/info/alternates"_s), QByteArray("untouched\n"));
        QVERIFY(QFile::exists(tree->privateGitDir() + u".damaged-1"_s));
        LocalAgentGit agent(*tree, fixture.project.path(u".git/objects"_s));
        QCOMPARE(agent.id(u"HEAD"_s), tree->baseCommit.toHex());
    }

    void linkInsideObjectsIsNotFollowed()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        const QString victim = fixture.environment.path(u"victim.txt"_s);
        writeFile(victim, "untouched\n");
        const QString alternates = tree->privateGitDir() + u"/objects/info/alternates"_s;
        QVERIFY(QFile::remove(alternates));
        QVERIFY(QFile::link(victim, alternates));
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        QCOMPARE(readFile(victim), QByteArray("untouched\n"));
        QVERIFY(!QFileInfo(alternates).isSymLink());
        QCOMPARE(readFile(alternates), QByteArray("/paddock/objects/0\n"));
    }

    void borrowedStoresAreMountedAndMasked()
    {
        TestEnvironment environment;
        const ScratchRepository lender(environment.path(u"lender"_s));
        const QString clone = environment.path(u"clone"_s);
        QCOMPARE(
            runGit(environment.path(), {u"clone"_s, u"-q"_s, u"--shared"_s, lender.path(), clone})
                .exitCode,
            0);
        const git::GitProcess git;
        WorkerPool pool(2);
        WorktreeManager manager(pool, git);
        PrivateRepository repository(pool, git);
        const QString folder = environment.path(u"s"_s);
        QDir().mkpath(folder);
        const auto tree = await(manager.create({.session = {u"ab12cd34"_s},
                                                .sessionFolder = folder,
                                                .projectPath = clone,
                                                .title = u"t"_s}));
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(readFile(tree->workPath + u"/README"_s), QByteArray("hello\n"));
        const auto mounts = await(repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        QStringList objects;
        QStringList masked;
        for (const TreeMount &mount : mounts->mounts) {
            if (mount.kind == TreeMount::Kind::Objects)
                objects += mount.hostPath;
            if (mount.kind == TreeMount::Kind::AlternatesMask)
                masked += mount.containerPath;
        }
        QCOMPARE(objects,
                 QStringList({QFileInfo(clone).canonicalFilePath() + u"/.git/objects"_s,
                              lender.path(u".git/objects"_s)}));
        QCOMPARE(masked, QStringList({u"/paddock/objects/0/info/alternates"_s}));
        QCOMPARE(readFile(tree->privateGitDir() + u"/objects/info/alternates"_s),
                 QByteArray("/paddock/objects/0\n/paddock/objects/1\n"));
    }

    void mountsOfExplore()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto other = fixture.create();
        PADDOCK_VERIFY_OK(other);
        const SessionId session{u"ex00ex00"_s};
        const auto tree =
            await(fixture.manager.useMainCheckout({.session = session,
                                                   .sessionFolder = fixture.sessionFolder(session),
                                                   .projectPath = fixture.project.path()}));
        PADDOCK_VERIFY_OK(tree);
        const auto mounts = await(repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        QCOMPARE(mounts->mounts[0].hostPath, fixture.project.path());
        QCOMPARE(mounts->mounts[0].access, TreeMount::Access::ReadOnly);
        QCOMPARE(mounts->mounts[1].kind, TreeMount::Kind::PrivateRepository);
        QCOMPARE(mounts->mounts[1].containerPath, u"/workspace/.git"_s);
        QCOMPARE(mounts->masks, QStringList({u"/workspace/.worktrees"_s}));
        QCOMPARE(mounts->containerGitDir, u"/workspace/.git"_s);
        LocalAgentGit agent(*tree, fixture.project.path(u".git/objects"_s));
        QCOMPARE(agent.git({u"status"_s, u"--porcelain"_s, u"-b"_s}).output,
                 QByteArray("## main\n"));
        QVERIFY(!agent.git({u"for-each-ref"_s}).output.contains("paddock"));
        // The main checkout is as it was.
        QCOMPARE(fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray());
        PADDOCK_VERIFY_OK(await(repository.remove(*tree)));
        QCOMPARE(fixture.project.git({u"for-each-ref"_s, u"refs/paddock/keep/ex00ex00/"_s}),
                 QByteArray());
    }

    void exploreSeesDirtyFilesAndNotTheStaging()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        fixture.project.write(u"README"_s, "edited\n");
        fixture.project.git({u"add"_s, u"README"_s});
        const SessionId session{u"ex00ex00"_s};
        const auto tree =
            await(fixture.manager.useMainCheckout({.session = session,
                                                   .sessionFolder = fixture.sessionFolder(session),
                                                   .projectPath = fixture.project.path()}));
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        LocalAgentGit agent(*tree, fixture.project.path(u".git/objects"_s));
        QCOMPARE(agent.git({u"status"_s, u"--porcelain"_s}).output, QByteArray(" M README\n"));
        QCOMPARE(fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray("M  README"));
    }

    void removeLeavesNothing()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        QVERIFY(!fixture.project.git({u"for-each-ref"_s, u"refs/paddock/keep/"_s}).isEmpty());
        PADDOCK_VERIFY_OK(
            await(fixture.manager.remove(*tree, {.branch = BranchOnRemove::DeleteIfMerged})));
        PADDOCK_VERIFY_OK(await(repository.remove(*tree)));
        QVERIFY(QDir(tree->sessionFolder).isEmpty());
        QCOMPARE(fixture.project.git({u"for-each-ref"_s, u"refs/paddock/"_s}), QByteArray());
        PADDOCK_VERIFY_OK(await(repository.remove(*tree)));
    }

    void missingGitFileIsMadeBeforeTheStart()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        const QString file = tree->workPath + u"/.git"_s;
        QVERIFY(QFile::remove(file));
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        struct stat status
        {
        };
        QCOMPARE(::lstat(qPrintable(file), &status), 0);
        QVERIFY(S_ISREG(status.st_mode));
        QCOMPARE(status.st_uid, ::geteuid());
        QVERIFY(status.st_size > 0);
        // So is an empty one, as an engine makes it.
        writeFile(file, QByteArray());
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        QVERIFY(readFile(file).startsWith("gitdir: "));
        // One that leads elsewhere is refused; another way to the right place is not.
        const QByteArray right = readFile(file);
        writeFile(file, "gitdir: evil\n");
        auto elsewhere = await(repository.ensure(*tree));
        QVERIFY(!elsewhere);
        QCOMPARE(elsewhere.error().kind, ErrorKind::SecurityViolation);
        const QString admin = QString::fromUtf8(right.mid(8).trimmed());
        writeFile(file, "gitdir: " + QDir(tree->workPath).relativeFilePath(admin).toUtf8() + '\n');
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        // Something else in its place is refused and not written through.
        const QString victim = fixture.environment.path(u"victim"_s);
        writeFile(victim, "untouched\n");
        QVERIFY(QFile::remove(file));
        QVERIFY(QFile::link(victim, file));
        const auto refused = await(repository.ensure(*tree));
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::SecurityViolation);
        QCOMPARE(readFile(victim), QByteArray("untouched\n"));
    }

    // attack.A10
    void hardLinksAreReportedAndCopied()
    {
        GitFixture fixture;
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        const QString outside = fixture.environment.path(u"outside.txt"_s);
        const QString inside = tree->workPath + u"/store/linked.txt"_s;
        writeFile(outside, "original\n");
        QDir().mkpath(tree->workPath + u"/store"_s);
        QCOMPARE(::link(qPrintable(outside), qPrintable(inside)), 0);
        QCOMPARE(::chmod(qPrintable(outside), 0640), 0);

        auto report = await(runPreflight(fixture.pool, *tree));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->hardLinked, QList<QByteArray>{"store/linked.txt"});
        QVERIFY(report->copied.isEmpty());
        // At a start the person is told.
        PrivateRepository repository(fixture.pool, fixture.git);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        const auto mounts = await(repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        QCOMPARE(mounts->notices.size(), 1);
        QVERIFY(mounts->notices.first().contains(u"store/linked.txt"_s));
        // Control: without the defence a write inside changes the file outside.
        const auto append = [&](const QByteArray &text) {
            QFile file(inside);
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Append));
            file.write(text);
        };
        append("changed\n");
        QCOMPARE(readFile(outside), QByteArray("original\nchanged\n"));

        const auto copied = await(repository.ensure(*tree, {.hardLinks = HardLinkPolicy::Copy}));
        PADDOCK_VERIFY_OK(copied);
        QCOMPARE(copied->notices.size(), 1);
        append("again\n");
        QCOMPARE(readFile(outside), QByteArray("original\nchanged\n"));
        QCOMPARE(readFile(inside), QByteArray("original\nchanged\nagain\n"));
        struct stat status
        {
        };
        QCOMPARE(::stat(qPrintable(inside), &status), 0);
        QCOMPARE(status.st_mode & 07777U, 0640U);
        QCOMPARE(status.st_nlink, 1U);
    }
};

QTEST_GUILESS_MAIN(tst_PrivateRepository)
#include "tst_PrivateRepository.moc"
