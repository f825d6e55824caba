// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HandOver.h"
#include "core/worktrees/ProjectLock.h"
#include "tests/git/AgentSession.h"

#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

using Outcome = HandOverReport::Outcome;

/// A session whose person commits.
struct Session : AgentSession
{
    HandOver handOver{fixture.pool, fixture.git, importer};

    git::Oid head() const { return *git::Oid::fromHex(fixture.project.id(tree.branch)); }
    QByteArray agentTip() const { return agent->id(tree.branchRef()); }

    /// What the person has staged in the worktree as a commit on the host's branch.
    HandOverRequest commitStaged(const QString &message = u"by the person"_s) const
    {
        const QByteArray content = runGit(tree.workPath, {u"write-tree"_s}).output.trimmed();
        const QByteArray id = hostGit({u"commit-tree"_s,
                                       u"-p"_s,
                                       tree.branch,
                                       u"-m"_s,
                                       message,
                                       QString::fromLatin1(content)});
        return {.from = head(), .commit = *git::Oid::fromHex(id)};
    }

    /// The person changes a file in the worktree and stages it.
    void stage(const QString &file, const QByteArray &content) const
    {
        writeFile(tree.workPath + u'/' + file, content);
        QCOMPARE(runGit(tree.workPath, {u"add"_s, u"--"_s, file}).exitCode, 0);
    }

    Pending<HandOverReport> begin(const HandOverRequest &request)
    {
        return handOver.deliver(tree, agent, u"/paddock/git"_s, request);
    }
    Result<HandOverReport> deliver(const HandOverRequest &request) { return await(begin(request)); }
    Result<HandOverReport> attempt(const HandOverRequest &request)
    {
        return await(handOver.attempt(tree, agent, u"/paddock/git"_s, request));
    }

    QByteArray agentStatus() const { return agent->git({u"status"_s, u"--porcelain"_s}).output; }
    QByteArray hostStatus() const
    {
        return runGit(tree.workPath, {u"status"_s, u"--porcelain"_s}).output;
    }
    QByteArray show(const QString &revision, const QString &file) const
    {
        return hostGit({u"show"_s, revision + u':' + file});
    }
    QString privateFile(const QString &name) const { return tree.privateGitDir() + u'/' + name; }
};

} // namespace

class tst_HandOver : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commitReachesTheAgentAndTheHost()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        session.stage(u"new/file.txt"_s, "new\n");
        const HandOverRequest request = session.commitStaged();
        session.agent->commands.clear();
        const auto report = session.deliver(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Delivered);
        QCOMPARE(report->commit, request.commit);
        QCOMPARE(report->rounds, 1);
        QVERIFY(!report->reapplied);
        QVERIFY2(report->notices.isEmpty(), qUtf8Printable(report->notices.join(u'\n')));
        QCOMPARE(session.agentTip(), request.commit.toHex());
        QCOMPARE(session.head(), request.commit);
        QCOMPARE(session.agentStatus(), QByteArray());
        QCOMPARE(session.hostStatus(), QByteArray());
        QCOMPARE(session.agent->git({u"log"_s, u"-1"_s, u"--format=%s"_s}).output,
                 QByteArray("by the person\n"));
        QVERIFY(session.agent->git({u"reflog"_s, u"-1"_s}).output.contains("commit by the person"));
        // Nothing was sent: the agent sees the project's objects.
        QCOMPARE(session.agent->commands.filter(u"index-pack"_s).size(), 0);
        QVERIFY(session.noQuarantine());
        const auto import = session.import();
        PADDOCK_VERIFY_OK(import);
        QCOMPARE(import->branch, ImportReport::Branch::Unchanged);
        // The agent goes on from there, and its commit is a fast-forward.
        const QByteArray next = session.agent->commit(u"two.txt"_s, "two\n", u"two"_s);
        QCOMPARE(session.agent->id(u"HEAD~1"_s), request.commit.toHex());
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(session.head().toHex(), next);
        session.hostGit({u"fsck"_s, u"--strict"_s, u"--no-dangling"_s});
    }

    void keptUntilTheSessionEnds()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        PADDOCK_VERIFY_OK(session.deliver(request));
        // The host's branch goes back and everything unreachable is thrown away: the agent stands
        // on the commit still.
        session.hostGit({u"update-ref"_s, session.tree.branchRef(), request.from.toString()});
        session.hostGit({u"update-ref"_s, u"-d"_s, u"refs/paddock/ab12cd34/last-import"_s});
        session.hostGit({u"reflog"_s, u"expire"_s, u"--expire=now"_s, u"--all"_s});
        session.hostGit({u"gc"_s, u"-q"_s, u"--prune=now"_s});
        QCOMPARE(session.agent->git({u"fsck"_s}).exitCode, 0);
        QCOMPARE(session.agent->git({u"log"_s, u"-1"_s, u"--format=%s"_s}).output,
                 QByteArray("by the person\n"));
    }

    void objectsOfTheViewAreBroughtOver()
    {
        Session session;
        PADDOCK_VERIFY_OK(await(session.reader.status(session.tree))); // makes the view
        const auto view = [&](const QStringList &arguments, const QByteArray &input) {
            return runGit(session.tree.workPath,
                          QStringList{u"--git-dir="_s + session.tree.hostViewDir()} + arguments,
                          input)
                .output.trimmed();
        };
        const QByteArray blob = view({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "in the view\n");
        const QByteArray content = view({u"mktree"_s}, "100644 blob " + blob + "\tREADME\n");
        const QByteArray commit = view({u"commit-tree"_s,
                                        u"-p"_s,
                                        session.head().toString(),
                                        u"-m"_s,
                                        u"from the view"_s,
                                        QString::fromLatin1(content)},
                                       {});
        QVERIFY(!session.fixture.project.has(QString::fromLatin1(commit)));
        const auto report =
            session.deliver({.from = session.head(), .commit = *git::Oid::fromHex(commit)});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Delivered);
        QCOMPARE(session.show(session.tree.branch, u"README"_s), QByteArray("in the view"));
        QCOMPARE(session.agent->git({u"cat-file"_s, u"-p"_s, u"HEAD:README"_s}).output,
                 QByteArray("in the view\n"));
        QVERIFY(session.noQuarantine());
    }

    void whatTheAgentHasStagedStays()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        session.stage(u"other.txt"_s, "other\n");
        session.stage(u"folder"_s, "a file\n");
        const HandOverRequest request = session.commitStaged();
        // Staged by the agent: the same file otherwise, a file where the person has none, a folder
        // where the person has a file.
        const QByteArray blob =
            session.agent->git({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "by the agent\n")
                .output.trimmed();
        for (const QString &path : {u"README"_s, u"agent.txt"_s, u"folder/inside"_s})
            session.agent->git({u"update-index"_s,
                                u"--add"_s,
                                u"--cacheinfo"_s,
                                u"100644,"_s + QString::fromLatin1(blob) + u',' + path});
        const auto report = session.deliver(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Delivered);
        QCOMPARE(QSet<QByteArray>(report->keptStaged.cbegin(), report->keptStaged.cend()),
                 (QSet<QByteArray>{"README", "folder"}));
        QCOMPARE(session.agentTip(), request.commit.toHex());
        const QByteArray staged = session.agent->git({u"ls-files"_s, u"-s"_s}).output;
        for (const char *path : {"README", "agent.txt", "folder/inside"})
            QVERIFY2(staged.contains("100644 " + blob + " 0\t" + path + '\n'), path);
        QVERIFY(!staged.contains("\tfolder\n"));
        QCOMPARE(session.agent->git({u"diff"_s, u"--cached"_s, u"--name-only"_s}).output,
                 QByteArray("README\nagent.txt\nfolder\nfolder/inside\n"));
    }

    // A commit that is not made from the files: they follow, and what the agent has changed stays.
    void filesFollow()
    {
        Session session;
        session.agent->commit(u"a/remove.txt"_s, "remove\n", u"files"_s);
        session.agent->commit(u"a/agents.txt"_s, "before\n", u"files"_s);
        session.agent->commit(u"becomes/folder"_s, "file\n", u"files"_s);
        PADDOCK_VERIFY_OK(session.import());
        const git::Oid from = session.head();

        // The commit is made elsewhere.
        const ScratchRepository other(session.fixture.environment.path(u"other"_s),
                                      ScratchRepository::Start::Unborn);
        other.git({u"fetch"_s, u"-q"_s, session.fixture.project.path(), session.tree.branch});
        other.git({u"checkout"_s, u"-q"_s, u"FETCH_HEAD"_s});
        other.write(u"README"_s, "follows\n");
        other.write(u"new/deep/file.txt"_s, "new\n");
        other.write(u"a/agents.txt"_s, "of the commit\n");
        other.write(u"in-the-way"_s, "of the commit\n");
        other.write(u"same"_s, "same\n");
        other.write(u"script"_s, "#!/bin/sh\n");
        ::chmod(qPrintable(other.path(u"script"_s)), 0755);
        QVERIFY(QFile::remove(other.path(u"a/remove.txt"_s)));
        QVERIFY(QFile::remove(other.path(u"becomes/folder"_s)));
        QVERIFY(QDir().rmdir(other.path(u"becomes"_s)));
        other.write(u"becomes"_s, "a file now\n");
        QCOMPARE(::symlink("README", qPrintable(other.path(u"link"_s))), 0);
        const QByteArray commit = other.commitAll(u"elsewhere"_s);
        session.hostGit({u"fetch"_s, u"-q"_s, other.path(), QString::fromLatin1(commit)});

        const QString &work = session.tree.workPath;
        writeFile(work + u"/a/agents.txt"_s, "the agent is at it\n");
        writeFile(work + u"/in-the-way"_s, "of the agent\n");
        writeFile(work + u"/same"_s, "same\n");
        const HandOverRequest request{.from = from,
                                      .commit = *git::Oid::fromHex(commit),
                                      .files = HandOverRequest::Files::Follow};
        const auto report = session.deliver(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Delivered);
        QCOMPARE(QSet<QByteArray>(report->keptFiles.cbegin(), report->keptFiles.cend()),
                 (QSet<QByteArray>{"a/agents.txt", "in-the-way"}));
        QCOMPARE(readFile(work + u"/README"_s), QByteArray("follows\n"));
        QCOMPARE(readFile(work + u"/new/deep/file.txt"_s), QByteArray("new\n"));
        QCOMPARE(readFile(work + u"/becomes"_s), QByteArray("a file now\n"));
        QVERIFY(!QFile::exists(work + u"/a/remove.txt"_s));
        QVERIFY(QFileInfo(work + u"/script"_s).isExecutable());
        QCOMPARE(QFile::symLinkTarget(work + u"/link"_s), work + u"/README"_s);
        QCOMPARE(readFile(work + u"/a/agents.txt"_s), QByteArray("the agent is at it\n"));
        QCOMPARE(readFile(work + u"/in-the-way"_s), QByteArray("of the agent\n"));
        const QByteArray left = " M a/agents.txt\n M in-the-way\n";
        QCOMPARE(session.agentStatus(), left);
        QCOMPARE(session.hostStatus(), left);
        QTRY_VERIFY(!QFile::exists(session.tree.hostViewDir() + u"/follow-files"_s));
    }

    // Folders of the agent that lead out of the worktree are not followed.
    void filesStayInTheWorktree()
    {
        Session session;
        session.agent->commit(u"out/inside.txt"_s, "inside\n", u"files"_s);
        PADDOCK_VERIFY_OK(session.import());
        const QString outside = session.fixture.environment.path(u"outside"_s);
        writeFile(outside + u"/inside.txt"_s, "inside\n");
        const QByteArray blob =
            session.hostGit({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "changed\n");
        const QByteArray folder = session.hostGit(
            {u"mktree"_s},
            "100644 blob " + blob + "\tinside.txt\n100644 blob " + blob + "\tnew.txt\n");
        const QByteArray root = session.hostGit({u"mktree"_s}, "040000 tree " + folder + "\tout\n");
        const QByteArray commit = session.hostGit({u"commit-tree"_s,
                                                   u"-p"_s,
                                                   session.tree.branch,
                                                   u"-m"_s,
                                                   u"x"_s,
                                                   QString::fromLatin1(root)});
        const QString link = session.tree.workPath + u"/out"_s;
        QVERIFY(QDir(link).removeRecursively());
        QVERIFY(QFile::link(outside, link));
        const auto report = session.deliver({.from = session.head(),
                                             .commit = *git::Oid::fromHex(commit),
                                             .files = HandOverRequest::Files::Follow});
        PADDOCK_VERIFY_OK(report);
        QVERIFY(report->keptFiles.contains("out/inside.txt"));
        QVERIFY(report->keptFiles.contains("out/new.txt"));
        QCOMPARE(readFile(outside + u"/inside.txt"_s), QByteArray("inside\n"));
        QCOMPARE(QDir(outside).entryList(QDir::Files), QStringList{u"inside.txt"_s});
        // Control: by its path the file is reached.
        writeFile(link + u"/inside.txt"_s, "by path\n");
        QCOMPARE(readFile(outside + u"/inside.txt"_s), QByteArray("by path\n"));
    }

    void oneTryTellsThatTheAgentHasCommitted()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        const QByteArray index = readFile(session.privateFile(u"index"_s));
        const auto report = session.attempt(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Moved);
        QCOMPARE(report->agentTip.toHex(), tip);
        QCOMPARE(session.agentTip(), tip);
        QCOMPARE(readFile(session.privateFile(u"index"_s)), index);
        QCOMPARE(session.head(), request.from);
    }

    void appliedAgainOnWhatTheAgentCommitted()
    {
        Session session;
        session.agent->commit(u"lines.txt"_s, "1\n2\n3\n4\n5\n6\n7\n8\n9\n", u"lines"_s);
        PADDOCK_VERIFY_OK(session.import());
        session.stage(u"lines.txt"_s, "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
        session.stage(u"mine.txt"_s, "mine\n");
        const HandOverRequest request = session.commitStaged(u"täglich\n\nbody\n"_s);
        // The agent changes another line of the same file, and another file. Only that is
        // committed.
        writeFile(session.tree.workPath + u"/lines.txt"_s, "one\n2\n3\n4\n5\n6\n7\n8\nnine\n");
        const QByteArray blob =
            session.agent
                ->git({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "one\n2\n3\n4\n5\n6\n7\n8\n9\n")
                .output.trimmed();
        session.agent->git({u"update-index"_s,
                            u"--cacheinfo"_s,
                            u"100644,"_s + QString::fromLatin1(blob) + u",lines.txt"_s});
        writeFile(session.tree.workPath + u"/theirs.txt"_s, "theirs\n");
        session.agent->git({u"add"_s, u"theirs.txt"_s});
        session.agent->git({u"commit"_s, u"-qm"_s, u"by the agent"_s});
        const QByteArray theirs = session.agent->id(u"HEAD"_s);

        const auto report = session.deliver(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Delivered);
        QVERIFY(report->reapplied);
        QVERIFY(report->rounds > 1);
        QVERIFY(report->commit != request.commit);
        QCOMPARE(session.agentTip(), report->commit.toHex());
        QCOMPARE(session.head(), report->commit);
        QCOMPARE(session.fixture.project.id(session.tree.branch + u"~1"_s), theirs);
        QCOMPARE(session.show(session.tree.branch, u"lines.txt"_s),
                 QByteArray("one\n2\n3\n4\n5\n6\n7\n8\nnine"));
        const QString format = u"--format=%an %ae %ad %cn %B"_s;
        QCOMPARE(session.hostGit({u"log"_s, u"-1"_s, format, session.tree.branch}),
                 session.hostGit({u"log"_s, u"-1"_s, format, request.commit.toString()}));
        QCOMPARE(session.hostStatus(), QByteArray());
        QCOMPARE(session.agentStatus(), QByteArray());
    }

    void rewrittenHistoryOfTheAgent()
    {
        Session session;
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        PADDOCK_VERIFY_OK(session.import());
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        session.agent->git({u"commit"_s, u"-q"_s, u"--amend"_s, u"-m"_s, u"better"_s});
        const auto report = session.deliver(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Delivered);
        QCOMPARE(session.hostGit({u"log"_s, u"--format=%s"_s, session.tree.branch}),
                 QByteArray("by the person\nbetter\nfirst"));
        QCOMPARE(session.hostStatus(), QByteArray());
        QCOMPARE(session.agentStatus(), QByteArray());
        QVERIFY(session.fixture.project.has(u"refs/paddock/backup/ab12cd34/1"_s));
    }

    void conflictIsShownAndLosesNothing()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        session.stage(u"mine.txt"_s, "mine\n");
        const HandOverRequest request = session.commitStaged();
        const QByteArray blob =
            session.agent->git({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "by the agent\n")
                .output.trimmed();
        session.agent->git({u"update-index"_s,
                            u"--cacheinfo"_s,
                            u"100644,"_s + QString::fromLatin1(blob) + u",README"_s});
        session.agent->git({u"commit"_s, u"-qm"_s, u"by the agent"_s});
        const QByteArray tip = session.agentTip();
        const QByteArray staged = runGit(session.tree.workPath, {u"ls-files"_s, u"-s"_s}).output;
        const auto report = session.deliver(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Conflict);
        QCOMPARE(report->conflicts, QList<QByteArray>{"README"});
        QCOMPARE(report->agentTip.toHex(), tip);
        QCOMPARE(session.agentTip(), tip);
        QCOMPARE(session.head().toHex(), tip); // imported, and nothing else
        QCOMPARE(runGit(session.tree.workPath, {u"ls-files"_s, u"-s"_s}).output, staged);
        QCOMPARE(readFile(session.tree.workPath + u"/README"_s), QByteArray("by the person\n"));
        QVERIFY(session.fixture.project.has(request.commit.toString()));
        // Control: what does not collide is delivered.
        session.stage(u"README"_s, "by the agent\n");
        PADDOCK_VERIFY_OK(session.deliver(session.commitStaged()));
        QCOMPARE(session.show(session.tree.branch, u"mine.txt"_s), QByteArray("mine"));
    }

    void agentOnAnotherBranch()
    {
        Session session;
        session.agent->git({u"checkout"_s, u"-q"_s, u"-b"_s, u"idea"_s});
        const QByteArray index = readFile(session.privateFile(u"index"_s));
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        const auto report = session.deliver(request);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Delivered);
        QCOMPARE(report->notices.size(), 1);
        QCOMPARE(session.agentTip(), request.commit.toHex());
        QCOMPARE(session.head(), request.commit);
        QCOMPARE(readFile(session.privateFile(u"index"_s)), index);
    }

    void agentInAMerge()
    {
        Session session;
        session.agent->git({u"checkout"_s, u"-q"_s, u"-b"_s, u"idea"_s});
        session.agent->commit(u"README"_s, "idea\n", u"idea"_s);
        session.agent->git({u"checkout"_s, u"-q"_s, session.tree.branch});
        session.agent->commit(u"README"_s, "other\n", u"other"_s);
        PADDOCK_VERIFY_OK(session.import());
        session.agent->git({u"merge"_s, u"-q"_s, u"idea"_s});
        QVERIFY(session.agentStatus().startsWith("UU README"));
        const QByteArray tip = session.agentTip();
        session.stage(u"mine.txt"_s, "mine\n");
        const auto report = session.deliver(session.commitStaged());
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::Conflict);
        QVERIFY(!report.error().remedy.isEmpty());
        QCOMPARE(session.agentTip(), tip);
        QVERIFY(session.agentStatus().startsWith("UU README"));
        QCOMPARE(session.head().toHex(), tip);
        // Control: it goes when the agent has finished.
        session.agent->git({u"checkout"_s, u"-q"_s, u"--ours"_s, u"README"_s});
        session.agent->git({u"add"_s, u"README"_s});
        session.agent->git({u"commit"_s, u"-qm"_s, u"merged"_s});
        PADDOCK_VERIFY_OK(session.deliver(session.commitStaged()));
        QCOMPARE(session.agentStatus(), QByteArray());
    }

    void lockedIndexIsWaitedFor()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        const QString lock = session.privateFile(u"index.lock"_s);
        writeFile(lock, {});
        int readTrees = 0;
        session.agent->before = [&](const QStringList &arguments) {
            if (arguments.contains(u"read-tree"_s) && ++readTrees == 3)
                QFile::remove(lock);
        };
        PADDOCK_VERIFY_OK(session.deliver(request));
        QCOMPARE(readTrees, 3 + 2); // and twice more, see oldIndexThatComesBack()
        QCOMPARE(session.agentStatus(), QByteArray());
    }

    void lockThatStaysIsNamed_data()
    {
        QTest::addColumn<QString>("lock");
        QTest::newRow("index") << u"index.lock"_s;
        QTest::newRow("HEAD") << u"HEAD.lock"_s;
    }

    void lockThatStaysIsNamed()
    {
        QFETCH(QString, lock);
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        const QByteArray index = readFile(session.privateFile(u"index"_s));
        writeFile(session.privateFile(lock), {});
        const auto report = session.deliver(request);
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::Conflict);
        QVERIFY2(report.error().detail.contains(lock), qUtf8Printable(report.error().detail));
        QVERIFY(!report.error().remedy.isEmpty());
        QCOMPARE(session.agentTip(), request.from.toHex());
        QCOMPARE(session.head(), request.from);
        QCOMPARE(readFile(session.privateFile(u"index"_s)), index);
        QVERIFY(QFile::remove(session.privateFile(lock)));
        PADDOCK_VERIFY_OK(session.deliver(request));
    }

    // While the branch is locked no commit of the agent can take the person's changes with it, or
    // take them back.
    void agentCannotCommitInBetween()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        int tried = 0;
        session.agent->before = [&](const QStringList &arguments) {
            if (!arguments.contains(u"symbolic-ref"_s) && !arguments.contains(u"read-tree"_s))
                return;
            if (session.agentTip() == request.commit.toHex())
                return; // it is over
            ++tried;
            const auto answer =
                session.agent->git({u"commit"_s, u"-q"_s, u"--allow-empty"_s, u"-m"_s, u"x"_s});
            QVERIFY(answer.exitCode != 0);
        };
        PADDOCK_VERIFY_OK(session.deliver(request));
        QCOMPARE(tried, 3);
        session.agent->before = {};
        QCOMPARE(session.agentTip(), request.commit.toHex());
        QCOMPARE(session.agentStatus(), QByteArray());
        // Control: before and after it can.
        QVERIFY(!session.agent->commit(u"one.txt"_s, "one\n", u"one"_s).isEmpty());
    }

    // A git of the agent that read its index before the hand-over and writes it after that.
    void oldIndexThatComesBack()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        const QString file = session.privateFile(u"index"_s);
        QByteArray old;
        int readTrees = 0;
        session.agent->before = [&](const QStringList &arguments) {
            if (!arguments.contains(u"read-tree"_s))
                return;
            if (++readTrees == 1) {
                old = readFile(file);
            } else {
                QVERIFY(readFile(file) != old); // the person's is there ...
                writeFile(file, old);           // ... and lost again
            }
        };
        PADDOCK_VERIFY_OK(session.deliver(request));
        session.agent->before = {};
        QCOMPARE(readTrees, 3); // once more after the branch has moved
        QCOMPARE(session.agentStatus(), QByteArray());
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        QCOMPARE(session.agent->git({u"show"_s, u"HEAD:README"_s}).output,
                 QByteArray("by the person\n"));
    }

    void hooksOfTheAgentDoNotRun()
    {
        Session session;
        const QString ran = session.fixture.environment.path(u"ran"_s);
        for (const auto &name : {u"reference-transaction"_s, u"post-index-change"_s}) {
            const QString hook = session.privateFile(u"hooks/"_s + name);
            writeFile(hook, "#!/bin/sh\ntouch '" + QFile::encodeName(ran) + "'\nsleep 600\n");
            ::chmod(qPrintable(hook), 0755);
        }
        session.stage(u"README"_s, "by the person\n");
        PADDOCK_VERIFY_OK(session.deliver(session.commitStaged()));
        QVERIFY(!QFile::exists(ran));
        // Control: a git of the agent's runs it.
        for (const auto &name : {u"reference-transaction"_s, u"post-index-change"_s})
            writeFile(session.privateFile(u"hooks/"_s + name),
                      "#!/bin/sh\ntouch '" + QFile::encodeName(ran) + "'\n");
        session.agent->git({u"update-ref"_s, u"refs/heads/x"_s, u"HEAD"_s});
        QVERIFY(QFile::exists(ran));
    }

    void agentThatHangsIsGivenUp()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        HandOverRequest request = session.commitStaged();
        const QString packed = session.privateFile(u"packed-refs"_s);
        QVERIFY(QFile::rename(packed, packed + u".own"_s));
        QCOMPARE(::mkfifo(qPrintable(packed), 0600), 0);
        request.time = std::chrono::seconds(2);
        const auto report = session.deliver(request);
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::CommandTimeout);
        QVERIFY(!report.error().remedy.isEmpty());
        QCOMPARE(session.head(), request.from);
        QVERIFY(QFile::remove(packed));
        QVERIFY(QFile::rename(packed + u".own"_s, packed));
        PADDOCK_VERIFY_OK(session.deliver(session.commitStaged()));
        QCOMPARE(session.agentStatus(), QByteArray());
    }

    void garbageOfTheAgentIsRefused_data()
    {
        QTest::addColumn<QByteArray>("said");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("words") << QByteArray("hello\n");
        QTest::newRow("other order") << QByteArray("prepare: ok\nstart: ok\n");
        QTest::newRow("much") << QByteArray(200'000, 'x');
    }

    void garbageOfTheAgentIsRefused()
    {
        QFETCH(QByteArray, said);
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        session.agent->forgedTalk = said;
        const auto report = session.deliver(request);
        QVERIFY(!report);
        QCOMPARE(session.head(), request.from);
        QCOMPARE(session.agentTip(), request.from.toHex());
        session.agent->forgedTalk.reset();
        PADDOCK_VERIFY_OK(session.deliver(request));
    }

    // An agent that says it took the commit and did not: the host believes its own objects, and the
    // next import keeps both.
    void agentThatLiesLosesNothing()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        session.agent->forgedTalk = "start: ok\nprepare: ok\ncommit: ok\n";
        const auto report = session.deliver(request);
        QVERIFY(!report || report->outcome == Outcome::Delivered);
        session.agent->forgedTalk.reset();
        const QByteArray theirs = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        PADDOCK_VERIFY_OK(session.import());
        QVERIFY(session.fixture.project.has(request.commit.toString()));
        QCOMPARE(session.head().toHex(), theirs);
    }

    void hostBranchElsewhereIsRefused()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        const QByteArray other = session.hostGit(
            {u"commit-tree"_s, u"-p"_s, session.tree.branch, u"-m"_s, u"x"_s, u"main^{tree}"_s});
        session.hostGit({u"update-ref"_s, session.tree.branchRef(), QString::fromLatin1(other)});
        const auto report = session.deliver(request);
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::Conflict);
        QCOMPARE(session.head().toHex(), other);
        QCOMPARE(session.agentTip(), request.from.toHex());
    }

    void exploreSessionIsRefused()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        session.tree.checkout = Checkout::MainReadOnly;
        const auto report = session.deliver(request);
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::UnsupportedOption);
    }

    void handOversOfOneSessionWaitForEachOther()
    {
        Session session;
        session.stage(u"README"_s, "by the person\n");
        const HandOverRequest request = session.commitStaged();
        QObject context;
        QList<Result<HandOverReport>> reports;
        for (int i = 0; i < 3; ++i)
            session.begin(request).then(
                &context, [&](Result<HandOverReport> report) { reports += std::move(report); });
        QTRY_COMPARE_WITH_TIMEOUT(reports.size(), 3, 30'000);
        for (const auto &report : reports) {
            PADDOCK_VERIFY_OK(report);
            QCOMPARE(report->commit, request.commit);
        }
        QVERIFY(session.noQuarantine());
    }

    // Ends the hand-over at each thing it says to the agent's side, as a crash of Paddock would,
    // and looks at what the next one finds.
    void endedAtEachStep()
    {
        int steps = 0;
        for (int stopAt = 0; stopAt <= steps; ++stopAt) {
            for (const bool importNext : {true, false}) {
                Session session;
                session.stage(u"README"_s, "by the person\n");
                session.stage(u"mine.txt"_s, "mine\n");
                const HandOverRequest request = session.commitStaged();
                session.agent->actions = 0;
                session.agent->silentFrom = stopAt;
                if (stopAt == 0) { // the whole of it, to count
                    PADDOCK_VERIFY_OK(session.deliver(request));
                    steps = session.agent->actions;
                    QVERIFY(steps >= 5);
                    break;
                }
                auto pending = session.begin(request);
                QTRY_VERIFY(session.agent->actions >= stopAt);
                pending.cancel();
                session.agent->silentFrom = 0;
                checkNext(session, request, importNext);
            }
        }
    }

    // The agent has the commit, and Paddock ends before the host's branch follows.
    void endedBeforeTheHostFollows()
    {
        for (const bool importNext : {true, false}) {
            Session session;
            session.stage(u"README"_s, "by the person\n");
            const HandOverRequest request = session.commitStaged();
            {
                const auto lock = ProjectLock::take(session.fixture.project.path(u".git"_s));
                PADDOCK_VERIFY_OK(lock);
                auto pending = session.begin(request);
                QTRY_COMPARE(session.agentTip(), request.commit.toHex());
                pending.cancel();
            }
            QCOMPARE(session.head(), request.from);
            checkNext(session, request, importNext);
        }
    }

private:
    static void checkNext(Session &session, const HandOverRequest &request, bool importNext)
    {
        if (importNext) {
            PADDOCK_VERIFY_OK(session.import());
            const QByteArray tip = session.agentTip();
            QVERIFY(tip == request.from.toHex() || tip == request.commit.toHex());
            QCOMPARE(session.head().toHex(), tip);
        }
        const auto again = session.deliver({.from = session.head(), .commit = request.commit});
        PADDOCK_VERIFY_OK(again);
        QCOMPARE(again->commit, request.commit);
        QCOMPARE(session.agentTip(), request.commit.toHex());
        QCOMPARE(session.head(), request.commit);
        QCOMPARE(session.agentStatus(), QByteArray());
        QCOMPARE(session.hostStatus(), QByteArray());
        QVERIFY(session.noQuarantine());
    }
};

QTEST_GUILESS_MAIN(tst_HandOver)
#include "tst_HandOver.moc"
