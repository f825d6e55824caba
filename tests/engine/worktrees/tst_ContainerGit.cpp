// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ExecApi.h"
#include "core/worktrees/AgentRefUpdate.h"
#include "core/worktrees/ExecAgentGit.h"
#include "core/worktrees/HandOver.h"
#include "core/worktrees/PrivateRepository.h"
#include "tests/engine/worktrees/TreeContainer.h"
#include "tests/git/GitFixture.h"

#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

/// A session's repository mounted into a real, sealed container.
struct Contained
{
    GitFixture fixture;
    RealEngine engine;
    PrivateRepository repository{fixture.pool, fixture.git};
    Importer importer{fixture.pool, fixture.git};
    HandOver handOver{fixture.pool, fixture.git, importer};
    SessionTree tree;
    TreeMounts mounts;
    ContainerId container;
    // As the agent of a person; when the tests run as root, the user Paddock would give it.
    Owner owner = ::geteuid() == 0 ? Owner{.uid = 1000, .gid = 1000}
                                   : Owner{.uid = ::geteuid(), .gid = ::getegid()};

    [[nodiscard]] QString user() const { return u"%1:%2"_s.arg(owner.uid).arg(owner.gid); }

    Result<Done> makeWorktree()
    {
        auto options = fixture.options();
        if (::geteuid() == 0)
            options.owner = owner;
        const auto made = await(fixture.manager.create(options));
        if (!made)
            return fail(made.error());
        tree = *made;
        return Done{};
    }

    Result<Done> makeExplore()
    {
        const SessionId session{u"ex00ex00"_s};
        const auto made = await(fixture.manager.useMainCheckout(
            {.session = session,
             .sessionFolder = fixture.sessionFolder(session),
             .projectPath = fixture.project.path(),
             .owner = ::geteuid() == 0 ? std::optional(owner) : std::nullopt}));
        if (!made)
            return fail(made.error());
        tree = *made;
        return Done{};
    }

    Result<Done> start()
    {
        const auto ensured = await(repository.ensure(tree));
        if (!ensured)
            return fail(ensured.error());
        mounts = *ensured;
        return run();
    }

    /// The container with the mounts as they are.
    Result<Done> run()
    {
        const auto made = engine.created(treeContainer(engine, mounts, user()));
        if (!made)
            return fail(made.error());
        container = *made;
        return await(engine.client().containers().start(container));
    }

    docker::ExecOutput shell(const QString &script)
    {
        return agentShell(engine, container, user(), script);
    }

    std::shared_ptr<ExecAgentGit> agent()
    {
        return std::make_shared<ExecAgentGit>(engine.client().exec(), container, user());
    }

    Result<ImportReport> import(const ImportLimits &limits = {})
    {
        return await(importer.run(tree, agent(), mounts.containerGitDir, limits),
                     std::chrono::seconds(60));
    }

    /// The person stages a file in the worktree and commits it on the host.
    HandOverRequest personCommits(const QString &file, const QByteArray &content)
    {
        writeFile(tree.workPath + u'/' + file, content);
        [&] { QCOMPARE(runGit(tree.workPath, {u"add"_s, u"--"_s, file}).exitCode, 0); }();
        const QByteArray root = runGit(tree.workPath, {u"write-tree"_s}).output.trimmed();
        const QByteArray from = fixture.project.id(tree.branch);
        const QByteArray commit = fixture.project.git({u"commit-tree"_s,
                                                       u"-p"_s,
                                                       tree.branch,
                                                       u"-m"_s,
                                                       u"by the person"_s,
                                                       QString::fromLatin1(root)});
        return {.from = *git::Oid::fromHex(from), .commit = *git::Oid::fromHex(commit)};
    }
};

} // namespace

/// The git side of a session in a real container.
class tst_ContainerGit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commitsAndImports()
    {
        Contained session;
        PADDOCK_VERIFY_OK(session.makeWorktree());
        PADDOCK_VERIFY_OK(session.start());
        const auto first = session.shell(u"git status --porcelain -b && git log --format=%s"_s);
        QCOMPARE(first.exitCode, 0);
        QCOMPARE(first.standardOutput, "## " + session.tree.branch.toUtf8() + "\nfirst\n");
        // The index knew the files: a status without a refresh finds nothing to read again.
        QCOMPARE(session.shell(u"git diff-files"_s).standardOutput, QByteArray());
        const auto work = session.shell(
            u"echo agent > new.txt && git add -A && git commit -qm work && git rev-parse HEAD"_s);
        QVERIFY2(work.exitCode == 0, work.standardError.constData());
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, ImportReport::Branch::FastForwarded);
        QCOMPARE(report->head.toHex(), work.standardOutput.trimmed());
        QCOMPARE(report->newCommits, 1);
        QCOMPARE(session.fixture.project.git({u"show"_s, session.tree.branch + u":new.txt"_s}),
                 QByteArray("agent"));
        QCOMPARE(runGit(session.tree.workPath, {u"status"_s, u"--porcelain"_s}).output,
                 QByteArray());
        // What the agent left on disk belongs to the person.
        struct stat status
        {
        };
        QCOMPARE(::stat(qPrintable(session.tree.workPath + u"/new.txt"_s), &status), 0);
        QCOMPARE(status.st_uid, session.owner.uid);
        // The objects the agent sees now include the imported ones twice; its git does not mind.
        QCOMPARE(session.shell(u"git gc -q --prune=now && git fsck --no-dangling"_s).exitCode, 0);
        PADDOCK_VERIFY_OK(session.import());
    }

    void personsCommitIsHandedOver()
    {
        Contained session;
        PADDOCK_VERIFY_OK(session.makeWorktree());
        PADDOCK_VERIFY_OK(session.start());
        const HandOverRequest request = session.personCommits(u"README"_s, "by the person\n");
        // The agent has staged something, and commits in between what it has.
        QCOMPARE(session
                     .shell(u"echo a > a.txt && git add a.txt && git commit -qm a && "
                            "echo b > b.txt && git add b.txt"_s)
                     .exitCode,
                 0);
        const auto report =
            await(session.handOver.deliver(
                      session.tree, session.agent(), session.mounts.containerGitDir, request),
                  std::chrono::seconds(60));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, HandOverReport::Outcome::Delivered);
        QVERIFY(report->reapplied);
        QCOMPARE(session.fixture.project.id(session.tree.branch), report->commit.toHex());
        const auto inside = session.shell(
            u"git log --format=%s && git show HEAD:README && git status --porcelain && "
            "git fsck --no-dangling"_s);
        QVERIFY2(inside.exitCode == 0, inside.standardError.constData());
        QCOMPARE(inside.standardOutput,
                 QByteArray("by the person\na\nfirst\nby the person\nA  b.txt\n"));
        // The file is the agent's as before: it can commit on.
        QCOMPARE(session.shell(u"git commit -qm b"_s).exitCode, 0);
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(runGit(session.tree.workPath, {u"status"_s, u"--porcelain"_s}).output,
                 QByteArray());
    }

    // Paddock ends while the agent's branch is locked: git on the agent's side gives it back.
    void lockGoesWithTheConnection()
    {
        Contained session;
        PADDOCK_VERIFY_OK(session.makeWorktree());
        PADDOCK_VERIFY_OK(session.start());
        const HandOverRequest request = session.personCommits(u"README"_s, "by the person\n");
        auto move = std::make_unique<AgentRefUpdate>(
            session.agent(),
            AgentRefUpdate::Move{.gitDir = session.mounts.containerGitDir,
                                 .ref = session.tree.branchRef(),
                                 .from = request.from,
                                 .to = request.commit,
                                 .reason = u"x"_s});
        PADDOCK_VERIFY_OK(await(move->prepared()));
        const QString commit = u"git commit -q --allow-empty -m x"_s;
        QVERIFY(session.shell(commit).exitCode != 0); // control: the lock holds
        move.reset();
        QTRY_COMPARE(session.shell(u"test -e /paddock/git/HEAD.lock"_s).exitCode, 1);
        QCOMPARE(session.shell(commit).exitCode, 0);
        QCOMPARE(session.shell(u"git log --format=%s"_s).standardOutput, QByteArray("x\nfirst\n"));
    }

    void largePackComesThrough()
    {
        Contained session;
        PADDOCK_VERIFY_OK(session.makeWorktree());
        PADDOCK_VERIFY_OK(session.start());
        const auto work = session.shell(
            u"head -c 20000000 /dev/urandom > big.bin && git add -A && git commit -qm big"_s);
        QCOMPARE(work.exitCode, 0);
        const auto stopped = session.import({.packBytes = 5'000'000});
        QVERIFY(!stopped);
        QCOMPARE(stopped.error().kind, ErrorKind::FileTooLarge);
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QVERIFY(report->packBytes > 20'000'000);
        QCOMPARE(session.fixture.project.git(
                     {u"cat-file"_s, u"-s"_s, session.tree.branch + u":big.bin"_s}),
                 QByteArray("20000000"));
    }

    void hostileConfigurationOfTheAgentStaysInside()
    {
        Contained session;
        PADDOCK_VERIFY_OK(session.makeWorktree());
        PADDOCK_VERIFY_OK(session.start());
        const auto set =
            session.shell(u"git config core.fsmonitor 'touch /workspace/ran; false' && "
                          "git config alias.show-ref '!touch /workspace/ran2' && "
                          "git config core.hooksPath /workspace/hooks && mkdir hooks && "
                          "printf '#!/bin/sh\\ntouch /workspace/ran3\\n' > hooks/post-commit && "
                          "chmod +x hooks/post-commit && "
                          "ln -s /etc/passwd passwd && "
                          "git add -A && git commit -qm x; ls ran*"_s);
        QVERIFY(set.standardOutput.contains("ran3")); // control: it does run inside
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, ImportReport::Branch::FastForwarded);
        QCOMPARE(report->flags.size(), 1);
        QCOMPARE(report->flags.first().kind, ImportFlag::Kind::AbsoluteSymlink);
        QVERIFY(!session.fixture.project.git({u"config"_s, u"--list"_s, u"--local"_s})
                     .contains("fsmonitor"));
    }

    void gitFileCannotBeReplacedFromInside()
    {
        Contained session;
        PADDOCK_VERIFY_OK(session.makeWorktree());
        PADDOCK_VERIFY_OK(session.start());
        const QByteArray before = readFile(session.tree.workPath + u"/.git"_s);
        for (const auto &attempt : {u"rm -f .git"_s,
                                    u"mv .git .old"_s,
                                    u"echo gitdir: /tmp > .git"_s,
                                    u"ln -sf /tmp .git"_s,
                                    u"cp /paddock/git/HEAD .git"_s,
                                    u"mv /paddock/git /paddock/old"_s,
                                    u"touch /paddock/objects/0/evil"_s})
            QVERIFY2(session.shell(attempt).exitCode != 0, qPrintable(attempt));
        QCOMPARE(session.shell(u"cat .git"_s).standardOutput, QByteArray("gitdir: /paddock/git\n"));
        QCOMPARE(readFile(session.tree.workPath + u"/.git"_s), before);
        // Control: a file that is not a mount point goes.
        QCOMPARE(session.shell(u"mv README .old && rm .old"_s).exitCode, 0);
    }

    void exploreSeesThePlainCheckoutOnly()
    {
        Contained session;
        auto &project = session.fixture.project;
        project.git(
            {u"config"_s, u"remote.origin.url"_s, u"https://user:token-canary@example.org/x"_s});
        project.write(u"later"_s, "x\n");
        project.commitAll(u"reflog-canary"_s);
        project.git({u"reset"_s, u"-q"_s, u"--hard"_s, u"HEAD~1"_s});
        const auto other = session.fixture.create(u"other session"_s);
        PADDOCK_VERIFY_OK(other);
        writeFile(other->workPath + u"/other-canary"_s, "x\n");
        // Control: the folder itself shows all three.
        QVERIFY(readFile(project.path(u".git/config"_s)).contains("token-canary"));
        QVERIFY(readFile(project.path(u".git/logs/HEAD"_s)).contains("reflog-canary"));
        QVERIFY(QFile::exists(project.path(u".worktrees/other-session-ab/other-canary"_s)));

        PADDOCK_VERIFY_OK(session.makeExplore());
        PADDOCK_VERIFY_OK(session.start());
        QCOMPARE(session.shell(u"cat README"_s).standardOutput, QByteArray("hello\n"));
        QCOMPARE(session.shell(u"git status --porcelain -b"_s).standardOutput,
                 QByteArray("## main\n"));
        const auto found = session.shell(
            u"grep -r canary /workspace/.git/config /workspace/.git/logs "
            u"/workspace/.git/packed-refs "
            "/paddock/objects/0/../config; ls -A .worktrees; find / -name '*canary*' 2>/dev/null"_s);
        QCOMPARE(found.standardOutput, QByteArray());
        QVERIFY(session.shell(u"echo x > README"_s).exitCode != 0);
        QVERIFY(session.shell(u"mv .git .old"_s).exitCode != 0);
        QVERIFY(session.shell(u"git for-each-ref"_s).standardOutput.count('\n') == 1);
    }

    void borrowedObjectsAreReadInside()
    {
        const TestEnvironment environment;
        Contained session;
        const QString clone = session.fixture.environment.path(u"clone"_s);
        QCOMPARE(runGit(session.fixture.environment.path(),
                        {u"clone"_s, u"-q"_s, u"--shared"_s, session.fixture.project.path(), clone})
                     .exitCode,
                 0);
        auto options = session.fixture.options();
        options.projectPath = clone;
        if (::geteuid() == 0)
            options.owner = session.owner;
        const auto tree = await(session.fixture.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        session.tree = *tree;
        PADDOCK_VERIFY_OK(session.start());
        const auto log = session.shell(
            u"git log --format=%s && git fsck && cat /paddock/objects/0/info/alternates"_s);
        QCOMPARE(log.standardOutput, QByteArray("first\n"));
        QVERIFY2(log.exitCode == 0 && !log.standardError.contains("error"),
                 log.standardError.constData());
    }

    // attack.A13
    void missingGitFileLeavesNoStubOnTheHost()
    {
        Contained session;
        PADDOCK_VERIFY_OK(session.makeWorktree());
        const auto mounts = await(session.repository.ensure(session.tree));
        PADDOCK_VERIFY_OK(mounts);
        const QString file = session.tree.workPath + u"/.git"_s;

        // Control: started without the file, the engine makes an empty one on the host.
        QVERIFY(QFile::remove(file));
        session.mounts = *mounts;
        PADDOCK_VERIFY_OK(session.run());
        struct stat status
        {
        };
        QCOMPARE(::lstat(qPrintable(file), &status), 0);
        QCOMPARE(status.st_size, 0);
        PADDOCK_VERIFY_OK(
            await(session.engine.client().containers().remove(session.container, {.force = true})));
        // As any user one can remove a root-owned file from a folder of one's own.
        QVERIFY(QFile::remove(file));

        PADDOCK_VERIFY_OK(session.start());
        QCOMPARE(::lstat(qPrintable(file), &status), 0);
        QVERIFY(status.st_size > 0);
        QCOMPARE(status.st_uid, ::geteuid());
        QCOMPARE(session.shell(u"git status --porcelain"_s).standardOutput, QByteArray());
    }
};

QTEST_GUILESS_MAIN(tst_ContainerGit)
#include "tst_ContainerGit.moc"
