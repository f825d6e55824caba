// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/git/AgentSession.h"
#include "tests/git/ForgedObjects.h"

#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

using Branch = ImportReport::Branch;

using Session = AgentSession;
using Forge = ForgedObjects;

} // namespace

class tst_Import : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commitsArrive()
    {
        Session session;
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        const QByteArray tip = session.agent->commit(u"README"_s, "changed\n", u"two"_s);
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, Branch::FastForwarded);
        QCOMPARE(report->head.toHex(), tip);
        QCOMPARE(report->newCommits, 2);
        QVERIFY(report->packBytes > 0);
        QVERIFY(report->flags.isEmpty());
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
        QCOMPARE(session.fixture.project.git({u"show"_s, QString::fromLatin1(tip) + u":one.txt"_s}),
                 QByteArray("one"));
        QVERIFY(session.noQuarantine());
        session.fixture.project.git({u"fsck"_s, u"--strict"_s, u"--no-dangling"_s});
        // The person's own git in the worktree sees a clean tree on the new commit.
        const auto status = runGit(session.tree.workPath, {u"status"_s, u"--porcelain"_s, u"-b"_s});
        QCOMPARE(status.output, "## " + session.tree.branch.toUtf8() + '\n');
        const auto own = await(session.reader.status(session.tree));
        PADDOCK_VERIFY_OK(own);
        QVERIFY(!own->isDirty());
        QCOMPARE(own->ahead, 2);
    }

    void nothingNewStartsNoPack()
    {
        Session session;
        auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, Branch::Unchanged);
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        PADDOCK_VERIFY_OK(session.import());
        session.agent->commands.clear();
        report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, Branch::Unchanged);
        QVERIFY(report->refs.isEmpty());
        QCOMPARE(session.agent->commands.filter(u"pack-objects"_s).size(), 0);
    }

    void incrementalPacksAreSmall()
    {
        Session session;
        QByteArray large(300'000, Qt::Uninitialized);
        quint32 state = 1;
        for (char &c : large) {
            state = state * 1664525U + 1013904223U;
            c = static_cast<char>(state >> 24U);
        }
        session.agent->commit(u"large.bin"_s, large, u"large"_s);
        const auto first = session.import();
        PADDOCK_VERIFY_OK(first);
        QVERIFY(first->packBytes > 300'000);
        session.agent->commit(u"small.txt"_s, "small\n", u"small"_s);
        const auto second = session.import();
        PADDOCK_VERIFY_OK(second);
        QVERIFY2(second->packBytes < 10'000, qPrintable(QString::number(second->packBytes)));
    }

    void rewrittenBranchKeepsTheOldTip()
    {
        Session session;
        const QByteArray old = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        PADDOCK_VERIFY_OK(session.import());
        session.agent->git({u"commit"_s, u"-q"_s, u"--amend"_s, u"-m"_s, u"better"_s});
        const QByteArray amended = session.agent->id(u"HEAD"_s);
        QVERIFY(amended != old);
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, Branch::Replaced);
        QCOMPARE(report->backupRef, u"refs/paddock/backup/ab12cd34/1"_s);
        QCOMPARE(session.fixture.project.id(report->backupRef), old);
        QCOMPARE(session.fixture.project.id(session.tree.branch), amended);
        QCOMPARE(runGit(session.tree.workPath, {u"status"_s, u"--porcelain"_s}).output,
                 QByteArray());
    }

    void personsCommitIsNotOverwritten()
    {
        Session session;
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        PADDOCK_VERIFY_OK(session.import());
        writeFile(session.tree.workPath + u"/mine.txt"_s, "mine\n");
        QCOMPARE(runGit(session.tree.workPath, {u"add"_s, u"mine.txt"_s}).exitCode, 0);
        QCOMPARE(runGit(session.tree.workPath, {u"commit"_s, u"-qm"_s, u"mine"_s}).exitCode, 0);
        const QByteArray mine = session.fixture.project.id(session.tree.branch);
        QVERIFY(QFile::remove(session.tree.workPath + u"/mine.txt"_s));
        const QByteArray theirs = session.agent->commit(u"two.txt"_s, "two\n", u"two"_s);
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, Branch::MovedByPerson);
        QCOMPARE(session.fixture.project.id(session.tree.branch), mine);
        const QString mirror = u"refs/paddock/ab12cd34/heads/"_s + session.tree.branch;
        QCOMPARE(session.fixture.project.id(mirror), theirs);
        const auto strays = await(session.importer.strayRefs(session.tree));
        PADDOCK_VERIFY_OK(strays);
        QCOMPARE(strays->size(), 1);
        QCOMPARE(strays->first().hostName, mirror);
        QCOMPARE(strays->first().commits, 1);
    }

    void stagedByThePersonStays()
    {
        Session session;
        writeFile(session.tree.workPath + u"/README"_s, "staged\n");
        QCOMPARE(runGit(session.tree.workPath, {u"add"_s, u"README"_s}).exitCode, 0);
        session.agent->git({u"checkout"_s, u"-q"_s, u"--"_s, u"README"_s});
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QVERIFY(report->notices.isEmpty());
        QCOMPARE(runGit(session.tree.workPath, {u"diff"_s, u"--cached"_s, u"--name-only"_s}).output,
                 QByteArray("README\n"));
        // The agent commits what the person has staged otherwise: a notice, and the import stands.
        const QByteArray tip = session.agent->commit(u"README"_s, "by the agent\n", u"two"_s);
        const auto second = session.import();
        PADDOCK_VERIFY_OK(second);
        QCOMPARE(second->notices.size(), 1);
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
    }

    void otherBranchesTagsAndStashComeOver()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        session.agent->git({u"tag"_s, u"-a"_s, u"-m"_s, u"t"_s, u"v9"_s});
        session.agent->git({u"checkout"_s, u"-q"_s, u"-b"_s, u"idea"_s});
        const QByteArray idea = session.agent->commit(u"idea.txt"_s, "idea\n", u"idea"_s);
        for (const auto &text : {"first\n", "second\n"}) {
            writeFile(session.tree.workPath + u"/README"_s, text);
            session.agent->git({u"stash"_s, u"-q"_s});
        }
        const QByteArray stash1 = session.agent->id(u"stash@{1}"_s);
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        const auto &project = session.fixture.project;
        QCOMPARE(project.id(session.tree.branch), tip);
        QCOMPARE(project.id(u"refs/paddock/ab12cd34/heads/idea"_s), idea);
        QCOMPARE(project.id(u"refs/paddock/ab12cd34/HEAD"_s), idea);
        QCOMPARE(project.id(u"refs/paddock/ab12cd34/tags/v9^{commit}"_s), tip);
        QCOMPARE(project.id(u"refs/paddock/ab12cd34/stash/1"_s), stash1);
        const auto strays = await(session.importer.strayRefs(session.tree));
        PADDOCK_VERIFY_OK(strays);
        QCOMPARE(strays->size(), 3); // idea (which is HEAD too), two stashes

        // A branch becomes a folder of branches; the mirror follows.
        session.agent->git({u"branch"_s, u"-m"_s, u"idea"_s, u"idea/two"_s});
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(project.id(u"refs/paddock/ab12cd34/heads/idea/two"_s), idea);
        QVERIFY(!project.has(u"refs/paddock/ab12cd34/heads/idea"_s));

        // Finish: what says something new stays, the rest goes.
        PADDOCK_VERIFY_OK(await(session.repository.remove(session.tree)));
        QVERIFY(project.has(u"refs/paddock/ab12cd34/heads/idea/two"_s));
        QVERIFY(!project.has(u"refs/paddock/ab12cd34/tags/v9"_s));
        QCOMPARE(session.fixture.project.git({u"for-each-ref"_s, u"refs/paddock/keep/"_s}),
                 QByteArray());
    }

    void unsafeRefNamesAreLeftOut()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        session.agent->forgedRefs = tip + " HEAD\n" + tip + ' ' +
                                    session.tree.branchRef().toUtf8() + '\n' + tip +
                                    " refs/heads/-x\n" + tip + " refs/heads/../../evil\n" + tip +
                                    " refs/heads/a@{b\n" + tip + " refs/heads/a\x1b[31m\n" + tip +
                                    " refs/heads/x.lock\n" + tip + " refs/remotes/origin/x\n";
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, Branch::FastForwarded);
        QCOMPARE(report->notices.size(), 1);
        QVERIFY(report->notices.first().startsWith(u"5 "_s));
        QCOMPARE(session.fixture.project.git(
                     {u"for-each-ref"_s, u"--format=%(refname)"_s, u"refs/paddock/ab12cd34/"_s}),
                 QByteArray("refs/paddock/ab12cd34/last-import"));
    }

    void garbageInsteadOfRefsIsRefused()
    {
        Session session;
        session.agent->forgedRefs = "not a list\n";
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
        QVERIFY(!report.error().remedy.isEmpty());
    }

    void endlessRefsAreCut()
    {
        Session session;
        QByteArray endless;
        for (int i = 0; i < 30'000; ++i)
            endless += QByteArray(40, 'a') + " refs/heads/b" + QByteArray::number(i) + '\n';
        session.agent->forgedRefs = endless;
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::FileTooLarge);
    }

    void maliciousPacksAreRefused_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("mode");
        QTest::newRow(".git") << QByteArray(".git") << QByteArray("40000");
        QTest::newRow(".GIT") << QByteArray(".GIT") << QByteArray("40000");
        QTest::newRow("..") << QByteArray("..") << QByteArray("40000");
        QTest::newRow(".") << QByteArray(".") << QByteArray("40000");
        QTest::newRow("slash") << QByteArray("a/b") << QByteArray("100644");
        QTest::newRow("git~1") << QByteArray("git~1") << QByteArray("40000");
        QTest::newRow("empty name") << QByteArray("") << QByteArray("100644");
        QTest::newRow(".gitmodules link") << QByteArray(".gitmodules") << QByteArray("120000");
    }

    void maliciousPacksAreRefused()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, mode);
        Session session;
        const Forge forge(session.fixture.environment.path(u"forge"_s));
        const QByteArray blob = forge.hash("blob", "payload\n");
        const QByteArray inner = forge.hash("tree", Forge::entry("100644", "config", blob));
        const QByteArray bad = forge.hash(
            "tree", Forge::entry(mode.constData(), name, mode == "40000" ? inner : blob));
        const QByteArray commit = forge.commit(bad);
        session.agent->forgedRefs = commit + ' ' + session.tree.branchRef().toUtf8() + '\n';
        session.agent->forgedPack =
            forge.pack(blob + '\n' + inner + '\n' + bad + '\n' + commit + '\n');
        // Control: an index without the checks takes it.
        const QString lax = session.fixture.environment.path(u"lax"_s);
        const ScratchRepository other(lax);
        QCOMPARE(runGit(lax, {u"index-pack"_s, u"--stdin"_s}, *session.agent->forgedPack).exitCode,
                 0);

        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
        QCOMPARE(session.fixture.project.id(session.tree.branch), session.tree.baseCommit.toHex());
        QVERIFY(!session.fixture.project.has(QString::fromLatin1(commit)));
        QVERIFY(session.noQuarantine());
    }

    void incompletePackIsRefused()
    {
        Session session;
        const Forge forge(session.fixture.environment.path(u"forge"_s));
        const QByteArray blob = forge.hash("blob", "missing\n");
        const QByteArray tree = forge.hash("tree", Forge::entry("100644", "file", blob));
        const QByteArray commit = forge.commit(tree);
        session.agent->forgedRefs = commit + ' ' + session.tree.branchRef().toUtf8() + '\n';
        session.agent->forgedPack = forge.pack(tree + '\n' + commit + '\n');
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
        QVERIFY(session.noQuarantine());
        // Control: the whole pack is taken.
        session.agent->forgedPack = forge.pack(blob + '\n' + tree + '\n' + commit + '\n');
        PADDOCK_VERIFY_OK(session.import());
    }

    void cutAndGarbagePacksAreRefused()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        for (const QByteArray &pack :
             {QByteArray("PACK\0\0\0\2\0\0\0\7", 12), QByteArray("garbage"), QByteArray()}) {
            session.agent->forgedPack = pack;
            const auto report = session.import();
            QVERIFY(!report);
            QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
            QVERIFY(session.noQuarantine());
        }
        session.agent->forgedPack.reset();
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
    }

    void packOverTheLimitIsStopped()
    {
        Session session;
        session.agent->commit(
            u"zeros.bin"_s, QByteArray(4'000'000, 'a'), u"bomb"_s); // packs to 4 KB
        QByteArray noise(400'000, Qt::Uninitialized);
        quint32 state = 7;
        for (char &c : noise) {
            state = state * 1664525U + 1013904223U;
            c = static_cast<char>(state >> 24U);
        }
        session.agent->commit(u"noise.bin"_s, noise, u"noise"_s);
        const auto report = session.import({.packBytes = 200'000});
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::FileTooLarge);
        QVERIFY(session.noQuarantine());
        PADDOCK_VERIFY_OK(session.import());
    }

    void blobAsBranchIsRefused()
    {
        Session session;
        const QByteArray blob =
            session.agent->git({u"hash-object"_s, u"-w"_s, u"--stdin"_s}, "text\n")
                .output.trimmed();
        session.agent->forgedRefs = blob + ' ' + session.tree.branchRef().toUtf8() + '\n';
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
        QCOMPARE(session.fixture.project.id(session.tree.branch), session.tree.baseCommit.toHex());
    }

    // Case D25 of the threat model: the private folder leads to another repository of the host.
    void linkedObjectsGiveNothingOfAnotherRepository()
    {
        Session session;
        const ScratchRepository secret(session.fixture.environment.path(u"secret"_s));
        secret.write(u"key"_s, "private key\n");
        const QByteArray secretTip = secret.commitAll(u"secret"_s);
        const QString objects = session.tree.privateGitDir() + u"/objects"_s;
        QVERIFY(QDir().rename(objects, objects + u".own"_s));
        QVERIFY(QFile::link(secret.path(u".git/objects"_s), objects));
        // In the container the link leads nowhere, so the agent's git has no such object. The host
        // must not look for itself.
        session.agent->forgedRefs = secretTip + ' ' + session.tree.branchRef().toUtf8() + '\n';
        session.agent->forgedPack = QByteArray("PACK\0\0\0\2\0\0\0\0", 12) +
                                    QByteArray::fromHex("029d08823bd8a8eab510ad6ac75c823cfd3ed31e");
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::ImportRefused);
        QVERIFY(!session.fixture.project.has(QString::fromLatin1(secretTip)));
        // Control: git on the private repository itself returns it.
        QCOMPARE(runGit(session.fixture.environment.path(),
                        {u"--git-dir="_s + session.tree.privateGitDir(),
                         u"cat-file"_s,
                         u"-t"_s,
                         QString::fromLatin1(secretTip)})
                     .output,
                 QByteArray("commit\n"));
        // A FIFO where git looks for objects does not hold up an import either.
        QVERIFY(QFile::remove(objects));
        QCOMPARE(::mkfifo(qPrintable(objects), 0600), 0);
        const auto second = session.import();
        QVERIFY(!second);
        QCOMPARE(second.error().kind, ErrorKind::ImportRefused);
    }

    void oddFilesAreFlagged()
    {
        Session session;
        const QString &work = session.tree.workPath;
        const auto link = [&](const QByteArray &target, const QString &name) {
            QDir().mkpath(QFileInfo(work + u'/' + name).absolutePath());
            return ::symlink(target.constData(), qPrintable(work + u'/' + name)) == 0;
        };
        QVERIFY(link("/etc/passwd", u"absolute"_s));
        QVERIFY(link("../../outside", u"sub/escaping"_s));
        QVERIFY(link("../README", u"sub/fine"_s));
        QVERIFY(link("sub/../.git/config", u"intogit"_s));
        writeFile(work + u"/.gitattributes"_s, "*.c filter=evil\n");
        writeFile(work + u"/sub/.gitattributes"_s, "*.txt text eol=lf\n");
        writeFile(work + u"/bell\a.txt"_s, "x\n");
        writeFile(work + u"/"_s + QString(u"d"_s.repeated(200) + u'/').repeated(6) + u"f"_s, "x\n");
        writeFile(work + u"/.vscode/tasks.json"_s, "{}\n");
        writeFile(work + u"/plain.txt"_s, "x\n");
        session.agent->git({u"update-index"_s,
                            u"--add"_s,
                            u"--cacheinfo"_s,
                            u"160000,%1,module"_s.arg(session.tree.baseCommit.toString())});
        session.agent->git({u"add"_s, u"-A"_s, u"--"_s, u":!module"_s});
        QCOMPARE(session.agent->git({u"commit"_s, u"-qm"_s, u"odd"_s}).exitCode, 0);
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QStringList found;
        for (const ImportFlag &flag : report->flags)
            found += importFlagName(flag.kind) + u' ' + QString::fromUtf8(flag.path.left(20));
        found.sort();
        QStringList expected{u"absolute-symlink absolute"_s,
                             u"attributes-filter .gitattributes"_s,
                             u"auto-run .vscode/tasks.json"_s.left(29),
                             u"control-characters bell\a.txt"_s,
                             u"escaping-symlink intogit"_s,
                             u"escaping-symlink sub/escaping"_s,
                             u"gitlink module"_s,
                             u"long-name "_s + u"d"_s.repeated(20)};
        expected.sort();
        QCOMPARE(found, expected);
    }

    void cancelLeavesNothing()
    {
        Session session;
        session.agent->commit(u"one.txt"_s, QByteArray(1'000'000, 'x'), u"one"_s);
        QObject context;
        auto pending = session.importer.run(session.tree, session.agent, u"/paddock/git"_s);
        bool answered = false;
        pending.then(&context, [&](const Result<ImportReport> &) { answered = true; });
        QTRY_VERIFY(session.agent->commands.filter(u"pack-objects"_s).size() == 1);
        pending.cancel();
        QTRY_VERIFY(session.noQuarantine());
        QCOMPARE(session.fixture.project.id(session.tree.branch), session.tree.baseCommit.toHex());
        PADDOCK_VERIFY_OK(session.import());
        QVERIFY(!answered);
    }

    void importsOfOneSessionWaitForEachOther()
    {
        Session session;
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        QObject context;
        QList<Result<ImportReport>> reports;
        auto dropped = session.importer.run(session.tree, session.agent, u"/paddock/git"_s);
        dropped.then(&context, [](const Result<ImportReport> &) {});
        for (int i = 0; i < 4; ++i)
            session.importer.run(session.tree, session.agent, u"/paddock/git"_s)
                .then(&context, [&](Result<ImportReport> report) { reports += std::move(report); });
        dropped.cancel();
        QTRY_COMPARE_WITH_TIMEOUT(reports.size(), 4, 30'000);
        for (const auto &report : reports)
            PADDOCK_VERIFY_OK(report);
        QCOMPARE(reports.first()->branch, Branch::FastForwarded);
        QCOMPARE(reports.last()->branch, Branch::Unchanged);
        QVERIFY(session.noQuarantine());
    }

    void missingBranchLeavesTheHostsAlone()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        PADDOCK_VERIFY_OK(session.import());
        session.agent->git({u"checkout"_s, u"-q"_s, u"--detach"_s});
        session.agent->git({u"branch"_s, u"-D"_s, session.tree.branch});
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->branch, Branch::Missing);
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
    }

    // Keep-refs: what the agent stands on survives a collection on the host.
    void historySurvivesGarbageCollectionOnTheHost()
    {
        Session session;
        const auto &project = session.fixture.project;
        PADDOCK_VERIFY_OK(session.import());
        const QByteArray work = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        // The person throws away the branch the session came from.
        project.git({u"checkout"_s, u"-q"_s, u"--orphan"_s, u"fresh"_s});
        project.git({u"commit"_s, u"-q"_s, u"--allow-empty"_s, u"-m"_s, u"fresh"_s});
        project.git({u"branch"_s, u"-D"_s, u"main"_s});
        const auto prune = [&] {
            project.git({u"reflog"_s, u"expire"_s, u"--expire=now"_s, u"--all"_s});
            project.git({u"gc"_s, u"-q"_s, u"--prune=now"_s});
        };
        prune();
        QCOMPARE(session.agent->git({u"log"_s, u"--format=%s"_s}).output,
                 QByteArray("one\nfirst\n"));
        const auto report = session.import();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(project.id(session.tree.branch), work);
        // The agent rewrites; its old, imported commit stays for it as well.
        session.agent->git({u"commit"_s, u"-q"_s, u"--amend"_s, u"-m"_s, u"better"_s});
        session.agent->git({u"gc"_s, u"-q"_s, u"--prune=now"_s});
        PADDOCK_VERIFY_OK(session.import());
        prune();
        QCOMPARE(session.agent->git({u"cat-file"_s, u"-t"_s, QString::fromLatin1(work)}).output,
                 QByteArray("commit\n"));
    }

    void projectLosesItsFormWhileASessionLives()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        session.agent->forgedRefs = tip + ' ' + session.tree.branchRef().toUtf8() + '\n';
        const QString moved = session.fixture.environment.path(u"moved"_s);
        QVERIFY(QDir().rename(session.fixture.project.path(), moved));
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::FileNotFound);
        QVERIFY(!report.error().remedy.isEmpty());
        QVERIFY(QDir().rename(moved, session.fixture.project.path()));
        PADDOCK_VERIFY_OK(session.import());
    }
};

QTEST_GUILESS_MAIN(tst_Import)
#include "tst_Import.moc"
