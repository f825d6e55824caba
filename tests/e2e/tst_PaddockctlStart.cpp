// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonReader.h"
#include "tests/support/PaddockctlProcess.h"
#include "tests/support/SessionWorld.h"

#include <QJsonArray>
#include <QTest>

#include <unistd.h>

using namespace paddock;
using test::paddockctl::Outcome;
using test::paddockctl::run;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What `session start` can be asked about branch, remote and files, on a real repository and with
/// a real container.
class tst_PaddockctlStart : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<test::SessionWorld> m_world;

    [[nodiscard]] test::ScratchRepository &project() { return m_world->project(); }

    [[nodiscard]] Outcome start(const QStringList &options, const QString &message)
    {
        const QStringList whole{u"session"_s,
                                u"start"_s,
                                u"--project"_s,
                                project().path(),
                                u"--title"_s,
                                u"Options"_s,
                                u"-m"_s,
                                message,
                                u"--wait"_s,
                                u"--json"_s};
        return run(whole + options + QStringList{u"--"_s, u"/workspace/agent"_s});
    }

    /// What the agent says in a session with \a options; the session is removed again.
    [[nodiscard]] QByteArray saidWith(const QStringList &options, const QString &message)
    {
        const Outcome started = start(options, message);
        if (started.exitCode != 0)
            return started.words();
        const QString id = started.json().value(u"id").toString();
        const QByteArray said = run(u"session show "_s + id).output;
        const Outcome removed = run(u"session remove --discard-work "_s + id);
        return removed.exitCode == 0 ? said : removed.words();
    }

    /// Takes away every session, and answers what is left then.
    [[nodiscard]] QStringList leftAfterRemoving()
    {
        const auto list = parseJson(run(u"session list --json"_s).output.trimmed());
        for (const QJsonValue &session : list->toArray()) {
            const Outcome removed =
                run(u"session remove --discard-work "_s + session[u"id"].toString());
            if (removed.exitCode != 0)
                return {QString::fromUtf8(removed.words())};
        }
        return m_world->leftovers();
    }

    /// A branch with a commit of its own; main stays checked out. Answers the commit.
    QByteArray makeBranch(const QString &name)
    {
        project().git({u"checkout"_s, u"-q"_s, u"-b"_s, name, u"main"_s});
        project().write(u"topic.txt"_s, "of " + name.toUtf8() + '\n');
        const QByteArray tip = project().commitAll(u"work of a person"_s);
        project().git({u"checkout"_s, u"-q"_s, u"main"_s});
        return tip;
    }

    /// A bare repository that the project knows as \a name, with a branch topic that the project
    /// has not seen. Answers the branch's commit.
    QByteArray makeRemote(const QString &name)
    {
        const QString bare = m_world->environment().path(name + u".git"_s);
        project().git({u"clone"_s, u"-q"_s, u"--bare"_s, project().path(), bare});
        project().git({u"remote"_s, u"add"_s, name, bare});
        project().git({u"fetch"_s, u"-q"_s, name});
        const QByteArray tip = makeBranch(u"topic"_s);
        // As if a colleague had pushed it from elsewhere.
        project().git({u"push"_s, u"-q"_s, bare, u"topic"_s});
        project().git({u"branch"_s, u"-q"_s, u"-D"_s, u"topic"_s});
        return tip;
    }

    void ignoreSomeFiles()
    {
        project().write(u".gitignore"_s, ".env\nnode_modules/\n");
        project().commitAll(u"what is ignored"_s);
        project().write(u".env"_s, "DEBUG=yes\n");
        project().write(u"node_modules/left/index.js"_s, "left\n");
        const QByteArray link = project().path(u"node_modules/outside"_s).toUtf8();
        QCOMPARE(::symlink("/etc/hostname", link.constData()), 0);
    }

private Q_SLOTS:
    void init() { m_world = std::make_unique<test::SessionWorld>(); }

    void cleanup()
    {
        static_cast<void>(run(u"serve --stop"_s));
        m_world.reset();
    }

    void aBranchIsAdoptedAndNeverDeleted()
    {
        const QByteArray tip = makeBranch(u"feature/topic"_s);
        const Outcome started = start(
            {u"--adopt"_s, u"feature/topic"_s},
            u"run cat topic.txt\nrun git branch --show-current\nwrite a.txt a\ncommit mine"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QJsonObject session = started.json();
        const QString id = session.value(u"id").toString();
        QCOMPARE(session.value(u"branch").toString(), u"feature/topic"_s);
        QCOMPARE(session.value(u"baseCommit").toString().toLatin1(), tip);
        const QByteArray said = run(u"session show "_s + id).output;
        QVERIFY2(said.contains("of feature/topic"), said.constData());

        // Another one cannot have it meanwhile.
        const Outcome second = start({u"--adopt"_s, u"feature/topic"_s}, u"say no"_s);
        QCOMPARE(second.exitCode, 1);
        QCOMPARE(second.error().value(u"kind").toString(), u"conflict"_s);

        const Outcome finished = run(u"session finish --discard-branch --json "_s + id);
        QVERIFY2(finished.exitCode == 0, finished.words().constData());
        QCOMPARE(project().git({u"log"_s, u"-1"_s, u"--format=%s"_s, u"feature/topic~1"_s}),
                 QByteArray("work of a person"));
    }

    void aRemoteBranchIsAdoptedAsALocalOne()
    {
        const QByteArray tip = makeRemote(u"origin"_s);
        const Outcome started = start({u"--fetch"_s, u"--adopt"_s, u"origin/topic"_s}, u"say x"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        QCOMPARE(started.json().value(u"branch").toString(), u"topic"_s);
        QCOMPARE(project().id(u"topic"_s), tip);
        QCOMPARE(project().git({u"config"_s, u"branch.topic.merge"_s}),
                 QByteArray("refs/heads/topic"));
    }

    void aBranchGetsItsNameAndStart_data()
    {
        QTest::addColumn<QString>("base");
        for (const char *base : {"v1", "other", "origin/topic", "main~1"})
            QTest::newRow(base) << QString::fromLatin1(base);
    }
    void aBranchGetsItsNameAndStart()
    {
        QFETCH(QString, base);
        makeRemote(u"origin"_s);
        project().git({u"fetch"_s, u"-q"_s, u"origin"_s});
        makeBranch(u"other"_s);
        project().git({u"tag"_s, u"-a"_s, u"-m"_s, u"one"_s, u"v1"_s, u"other"_s});
        project().write(u"later.txt"_s, "later\n");
        project().commitAll(u"later"_s);
        const QByteArray commit = project().id(base + u"^{commit}"_s);
        QVERIFY(commit != project().id(u"main"_s));
        const Outcome started = start({u"--branch"_s, u"feature/exact"_s, u"--base"_s, base},
                                      u"run git rev-parse HEAD"_s);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        QCOMPARE(started.json().value(u"branch").toString(), u"feature/exact"_s);
        QCOMPARE(started.json().value(u"baseCommit").toString().toLatin1(), commit);
        const QString id = started.json().value(u"id").toString();
        QVERIFY(run(u"session show "_s + id).output.contains(commit));
        QCOMPARE(project().id(u"feature/exact"_s), commit);
        QVERIFY2(leftAfterRemoving().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
        QVERIFY(!project().has(u"feature/exact"_s));
    }

    void fetchingBringsWhatIsNew()
    {
        const QByteArray tip = makeRemote(u"upstream"_s);
        // Without it the branch is not known here.
        const Outcome before = start({u"--base"_s, u"upstream/topic"_s}, u"say x"_s);
        QCOMPARE(before.exitCode, 1);
        QCOMPARE(before.error().value(u"kind").toString(), u"not-found"_s);
        for (const QStringList &options :
             {QStringList{u"--fetch-remote"_s, u"upstream"_s}, QStringList{u"--fetch"_s}}) {
            const Outcome started =
                start(options + QStringList{u"--base"_s, u"upstream/topic"_s}, u"say x"_s);
            QVERIFY2(started.exitCode == 0, started.words().constData());
            QCOMPARE(started.json().value(u"baseCommit").toString().toLatin1(), tip);
        }
        QVERIFY2(leftAfterRemoving().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
    }

    void whatGitSaysWhileFetchingIsShown()
    {
        makeRemote(u"origin"_s);
        auto options = m_world->agentOptions(u"say x"_s);
        options.fetch = true;
        QStringList titles;
        connect(&m_world->sessions(),
                &facade::SessionService::changed,
                this,
                [this, &titles](const SessionId &id) {
                    titles.append(m_world->sessions().find(id)->stepTitle);
                });
        const auto id = m_world->start(options);
        QVERIFY(id);
        QVERIFY(m_world->waitFor(*id, {u"waiting"_s}));
        QVERIFY2(titles.contains(u"Fetching"_s), qPrintable(titles.join(u'\n')));
        QVERIFY2(titles.filter(u"Fetching: "_s).join(u'\n').contains(u"[new branch]"_s),
                 qPrintable(titles.join(u'\n')));
        QVERIFY(m_world->sessions().find(*id)->stepTitle.isEmpty());
    }

    void aFetchThatFailsLeavesNothing_data()
    {
        QTest::addColumn<QString>("address"); // of origin; empty: there is no remote
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QString>("kind");
        QTest::newRow("no remote") << QString() << QStringList{u"--fetch"_s} << u"not-found"_s;
        QTest::newRow("remote gone")
            << u"/nonexistent/r.git"_s << QStringList{u"--fetch"_s} << u"not-found"_s;
        QTest::newRow("another remote")
            << u"/nonexistent/r.git"_s << QStringList{u"--fetch-remote"_s, u"x"_s}
            << u"not-found"_s;
        QTest::newRow("not there")
            << u"git://127.0.0.1:1/r"_s << QStringList{u"--fetch"_s} << u"network-failed"_s;
    }
    void aFetchThatFailsLeavesNothing()
    {
        QFETCH(QString, address);
        QFETCH(QStringList, options);
        QFETCH(QString, kind);
        if (!address.isEmpty())
            project().git({u"remote"_s, u"add"_s, u"origin"_s, address});
        const Outcome outcome = start(options, u"say x"_s);
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.error().value(u"kind").toString() == kind, outcome.errors.constData());
        QVERIFY2(outcome.error().value(u"remedy").toString().contains(u"without"),
                 outcome.errors.constData());
        QVERIFY2(m_world->leftovers().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
        QVERIFY(leftAfterRemoving().isEmpty());
        // Without fetching it goes on: the remote was what made the difference.
        const Outcome without = start({}, u"say x"_s);
        QVERIFY2(without.exitCode == 0, without.words().constData());
    }

    // Stopped in the middle of a step that goes on for a while: it is over, and nothing is left.
    void aStartIsStoppedWhileItFetchesOrCopies_data()
    {
        QTest::addColumn<QString>("step");
        QTest::newRow("fetch") << u"fetch"_s;
        QTest::newRow("ignored") << u"ignored"_s;
    }
    void aStartIsStoppedWhileItFetchesOrCopies()
    {
        QFETCH(QString, step);
        ignoreSomeFiles();
        auto options = m_world->agentOptions(u"say x"_s);
        if (step == u"fetch") {
            project().git({u"config"_s, u"core.sshCommand"_s, u"sleep 60 #"_s});
            project().git({u"remote"_s, u"add"_s, u"origin"_s, u"ssh://host.invalid/r"_s});
            options.fetch = true;
        } else {
            for (int i = 0; i < 4000; ++i)
                project().write(u"node_modules/%1/%2.js"_s.arg(i / 50).arg(i), "many\n");
            options.copyIgnored = {"node_modules"};
        }
        bool isStopped = false;
        connect(&m_world->sessions(),
                &facade::SessionService::changed,
                this,
                [this, step, &isStopped](const SessionId &id) {
                    if (isStopped || m_world->sessions().find(id)->substate != step)
                        return;
                    isStopped = true;
                    m_world->sessions()
                        .stop(facade::Actor::person(u"test"_s), id)
                        .then(this, [](const Result<Done> &) {});
                });
        const auto id = m_world->start(options);
        QVERIFY(id);
        const auto stopped = m_world->waitFor(*id, {u"stopped"_s, u"waiting"_s}, 20s);
        QVERIFY2(stopped, qPrintable(stopped ? QString() : stopped.error().toString()));
        QCOMPARE(sessions::stateName(stopped->state), u"stopped"_s);
        QVERIFY2(m_world->leftovers().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
    }

    void ignoredFilesAreListed()
    {
        ignoreSomeFiles();
        const Outcome all = run({u"project"_s,
                                 u"ignored"_s,
                                 project().path(),
                                 u"--pattern"_s,
                                 u"node_modules"_s,
                                 u"--pattern"_s,
                                 u".env"_s,
                                 u"--json"_s});
        QVERIFY2(all.exitCode == 0, all.words().constData());
        const QJsonArray files = parseJson(all.output.trimmed())->toArray();
        QCOMPARE(files.size(), 2);
        QCOMPARE(files[0][u"path"].toString(), u".env"_s);
        QCOMPARE(files[0][u"kind"].toString(), u"file"_s);
        QCOMPARE(files[0][u"bytes"].toInt(), 10);
        QCOMPARE(files[0][u"looksSecret"].toBool(), true);
        QCOMPARE(files[1][u"path"].toString(), u"node_modules"_s);
        QCOMPARE(files[1][u"kind"].toString(), u"folder"_s);
        QCOMPARE(files[1][u"files"].toInt(), 1);
        QCOMPARE(files[1][u"looksSecret"].toBool(true), false);
        QCOMPARE(files[1][u"tooLarge"].toBool(true), false);
        // The usual pattern, and a look that makes no project of it.
        const Outcome usual = run(u"project ignored "_s + project().path());
        QVERIFY(usual.output.contains(".env") && !usual.output.contains("node_modules"));
        QCOMPARE(run(u"project list --json"_s).output.trimmed(), QByteArray("[]"));
    }

    void ignoredFilesAreCopied()
    {
        ignoreSomeFiles();
        const QString look = u"run cat node_modules/left/index.js .env"_s;
        // Control: a new worktree has neither.
        const QByteArray without = saidWith({}, look);
        QVERIFY2(without.contains("index.js: No such file"), without.constData());

        const Outcome started = start({u"--copy-ignored"_s, u"node_modules/"_s}, look);
        QVERIFY2(started.exitCode == 0, started.words().constData());
        const QString id = started.json().value(u"id").toString();
        const QByteArray said = run(u"session show "_s + id).output;
        QVERIFY2(said.contains("left\n") && said.contains(".env: No such file"), said.constData());
        // What was left out is told, and what was copied is no change of the agent's.
        QVERIFY2(said.contains("node_modules/outside"), said.constData());
        const QJsonObject status = run(u"session status --json "_s + id).json();
        QVERIFY(status.contains(u"files"));
        QVERIFY(status.value(u"files").toArray().isEmpty());
        QVERIFY2(leftAfterRemoving().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
    }

    void secretsAreCopiedOnlyWhenThePersonSaysSo()
    {
        ignoreSomeFiles();
        const QStringList both{
            u"--copy-ignored"_s, u"node_modules"_s, u"--copy-ignored"_s, u".env"_s};
        const Outcome refused = start(both, u"say x"_s);
        QCOMPARE(refused.exitCode, 1);
        const QJsonObject error = refused.error();
        QCOMPARE(error.value(u"kind").toString(), u"security-violation"_s);
        QVERIFY(error.value(u"message").toString().contains(u".env"));
        QVERIFY(error.value(u"remedy").toString().contains(u"--with-secrets"));
        QVERIFY2(m_world->leftovers().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));

        const QByteArray said =
            saidWith(both + QStringList{u"--with-secrets"_s}, u"run cat .env"_s);
        QVERIFY2(said.contains("DEBUG=yes"), said.constData());
        QVERIFY(leftAfterRemoving().isEmpty());
    }

    void whatIsNotIgnoredIsNotCopied_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("committed") << u"README"_s;
        QTest::newRow("missing") << u"nothing"_s;
        QTest::newRow("outside") << u"../other"_s;
        QTest::newRow("absolute") << u"/etc/hostname"_s;
        QTest::newRow("git's own") << u".git/config"_s;
    }
    void whatIsNotIgnoredIsNotCopied()
    {
        QFETCH(QString, path);
        ignoreSomeFiles();
        const Outcome outcome = start({u"--copy-ignored"_s, path, u"--with-secrets"_s}, u"say x"_s);
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.error().value(u"kind").toString() == u"not-found",
                 outcome.errors.constData());
        QVERIFY(outcome.error().value(u"detail").toString().contains(path));
        QVERIFY(!outcome.error().value(u"remedy").toString().isEmpty());
        QVERIFY2(m_world->leftovers().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
    }

    void whatIsExcludedIsNotInTheAgentsSight()
    {
        project().write(u"docs/plan.md"_s, "the plan\n");
        project().write(u"docs/guide.md"_s, "the guide\n");
        project().commitAll(u"documents"_s);
        const QString look = u"run cat docs/plan.md; cat docs/guide.md"_s;
        const QByteArray all = saidWith({}, look);
        QVERIFY2(all.contains("the plan") && all.contains("the guide"), all.constData());
        const QByteArray some = saidWith({u"--exclude"_s, u"plan.*"_s}, look);
        QVERIFY2(!some.contains("the plan") && some.contains("the guide"), some.constData());
        QVERIFY(some.contains("plan.md: No such file"));
        const QByteArray none =
            saidWith({u"--include"_s, u"/agent"_s, u"--include"_s, u"/src/"_s}, look + u"; ls"_s);
        QVERIFY2(!none.contains("the plan") && !none.contains("the guide"), none.constData());
        QVERIFY(none.contains("src") && !none.contains("README"));

        // In the main checkout single paths are covered.
        const QStringList explore{u"--mode"_s, u"explore"_s};
        QVERIFY(saidWith(explore, look).contains("the plan"));
        const QByteArray covered =
            saidWith(explore + QStringList{u"--exclude"_s, u"/docs/plan.md"_s}, look);
        QVERIFY2(!covered.contains("the plan") && covered.contains("the guide"),
                 covered.constData());

        const QJsonObject preview = run({u"project"_s,
                                         u"preview"_s,
                                         project().path(),
                                         u"--exclude"_s,
                                         u"plan.*"_s,
                                         u"--json"_s})
                                        .json();
        QCOMPARE(preview.value(u"hiddenFiles").toInt(), 1);
        QCOMPARE(preview[u"hidden"_s][0][u"path"].toString(), u"docs/plan.md"_s);
        QVERIFY(preview.value(u"shownFiles").toInt() >= 3);
        QCOMPARE(preview.value(u"canExplore").toBool(true), false);
        QVERIFY(leftAfterRemoving().isEmpty());
    }

    void badOptionsAreRefusedBeforeAnythingIsMade_data()
    {
        QTest::addColumn<QString>("options");
        for (const char *options : {"--adopt topic --branch x",
                                    "--adopt topic --base main",
                                    "--mode explore --branch x",
                                    "--mode explore --base main",
                                    "--mode explore --adopt topic",
                                    "--mode explore --copy-ignored .env",
                                    "--mode explore --exclude *.md",
                                    "--mode explore --include /src/",
                                    "--with-secrets",
                                    "--exclude ../x",
                                    "--include !x"})
            QTest::newRow(options) << QString::fromLatin1(options);
    }
    void badOptionsAreRefusedBeforeAnythingIsMade()
    {
        QFETCH(QString, options);
        makeBranch(u"topic"_s);
        const Outcome outcome = start(options.split(u' '), u"say x"_s);
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.error().value(u"kind").toString() == u"invalid-argument",
                 outcome.errors.constData());
        QVERIFY(!outcome.error().value(u"remedy").toString().isEmpty());
        QCOMPARE(run(u"session list --json"_s).output.trimmed(), QByteArray("[]"));
    }

    void badNames_data()
    {
        QTest::addColumn<QString>("options");
        QTest::addColumn<QString>("kind");
        QTest::newRow("no such branch") << u"--adopt nothing"_s << u"not-found"_s;
        QTest::newRow("no such start") << u"--base nothing"_s << u"not-found"_s;
        QTest::newRow("protected") << u"--adopt main"_s << u"conflict"_s;
        QTest::newRow("name taken") << u"--branch topic"_s << u"branch-exists"_s;
        QTest::newRow("no name") << u"--branch a..b"_s << u"invalid-argument"_s;
    }
    void badNames()
    {
        QFETCH(QString, options);
        QFETCH(QString, kind);
        const QByteArray tip = makeBranch(u"topic"_s);
        const Outcome outcome = start(options.split(u' '), u"say x"_s);
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.error().value(u"kind").toString() == kind, outcome.errors.constData());
        QVERIFY(!outcome.error().value(u"remedy").toString().isEmpty());
        QVERIFY2(m_world->leftovers().isEmpty(), qPrintable(m_world->leftovers().join(u'\n')));
        QVERIFY(leftAfterRemoving().isEmpty());
        QCOMPARE(project().id(u"topic"_s), tip);
    }
};

QTEST_GUILESS_MAIN(tst_PaddockctlStart)
#include "tst_PaddockctlStart.moc"
