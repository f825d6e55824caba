// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonReader.h"
#include "tests/support/PaddockctlProcess.h"
#include "tests/support/SessionWorld.h"

#include <QDir>
#include <QJsonArray>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace paddock;
using test::paddockctl::Outcome;
using test::paddockctl::run;
using namespace Qt::StringLiterals;

/// What `project set` changes about sessions, on a real repository and with a real container.
class tst_PaddockctlProject : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<test::SessionWorld> m_world;

    [[nodiscard]] test::ScratchRepository &project() { return m_world->project(); }

    [[nodiscard]] Outcome set(const QStringList &options)
    {
        return run(QStringList{u"project"_s, u"set"_s, project().path(), u"--json"_s} + options);
    }

    [[nodiscard]] Outcome start(const QString &message, const QString &title = u"Settings"_s)
    {
        return run({u"session"_s,
                    u"start"_s,
                    u"--project"_s,
                    project().path(),
                    u"--title"_s,
                    title,
                    u"-m"_s,
                    message,
                    u"--wait"_s,
                    u"--json"_s,
                    u"--"_s,
                    u"/workspace/agent"_s});
    }

    [[nodiscard]] QString idOf(const Outcome &started)
    {
        return started.json().value(u"id").toString();
    }

    [[nodiscard]] QByteArray said(const QString &id) { return run(u"session show "_s + id).output; }

    [[nodiscard]] QByteArray status() { return project().git({u"status"_s, u"--porcelain"_s}); }

    [[nodiscard]] struct stat statOf(const QString &path)
    {
        struct stat status
        {
        };
        if (::stat(path.toUtf8().constData(), &status) != 0)
            status.st_mode = 0;
        return status;
    }

private Q_SLOTS:
    void init()
    {
        m_world = std::make_unique<test::SessionWorld>();
        const Outcome added = run(u"project add "_s + project().path());
        QVERIFY2(added.exitCode == 0, added.words().constData());
    }

    void cleanup()
    {
        static_cast<void>(run(u"serve --stop"_s));
        m_world.reset();
    }

    void settingsAreKeptAndShown()
    {
        const Outcome changed = set({u"--isolation"_s,
                                     u"concurrent"_s,
                                     u"--image"_s,
                                     u"my/image:2"_s,
                                     u"--name"_s,
                                     u"The shop"_s,
                                     u"--git"_s,
                                     u"core.eol=lf"_s});
        QVERIFY2(changed.exitCode == 0, changed.words().constData());
        static_cast<void>(run(u"serve --stop"_s));
        const QJsonObject shown = run({u"project"_s, u"show"_s, u"The shop"_s, u"--json"_s}).json();
        QCOMPARE(shown, changed.json());
        const QJsonObject settings = shown.value(u"settings").toObject();
        QCOMPARE(settings[u"isolation"].toString(), u"concurrent"_s);
        QCOMPARE(settings[u"image"].toString(), u"my/image:2"_s);
        QCOMPARE(settings[u"git"][u"core.eol"].toString(), u"lf"_s);
        QCOMPARE(settings[u"protectedBranches"].toArray().size(), 2);
        // A project's image wins over the default, and is named when it is not there.
        const Outcome started = start(u"say x"_s);
        QCOMPARE(started.exitCode, 1);
        QCOMPARE(started.error().value(u"kind").toString(), u"image-not-found"_s);
        QVERIFY2(started.errors.contains("my/image:2"), started.errors.constData());
        const QJsonArray failed =
            parseJson(run(u"session list --json"_s).output.trimmed())->toArray();
        QCOMPARE(failed[0][u"imageSource"].toString(), u"project"_s);
    }

    void whatCannotBeIsRefused_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QString>("kind");
        const auto row = [](const char *name, const QStringList &options, const QString &kind) {
            QTest::newRow(name) << options << kind;
        };
        row("group of root", {u"--group"_s, u"root"_s}, u"security-violation"_s);
        row("no such group", {u"--group"_s, u"nobody-is-here"_s}, u"invalid-argument"_s);
        row("umask", {u"--umask"_s, u"0777"_s}, u"invalid-argument"_s);
        row("in .git", {u"--worktrees-root"_s, u".git/w"_s}, u"invalid-config"_s);
        row("the project", {u"--worktrees-root"_s, u"."_s}, u"invalid-config"_s);
        row("above the project", {u"--worktrees-root"_s, u".."_s}, u"invalid-config"_s);
        row("a file", {u"--worktrees-root"_s, u"README"_s}, u"conflict"_s);
        row("a program", {u"--git"_s, u"core.pager=id"_s}, u"invalid-argument"_s);
        row("half an identity", {u"--git-name"_s, u"A"_s}, u"invalid-argument"_s);
    }
    void whatCannotBeIsRefused()
    {
        QFETCH(QStringList, options);
        QFETCH(QString, kind);
        const Outcome before = run(u"project show --json "_s + project().path());
        const Outcome refused = set(options + QStringList{u"--image"_s, u"other:1"_s});
        QCOMPARE(refused.exitCode, 1);
        QVERIFY2(refused.error().value(u"kind").toString() == kind, refused.errors.constData());
        QVERIFY(!refused.error().value(u"remedy").toString().isEmpty());
        QCOMPARE(run(u"project show --json "_s + project().path()).json(), before.json());
    }

    /// A whole round on the person's own files.
    void anAgentWorksInThePersonsCheckout()
    {
        QCOMPARE(set({u"--isolation"_s, u"never"_s}).exitCode, 0);
        project().write(u"loose.txt"_s, "of the person\n");
        const QByteArray main = project().id(u"main"_s);
        const Outcome started = start(u"write a.txt agent\ncommit mine\nrun git log -1 "
                                      "--format=%s%n%D\nrun cat loose.txt\nrun ls -A .worktrees"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QString id = idOf(started);
        const QJsonObject session = started.json();
        QCOMPARE(session.value(u"checkout").toString(), u"main-read-write"_s);
        QCOMPARE(session.value(u"worktree").toString(), project().path());
        const QString branch = session.value(u"branch").toString();
        QVERIFY(branch.startsWith(u"paddock/"));
        const QByteArray words = said(id);
        QVERIFY2(words.contains("HEAD -> " + branch.toUtf8()), words.constData());
        QVERIFY(words.contains("of the person"));

        // The person's branch stays where it is, the agent's commit comes over.
        QTRY_VERIFY_WITH_TIMEOUT(project().id(branch) != main, 20'000);
        QCOMPARE(project().id(u"main"_s), main);
        QCOMPARE(project().git({u"symbolic-ref"_s, u"--short"_s, u"HEAD"_s}), QByteArray("main"));
        QVERIFY(status().contains("?? a.txt"));

        // Nobody else can have the checkout; a worktree is for those who may.
        const Outcome second = start(u"say no"_s, u"Second"_s);
        QCOMPARE(second.exitCode, 1);
        QCOMPARE(second.error().value(u"kind").toString(), u"conflict"_s);
        QCOMPARE(set({u"--isolation"_s, u"concurrent"_s}).exitCode, 0);
        const Outcome third = start(u"say yes"_s, u"Third"_s);
        QVERIFY2(third.exitCode == 0, third.words().constData());
        QCOMPARE(third.json().value(u"checkout").toString(), u"worktree"_s);

        // The next owner knows where it works.
        static_cast<void>(run(u"serve --stop"_s));
        QCOMPARE(run(u"session show --json "_s + id).json().value(u"checkout").toString(),
                 u"main-read-write"_s);
        const Outcome diff = run(u"session diff "_s + id);
        QVERIFY2(diff.output.contains("+agent") && diff.output.contains("+of the person"),
                 diff.words().constData());
        const Outcome staged = run(u"session stage --json %1 a.txt"_s.arg(id));
        QCOMPARE(staged.exitCode, 1);
        QCOMPARE(staged.error().value(u"kind").toString(), u"unsupported-option"_s);
        QVERIFY(staged.error().value(u"remedy").toString().contains(u"git"));

        // Merged: the branch that is checked out goes to where the files are.
        const Outcome preview = run(u"session merge --preview --json "_s + id);
        QVERIFY2(preview.exitCode == 0, preview.words().constData());
        QVERIFY2(preview.json().value(u"blockers").toArray().isEmpty(), preview.output.constData());
        QCOMPARE(preview.json().value(u"commits").toInt(), 1);
        project().write(u".git/MERGE_HEAD"_s, main + '\n');
        const Outcome busy = run(u"session merge --preview --json "_s + id);
        QCOMPARE(busy.json().value(u"blockers").toArray().size(), 1);
        QVERIFY(QFile::remove(project().path(u".git/MERGE_HEAD"_s)));
        const Outcome merged = run(u"session merge "_s + id);
        QVERIFY2(merged.exitCode == 0, merged.words().constData());
        QVERIFY(merged.errors.contains("git reset --mixed " + main));
        QVERIFY(!merged.errors.contains("--undo"));
        QCOMPARE(project().id(u"main"_s), project().id(branch));
        QCOMPARE(status(), QByteArray()); // the agent has committed all there was
        const Outcome again = run(u"session merge --json "_s + id);
        QCOMPARE(again.exitCode, 0);
        QCOMPARE(again.json().value(u"before"), again.json().value(u"after"));

        // The end of the session touches no file, and the checkout is free again.
        const Outcome removed = run(u"session remove --discard-work "_s + id);
        QVERIFY2(removed.exitCode == 0, removed.words().constData());
        QVERIFY(QFile::exists(project().path(u"a.txt"_s)));
        QVERIFY(QFile::exists(project().path(u"loose.txt"_s)));
        QCOMPARE(set({u"--isolation"_s, u"never"_s}).exitCode, 0);
        const Outcome last = start(u"say mine"_s, u"Last"_s);
        QVERIFY2(last.exitCode == 0, last.words().constData());
        QCOMPARE(last.json().value(u"checkout").toString(), u"main-read-write"_s);
    }

    /// What is checked out has gone on: nothing is moved, and the person hears what to do.
    void aCheckoutThatWentOnIsNotMoved()
    {
        QCOMPARE(set({u"--isolation"_s, u"never"_s}).exitCode, 0);
        const Outcome started = start(u"write a.txt agent\ncommit mine"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        project().write(u"mine.txt"_s, "mine\n");
        project().git({u"add"_s, u"mine.txt"_s});
        project().git({u"commit"_s, u"-q"_s, u"-m"_s, u"of the person"_s});
        const QByteArray main = project().id(u"main"_s);
        const Outcome preview = run(u"session merge --preview --json "_s + idOf(started));
        QVERIFY2(!preview.json().value(u"blockers").toArray().isEmpty(),
                 preview.words().constData());
        const Outcome merged = run(u"session merge --json "_s + idOf(started));
        QCOMPARE(merged.exitCode, 1);
        QCOMPARE(merged.error().value(u"kind").toString(), u"conflict"_s);
        QVERIFY(!merged.error().value(u"remedy").toString().isEmpty());
        QCOMPARE(project().id(u"main"_s), main);
    }

    /// The next owner knows nothing of its container but where it works.
    void aStoppedOneIsFinishedByTheNextOwner()
    {
        QCOMPARE(set({u"--isolation"_s, u"never"_s}).exitCode, 0);
        const Outcome started = start(u"write a.txt agent\ncommit mine"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        QCOMPARE(run(u"session stop "_s + idOf(started)).exitCode, 0);
        static_cast<void>(run(u"serve --stop"_s));
        const Outcome finished = run(u"session finish --json "_s + idOf(started));
        QVERIFY2(finished.exitCode == 0, finished.words().constData());
        const QString branch = started.json().value(u"branch").toString();
        QCOMPARE(project().git({u"show"_s, branch + u":a.txt"_s}), QByteArray("agent"));
        QVERIFY(QFile::exists(project().path(u"a.txt"_s)));
    }

    void aDeletedWorktreeComesBackWithARestart()
    {
        const Outcome started = start(u"write a.txt agent\ncommit mine\nwrite b.txt loose"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QString id = idOf(started);
        const QString worktree = started.json().value(u"worktree").toString();
        QCOMPARE(run(u"session stop "_s + id).exitCode, 0);
        QVERIFY(QDir(worktree).removeRecursively());
        const Outcome restarted = run(u"session restart --json "_s + id);
        QVERIFY2(restarted.exitCode == 0, restarted.words().constData());
        QVERIFY(QFile::exists(worktree + u"/a.txt"_s));
        QVERIFY(!QFile::exists(worktree + u"/b.txt"_s));
        QVERIFY2(said(id).contains("was made again from the branch"), said(id).constData());
    }

    void ownershipModesAndGit()
    {
        // One of the groups of whoever runs this, other than the first.
        std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
        QVERIFY(::getgroups(static_cast<int>(groups.size()), groups.data()) >= 0);
        std::erase_if(groups, [](gid_t group) { return group == 0 || group == ::getegid(); });
        const gid_t group = groups.empty() ? 4321 : groups.front();
        QVERIFY2(::geteuid() == 0 || !groups.empty(), "this user is in one group only");
        const QString look =
            u"run echo mask:$(umask)\nrun echo group:$(id -g)\nrun git config merge.conflictStyle\n"
            "write made.txt x\ncommit made\nrun git log -1 --format=%an/%ae"_s;
        // Control: what it is without.
        const Outcome plain = start(look);
        QVERIFY2(plain.exitCode == 0, plain.words().constData());
        const QByteArray before = said(idOf(plain));
        QVERIFY2(!before.contains("mask:0077") && !before.contains("zdiff3") &&
                     !before.contains("An Agent/agent@example.org"),
                 before.constData());

        const Outcome changed = set({u"--umask"_s,
                                     u"077"_s,
                                     u"--group"_s,
                                     QString::number(group),
                                     u"--git"_s,
                                     u"merge.conflictStyle=zdiff3"_s,
                                     u"--git-name"_s,
                                     u"An Agent"_s,
                                     u"--git-email"_s,
                                     u"agent@example.org"_s});
        QVERIFY2(changed.exitCode == 0, changed.words().constData());
        const Outcome started = start(look);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QByteArray words = said(idOf(started));
        QVERIFY2(words.contains("mask:0077") && words.contains("zdiff3") &&
                     words.contains("group:" + QByteArray::number(group)) &&
                     words.contains("An Agent/agent@example.org"),
                 words.constData());
        const QString worktree = started.json().value(u"worktree").toString();
        for (const QString &file : {u"made.txt"_s, u"README"_s})
            QCOMPARE(statOf(worktree + u'/' + file).st_gid, group);
        QCOMPARE(statOf(worktree + u"/made.txt"_s).st_mode & 0777, 0600U);
        const Outcome removed = run(u"session remove --discard-work "_s + idOf(started));
        QVERIFY2(removed.exitCode == 0, removed.words().constData());
        QVERIFY(!QFile::exists(worktree));
    }

    void worktreesAreKeptElsewhere()
    {
        QCOMPARE(set({u"--worktrees-root"_s, u"../trees"_s}).exitCode, 0);
        const Outcome started = start(u"write a.txt agent\ncommit mine"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QString worktree = started.json().value(u"worktree").toString();
        QVERIFY2(worktree.startsWith(m_world->environment().path(u"trees"_s) + u'/'),
                 qPrintable(worktree));
        // The setting is of those that start: this one stays where it is.
        QCOMPARE(set({u"--worktrees-root"_s, QString()}).exitCode, 0);
        static_cast<void>(run(u"serve --stop"_s));
        const Outcome diff = run(u"session diff "_s + idOf(started));
        QVERIFY2(diff.output.contains("+agent"), diff.words().constData());
        const Outcome removed = run(u"session remove --discard-work "_s + idOf(started));
        QVERIFY2(removed.exitCode == 0, removed.words().constData());
        QVERIFY(!QFile::exists(worktree));
        // What was on the branch that was deleted with it, and no more.
        QCOMPARE(m_world->leftovers(),
                 QStringList{u"refs/paddock/backup/%1/deleted-branch"_s.arg(idOf(started))});
    }

    void aProtectedBranchIsNotAdopted()
    {
        project().git({u"branch"_s, u"release/1"_s});
        project().git({u"branch"_s, u"topic"_s});
        QCOMPARE(set({u"--protect"_s, u"release/*"_s}).exitCode, 0);
        const auto adopt = [this](const QString &branch) {
            return run({u"session"_s,
                        u"start"_s,
                        u"--project"_s,
                        project().path(),
                        u"--adopt"_s,
                        branch,
                        u"-m"_s,
                        u"say x"_s,
                        u"--wait"_s,
                        u"--json"_s,
                        u"--"_s,
                        u"/workspace/agent"_s});
        };
        QCOMPARE(adopt(u"release/1"_s).error().value(u"kind").toString(), u"conflict"_s);
        QCOMPARE(adopt(u"topic"_s).exitCode, 0);
    }
};

QTEST_GUILESS_MAIN(tst_PaddockctlProject)
#include "tst_PaddockctlProject.moc"
