// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/git/AgentSession.h"

#include <QTest>

#include <signal.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

using Session = AgentSession;

/// The child of this process that runs \a command of git; 0: none.
pid_t childThatRuns(const QByteArray &command)
{
    const QDir processes(u"/proc"_s);
    for (const QString &name : processes.entryList(QDir::Dirs)) {
        bool isNumber = false;
        const int pid = name.toInt(&isNumber);
        if (!isNumber ||
            !readFile(processes.filePath(name + u"/cmdline"_s)).split('\0').contains(command))
            continue;
        const QByteArray status = readFile(processes.filePath(name + u"/status"_s));
        if (status.contains("\nPPid:\t" + QByteArray::number(::getpid()) + '\n'))
            return pid;
    }
    return 0;
}

/// The import and what it answers.
struct Running
{
    explicit Running(Session &session)
    {
        session.importer.run(session.tree, session.agent, u"/paddock/git"_s)
            .then(&context,
                  [this](Result<ImportReport> result) { answer.emplace(std::move(result)); });
    }
    QObject context;
    std::optional<Result<ImportReport>> answer;
};

} // namespace

/// What goes wrong in the middle of an import, or with the project: a clear error, nothing half in
/// the project, nothing lost, and it works again afterwards.
class tst_ImportFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneSideEnds_data()
    {
        QTest::addColumn<bool>("host");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("git of the host is killed") << true << ErrorKind::GitFailed;
        QTest::newRow("the container ends") << false << ErrorKind::ConnectionLost;
    }

    void oneSideEnds()
    {
        QFETCH(bool, host);
        QFETCH(ErrorKind, kind);
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        session.agent->stallsPack = true;
        Running import(session);
        pid_t git = 0;
        QTRY_VERIFY(session.agent->isStalled() && (git = childThatRuns("index-pack")) != 0);
        if (host)
            QCOMPARE(::kill(git, SIGKILL), 0);
        else
            session.agent->breakPack();
        QTRY_VERIFY(import.answer);
        verifyRefused(session, *import.answer, kind);
        session.agent->stallsPack = false;
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
    }

    void applicationEnds()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        session.agent->stallsPack = true;
        {
            // As after kill -9: what it had received stays behind.
            Importer other(session.fixture.pool, session.fixture.git);
            auto pending = other.run(session.tree, session.agent, u"/paddock/git"_s);
            QTRY_VERIFY(!session.noQuarantine());
            const QString store = session.fixture.project.path(u".git/objects"_s);
            const QString folder =
                QDir(store).entryList({u"tmp_objdir*"_s}, QDir::AllDirs).value(0);
            pending.cancel();
            QTRY_VERIFY(session.noQuarantine());
            QVERIFY(QDir(store).mkpath(folder + u"/pack"_s));
            writeFile(store + u'/' + folder + u"/pack/tmp_pack_x"_s, "PACK");
        }
        session.agent->stallsPack = false;
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
        QVERIFY(session.noQuarantine());
    }

    void projectIsDeleted()
    {
        Session session;
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        QVERIFY(QDir(session.fixture.project.path()).removeRecursively());
        session.agent->forgedRefs = session.tree.baseCommit.toHex() + " HEAD\n";
        verifyGone(session, ErrorKind::FileNotFound);
    }

    void projectIsNoRepositoryAnyMore()
    {
        Session session;
        session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        QVERIFY(QDir(session.fixture.project.path(u".git"_s)).removeRecursively());
        session.agent->forgedRefs = session.tree.baseCommit.toHex() + " HEAD\n";
        verifyGone(session, ErrorKind::NotARepository);
    }

    void projectIsMovedAndMovedBack()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        session.agent->forgedRefs = tip + ' ' + session.tree.branchRef().toUtf8() + '\n';
        const QString moved = session.fixture.environment.path(u"moved"_s);
        QVERIFY(QDir().rename(session.fixture.project.path(), moved));
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::FileNotFound);
        QVERIFY(report.error().message.contains(session.tree.projectPath));
        QVERIFY(!report.error().remedy.isEmpty());
        // Its changes are not given up: nothing of the session is removed.
        QVERIFY(!await(session.fixture.manager.remove(session.tree, {})));
        QVERIFY(QFile::exists(session.tree.privateGitDir() + u"/HEAD"_s));
        QVERIFY(QDir().rename(moved, session.fixture.project.path()));
        session.agent->forgedRefs.reset();
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
    }

    void projectIsClonedAnew()
    {
        Session session;
        const QByteArray tip = session.agent->commit(u"one.txt"_s, "one\n", u"one"_s);
        const QString path = session.fixture.project.path();
        const QString old = session.fixture.environment.path(u"old"_s);
        QVERIFY(QDir().rename(path, old));
        QCOMPARE(
            runGit(session.fixture.environment.path(), {u"clone"_s, u"-q"_s, old, path}).exitCode,
            0);
        session.agent->forgedRefs = tip + ' ' + session.tree.branchRef().toUtf8() + '\n';
        const auto report = session.import();
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::NotFound);
        QVERIFY(report.error().message.contains(path));
        QVERIFY(!report.error().remedy.isEmpty());
        QVERIFY(!session.fixture.project.has(session.tree.branchRef()));
        // The old one back: all is as before.
        const QString clone = session.fixture.environment.path(u"clone"_s);
        QVERIFY(QDir().rename(path, clone) && QDir().rename(old, path));
        session.agent->forgedRefs.reset();
        PADDOCK_VERIFY_OK(session.import());
        QCOMPARE(session.fixture.project.id(session.tree.branch), tip);
        // And without it the session can be given up.
        QVERIFY(QDir().rename(path, old) && QDir().rename(clone, path));
        verifyCanBeGivenUp(session);
        QCOMPARE(session.fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray());
    }

private:
    static void
    verifyRefused(const Session &session, const Result<ImportReport> &answer, ErrorKind kind)
    {
        QVERIFY(!answer);
        QVERIFY2(answer.error().kind == kind, qUtf8Printable(answer.error().toString()));
        QTRY_VERIFY(session.noQuarantine());
        QCOMPARE(session.fixture.project.id(session.tree.branch), session.tree.baseCommit.toHex());
        session.hostGit({u"fsck"_s, u"--strict"_s});
        QCOMPARE(session.hostGit({u"for-each-ref"_s, u"refs/paddock/ab12cd34/"_s}), QByteArray());
    }

    static void verifyGone(Session &session, ErrorKind kind)
    {
        const auto report = session.import();
        QVERIFY(!report);
        QVERIFY2(report.error().kind == kind, qUtf8Printable(report.error().toString()));
        QVERIFY(report.error().message.contains(session.tree.projectPath));
        QVERIFY(!report.error().remedy.isEmpty());
        QVERIFY(!await(session.fixture.manager.remove(session.tree, {})));
        verifyCanBeGivenUp(session);
    }

    static void verifyCanBeGivenUp(Session &session)
    {
        PADDOCK_VERIFY_OK(await(session.fixture.manager.remove(
            session.tree,
            {.looseChanges = LooseChanges::Discard, .branch = BranchOnRemove::Delete})));
        QVERIFY(!QFile::exists(session.tree.workPath));
        PADDOCK_VERIFY_OK(await(session.repository.remove(session.tree)));
        QVERIFY(!QFile::exists(session.tree.privateGitDir()));
    }
};

QTEST_GUILESS_MAIN(tst_ImportFaults)
#include "tst_ImportFaults.moc"
