// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ProjectFetch.h"
#include "tests/git/GitFixture.h"

#include <QElapsedTimer>
#include <QTest>

#include <signal.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct Fetching : GitFixture
{
    ScratchRepository other{environment.path(u"other"_s)};
    ProjectFetch fetcher{pool, git};

    Fetching()
    {
        other.write(u"far.txt"_s, "far\n");
        other.commitAll(u"far"_s);
        other.git({u"branch"_s, u"topic"_s});
    }

    void addRemote(const QString &name, const QString &url) const
    {
        project.git({u"remote"_s, u"add"_s, name, url});
    }

    Result<FetchReport> fetch(std::chrono::seconds time = 60s)
    {
        return await(fetcher.run({.projectPath = project.path(), .time = time}));
    }

    /// A program of the person's, found by the name of their setting for ssh.
    void personsSsh(const QByteArray &body)
    {
        const QString path = environment.path(u"ssh"_s);
        writeFile(path, "#!/bin/sh\n" + body);
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        writeFile(environment.path(u"home/.gitconfig"_s),
                  "[core]\n\tsshCommand = " + path.toUtf8() + "\n[ssh]\n\tvariant = simple\n");
        addRemote(u"origin"_s, u"ssh://host.invalid/r"_s);
    }
};

} // namespace

class tst_ProjectFetch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bringsBranchesAndTouchesNothingElse()
    {
        Fetching f;
        f.addRemote(u"origin"_s, u"../other"_s); // as a person may write it
        f.project.write(u"README"_s, "a change of the person\n");
        const QString marker = f.environment.path(u"marker"_s);
        const QString hook = f.project.path(u".git/hooks/reference-transaction"_s);
        writeFile(hook, "#!/bin/sh\necho ran >> " + marker.toUtf8() + "\n");
        QFile::setPermissions(hook, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        const QByteArray head = f.project.id(u"HEAD"_s);
        const QByteArray index = readFile(f.project.path(u".git/index"_s));

        QStringList lines;
        QObject context;
        const auto report = await(f.fetcher.run({.projectPath = f.project.path()},
                                                &context,
                                                [&](const QString &line) { lines += line; }));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->remote, u"origin"_s);
        QCOMPARE(report->refs.size(), 2);
        QCOMPARE(report->refs.first().name, u"refs/remotes/origin/main"_s);
        QVERIFY(report->refs.first().from.isNull());
        QCOMPARE(report->refs.first().to.toHex(), f.other.id(u"main"_s));
        QCOMPARE(f.project.id(u"origin/topic"_s), f.other.id(u"topic"_s));
        QTRY_VERIFY(lines.join(u'\n').contains(u"[new branch]"_s));

        QCOMPARE(f.project.id(u"HEAD"_s), head);
        QCOMPARE(readFile(f.project.path(u".git/index"_s)), index);
        QCOMPARE(readFile(f.project.path(u"README"_s)), QByteArray("a change of the person\n"));
        QVERIFY(!QFile::exists(f.project.path(u".git/FETCH_HEAD"_s)));
        QVERIFY(!QFile::exists(marker));

        // What moved and what went.
        f.other.write(u"far.txt"_s, "farther\n");
        const QByteArray next = f.other.commitAll(u"farther"_s);
        f.other.git({u"branch"_s, u"-D"_s, u"topic"_s});
        f.project.git({u"config"_s, u"fetch.prune"_s, u"true"_s});
        QFile::remove(marker);
        const auto second = f.fetch();
        PADDOCK_VERIFY_OK(second);
        QCOMPARE(second->refs.size(), 2);
        QCOMPARE(second->refs.first().from.toHex(), report->refs.first().to.toHex());
        QCOMPARE(second->refs.first().to.toHex(), next);
        QVERIFY(second->refs.last().to.isNull());
        const auto third = f.fetch();
        PADDOCK_VERIFY_OK(third);
        QVERIFY(third->refs.isEmpty());
        // Control: the person's own fetch runs the hook.
        f.other.git({u"branch"_s, u"more"_s});
        QVERIFY(!QFile::exists(marker));
        f.project.git({u"fetch"_s, u"-q"_s});
        QVERIFY(QFile::exists(marker));
    }

    void usesThePersonsConfigurationAndEnvironmentWithoutATerminal()
    {
        Fetching f;
        const QByteArray seen = f.environment.path(u"seen"_s).toUtf8();
        f.personsSsh("{ echo \"agent=$SSH_AUTH_SOCK\"; echo \"home=$HOME\"; "
                     "echo \"dir=$GIT_DIR_CANARY$GIT_INDEX_FILE\"; "
                     "if true < /dev/tty; then echo tty; fi; "
                     "read -r a b c d e f g < /proc/$$/stat; echo \"session=$f\"; } > " +
                     seen + " 2>/dev/null\nexec git-upload-pack " + f.other.path().toUtf8() + "\n");
        qputenv("SSH_AUTH_SOCK", "/agent-canary");
        qputenv("GIT_INDEX_FILE", "/somewhere");
        const auto report = f.fetch();
        qunsetenv("SSH_AUTH_SOCK");
        qunsetenv("GIT_INDEX_FILE");
        PADDOCK_VERIFY_OK(report);
        const QByteArray said = readFile(QString::fromUtf8(seen));
        QVERIFY2(said.contains("agent=/agent-canary\n"), said.constData());
        QVERIFY2(said.contains("home=" + f.environment.path(u"home"_s).toUtf8() + '\n'),
                 said.constData());
        QVERIFY2(said.contains("dir=\n"), said.constData());
        QVERIFY2(!said.contains("tty\n"), said.constData());
        const QByteArray own = QByteArray::number(::getsid(0));
        QVERIFY2(said.contains("session=") && !said.contains("session=" + own + '\n'),
                 said.constData());
    }

    void aHelperThatStaysDoesNotHoldItUp()
    {
        Fetching f;
        const QByteArray pidFile = f.environment.path(u"pid"_s).toUtf8();
        // As a shared ssh connection does: it keeps standard error.
        f.personsSsh("sleep 100 < /dev/null > /dev/null &\necho $! > " + pidFile +
                     "\nexec git-upload-pack " + f.other.path().toUtf8() + "\n");
        QElapsedTimer clock;
        clock.start();
        PADDOCK_VERIFY_OK(f.fetch());
        QVERIFY(clock.elapsed() < 50'000);
        const pid_t helper = readFile(QString::fromUtf8(pidFile)).trimmed().toInt();
        QVERIFY(helper > 0);
        QCOMPARE(::kill(helper, 0), 0); // it belongs to the person
        ::kill(helper, SIGKILL);
    }

    void endsAtTheTimeLimitWithWhatItStarted()
    {
        Fetching f;
        const QByteArray pidFile = f.environment.path(u"pid"_s).toUtf8();
        f.personsSsh("echo $$ > " + pidFile + "\nexec sleep 100\n");
        const auto report = f.fetch(1s);
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::CommandTimeout);
        QVERIFY(report.error().remedy.contains(u"without fetching"_s));
        const pid_t helper = readFile(QString::fromUtf8(pidFile)).trimmed().toInt();
        QVERIFY(helper > 0);
        QTRY_VERIFY(::kill(helper, 0) != 0 ||
                    readFile(u"/proc/%1/stat"_s.arg(helper)).contains(") Z "));
    }

    void aCancelEndsIt()
    {
        Fetching f;
        const QByteArray pidFile = f.environment.path(u"pid"_s).toUtf8();
        f.personsSsh("echo $$ > " + pidFile + "\nexec sleep 100\n");
        auto pending = f.fetcher.run({.projectPath = f.project.path()});
        QTRY_VERIFY(readFile(QString::fromUtf8(pidFile)).endsWith('\n'));
        pending.cancel();
        const pid_t helper = readFile(QString::fromUtf8(pidFile)).trimmed().toInt();
        QTRY_VERIFY(::kill(helper, 0) != 0 ||
                    readFile(u"/proc/%1/stat"_s.arg(helper)).contains(") Z "));
    }

    void failuresAreExplained_data()
    {
        QTest::addColumn<QByteArray>("ssh");
        QTest::addColumn<QString>("url");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("word");
        const auto row = [](const char *name,
                            const QByteArray &ssh,
                            const QString &url,
                            ErrorKind kind,
                            const QString &word) {
            QTest::newRow(name) << ssh << url << int(kind) << word;
        };
        row("no key",
            "echo 'git@host.invalid: Permission denied (publickey).' >&2; exit 255\n",
            {},
            ErrorKind::PermissionDenied,
            u"git fetch origin"_s);
        row("unknown host",
            "echo 'Host key verification failed.' >&2; exit 255\n",
            {},
            ErrorKind::PermissionDenied,
            u"terminal"_s);
        row("nobody listens", {}, u"git://127.0.0.1:1/r"_s, ErrorKind::NetworkFailed, u"network"_s);
        row("nothing there", {}, u"/nonexistent/r"_s, ErrorKind::NotFound, u"git remote -v"_s);
        row("strange", "echo 'nonsense' >&2; exit 1\n", {}, ErrorKind::GitFailed, u"git fetch"_s);
        row("transport that git refuses", {}, u"ext::sh -c true"_s, ErrorKind::GitFailed, u"git"_s);
    }

    void failuresAreExplained()
    {
        QFETCH(QByteArray, ssh);
        QFETCH(QString, url);
        QFETCH(int, kind);
        QFETCH(QString, word);
        Fetching f;
        if (url.isEmpty())
            f.personsSsh(ssh);
        else
            f.addRemote(u"origin"_s, url);
        const auto report = f.fetch();
        QVERIFY(!report);
        qInfo() << qUtf8Printable(report.error().toString()) << "->"
                << qUtf8Printable(report.error().remedy);
        QCOMPARE(int(report.error().kind), kind);
        QVERIFY(report.error().message.contains(u"origin"_s));
        QVERIFY(report.error().remedy.contains(word));
        QVERIFY(report.error().remedy.contains(u"without fetching"_s));
        QVERIFY(!report.error().detail.isEmpty());
    }

    void transportsAreThePersonsDecision()
    {
        // Not allowed by git's defaults; a person who allows it is obeyed, as in their shell.
        Fetching f;
        const QString marker = f.environment.path(u"marker"_s);
        f.addRemote(u"origin"_s, u"ext::touch "_s + marker);
        QVERIFY(!f.fetch());
        QVERIFY(!QFile::exists(marker));
        writeFile(f.environment.path(u"home/.gitconfig"_s),
                  "[protocol \"ext\"]\n\tallow = always\n");
        QVERIFY(!f.fetch()); // touch speaks no git
        QVERIFY(QFile::exists(marker));
    }

    void chooseTheRemote()
    {
        Fetching f;
        auto none = f.fetch();
        QVERIFY(!none);
        QCOMPARE(none.error().kind, ErrorKind::NotFound);
        QVERIFY(none.error().remedy.contains(u"without"_s));
        f.addRemote(u"far"_s, f.other.path());
        auto report = f.fetch();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->remote, u"far"_s); // the only one
        f.addRemote(u"second"_s, f.other.path());
        QVERIFY(!f.fetch());
        f.project.git({u"config"_s, u"branch.main.remote"_s, u"second"_s});
        report = f.fetch();
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->remote, u"second"_s);
        const auto named =
            await(f.fetcher.run({.projectPath = f.project.path(), .remote = u"--all"_s}));
        QVERIFY(!named);
        QCOMPARE(named.error().kind, ErrorKind::NotFound);
    }

    void submodulesAreLeftAlone()
    {
        Fetching f;
        const ScratchRepository inner(f.environment.path(u"inner"_s));
        f.project.git({u"-c"_s,
                       u"protocol.file.allow=always"_s,
                       u"submodule"_s,
                       u"add"_s,
                       u"-q"_s,
                       inner.path(),
                       u"sub"_s});
        f.project.commitAll(u"with a submodule"_s);
        f.project.git({u"clone"_s, u"-q"_s, u"--bare"_s, u"."_s, f.environment.path(u"up"_s)});
        f.addRemote(u"origin"_s, f.environment.path(u"up"_s));
        f.project.git({u"config"_s, u"fetch.recurseSubmodules"_s, u"true"_s});
        f.project.git({u"config"_s, u"protocol.file.allow"_s, u"always"_s});
        inner.write(u"new"_s, "new\n");
        const QByteArray next = inner.commitAll(u"new"_s);
        const auto innerRef = [&] {
            return runGit(f.project.path(u"sub"_s), {u"rev-parse"_s, u"origin/main"_s})
                .output.trimmed();
        };
        PADDOCK_VERIFY_OK(f.fetch());
        QVERIFY(innerRef() != next);
        f.project.git({u"fetch"_s, u"-q"_s}); // control: this setting does it
        QCOMPARE(innerRef(), next);
    }

    void passwordsInAddressesAreNotRepeated()
    {
        Fetching f;
        f.personsSsh("echo 'fatal: https://user:token-canary@example.org/ is odd' >&2; exit 1\n");
        const auto report = f.fetch();
        QVERIFY(!report);
        QVERIFY(!report.error().detail.contains(u"canary"_s));
        QVERIFY(report.error().detail.contains(u"https://***@example.org/"_s));
    }
};

QTEST_GUILESS_MAIN(tst_ProjectFetch)
#include "tst_ProjectFetch.moc"
