// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Repository.h"
#include "core/worktrees/StagedCommit.h"
#include "tests/git/StagingFixture.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

/// A session in a project whose git knows the person.
struct CommitFixture : StagingFixture
{
    explicit CommitFixture(const std::function<void(const ScratchRepository &)> &prepare = {})
        : StagingFixture([&](const ScratchRepository &made) {
            made.git({u"config"_s, u"user.name"_s, u"Pat <Person>"_s});
            made.git({u"config"_s, u"user.email"_s, u"pat@example.org"_s});
            if (prepare)
                prepare(made);
        })
    {
    }
    /// What the view's git says.
    [[nodiscard]] QByteArray view(const QStringList &arguments) const
    {
        const auto answer = runGit(tree.hostViewDir(),
                                   QStringList{u"--git-dir="_s + tree.hostViewDir()} + arguments);
        if (answer.exitCode != 0)
            qWarning("git %s: %s", qPrintable(arguments.join(u' ')), answer.errors.constData());
        return answer.output.trimmed();
    }
    [[nodiscard]] QByteArray format(const git::Oid &commit, const QString &format) const
    {
        return view({u"log"_s, u"-1"_s, u"--format="_s + format, commit.toString()});
    }
};

} // namespace

class tst_StagedCommit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aCommit()
    {
        CommitFixture fixture;
        const QString hooks = fixture.project.path(u".git/hooks"_s);
        const QString marker = fixture.environment.path(u"marker"_s);
        for (const auto &hook : {u"/pre-commit"_s, u"/commit-msg"_s, u"/post-commit"_s}) {
            writeFile(hooks + hook, "#!/bin/sh\ntouch " + marker.toUtf8() + '\n');
            QFile::setPermissions(hooks + hook, QFile::ReadOwner | QFile::ExeOwner);
        }
        fixture.write(u"README"_s, "staged\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        fixture.write(u"README"_s, "not staged\n");
        const QByteArray branch = fixture.project.id(fixture.tree.branch);
        const auto built = await(fixture.staging.buildCommit(
            fixture.tree, {.message = u"\n\n  A subject \n\n\n\nand a body\t\n\n"_s}));
        PADDOCK_VERIFY_OK(built);
        QCOMPARE(built->head.toHex(), branch);
        QVERIFY(!built->amends);
        QCOMPARE(fixture.format(built->commit, u"%P|%an|%ae|%cn|%ce|%B"_s),
                 branch + "|Pat Person|pat@example.org|Pat Person|pat@example.org|"
                          "  A subject\n\nand a body");
        QCOMPARE(fixture.view({u"cat-file"_s, u"blob"_s, built->commit.toString() + u":README"_s}),
                 "staged");
        QCOMPARE(fixture.view({u"fsck"_s, u"--strict"_s, built->commit.toString()}), "");
        QVERIFY(!QFile::exists(marker));
        // Until it is handed over nothing has moved, and the project does not know it.
        QCOMPARE(fixture.project.id(fixture.tree.branch), branch);
        QVERIFY(!fixture.project.has(built->commit.toString()));
        QCOMPARE(fixture.status("README"), "MM");
        // Control: a commit of the person's own runs the hooks.
        fixture.person({u"add"_s, u"README"_s});
        fixture.person({u"commit"_s, u"-q"_s, u"-m"_s, u"x"_s});
        QVERIFY(QFile::exists(marker));
    }

    void amend()
    {
        CommitFixture fixture;
        fixture.write(u"one"_s, "1\n");
        fixture.person({u"add"_s, u"one"_s});
        fixture.person({u"commit"_s, u"-q"_s, u"-m"_s, u"first"_s}); // by A Tester
        const QByteArray head = fixture.project.id(fixture.tree.branch);
        fixture.write(u"two"_s, "2\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        auto built = await(fixture.staging.buildCommit(fixture.tree, {.amend = true}));
        PADDOCK_VERIFY_OK(built);
        QVERIFY(built->amends);
        QCOMPARE(built->head.toHex(), head);
        QCOMPARE(fixture.format(built->commit, u"%P|%an|%cn|%B"_s),
                 fixture.tree.baseCommit.toHex() + "|A Tester|Pat Person|first");
        QCOMPARE(fixture.view({u"ls-tree"_s, u"--name-only"_s, built->commit.toString()}),
                 "README\none\nsrc\ntwo");
        PADDOCK_VERIFY_OK(await(fixture.staging.unstage(fixture.tree, {})));
        // Another message is enough; the same one is not.
        QCOMPARE(await(fixture.staging.buildCommit(fixture.tree, {.amend = true})).error().kind,
                 ErrorKind::InvalidArgument);
        built =
            await(fixture.staging.buildCommit(fixture.tree, {.message = u"b"_s, .amend = true}));
        PADDOCK_VERIFY_OK(built);
        QCOMPARE(fixture.format(built->commit, u"%B"_s), "b");
        // Nothing would be left of it.
        fixture.person({u"rm"_s, u"-q"_s, u"--cached"_s, u"one"_s});
        QCOMPARE(
            await(fixture.staging.buildCommit(fixture.tree, {.message = u"c"_s, .amend = true}))
                .error()
                .kind,
            ErrorKind::InvalidArgument);
    }

    void onlyOwnCommitsAreAmended()
    {
        CommitFixture fixture;
        fixture.write(u"one"_s, "1\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        const CommitOptions options{.message = u"x"_s, .amend = true};
        auto built = await(fixture.staging.buildCommit(fixture.tree, options));
        QVERIFY(!built);
        QCOMPARE(built.error().kind, ErrorKind::InvalidArgument);
        QVERIFY(!built.error().remedy.isEmpty());
        // Neither one that the base has by now.
        PADDOCK_VERIFY_OK(await(fixture.staging.buildCommit(fixture.tree, {.message = u"x"_s})));
        fixture.person({u"add"_s, u"one"_s});
        fixture.person({u"commit"_s, u"-q"_s, u"-m"_s, u"x"_s});
        fixture.write(u"two"_s, "2\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        PADDOCK_VERIFY_OK(await(fixture.staging.buildCommit(fixture.tree, options)));
        fixture.project.git({u"merge"_s, u"-q"_s, u"--ff-only"_s, fixture.tree.branch});
        built = await(fixture.staging.buildCommit(fixture.tree, options));
        QVERIFY(!built);
        QCOMPARE(built.error().kind, ErrorKind::InvalidArgument);
    }

    void refused_data()
    {
        QTest::addColumn<QString>("message");
        QTest::addColumn<bool>("isStaged");
        QTest::newRow("nothing staged") << u"x"_s << false;
        QTest::newRow("empty message") << u""_s << true;
        QTest::newRow("only white space") << u" \n\t\n"_s << true;
        QTest::newRow("NUL") << u"a"_s + QChar(u'\0') + u'b' << true;
        QTest::newRow("too long") << QString(300 * 1024, u'x') << true;
    }

    void refused()
    {
        QFETCH(QString, message);
        QFETCH(bool, isStaged);
        CommitFixture fixture;
        fixture.write(u"README"_s, "changed\n");
        if (isStaged)
            PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        const auto built = await(fixture.staging.buildCommit(fixture.tree, {.message = message}));
        QVERIFY(!built);
        QCOMPARE(built.error().kind, ErrorKind::InvalidArgument);
    }

    void aPersonWithoutAName()
    {
        StagingFixture fixture;
        fixture.write(u"README"_s, "changed\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        const auto built = await(fixture.staging.buildCommit(fixture.tree, {.message = u"x"_s}));
        QVERIFY(!built);
        QCOMPARE(built.error().kind, ErrorKind::InvalidConfig);
        QVERIFY(built.error().remedy.contains(u"user.email"_s));
    }

    void aConflictIsNotCommitted()
    {
        CommitFixture fixture;
        const QByteArray base = fixture.person({u"rev-parse"_s, u"HEAD:README"_s});
        fixture.person({u"update-index"_s, u"--index-info"_s},
                       "0 " + QByteArray(40, '0') + "\tREADME\n100644 " + base + " 2\tREADME\n");
        const auto built = await(fixture.staging.buildCommit(fixture.tree, {.message = u"x"_s}));
        QVERIFY(!built);
        QCOMPARE(built.error().kind, ErrorKind::MergeConflict);
        QVERIFY(built.error().detail.contains(u"README"_s));
    }

    void messagesAreCleanedAsGitDoes_data()
    {
        QTest::addColumn<QByteArray>("message");
        for (const char *message : {"a",
                                    "a\n",
                                    "\n\na\n\n",
                                    "a  \n\t\n  \n b \n",
                                    " a\r\nb\r\n\r\n",
                                    "# not a comment\n",
                                    "a\n\n\n\nb\n\n\n",
                                    "\xff\xc3\xa4"})
            QTest::newRow(message) << QByteArray(message);
    }

    void messagesAreCleanedAsGitDoes()
    {
        QFETCH(QByteArray, message);
        TestEnvironment environment;
        QCOMPARE(cleanMessage(message),
                 runGit(environment.path(u"."_s), {u"stripspace"_s}, message).output);
    }

    void undoKnowsThatItWasCommitted()
    {
        CommitFixture fixture;
        fixture.write(u"README"_s, "one\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {{.path = "README"}})));
        const QByteArray id = fixture.person({u"hash-object"_s, u"-w"_s, u"README"_s});
        fixture.person({u"commit"_s, u"-q"_s, u"-m"_s, u"x"_s});
        QCOMPARE(fixture.status("README"), "");
        QCOMPARE(await(fixture.staging.undo(fixture.tree)).error().kind, ErrorKind::Conflict);
        QCOMPARE(fixture.status("README"), "");
    }
};

QTEST_GUILESS_MAIN(tst_StagedCommit)
#include "tst_StagedCommit.moc"
