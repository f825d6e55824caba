// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/IntegrationJobs.h"
#include "tests/git/IntegrationFixture.h"

#include <QProcess>
#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

using Outcome = IntegrationReport::Outcome;

/// A session that changes README, adds a file and deletes one, and a person's checkout on main.
struct Scene : IntegrationFixture
{
    explicit Scene(const std::function<void(const ScratchRepository &)> &prepare = nullptr)
        : IntegrationFixture([&](const ScratchRepository &made) {
            made.write(u"mine.txt"_s, "one\ntwo\n");
            made.write(u"staged.txt"_s, "one\n");
            made.write(u".gitignore"_s, "*.local\n");
            made.commitAll(u"prepared"_s);
            if (prepare)
                prepare(made);
        })
    {
        commitInSession({{u"README"_s, "hello from the agent\n"},
                         {u"added/new.txt"_s, QByteArray(100'000, 'n')},
                         {u"src/main.c"_s, QByteArray()}},
                        u"by the agent"_s);
    }

    [[nodiscard]] QByteArray status(const QString &folder = {}) const
    {
        return run(folder.isEmpty() ? project.path() : folder, {u"status"_s, u"--porcelain"_s});
    }
};

/// Runs integrateSession() in this process with a git program that kills it.
int crash(const QStringList &arguments)
{
    const git::GitProcess git(arguments[2]);
    const SessionTree tree{.session = SessionId{u"ab12cd34"_s},
                           .sessionFolder = arguments[3],
                           .projectPath = arguments[4],
                           .workPath = arguments[5],
                           .worktreesRoot = arguments[6],
                           .branch = arguments[7],
                           .baseBranch = u"main"_s,
                           .baseCommit = *git::Oid::fromHex(arguments[8])};
    const auto report = integrateSession(
        git, tree, {.target = u"main"_s, .method = IntegrationMethod::Merge}, CancelToken());
    qWarning("it did not crash: %s", report ? "integrated" : qPrintable(report.error().toString()));
    return 0;
}

} // namespace

class tst_CheckoutMove : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void unrelatedWorkStays()
    {
        Scene scene;
        scene.project.write(u"mine.txt"_s, "one\ntwo\nmy own\n");
        scene.project.write(u"staged.txt"_s, "staged\n");
        scene.project.git({u"add"_s, u"staged.txt"_s});
        scene.project.write(u"staged.txt"_s, "staged and more\n");
        scene.project.write(u"untracked.txt"_s, "x\n");
        scene.project.write(u"secret.local"_s, "x\n");
        const QByteArray before = scene.status();
        const QByteArray staged = scene.project.git({u"diff"_s, u"--cached"_s});
        const auto report = scene.integrate({.target = u"main"_s});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(scene.status(), before);
        QCOMPARE(scene.project.git({u"diff"_s, u"--cached"_s}), staged);
        QCOMPARE(readFile(scene.project.path(u"README"_s)), QByteArray("hello from the agent\n"));
        QCOMPARE(readFile(scene.project.path(u"mine.txt"_s)), QByteArray("one\ntwo\nmy own\n"));
        QVERIFY(!QFile::exists(scene.project.path(u"src"_s)));
        PADDOCK_VERIFY_OK(await(scene.integration.undo(scene.tree, report->record)));
        QCOMPARE(scene.status(), before);
        QVERIFY(QFile::exists(scene.project.path(u"src/main.c"_s)));
        QVERIFY(!QFile::exists(scene.project.path(u"added"_s)));
    }

    void whatWouldBeLostRefuses_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("named");
        QTest::newRow("changed") << u"changed"_s << u"README"_s;
        QTest::newRow("staged") << u"staged"_s << u"README"_s;
        QTest::newRow("deleted there, changed here") << u"gone"_s << u"src/main.c"_s;
        QTest::newRow("untracked") << u"untracked"_s << u"added/new.txt"_s;
        QTest::newRow("ignored") << u"ignored"_s << u"added/new.txt"_s;
        QTest::newRow("file for a folder") << u"file"_s << u"added"_s;
        QTest::newRow("link for a folder") << u"link"_s << u"added"_s;
        QTest::newRow("folder for a file") << u"folder"_s << u"added/new.txt/x.local"_s;
        QTest::newRow("conflict") << u"conflict"_s << u"mine.txt"_s;
        QTest::newRow("lock") << u"lock"_s << u"index.lock"_s;
    }

    void whatWouldBeLostRefuses()
    {
        QFETCH(QString, what);
        QFETCH(QString, named);
        Scene scene;
        const auto &project = scene.project;
        const QString elsewhere = scene.base.environment.path(u"elsewhere"_s);
        if (what == u"changed"_s || what == u"staged"_s)
            project.write(u"README"_s, "my own\n");
        if (what == u"staged"_s)
            project.git({u"add"_s, u"README"_s});
        if (what == u"gone"_s)
            project.write(u"src/main.c"_s, "my own\n");
        if (what == u"untracked"_s || what == u"ignored"_s)
            project.write(u"added/new.txt"_s, "my own\n");
        if (what == u"ignored"_s)
            project.write(u".git/info/exclude"_s, ".worktrees/\nadded/\n");
        if (what == u"file"_s)
            project.write(u"added"_s, "my own\n");
        if (what == u"link"_s)
            QVERIFY(QDir().mkpath(elsewhere) && QFile::link(elsewhere, project.path(u"added"_s)));
        if (what == u"folder"_s)
            project.write(u"added/new.txt/x.local"_s, "my own\n");
        if (what == u"conflict"_s) {
            project.write(u"mine.txt"_s, "stashed\n");
            project.git({u"stash"_s, u"-q"_s});
            project.write(u"mine.txt"_s, "other\n");
            project.git({u"add"_s, u"mine.txt"_s});
            project.git({u"stash"_s, u"show"_s});
            const QByteArray blob = project.git({u"hash-object"_s, u"-w"_s, u"mine.txt"_s});
            project.git({u"update-index"_s, u"--force-remove"_s, u"mine.txt"_s});
            project.git({u"update-index"_s, u"--index-info"_s},
                        "100644 " + blob + " 2\tmine.txt\n100644 " + blob + " 3\tmine.txt\n");
        }
        if (what == u"lock"_s)
            project.write(u".git/index.lock"_s, "");
        const auto prints = fingerprint(project.path());
        const auto preview = await(scene.integration.preview(scene.tree, {.target = u"main"_s}));
        PADDOCK_VERIFY_OK(preview);
        QCOMPARE(preview->checkouts.size(), 1);
        QVERIFY(!preview->checkouts.first().clash.isEmpty());
        const auto report = scene.integrate({.target = u"main"_s});
        QVERIFY(!report);
        QVERIFY(report.error().kind == ErrorKind::WorktreeDirty ||
                report.error().kind == ErrorKind::Conflict);
        QVERIFY2(report.error().detail.contains(named), qPrintable(report.error().toString()));
        QVERIFY(!report.error().remedy.isEmpty());
        QCOMPARE(fingerprint(project.path()), prints);
    }

    void unfinishedWorkRefuses_data()
    {
        QTest::addColumn<QString>("what");
        for (const char *what : {"merge", "rebase", "cherry-pick", "revert", "bisect"})
            QTest::newRow(what) << QString::fromLatin1(what);
    }

    void unfinishedWorkRefuses()
    {
        QFETCH(QString, what);
        Scene scene;
        const auto &project = scene.project;
        project.git({u"checkout"_s, u"-q"_s, u"-b"_s, u"other"_s});
        project.write(u"mine.txt"_s, "other\n");
        project.commitAll(u"other"_s);
        project.git({u"checkout"_s, u"-q"_s, u"main"_s});
        project.write(u"mine.txt"_s, "main\n");
        project.commitAll(u"main"_s);
        const QStringList arguments =
            what == u"merge"_s         ? QStringList{u"merge"_s, u"other"_s}
            : what == u"rebase"_s      ? QStringList{u"rebase"_s, u"other"_s}
            : what == u"cherry-pick"_s ? QStringList{u"cherry-pick"_s, u"other"_s}
            : what == u"revert"_s      ? QStringList{u"revert"_s, u"HEAD~1"_s}
                                  : QStringList{u"bisect"_s, u"start"_s, u"main"_s, u"main~2"_s};
        const auto begun = runGit(project.path(), arguments);
        if (what != u"bisect"_s)
            QVERIFY(begun.exitCode != 0);
        const QByteArray tip = project.id(u"main"_s);
        const auto report =
            scene.integrate({.target = u"main"_s, .method = IntegrationMethod::Merge});
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::Conflict);
        QVERIFY2(report.error().message.contains(project.path()),
                 qPrintable(report.error().message));
        QCOMPARE(project.id(u"main"_s), tip);
        // A branch that has no part in it can be moved.
        project.git({u"branch"_s, u"free"_s, u"main~1"_s});
        PADDOCK_VERIFY_OK(
            scene.integrate({.target = u"free"_s, .method = IntegrationMethod::Merge}));
    }

    void otherWorktree()
    {
        Scene scene;
        const QString path = scene.base.environment.path(u"second checkout"_s);
        scene.project.git({u"worktree"_s, u"add"_s, u"-q"_s, u"-b"_s, u"release"_s, path});
        writeFile(path + u"/mine.txt"_s, "my own\n");
        const auto report = scene.integrate({.target = u"release"_s});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->movedCheckouts, QStringList{path});
        QCOMPARE(scene.status(path), QByteArray(" M mine.txt\n"));
        QCOMPARE(readFile(path + u"/README"_s), QByteArray("hello from the agent\n"));
        QCOMPARE(scene.status(), QByteArray());
        QVERIFY(QDir().rename(path, path + u".moved"_s));
        const auto gone = await(scene.integration.undo(scene.tree, report->record));
        QVERIFY(!gone && gone.error().kind == ErrorKind::Conflict);
    }

    void branchOfAnotherAgent()
    {
        Scene scene;
        auto options = scene.base.options(u"Other"_s);
        options.session = SessionId{u"zz99yy88"_s};
        options.sessionFolder = scene.base.sessionFolder(options.session);
        const auto other = await(scene.base.manager.create(options));
        PADDOCK_VERIFY_OK(other);
        const auto report = scene.integrate({.target = other->branch});
        QVERIFY(!report && report.error().kind == ErrorKind::UnsupportedOption);
    }

    void checkoutThatAnAgentWritesTo()
    {
        // Git would write files beneath folders that the agent can replace under its hands.
        Scene scene;
        auto options = scene.base.options(u"Other"_s);
        options.session = SessionId{u"zz99yy88"_s};
        options.sessionFolder = scene.base.sessionFolder(options.session);
        options.isolation = Isolation::Never;
        const auto other = await(scene.base.manager.create(options));
        PADDOCK_VERIFY_OK(other);
        QCOMPARE(other->checkout, Checkout::MainReadWrite);
        const auto prints = fingerprint(scene.project.path());
        const auto report = scene.integrate({.target = u"main"_s});
        QVERIFY(!report && report.error().kind == ErrorKind::UnsupportedOption);
        QCOMPARE(fingerprint(scene.project.path()), prints);
        PADDOCK_VERIFY_OK(await(scene.base.manager.undoCreate(*other)));
        PADDOCK_VERIFY_OK(scene.integrate({.target = u"main"_s}));
    }

    void projectIsALinkedCheckout()
    {
        // Main checkout and linked one are both found, each once.
        Scene scene;
        const QString path = scene.base.environment.path(u"linked"_s);
        scene.project.git({u"worktree"_s, u"add"_s, u"-q"_s, u"-b"_s, u"release"_s, path});
        SessionTree tree = scene.tree;
        tree.projectPath = path;
        for (const QString &target : {u"main"_s, u"release"_s}) {
            const auto report = await(scene.integration.integrate(tree, {.target = target}));
            PADDOCK_VERIFY_OK(report);
            QCOMPARE(report->movedCheckouts,
                     QStringList{target == u"main"_s ? scene.project.path() : path});
        }
        QCOMPARE(scene.status(), QByteArray());
        QCOMPARE(scene.status(path), QByteArray());
    }

    void nothingOfTheProjectRuns()
    {
        Scene scene([](const ScratchRepository &project) {
            const QString marker = project.path(u".git/marker"_s);
            const QString run = u"echo ran >> '%1'"_s.arg(marker);
            for (const char *name : {"post-merge",
                                     "pre-merge-commit",
                                     "commit-msg",
                                     "reference-transaction",
                                     "post-checkout",
                                     "post-index-change"}) {
                const QString hook = project.path(u".husky/"_s + QLatin1String(name));
                writeFile(hook, "#!/bin/sh\n" + run.toUtf8() + '\n');
                QFile::setPermissions(hook, QFile::ReadOwner | QFile::ExeOwner);
            }
            project.write(u".gitattributes"_s, "*.bin filter=mark\n*.txt merge=mark\n");
            project.write(u"large.bin"_s, "one\n");
            project.commitAll(u"hooks"_s);
            project.git({u"config"_s, u"core.hooksPath"_s, u".husky"_s});
            project.git({u"config"_s, u"filter.mark.smudge"_s, run + u"; cat"_s});
            project.git({u"config"_s, u"filter.mark.clean"_s, run + u"; cat"_s});
            project.git({u"config"_s, u"merge.mark.driver"_s, run + u"; false"_s});
            project.git({u"config"_s, u"core.fsmonitor"_s, run});
        });
        const QString marker = scene.project.path(u".git/marker"_s);
        scene.commitInSession({{u"large.bin"_s, "two\n"}, {u"mine.txt"_s, "ONE\ntwo\n"}},
                              u"more"_s);
        scene.project.write(u"staged.txt"_s, "two\n");
        scene.project.commitAll(u"by the person"_s);
        QFile::remove(marker);
        const auto report =
            scene.integrate({.target = u"main"_s, .method = IntegrationMethod::Merge});
        PADDOCK_VERIFY_OK(report);
        QVERIFY(!QFile::exists(marker));
        QCOMPARE(report->notices.filter(u"git lfs pull"_s).size(), 1);
        QCOMPARE(report->notices.filter(u"merge program"_s).size(), 1);
        QCOMPARE(readFile(scene.project.path(u"large.bin"_s)), QByteArray("two\n"));
        PADDOCK_VERIFY_OK(await(scene.integration.undo(scene.tree, report->record)));
        QVERIFY(!QFile::exists(marker));
        // Control: the person's own merge runs them.
        IntegrationFixture::run(
            scene.project.path(),
            {u"merge"_s, u"-q"_s, u"--no-ff"_s, u"-m"_s, u"m"_s, scene.tree.branch});
        QVERIFY(QFile::exists(marker));
    }

    void movedBranchPutsTheFilesBack()
    {
        // The branch is moved by somebody else between the files and the ref.
        Scene scene;
        const QString wrapper = scene.base.environment.path(u"git-wrapper"_s);
        scene.project.write(u"mine.txt"_s, "my own\n");
        const QByteArray tip = scene.project.id(u"main"_s);
        const QByteArray other = scene.project.git(
            {u"commit-tree"_s, u"-m"_s, u"x"_s, u"-p"_s, u"main"_s, u"main^{tree}"_s});
        writeFile(wrapper,
                  "#!/bin/sh\ncase \" $* \" in *' update-ref '*)\n/usr/bin/git --git-dir=" +
                      scene.project.path(u".git"_s).toUtf8() + " update-ref refs/heads/main " +
                      other + ";; esac\nexec /usr/bin/git \"$@\"\n");
        QFile::setPermissions(wrapper, QFile::ReadOwner | QFile::ExeOwner);
        const git::GitProcess git(wrapper);
        const auto report = integrateSession(git, scene.tree, {.target = u"main"_s}, CancelToken());
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::Conflict);
        QCOMPARE(scene.project.id(u"main"_s), other);
        QCOMPARE(scene.status(), QByteArray(" M mine.txt\n"));
        QCOMPARE(readFile(scene.project.path(u"README"_s)), QByteArray("hello\n"));
        QVERIFY(!QFile::exists(scene.project.path(u".git/paddock-integration"_s)));
        QVERIFY(!QFile::exists(scene.project.path(u".git/index.lock"_s)));
        QVERIFY(!scene.project.has(scene.tree.backupPrefix() + u'1'));
        QVERIFY(tip != other);
    }

    void crashIsPutRight_data()
    {
        QTest::addColumn<QByteArray>("when"); // lines of the wrapper
        QTest::addColumn<bool>("moved");      // the branch is where it was to go
        const QByteArray kill = "kill -9 $PPID; sleep 10";
        const QByteArray git = "/usr/bin/git \"$@\"; ";
        QTest::newRow("before the files") << "*' read-tree -m -u '*) " + kill << false;
        QTest::newRow("in the middle of the files")
            << "*' read-tree -m -u '*) (ulimit -f 20; " + git + "); " + kill << false;
        QTest::newRow("after the files") << "*' read-tree -m -u '*) " + git + kill << false;
        QTest::newRow("before the branch") << "*' update-ref '*) " + kill << false;
        QTest::newRow("after the branch") << "*' update-ref '*) " + git + kill << true;
        QTest::newRow("while packing") << "*' pack-objects '*) " + git + kill << false;
    }

    void crashIsPutRight()
    {
        QFETCH(QByteArray, when);
        QFETCH(bool, moved);
        Scene scene;
        scene.project.write(u"mine.txt"_s, "my own\n");
        scene.project.write(u"staged.txt"_s, "staged\n");
        scene.project.git({u"add"_s, u"staged.txt"_s});
        const QByteArray before = scene.status();
        const QByteArray tip = scene.project.id(u"main"_s);
        const QString wrapper = scene.base.environment.path(u"git-wrapper"_s);
        writeFile(wrapper,
                  "#!/bin/sh\ncase \" $* \" in " + when + ";; esac\nexec /usr/bin/git \"$@\"\n");
        QFile::setPermissions(wrapper, QFile::ReadOwner | QFile::ExeOwner);
        QProcess process;
        process.start(QCoreApplication::applicationFilePath(),
                      {u"--crash"_s,
                       wrapper,
                       scene.tree.sessionFolder,
                       scene.tree.projectPath,
                       scene.tree.workPath,
                       scene.tree.worktreesRoot,
                       scene.tree.branch,
                       scene.tree.baseCommit.toString()});
        QVERIFY(process.waitForFinished(60'000));
        QVERIFY2(process.exitStatus() == QProcess::CrashExit,
                 process.readAllStandardError().constData());
        QCOMPARE(scene.project.id(u"main"_s) != tip, moved);
        const bool isLeft = QFile::exists(scene.project.path(u".git/paddock-integration"_s));
        QCOMPARE(isLeft, !when.contains("pack-objects"));
        QCOMPARE(QFile::exists(scene.project.path(u".git/index.lock"_s)), isLeft);
        const auto preview = await(scene.integration.preview(scene.tree, {.target = u"main"_s}));
        PADDOCK_VERIFY_OK(preview);
        QCOMPARE(preview->checkouts.first().interrupted, isLeft);

        const auto told = await(scene.integration.recover(scene.project.path()));
        PADDOCK_VERIFY_OK(told);
        QCOMPARE(told->size(), isLeft ? 1 : 0);
        QCOMPARE(scene.status(), before);
        QCOMPARE(readFile(scene.project.path(u"README"_s)),
                 QByteArray(moved ? "hello from the agent\n" : "hello\n"));
        QCOMPARE(QFile::exists(scene.project.path(u"added/new.txt"_s)), moved);
        QVERIFY(!QFile::exists(scene.project.path(u".git/paddock-integration"_s)));
        QVERIFY(!QFile::exists(scene.project.path(u".git/index.lock"_s)));
        const auto again =
            scene.integrate({.target = u"main"_s, .method = IntegrationMethod::Merge});
        PADDOCK_VERIFY_OK(again);
        QCOMPARE(again->outcome, moved ? Outcome::UpToDate : Outcome::Integrated);
        QCOMPARE(scene.status(), before);
        QCOMPARE(readFile(scene.project.path(u"added/new.txt"_s)), QByteArray(100'000, 'n'));
    }

    void personsHandsAfterACrash()
    {
        // The person deletes the lock and goes on: nothing of theirs is touched.
        Scene scene;
        const QString wrapper = scene.base.environment.path(u"git-wrapper"_s);
        writeFile(wrapper,
                  "#!/bin/sh\ncase \" $* \" in *' read-tree -m -u '*) /usr/bin/git \"$@\"; "
                  "kill -9 $PPID; sleep 10;; esac\nexec /usr/bin/git \"$@\"\n");
        QFile::setPermissions(wrapper, QFile::ReadOwner | QFile::ExeOwner);
        QProcess process;
        process.start(QCoreApplication::applicationFilePath(),
                      {u"--crash"_s,
                       wrapper,
                       scene.tree.sessionFolder,
                       scene.tree.projectPath,
                       scene.tree.workPath,
                       scene.tree.worktreesRoot,
                       scene.tree.branch,
                       scene.tree.baseCommit.toString()});
        QVERIFY(process.waitForFinished(60'000));
        QVERIFY(QFile::remove(scene.project.path(u".git/index.lock"_s)));
        scene.project.write(u"README"_s, "by hand\n");
        const QByteArray before = scene.status();
        const auto told = await(scene.integration.recover(scene.project.path()));
        PADDOCK_VERIFY_OK(told);
        QCOMPARE(told->size(), 1);
        QCOMPARE(scene.status(), before);
        QCOMPARE(readFile(scene.project.path(u"README"_s)), QByteArray("by hand\n"));
    }

    void filesThatCannotBeWrittenArePutBack()
    {
        Scene scene;
        const QString wrapper = scene.base.environment.path(u"git-wrapper"_s);
        writeFile(wrapper,
                  "#!/bin/sh\ncase \" $* \" in *' read-tree -m -u '*) ulimit -f 20;; esac\n"
                  "exec /usr/bin/git \"$@\"\n");
        QFile::setPermissions(wrapper, QFile::ReadOwner | QFile::ExeOwner);
        const git::GitProcess git(wrapper);
        const auto report = integrateSession(git, scene.tree, {.target = u"main"_s}, CancelToken());
        QVERIFY(!report);
        QCOMPARE(scene.status(), QByteArray());
        QVERIFY(!QFile::exists(scene.project.path(u".git/index.lock"_s)));
    }

    void sparseAndSplit()
    {
        Scene scene([](const ScratchRepository &project) {
            project.write(u"left/out.txt"_s, "one\n");
            project.commitAll(u"left out"_s);
        });
        scene.commitInSession({{u"left/out.txt"_s, "two\n"}, {u"left/more.txt"_s, "x\n"}},
                              u"left out"_s);
        scene.project.git({u"sparse-checkout"_s, u"set"_s, u"added"_s, u"src"_s});
        scene.project.git({u"config"_s, u"core.splitIndex"_s, u"true"_s});
        scene.project.git({u"update-index"_s, u"--split-index"_s});
        QVERIFY(!QFile::exists(scene.project.path(u"left"_s)));
        PADDOCK_VERIFY_OK(scene.integrate({.target = u"main"_s}));
        QVERIFY(!QFile::exists(scene.project.path(u"left"_s)));
        QVERIFY(QFile::exists(scene.project.path(u"added/new.txt"_s)));
        QCOMPARE(scene.status(), QByteArray());
        QCOMPARE(scene.project.git({u"show"_s, u":left/out.txt"_s}), QByteArray("two"));
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (application.arguments().value(1) == u"--crash"_s)
        return crash(application.arguments());
    tst_CheckoutMove test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_CheckoutMove.moc"
