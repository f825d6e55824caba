// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/CommitText.h"
#include "tests/git/IntegrationFixture.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(paddock::worktrees::IntegrationMethod)

namespace {

using Method = IntegrationMethod;
using Outcome = IntegrationReport::Outcome;
using Files = QList<std::pair<QString, QByteArray>>;

QByteArray numbers(int from, int to)
{
    QByteArray text;
    for (int i = from; i <= to; ++i)
        text += QByteArray::number(i) + '\n';
    return text;
}

/// What git makes of it on a copy, with the branch checked out.
QByteArray treeByGit(const IntegrationFixture &fixture, Method method)
{
    static int copies = 0;
    const QString path = fixture.copy(u"copy%1"_s.arg(++copies));
    const QString theirs = u"refs/remotes/origin/"_s + fixture.tree.branch;
    const auto git = [&](const QStringList &arguments) {
        return IntegrationFixture::run(path, arguments);
    };
    switch (method) {
    case Method::Auto:
        git({u"merge"_s, u"-q"_s, u"--no-edit"_s, theirs});
        break;
    case Method::FastForward:
        git({u"merge"_s, u"-q"_s, u"--ff-only"_s, theirs});
        break;
    case Method::Merge:
        git({u"merge"_s, u"-q"_s, u"--no-ff"_s, u"--no-edit"_s, theirs});
        break;
    case Method::Squash:
        git({u"merge"_s, u"-q"_s, u"--squash"_s, theirs});
        git({u"commit"_s, u"-q"_s, u"-m"_s, u"squashed"_s});
        break;
    case Method::Rebase:
        git({u"checkout"_s, u"-q"_s, u"-b"_s, u"rebased"_s, theirs});
        git({u"rebase"_s, u"-q"_s, u"main"_s});
        break;
    case Method::CherryPick:
        git({u"cherry-pick"_s, u"main.."_s + theirs});
        break;
    }
    return git({u"rev-parse"_s, u"HEAD^{tree}"_s}).trimmed();
}

} // namespace

class tst_Integration : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sameTreeAsGit_data()
    {
        QTest::addColumn<QString>("scene");
        QTest::addColumn<IntegrationMethod>("method");
        for (const auto &scene :
             {u"forward"_s, u"diverged"_s, u"renamed"_s, u"union"_s, u"eol"_s}) {
            for (const Method method : {Method::Auto,
                                        Method::FastForward,
                                        Method::Merge,
                                        Method::Squash,
                                        Method::Rebase,
                                        Method::CherryPick}) {
                if (method == Method::FastForward && scene != u"forward"_s)
                    continue;
                QTest::addRow(
                    "%s by %s", qPrintable(scene), qPrintable(integrationMethodName(method)))
                    << scene << method;
            }
        }
    }

    void sameTreeAsGit()
    {
        QFETCH(QString, scene);
        QFETCH(IntegrationMethod, method);
        IntegrationFixture fixture([&](const ScratchRepository &project) {
            project.write(u"list.txt"_s, numbers(1, 30));
            project.write(u"a/deep/file.txt"_s, numbers(1, 20));
            if (scene == u"union"_s)
                project.write(u"a/.gitattributes"_s, "*.log merge=union\n");
            if (scene == u"union"_s)
                project.write(u"a/news.log"_s, "old\n");
            if (scene == u"eol"_s) {
                project.write(u".gitattributes"_s, "*.bat text eol=crlf\n");
                project.write(u"run.bat"_s, "one\r\ntwo\r\n");
            }
            project.commitAll(u"prepared"_s);
        });
        QList<QByteArray> commits;
        commits +=
            fixture.commitInSession({{u"list.txt"_s, numbers(1, 30).replace("7\n", "seven\n")},
                                     {u"binary"_s, QByteArray("\0\1\2", 3)}},
                                    u"one"_s);
        QFile::setPermissions(fixture.tree.workPath + u"/README"_s,
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QVERIFY(QFile::link(u"list.txt"_s, fixture.tree.workPath + u"/link"_s));
        Files second{{u"src/main.c"_s, QByteArray()}, {u"new/file"_s, "new\n"}};
        if (scene == u"union"_s)
            second.append({u"a/news.log"_s, "old\nfrom the agent\n"});
        if (scene == u"eol"_s)
            second.append({u"run.bat"_s, "one\r\ntwo\r\nthree\r\n"});
        commits += fixture.commitInSession(second, u"two\n\nwith a body"_s);
        if (scene != u"forward"_s) {
            fixture.project.write(u"list.txt"_s, numbers(1, 30).replace("25\n", "twenty-five\n"));
            if (scene == u"renamed"_s)
                fixture.project.git({u"mv"_s, u"list.txt"_s, u"a/list.txt"_s});
            if (scene == u"union"_s)
                fixture.project.write(u"a/news.log"_s, "old\nfrom the person\n");
            if (scene == u"eol"_s)
                fixture.project.write(u"other.bat"_s, "x\r\n");
            fixture.project.commitAll(u"by the person"_s);
        }
        const QByteArray expected = treeByGit(fixture, method);
        const QByteArray before = fixture.project.id(u"main"_s);

        IntegrationOptions options{.target = u"main"_s, .method = method};
        if (method == Method::CherryPick) {
            for (const QByteArray &commit : commits)
                options.commits += *git::Oid::fromHex(commit);
        }
        const auto prints = fingerprint(fixture.project.path());
        const auto preview = await(fixture.integration.preview(fixture.tree, options));
        PADDOCK_VERIFY_OK(preview);
        QCOMPARE(fingerprint(fixture.project.path()), prints);
        QVERIFY(preview->conflicts.isEmpty());
        QCOMPARE(preview->commits.size(), 2);
        QCOMPARE(preview->log.size(), 2);
        QCOMPARE(preview->log.last().subject, u"one"_s);
        QCOMPARE(preview->targetMoved, scene != u"forward"_s);
        QCOMPARE(preview->checkouts.size(), 1);
        QVERIFY(preview->checkouts.first().clash.isEmpty());

        const auto report = fixture.integrate(options);
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::Integrated);
        QCOMPARE(fixture.project.id(u"main"_s), report->record.after.toHex());
        QCOMPARE(fixture.project.id(u"main^{tree}"_s), expected);
        QCOMPARE(fixture.project.id(report->record.backupRef), before);
        QCOMPARE(report->movedCheckouts, QStringList{fixture.project.path()});
        // The person's own git sees nothing to do, and the objects are all there.
        QCOMPARE(fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray());
        fixture.project.git({u"fsck"_s, u"--strict"_s, u"--no-dangling"_s});
        QVERIFY(!QFile::exists(fixture.project.path(u".git/paddock-integration"_s)));
        QVERIFY(!QFile::exists(fixture.project.path(u".git/index.lock"_s)));
        QVERIFY(QDir(fixture.project.path(u".git/objects"_s))
                    .entryList({u"tmp_*"_s}, QDir::AllEntries | QDir::Hidden)
                    .isEmpty());
        // Authors stay, the committer of what was made anew is the person.
        if (method == Method::Rebase && scene != u"forward"_s) {
            QCOMPARE(fixture.project.git({u"log"_s, u"-2"_s, u"--format=%an %cn %s"_s}),
                     QByteArray("An Agent A Person two\nAn Agent A Person one"));
            QVERIFY(
                fixture.project.git({u"log"_s, u"-1"_s, u"--format=%B"_s}).contains("with a body"));
        }
        if (method == Method::Merge)
            QCOMPARE(fixture.project.git({u"log"_s, u"-1"_s, u"--format=%s"_s}),
                     "Merge branch '" + fixture.tree.branch.toUtf8() + '\'');

        // And back.
        const auto undone = await(fixture.integration.undo(fixture.tree, report->record));
        PADDOCK_VERIFY_OK(undone);
        QCOMPARE(fixture.project.id(u"main"_s), before);
        QCOMPARE(fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray());
        const auto again = await(fixture.integration.undo(fixture.tree, report->record));
        QVERIFY(!again && again.error().kind == ErrorKind::Conflict);
    }

    void conflictsRefuseBeforeAnythingIsWritten_data()
    {
        QTest::addColumn<QByteArray>("ours"); // of file "f"; null: deleted
        QTest::addColumn<QByteArray>("theirs");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("kind");
        const QByteArray same = numbers(1, 20);
        const auto with = [&](const char *word) { return QByteArray(same).replace("7\n", word); };
        QTest::newRow("content") << with("ours\n") << with("theirs\n") << u"f"_s << u"content"_s;
        QTest::newRow("add") << QByteArray("a\n") << QByteArray("b\n") << u"g"_s << u"add-add"_s;
        QTest::newRow("deleted by us")
            << QByteArray() << with("theirs\n") << u"f"_s << u"modify-delete"_s;
        QTest::newRow("deleted by them")
            << with("ours\n") << QByteArray() << u"f"_s << u"modify-delete"_s;
        QTest::newRow("binary") << QByteArray("\0ours", 5) << QByteArray("\0theirs", 7) << u"f"_s
                                << u"binary"_s;
        QTest::newRow("odd name") << with("ours\n") << with("theirs\n")
                                  << u"new\nline \u202egpj.\t\"x\""_s << u"add-add"_s;
    }

    void conflictsRefuseBeforeAnythingIsWritten()
    {
        QFETCH(QByteArray, ours);
        QFETCH(QByteArray, theirs);
        QFETCH(QString, path);
        QFETCH(QString, kind);
        IntegrationFixture fixture([](const ScratchRepository &project) {
            project.write(u"f"_s, numbers(1, 20));
            project.commitAll(u"prepared"_s);
        });
        fixture.commitInSession({{path, theirs}, {u"other"_s, "x\n"}}, u"theirs"_s);
        if (ours.isNull())
            QFile::remove(fixture.project.path(path));
        else
            fixture.project.write(path, ours);
        fixture.project.commitAll(u"ours"_s);
        const auto prints = fingerprint(fixture.project.path());
        for (const Method method : {Method::Auto, Method::Squash, Method::Rebase}) {
            const IntegrationOptions options{.target = u"main"_s, .method = method};
            const auto preview = await(fixture.integration.preview(fixture.tree, options));
            PADDOCK_VERIFY_OK(preview);
            QCOMPARE(preview->conflicts.size(), 1);
            QCOMPARE(preview->conflicts.first().path, path.toUtf8());
            QCOMPARE(git::mergeConflictName(preview->conflicts.first().kind), kind);
            QVERIFY(!preview->conflicts.first().message.isEmpty());
            if (kind == u"content"_s) {
                const QByteArray text = preview->conflicts.first().text;
                QVERIFY2(text.contains("<<<<<<< main\nours\n=======\ntheirs\n>>>>>>> "),
                         text.constData());
            }
            const auto report = fixture.integrate(options);
            PADDOCK_VERIFY_OK(report);
            QCOMPARE(report->outcome, Outcome::Conflict);
            QCOMPARE(report->conflicts.size(), 1);
            QCOMPARE(report->conflictCommit.isNull(), method != Method::Rebase);
        }
        QCOMPARE(fingerprint(fixture.project.path()), prints);
    }

    void randomHistories()
    {
        // A few hundred by hand: PADDOCK_HISTORIES=300.
        const int histories = qEnvironmentVariableIsSet("PADDOCK_HISTORIES")
                                  ? qEnvironmentVariableIntValue("PADDOCK_HISTORIES")
                                  : 60;
        const quint32 seed = qEnvironmentVariableIsSet("PADDOCK_TEST_SEED")
                                 ? qEnvironmentVariable("PADDOCK_TEST_SEED").toUInt()
                                 : static_cast<quint32>(QDateTime::currentMSecsSinceEpoch());
        qInfo("seed %u", seed);
        quint32 state = seed;
        const auto next = [&](int limit) {
            state = state * 1664525U + 1013904223U;
            return static_cast<int>((state >> 8U) % static_cast<quint32>(limit));
        };
        IntegrationFixture fixture;
        const auto &project = fixture.project;
        project.git({u"checkout"_s, u"-q"_s, u"--detach"_s});
        const ScratchRepository real(fixture.base.environment.path(u"real"_s));
        writeFile(real.path(u".git/objects/info/alternates"_s),
                  (project.path(u".git/objects"_s) + u'\n').toUtf8());
        int conflicts = 0;
        int clean = 0;
        for (int round = 0; round < histories; ++round) {
            // A base, and two lines of one to four commits each on it, as one stream.
            QByteArray stream;
            const auto content = [&] {
                QByteArray text;
                for (int i = 0; i < 12; ++i)
                    text += (next(9) == 0 ? "x" + QByteArray::number(next(3)) : "line") +
                            QByteArray::number(i) + '\n';
                return text;
            };
            const auto commit = [&](const QByteArray &ref, bool isFirst) {
                stream += "commit " + ref + "\ncommitter A <a@example.org> 17000" +
                          QByteArray::number(10000 + next(80000)) + " +0000\ndata 2\nc\n";
                for (int i = 1 + next(2); i > 0; --i) {
                    const QByteArray path =
                        (next(4) == 0 ? "d/f" : "f") + QByteArray::number(next(5));
                    if (next(6) == 0 && !isFirst) {
                        stream += "D " + path + '\n';
                    } else if (next(8) == 0) {
                        stream +=
                            "D d/f" + path.right(1) + "\nM 100644 inline e" + path.right(1) + '\n';
                        const QByteArray text = content();
                        stream += "data " + QByteArray::number(text.size()) + '\n' + text;
                    } else {
                        const QByteArray text = content();
                        stream += (next(8) == 0 ? "M 100755 inline " : "M 100644 inline ") + path +
                                  "\ndata " + QByteArray::number(text.size()) + '\n' + text;
                    }
                }
                stream += '\n';
            };
            const QByteArray base = "refs/heads/base" + QByteArray::number(round);
            const QByteArray ours = "refs/heads/ours";
            const QByteArray theirs = fixture.tree.branchRef().toUtf8();
            stream += "reset " + base + '\n';
            for (int i = 0; i < 3; ++i)
                commit(base, i == 0);
            for (const QByteArray &side : {ours, theirs}) {
                stream += "reset " + side + "\nfrom " + base + "\n\n";
                for (int i = 1 + next(4); i > 0; --i)
                    commit(side, false);
            }
            project.git({u"fast-import"_s, u"--quiet"_s, u"--force"_s}, stream);
            const QString their = QString::fromLatin1(project.id(fixture.tree.branch));
            const QString our = QString::fromLatin1(project.id(u"ours"_s));
            for (const Method method : {Method::Merge, Method::Rebase}) {
                const bool isRebase = method == Method::Rebase;
                real.git({u"checkout"_s, u"-q"_s, u"-f"_s, u"--detach"_s, isRebase ? their : our});
                const auto done = runGit(
                    real.path(),
                    isRebase
                        ? QStringList{u"rebase"_s, u"-q"_s, our}
                        : QStringList{u"merge"_s, u"-q"_s, u"--no-ff"_s, u"-m"_s, u"m"_s, their});
                const QByteArray expected =
                    done.exitCode == 0 ? real.id(u"HEAD^{tree}"_s) : QByteArray();
                if (done.exitCode != 0)
                    real.git({isRebase ? u"rebase"_s : u"merge"_s, u"--abort"_s});
                (done.exitCode == 0 ? clean : conflicts) += 1;
                const auto report = fixture.integrate({.target = u"ours"_s, .method = method});
                PADDOCK_VERIFY_OK(report);
                const QByteArray where =
                    "seed " + QByteArray::number(seed) + " round " + QByteArray::number(round);
                QVERIFY2((report->outcome == Outcome::Conflict) == expected.isEmpty(),
                         where.constData());
                if (!expected.isEmpty())
                    QVERIFY2(project.id(u"ours^{tree}"_s) == expected, where.constData());
                project.git({u"update-ref"_s, u"refs/heads/ours"_s, our});
            }
        }
        qInfo("%d clean, %d with conflicts", clean, conflicts);
        QVERIFY(clean > 20 && conflicts > 20);
        project.git({u"fsck"_s, u"--strict"_s, u"--no-dangling"_s});
    }

    void branchThatIsNotCheckedOut()
    {
        IntegrationFixture fixture([](const ScratchRepository &project) {
            project.git({u"branch"_s, u"release"_s});
        });
        const QByteArray tip = fixture.commitInSession({{u"new"_s, "x\n"}}, u"one"_s);
        const auto prints = fingerprint(fixture.project.path(u"src"_s));
        auto report = fixture.integrate({.target = u"release"_s});
        PADDOCK_VERIFY_OK(report);
        QVERIFY(report->fastForward && report->movedCheckouts.isEmpty());
        QCOMPARE(fixture.project.id(u"release"_s), tip);
        QCOMPARE(fingerprint(fixture.project.path(u"src"_s)), prints);
        QCOMPARE(fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray());
        report = fixture.integrate({.target = u"release"_s});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, Outcome::UpToDate);

        // A new branch from the session's; a squash onto where it started; undo deletes.
        report = fixture.integrate({.target = u"fresh"_s, .createTarget = true});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(fixture.project.id(u"fresh"_s), tip);
        const auto undone = await(fixture.integration.undo(fixture.tree, report->record));
        QVERIFY(!undone); // release has the commit
        QCOMPARE(undone.error().detail, u"refs/heads/release"_s);
        report = fixture.integrate(
            {.target = u"squashed"_s, .method = Method::Squash, .createTarget = true});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(fixture.project.id(u"squashed^{tree}"_s),
                 fixture.project.id(fixture.tree.branch + u"^{tree}"_s));
        QCOMPARE(fixture.project.git({u"log"_s, u"-1"_s, u"--format=%an: %s"_s, u"squashed"_s}),
                 QByteArray("A Person: one"));
        PADDOCK_VERIFY_OK(await(fixture.integration.undo(fixture.tree, report->record)));
        QVERIFY(!fixture.project.has(u"squashed"_s));

        const auto exists = fixture.integrate({.target = u"release"_s, .createTarget = true});
        QVERIFY(!exists && exists.error().kind == ErrorKind::BranchExists);
        const auto missing = fixture.integrate({.target = u"nowhere"_s});
        QVERIFY(!missing && missing.error().kind == ErrorKind::NotFound);
        const auto own = fixture.integrate({.target = fixture.tree.branch});
        QVERIFY(!own && own.error().kind == ErrorKind::InvalidArgument);
        const auto bad = fixture.integrate({.target = u"-x"_s});
        QVERIFY(!bad && bad.error().kind == ErrorKind::InvalidArgument);
    }

    void whatThePersonSawIsCompared()
    {
        IntegrationFixture fixture;
        fixture.commitInSession({{u"new"_s, "x\n"}}, u"one"_s);
        const auto preview =
            await(fixture.integration.preview(fixture.tree, {.target = u"main"_s}));
        PADDOCK_VERIFY_OK(preview);
        fixture.project.write(u"other"_s, "x\n");
        fixture.project.commitAll(u"meanwhile"_s);
        const auto report =
            fixture.integrate({.target = u"main"_s, .expectedTarget = preview->targetTip});
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::Conflict);
        QVERIFY(!report.error().remedy.isEmpty());
        const auto forward =
            fixture.integrate({.target = u"main"_s, .method = Method::FastForward});
        QVERIFY(!forward && forward.error().kind == ErrorKind::Conflict);
    }

    void protectedBranchesAskFirst()
    {
        IntegrationFixture fixture;
        fixture.commitInSession({{u"new"_s, "x\n"}}, u"one"_s);
        IntegrationOptions options{.target = u"main"_s,
                                   .protectedBranches = {u"release/*"_s, u"ma?n"_s}};
        const auto preview = await(fixture.integration.preview(fixture.tree, options));
        PADDOCK_VERIFY_OK(preview);
        QVERIFY(preview->isProtected);
        const auto refused = fixture.integrate(options);
        QVERIFY(!refused && refused.error().kind == ErrorKind::SecurityViolation);
        options.allowProtected = true;
        PADDOCK_VERIFY_OK(fixture.integrate(options));
    }

    void whatIsThereAlreadyIsDropped()
    {
        IntegrationFixture fixture;
        const QByteArray one = fixture.commitInSession({{u"a"_s, "a\n"}}, u"one"_s);
        const QByteArray two = fixture.commitInSession({{u"b"_s, "b\n"}}, u"two"_s);
        fixture.project.write(u"a"_s, "a\n");
        fixture.project.write(u"c"_s, "c\n");
        fixture.project.commitAll(u"the same and more"_s);
        const auto report = fixture.integrate({.target = u"main"_s, .method = Method::Rebase});
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->dropped, QList<git::Oid>{*git::Oid::fromHex(one)});
        QCOMPARE(report->taken, QList<git::Oid>{*git::Oid::fromHex(two)});
        const auto foreign =
            fixture.integrate({.target = u"main"_s,
                               .method = Method::CherryPick,
                               .commits = {*git::Oid::fromHex(fixture.project.id(u"main"_s))}});
        QVERIFY(!foreign && foreign.error().kind == ErrorKind::InvalidArgument);
    }

    void nobodyWithoutAName()
    {
        IntegrationFixture fixture;
        fixture.commitInSession({{u"new"_s, "x\n"}}, u"one"_s);
        fixture.project.git({u"config"_s, u"--unset"_s, u"user.email"_s});
        const auto report = fixture.integrate({.target = u"main"_s, .method = Method::Merge});
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::InvalidConfig);
        // Nothing new is made by a fast-forward.
        PADDOCK_VERIFY_OK(fixture.integrate({.target = u"main"_s}));
    }

    void updateFromBase_data()
    {
        QTest::addColumn<bool>("rebase");
        QTest::newRow("merge") << false;
        QTest::newRow("rebase") << true;
    }

    void updateFromBase()
    {
        QFETCH(bool, rebase);
        IntegrationFixture fixture;
        const QByteArray head = fixture.commitInSession({{u"a"_s, "a\n"}}, u"one"_s);
        const UpdateOptions options{.method = rebase ? UpdateOptions::Method::Rebase
                                                     : UpdateOptions::Method::Merge};
        auto report = await(fixture.integration.updateFrom(fixture.tree, options));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, UpdateReport::Outcome::UpToDate);

        fixture.project.write(u"b"_s, "b\n");
        const QByteArray base = fixture.project.commitAll(u"by the person"_s);
        const auto prints = fingerprint(fixture.project.path());
        report = await(fixture.integration.updateFrom(fixture.tree, options));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(fingerprint(fixture.project.path()), prints);
        QCOMPARE(report->outcome, UpdateReport::Outcome::Ready);
        QCOMPARE(report->from.toHex(), head);
        QCOMPARE(report->other.toHex(), base);
        QCOMPARE(report->isFastForward, !rebase);
        QCOMPARE(report->changedPaths, QList<QByteArray>{"b"});
        // The commit is in the view's store.
        const GitAnswer parents = runGit(
            fixture.tree.hostViewDir(),
            {u"--git-dir=."_s, u"log"_s, u"-1"_s, u"--format=%P"_s, report->commit.toString()});
        QCOMPARE(parents.output.trimmed(), rebase ? base : QByteArray(head + ' ' + base));

        fixture.project.write(u"a"_s, "otherwise\n");
        fixture.project.commitAll(u"against it"_s);
        report = await(fixture.integration.updateFrom(fixture.tree, options));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->outcome, UpdateReport::Outcome::Conflict);
        QCOMPARE(report->conflicts.size(), 1);
        QVERIFY(report->conflicts.first().text.contains("otherwise"));
        QCOMPARE(fixture.project.id(fixture.tree.branch), head);
    }

    void twentyThousandFiles()
    {
        IntegrationFixture fixture;
        for (int i = 0; i < 20'000; ++i)
            writeFile(fixture.tree.workPath + u"/many/%1/%2.txt"_s.arg(i / 200).arg(i), "x\n");
        IntegrationFixture::commitIn(fixture.tree.workPath, u"many"_s);
        const auto preview =
            await(fixture.integration.preview(fixture.tree, {.target = u"main"_s}));
        PADDOCK_VERIFY_OK(preview);
        QCOMPARE(preview->fileCount, 20'000);
        QCOMPARE(preview->files.size(), 5000);
        QVERIFY(preview->filesTruncated);
        PADDOCK_VERIFY_OK(fixture.integrate({.target = u"main"_s, .method = Method::Merge}));
        QCOMPARE(fixture.project.git({u"status"_s, u"--porcelain"_s}), QByteArray());
    }
};

QTEST_GUILESS_MAIN(tst_Integration)
#include "tst_Integration.moc"
