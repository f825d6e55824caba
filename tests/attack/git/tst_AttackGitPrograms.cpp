// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HostView.h"
#include "tests/attack/git/HostileSession.h"
#include "tests/git/ForgedObjects.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

QByteArray section(const QByteArray &name, const QList<std::pair<QByteArray, QByteArray>> &settings)
{
    return worktrees::configSection(name, settings);
}

} // namespace

/// Programs that git starts because a configuration, a hook or an attribute says so: the agent
/// plants them in its git directory and in its files, the host and the person do all they ever do
/// with the session, and nothing runs. The control of each: plain git with the agent's repository
/// as its git directory.
class tst_AttackGitPrograms : public QObject
{
    Q_OBJECT

private:
    /// All of Paddock's deeds, then all of a person's, then the end of the session; \a control
    /// comes before the end.
    static void judge(HostileSession &hostile, const std::function<void()> &control)
    {
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());
        control();
        if (QTest::currentTestFailed())
            return;
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
        QVERIFY(!QFile::exists(hostile.tree().workPath));
    }

    /// The control: with the defence off, \a arguments run the payload.
    static void
    verifyRuns(HostileSession &hostile, const QStringList &arguments, const QByteArray &input = {})
    {
        hostile.forget();
        (void)hostile.trustingGit(arguments, input);
        QVERIFY2(hostile.ran(), qPrintable(arguments.join(u' ')));
    }

private Q_SLOTS:
    // What the other tests rely on: none of it goes unnoticed.
    void watchNotices()
    {
        HostileSession hostile;
        writeFile(hostile.workFile(u"README"_s), "changed\n");
        const QString driver = u"diff.external="_s + hostile.payload();
        const QStringList found = hostile.complaints({
            {u"program"_s,
             [&]() -> Result<Done> {
                 (void)hostile.personsGit({u"-c"_s, driver, u"diff"_s});
                 return Done{};
             }},
            {u"helper"_s,
             [&]() -> Result<Done> {
                 (void)hostile.personsGit({u"repack"_s, u"-q"_s});
                 return Done{};
             }},
            {u"change"_s,
             [&]() -> Result<Done> {
                 writeFile(hostile.victim(), "touched\n");
                 return Done{};
             }},
            {u"error"_s, []() -> Result<Done> { return fail(ErrorKind::IoFailed, u"words"_s); }},
            {u"nothing"_s, []() -> Result<Done> { return Done{}; }},
        });
        QCOMPARE(found.size(), 5);
        QVERIFY2(found[0].startsWith(u"program: ran "_s), qPrintable(found[0]));
        QVERIFY2(found[1].startsWith(u"program: started "_s), qPrintable(found[1]));
        QVERIFY2(found[2].startsWith(u"helper: started "_s), qPrintable(found[2]));
        QVERIFY2(found[3].startsWith(u"change: changed "_s), qPrintable(found[3]));
        QVERIFY2(found[4].startsWith(u"error: "_s), qPrintable(found[4]));
    }

    void D1()
    {
        HostileSession hostile;
        const QByteArray evil = section("core", {{"fsmonitor", hostile.payload().toUtf8()}});
        writeFile(hostile.workFile(u".gitconfig"_s), evil);
        writeFile(hostile.workFile(u"config"_s), evil);
        hostile.commitAsAgent(u"planted"_s);
        hostile.configure(evil);
        judge(hostile, [&] { verifyRuns(hostile, {u"status"_s}); });
    }

    void D2()
    {
        HostileSession hostile;
        for (const auto &name : {u"applypatch-msg"_s,
                                 u"commit-msg"_s,
                                 u"fsmonitor-watchman"_s,
                                 u"post-checkout"_s,
                                 u"post-commit"_s,
                                 u"post-index-change"_s,
                                 u"post-merge"_s,
                                 u"post-rewrite"_s,
                                 u"pre-applypatch"_s,
                                 u"pre-auto-gc"_s,
                                 u"pre-commit"_s,
                                 u"pre-merge-commit"_s,
                                 u"pre-push"_s,
                                 u"pre-rebase"_s,
                                 u"prepare-commit-msg"_s,
                                 u"reference-transaction"_s}) {
            hostile.installPayload(hostile.workFile(u"hooks/"_s + name));
            hostile.installPayload(hostile.privateFile(u"hooks/"_s + name));
        }
        hostile.commitAsAgent(u"hooks"_s);
        judge(hostile, [&] {
            verifyRuns(hostile, {u"update-ref"_s, u"refs/heads/control"_s, u"HEAD"_s});
            verifyRuns(hostile, {u"update-index"_s, u"--force-write-index"_s});
            verifyRuns(hostile, {u"checkout"_s, u"-q"_s, u"-b"_s, u"other"_s});
            // From the files, by configuration.
            QVERIFY(QDir(hostile.privateFile(u"hooks"_s)).removeRecursively());
            hostile.configure(
                section("core", {{"hooksPath", hostile.workFile(u"hooks"_s).toUtf8()}}));
            verifyRuns(hostile, {u"update-ref"_s, u"refs/heads/second"_s, u"HEAD"_s});
            QVERIFY(hostile.marks().contains(hostile.tree().workPath.toUtf8()));
        });
    }

    void D3_data()
    {
        QTest::addColumn<QByteArray>("kind");
        QTest::newRow("clean and smudge") << QByteArray("clean");
        QTest::newRow("process") << QByteArray("process");
    }

    void D3()
    {
        QFETCH(QByteArray, kind);
        HostileSession hostile;
        writeFile(hostile.workFile(u".gitattributes"_s), "* filter=evil\n");
        writeFile(hostile.workFile(u"src/.gitattributes"_s), "*.c filter=evil ident eol=crlf\n");
        hostile.commitAsAgent(u"attributes"_s);
        const QByteArray run = hostile.payload().toUtf8();
        hostile.configure(kind == "clean"
                              ? section("filter \"evil\"",
                                        {{"clean", run}, {"smudge", run}, {"required", "true"}})
                              : section("filter \"evil\"", {{"process", run}}));
        writeFile(hostile.privateFile(u"info/attributes"_s), "* filter=evil\n");
        judge(hostile, [&] {
            writeFile(hostile.workFile(u"README"_s), "changed again\n");
            verifyRuns(hostile, {u"diff"_s});
            verifyRuns(hostile, {u"status"_s});
            verifyRuns(hostile, {u"add"_s, u"README"_s});
            if (kind == "clean")
                verifyRuns(hostile, {u"checkout"_s, u"-f"_s, u"HEAD"_s, u"--"_s, u"README"_s});
        });
    }

    void D4()
    {
        HostileSession hostile;
        writeFile(hostile.workFile(u".gitattributes"_s), "* diff=evil\n");
        writeFile(hostile.workFile(u"README"_s), "changed and committed\n");
        hostile.commitAsAgent(u"attributes"_s);
        const QByteArray run = hostile.payload().toUtf8();
        const QByteArray before = readFile(hostile.privateFile(u"config"_s));
        const QByteArray external = section("diff", {{"external", run}});
        const QByteArray command = section("diff \"evil\"", {{"command", run}});
        const QByteArray text =
            section("diff \"evil\"", {{"textconv", run}, {"cachetextconv", "true"}});
        hostile.configure(external + command + text);
        judge(hostile, [&] {
            writeFile(hostile.workFile(u"README"_s), "changed again\n");
            for (const QByteArray &one : {external, command, text}) {
                writeFile(hostile.privateFile(u"config"_s), before + one);
                verifyRuns(hostile, {u"diff"_s});
            }
            verifyRuns(hostile, {u"log"_s, u"-p"_s});
            verifyRuns(hostile, {u"blame"_s, u"README"_s});
        });
    }

    void D5()
    {
        HostileSession hostile;
        writeFile(hostile.workFile(u".gitattributes"_s), "* merge=evil\n");
        hostile.commitAsAgent(u"attributes"_s);
        QCOMPARE(hostile.agent().git({u"checkout"_s, u"-q"_s, u"-b"_s, u"side"_s}).exitCode, 0);
        writeFile(hostile.workFile(u"src/main.c"_s), "int main(void) { return 1; }\n");
        hostile.commitAsAgent(u"one side"_s);
        QCOMPARE(hostile.agent().git({u"checkout"_s, u"-q"_s, u"-"_s}).exitCode, 0);
        writeFile(hostile.workFile(u"src/main.c"_s), "int main(void) { return 2; }\n");
        hostile.commitAsAgent(u"the other side"_s);
        hostile.configure(section("merge \"evil\"",
                                  {{"driver", hostile.payload().toUtf8() + " %O %A %B"},
                                   {"recursive", "binary"}}) +
                          section("merge", {{"default", "evil"}}));
        judge(hostile, [&] {
            // By hand as well: a conflict, and no driver.
            hostile.forget();
            const auto merged =
                hostile.personsGit({u"merge"_s, hostile.tree().refsPrefix() + u"heads/side"_s});
            QCOMPARE(merged.exitCode, 1);
            QVERIFY2(merged.output.contains("CONFLICT"), merged.output.constData());
            QVERIFY2(!hostile.ran(), hostile.marks().constData());
            QCOMPARE(hostile.personsGit({u"merge"_s, u"--abort"_s}).exitCode, 0);

            QCOMPARE(hostile.trustingGit({u"reset"_s, u"-q"_s, u"--hard"_s}).exitCode, 0);
            verifyRuns(hostile, {u"merge"_s, u"-q"_s, u"side"_s});
        });
    }

    void D6()
    {
        HostileSession hostile;
        const ForgedObjects forge(hostile.path(u"forge"_s));
        const QByteArray signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n"
                                     " iQEzBAABCAAdFiEE\n -----END PGP SIGNATURE-----\n";
        const auto signedCommit = "tree " + hostile.agent().id(u"HEAD^{tree}"_s) + "\nparent " +
                                  hostile.agent().id(u"HEAD"_s) +
                                  "\nauthor A <a@example.org> 1700000000 +0000"
                                  "\ncommitter A <a@example.org> 1700000000 +0000\n" +
                                  signature + "\nsigned\n";
        const auto made = hostile.agent().git(
            {u"hash-object"_s, u"-t"_s, u"commit"_s, u"-w"_s, u"--stdin"_s}, signedCommit);
        QCOMPARE(made.exitCode, 0);
        const QString id = QString::fromLatin1(made.output.trimmed());
        QCOMPARE(hostile.agent().git({u"reset"_s, u"-q"_s, u"--hard"_s, id}).exitCode, 0);
        writeFile(hostile.workFile(u"README"_s), "changed\n");
        QCOMPARE(hostile.agent().git({u"stash"_s, u"-q"_s}).exitCode, 0);
        const QByteArray run = hostile.payload().toUtf8();
        hostile.configure(
            section("gpg", {{"program", run}, {"format", "openpgp"}}) +
            section("gpg \"ssh\"", {{"program", run}, {"defaultKeyCommand", run}}) +
            section("log", {{"showSignature", "true"}}) + section("commit", {{"gpgSign", "true"}}) +
            section("tag", {{"gpgSign", "true"}}) + section("user", {{"signingKey", "A"}}));
        judge(hostile, [&] {
            verifyRuns(hostile, {u"log"_s, id});
            verifyRuns(hostile, {u"commit"_s, u"--allow-empty"_s, u"-m"_s, u"x"_s});
            verifyRuns(hostile, {u"tag"_s, u"-m"_s, u"x"_s, u"x"_s});
        });
    }

    void D7()
    {
        HostileSession hostile;
        const QByteArray run = hostile.path(u"transport"_s).toUtf8();
        hostile.installPayload(QString::fromUtf8(run),
                               "exit 1"); // one that answers would be waited for
        const QByteArray other = hostile.path(u"other"_s).toUtf8();
        const ScratchRepository remote(QString::fromUtf8(other));
        writeFile(hostile.workFile(u"README"_s), "new\n");
        hostile.commitAsAgent(u"work"_s);
        hostile.configure(
            section("core", {{"sshCommand", run}, {"askPass", run}, {"gitProxy", run}}) +
            section("credential", {{"helper", '!' + run}}) +
            section("protocol", {{"allow", "always"}}) +
            section("remote \"origin\"",
                    {{"url", other}, {"uploadpack", run}, {"receivepack", run}}) +
            section("remote \"shell\"", {{"url", "ssh://host.invalid/x"}}) +
            section("remote \"external\"", {{"url", "ext::" + run}}) +
            section("branch \"" + hostile.tree().branch.toUtf8() + '"',
                    {{"remote", "origin"}, {"merge", "refs/heads/main"}}) +
            section("url \"ext::" + run + " \"", {{"insteadOf", "https://"}}));
        judge(hostile, [&] {
            verifyRuns(hostile, {u"fetch"_s, u"origin"_s});
            verifyRuns(hostile, {u"push"_s, u"origin"_s, u"HEAD:x"_s});
            verifyRuns(hostile, {u"ls-remote"_s, u"shell"_s});
            verifyRuns(hostile, {u"ls-remote"_s, u"external"_s});
            verifyRuns(hostile, {u"ls-remote"_s, u"https://host.invalid/x"_s});
            verifyRuns(
                hostile, {u"credential"_s, u"fill"_s}, "protocol=https\nhost=host.invalid\n\n");
        });
    }

    void D8_data()
    {
        QTest::addColumn<QByteArray>("config");
        QTest::newRow("include.path") << section("include", {{"path", "included"}});
        QTest::newRow("includeIf") << section("includeIf \"gitdir:/\"", {{"path", "included"}});
        QTest::newRow("config.worktree") << section("extensions", {{"worktreeConfig", "true"}});
    }

    void D8()
    {
        QFETCH(QByteArray, config);
        HostileSession hostile;
        writeFile(hostile.workFile(u"config.worktree"_s), hostile.evilConfig());
        writeFile(hostile.workFile(u"included"_s), hostile.evilConfig());
        writeFile(hostile.workFile(u".gitattributes"_s), "* filter=evil\n");
        hostile.commitAsAgent(u"files"_s);
        writeFile(hostile.privateFile(u"included"_s), hostile.evilConfig());
        writeFile(hostile.privateFile(u"config.worktree"_s), hostile.evilConfig());
        hostile.configure(config);
        judge(hostile, [&] { verifyRuns(hostile, {u"status"_s}); });
    }

    void D11_data()
    {
        QTest::addColumn<bool>("isOfTheProject");
        QTest::newRow("a gitlink that the agent commits") << false;
        QTest::newRow("a submodule of the project") << true;
    }

    void D11()
    {
        QFETCH(bool, isOfTheProject);
        HostileSession hostile([&](ScratchRepository &project) {
            if (!isOfTheProject)
                return;
            project.write(u".gitmodules"_s,
                          "[submodule \"sub\"]\n\tpath = sub\n\turl = ./sub\n\tignore = none\n");
            project.git({u"update-index"_s,
                         u"--add"_s,
                         u"--cacheinfo"_s,
                         u"160000,"_s + QString::fromLatin1(project.id(u"HEAD"_s)) + u",sub"_s});
            project.git({u"add"_s, u".gitmodules"_s});
            project.git({u"commit"_s, u"-q"_s, u"-m"_s, u"submodule"_s});
        });
        hostile.plantRepository(hostile.workFile(u"sub"_s));
        if (!isOfTheProject) {
            writeFile(hostile.workFile(u".gitmodules"_s),
                      "[submodule \"sub\"]\n\tpath = sub\n\turl = ./sub\n\tignore = none\n");
            hostile.commitAsAgent(u"gitlink"_s);
            QVERIFY(hostile.agent()
                        .git({u"ls-files"_s, u"-s"_s, u"sub"_s})
                        .output.startsWith("160000 "));
        }
        // The agent goes on working with it as it likes.
        QVERIFY(hostile.agent().git({u"status"_s, u"--porcelain"_s}).output.contains(" sub"));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());
        // The person stages all there is, and looks again.
        QCOMPARE(hostile.personsGit({u"add"_s, u"-A"_s}).exitCode, 0);
        QCOMPARE(hostile.personsGit({u"status"_s}).exitCode, 0);
        QVERIFY2(!hostile.ran(), hostile.marks().constData());
        // Control: with the link as git itself would have it.
        QCOMPARE(
            hostile.personsGit({u"update-index"_s, u"--no-skip-worktree"_s, u"sub"_s}).exitCode, 0);
        hostile.forget();
        QCOMPARE(hostile.personsGit({u"status"_s}).exitCode, 0);
        QVERIFY(hostile.ran());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    // A repository of the agent's that nobody has committed.
    void embeddedRepository()
    {
        HostileSession hostile;
        hostile.plantRepository(hostile.workFile(u"sub"_s));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());
        // Staging does not make a gitlink of it.
        auto &staging = hostile.session().staging;
        (void)await(staging.stage(hostile.tree(), {}));
        for (const QByteArray &path : {QByteArray("sub"),
                                       QByteArray("sub/"),
                                       QByteArray("sub/.git"),
                                       QByteArray("sub/.git/config")})
            (void)await(staging.stage(hostile.tree(), {{.path = path}}));
        const QByteArray index = hostile.personsGit({u"ls-files"_s, u"-s"_s}).output;
        QVERIFY2(!index.contains("160000") && !index.contains(".git/"), index.constData());
        hostile.forget();
        QCOMPARE(hostile.personsGit({u"status"_s}).exitCode, 0);
        QVERIFY(!hostile.ran());
        // Control, and a limit: a person's git add does, and the next look runs the payload.
        QCOMPARE(hostile.personsGit({u"add"_s, u"sub"_s}).exitCode, 0);
        (void)hostile.personsGit({u"status"_s});
        QVERIFY(hostile.ran());
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }
};

QTEST_GUILESS_MAIN(tst_AttackGitPrograms)
#include "tst_AttackGitPrograms.moc"
