// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

class tst_SessionDiff : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void diffOfCommitsAndFiles()
    {
        GitFixture fixture;
        PrivateRepository repository(fixture.pool, fixture.git);
        Importer importer(fixture.pool, fixture.git);
        SessionDiff reader(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        auto agent =
            std::make_shared<LocalAgentGit>(*tree, fixture.project.path(u".git/objects"_s));
        writeFile(tree->workPath + u"/with space"_s, QByteArray("a\0b", 3));
        QVERIFY(
            QFile::rename(tree->workPath + u"/src/main.c"_s, tree->workPath + u"/src/other.c"_s));
        agent->commit(u"README"_s, "hello\nworld\n", u"Second line\n\nwith a body"_s);
        PADDOCK_VERIFY_OK(await(importer.run(*tree, agent, u"/paddock/git"_s)));

        auto diff = await(reader.diff(*tree));
        PADDOCK_VERIFY_OK(diff);
        QCOMPARE(diff->from, tree->baseCommit);
        QCOMPARE(diff->to.toHex(), fixture.project.id(tree->branch));
        QVERIFY(!diff->truncated);
        QCOMPARE(diff->files.size(), 3);
        QCOMPARE(diff->files[0].path, QByteArray("README"));
        QCOMPARE(diff->files[0].added, 1);
        QCOMPARE(diff->files[1].path, QByteArray("src/other.c"));
        QCOMPARE(diff->files[1].oldPath, QByteArray("src/main.c"));
        QCOMPARE(diff->files[2].path, QByteArray("with space"));
        QCOMPARE(diff->files[2].added, -1);
        QVERIFY(diff->text.contains("+world\n"));
        QVERIFY(diff->text.contains("rename from src/main.c"));
        // The patch is one that git applies.
        fixture.project.git({u"apply"_s, u"--check"_s, u"--exclude=with space"_s}, diff->text);

        const auto log = await(reader.log(*tree));
        PADDOCK_VERIFY_OK(log);
        QCOMPARE(log->size(), 1);
        QCOMPARE(log->first().subject, u"Second line"_s);
        QCOMPARE(log->first().author, u"An Agent"_s);
        QCOMPARE(log->first().id, diff->to);
        QVERIFY(log->first().time > 1'700'000'000);

        writeFile(tree->workPath + u"/README"_s, "hello\nworld\nagain\n");
        writeFile(tree->workPath + u"/untracked"_s, "x\n");
        const auto status = await(reader.status(*tree));
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(status->ahead, 1);
        QCOMPARE(status->files.size(), 2);
        QCOMPARE(status->files[0].path, QByteArray("README"));
        QCOMPARE(status->files[0].worktree, 'M');
        QVERIFY(status->files[1].untracked);
        diff = await(reader.diff(*tree, {.range = DiffRange::HeadToFiles}));
        PADDOCK_VERIFY_OK(diff);
        QVERIFY(diff->text.contains("+again\n") && !diff->text.contains("+world\n"));
        diff = await(reader.diff(*tree, {.range = DiffRange::BaseToFiles}));
        PADDOCK_VERIFY_OK(diff);
        QVERIFY(diff->text.contains("+again\n") && diff->text.contains("+world\n"));
        // Whole files up to the limit; the others are listed and counted all the same.
        diff = await(reader.diff(*tree, {.range = DiffRange::BaseToFiles, .maxBytes = 250}));
        PADDOCK_VERIFY_OK(diff);
        QVERIFY(diff->truncated);
        QVERIFY(diff->text.size() <= 250 && diff->text.contains("+again\n"));
        QCOMPARE(diff->files.size(), 3);
        QCOMPARE(diff->files[2].added, -1);
    }

    void ranges()
    {
        GitFixture fixture;
        SessionDiff reader(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        writeFile(tree->workPath + u"/README"_s, "staged\n");
        writeFile(tree->workPath + u"/new \"file\""_s, "added\n");
        QCOMPARE(runGit(tree->workPath, {u"add"_s, u"-A"_s}).exitCode, 0);
        writeFile(tree->workPath + u"/README"_s, "staged\nloose\n");
        const auto read = [&](const DiffOptions &options) {
            return await(reader.diff(*tree, options));
        };
        const auto staged = read({.range = DiffRange::HeadToIndex});
        PADDOCK_VERIFY_OK(staged);
        QCOMPARE(staged->files.size(), 2);
        QVERIFY(staged->text.contains("+staged\n") && !staged->text.contains("+loose"));
        QCOMPARE(staged->files[0].status, 'M');
        QCOMPARE(staged->files[0].oldId.toHex(), fixture.project.id(u"HEAD:README"_s));
        QVERIFY(!staged->files[0].newId.isNull());
        QCOMPARE(staged->files[1].path, "new \"file\"");
        QCOMPARE(staged->files[1].status, 'A');
        QCOMPARE(staged->files[1].added, 1);
        const auto loose = read({.range = DiffRange::IndexToFiles});
        PADDOCK_VERIFY_OK(loose);
        QCOMPARE(loose->files.size(), 1);
        QCOMPARE(loose->files[0].oldId, staged->files[0].newId);
        QVERIFY(loose->text.contains("+loose\n") && !loose->text.contains("+staged"));
        const auto one = read({.range = DiffRange::HeadToIndex, .paths = {"new \"file\""}});
        PADDOCK_VERIFY_OK(one);
        QCOMPARE(one->files.size(), 1);
        QVERIFY(!read({.range = DiffRange::HeadToIndex, .paths = {"/etc"}}));

        QCOMPARE(runGit(tree->workPath, {u"commit"_s, u"-q"_s, u"-m"_s, u"x"_s}).exitCode, 0);
        const auto head = git::Oid::fromHex(fixture.project.id(tree->branch)).value();
        const auto back = read({.range = DiffRange::Commits, .from = head, .to = tree->baseCommit});
        PADDOCK_VERIFY_OK(back);
        QCOMPARE(back->files.size(), 2);
        QVERIFY(back->text.contains("-staged\n"));
        QCOMPARE(read({.range = DiffRange::Commits}).error().kind, ErrorKind::InvalidArgument);
    }

    void whitespaceAndContext()
    {
        GitFixture fixture;
        SessionDiff reader(fixture.pool, fixture.git);
        fixture.project.write(u"spaces"_s, "a b\n");
        fixture.project.write(u"lines"_s, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        fixture.project.commitAll(u"files"_s);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        writeFile(tree->workPath + u"/spaces"_s, "a   b  \n");
        writeFile(tree->workPath + u"/lines"_s, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
        for (const auto whitespace : {Whitespace::IgnoreAmount, Whitespace::Ignore}) {
            const auto diff = await(reader.diff(
                *tree,
                {.range = DiffRange::HeadToFiles, .contextLines = 1, .whitespace = whitespace}));
            PADDOCK_VERIFY_OK(diff);
            QCOMPARE(diff->files.size(), 1);
            QCOMPARE(diff->files[0].path, "lines");
            QCOMPARE(diff->files[0].added, 1);
            QVERIFY(diff->text.contains("\n 4\n-5\n+five\n 6\n") && !diff->text.contains("\n 3\n"));
        }
        const auto exact = await(reader.diff(*tree, {.range = DiffRange::HeadToFiles}));
        PADDOCK_VERIFY_OK(exact);
        QCOMPARE(exact->files.size(), 2);
    }

    void boundedAndTold()
    {
        GitFixture fixture;
        SessionDiff reader(fixture.pool, fixture.git);
        for (const QString &name : {u"big"_s, u"line"_s, u"zz small"_s})
            fixture.project.write(name, "x\n");
        for (int i = 0; i < 20'000; ++i)
            fixture.project.write(u"many/%1/%2"_s.arg(i % 50).arg(i), "old\n");
        fixture.project.commitAll(u"files"_s);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        QFile big(tree->workPath + u"/big"_s);
        QVERIFY(big.open(QIODevice::WriteOnly) && big.resize(2LL * 1024 * 1024 * 1024));
        writeFile(tree->workPath + u"/line"_s, QByteArray(5 * 1024 * 1024, 'l') + '\n');
        writeFile(tree->workPath + u"/zz small"_s, "y\n");
        for (int i = 0; i < 20'000; ++i)
            writeFile(tree->workPath + u"/many/%1/%2"_s.arg(i % 50).arg(i), "new\nlines\n");
        const auto diff =
            await(reader.diff(*tree,
                              {.range = DiffRange::HeadToFiles,
                               .maxBytes = 1024 * 1024,
                               .time = std::chrono::seconds(100)}), // git reads the 2 GB
                  std::chrono::seconds(110));
        PADDOCK_VERIFY_OK(diff);
        QCOMPARE(diff->files.size(), 20'003);
        QVERIFY(diff->truncated);
        QVERIFY(diff->text.size() <= 1024 * 1024);
        QCOMPARE(diff->files[0].added, -1);
        QVERIFY(diff->files[1].isLeftOut);
        QCOMPARE(diff->files[1].added, 1);
        for (const DiffFile &file : diff->files.mid(2, 20'000)) {
            QCOMPARE(file.added, 2);
            QCOMPARE(file.removed, 1);
        }
        QCOMPARE(diff->files.last().path, "zz small");
    }

    void specialFilesDoNotHangIt_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {".gitignore", ".gitattributes", "sub/.gitignore", "plain"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }

    void specialFilesDoNotHangIt()
    {
        QFETCH(QString, name);
        GitFixture fixture;
        SessionDiff reader(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        writeFile(tree->workPath + u"/README"_s, "changed\n");
        writeFile(tree->workPath + u"/sub/file"_s, "x\n");
        QCOMPARE(::mkfifo(qPrintable(tree->workPath + u'/' + name), 0600), 0);
        QElapsedTimer clock;
        clock.start();
        // The commits can be read whatever lies in the folder.
        PADDOCK_VERIFY_OK(await(reader.diff(*tree)));
        const auto diff = await(
            reader.diff(*tree, {.range = DiffRange::BaseToFiles, .time = std::chrono::seconds(1)}));
        if (!diff) {
            QCOMPARE(diff.error().kind, ErrorKind::CommandTimeout);
            QVERIFY2(diff.error().remedy.contains(name), qPrintable(diff.error().remedy));
        }
        QVERIFY(clock.elapsed() < 5000);
        // The deleter takes it away like anything else.
        PADDOCK_VERIFY_OK(
            await(fixture.manager.remove(*tree, {.looseChanges = LooseChanges::Discard})));
        QVERIFY(!QFile::exists(tree->workPath));
    }

    void hostileTreeRunsNothing()
    {
        GitFixture fixture;
        SessionDiff reader(fixture.pool, fixture.git);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        const QString marker = fixture.environment.path(u"marker"_s);
        const QByteArray run = "echo ran >> " + marker.toUtf8();
        // A repository of the agent's own making with a filter, behind a gitlink and without one;
        // attributes that name drivers; an embedded bare repository.
        const ScratchRepository sub(tree->workPath + u"/sub"_s);
        sub.git({u"config"_s, u"filter.evil.clean"_s, QString::fromUtf8(run + "; cat")});
        sub.git({u"config"_s, u"core.fsmonitor"_s, QString::fromUtf8(run)});
        sub.write(u".gitattributes"_s, "* filter=evil\n");
        sub.write(u"README"_s, "dirty\n");
        writeFile(tree->workPath + u"/.gitattributes"_s, "* filter=evil diff=evil merge=evil\n");
        writeFile(tree->workPath + u"/.lfsconfig"_s, "[lfs]\n");
        writeFile(tree->workPath + u"/README"_s, "changed\n");
        QCOMPARE(runGit(tree->workPath, {u"init"_s, u"-q"_s, u"--bare"_s, u"bare"_s}).exitCode, 0);
        const auto gitlink =
            runGit(tree->workPath,
                   {u"update-index"_s,
                    u"--add"_s,
                    u"--cacheinfo"_s,
                    u"160000,%1,sub"_s.arg(QString::fromLatin1(sub.id(u"HEAD"_s)))});
        QCOMPARE(gitlink.exitCode, 0);
        QFile::remove(marker);

        PADDOCK_VERIFY_OK(await(reader.status(*tree)));
        PADDOCK_VERIFY_OK(await(reader.diff(*tree, {.range = DiffRange::BaseToFiles})));
        PADDOCK_VERIFY_OK(await(reader.diff(*tree, {.range = DiffRange::HeadToFiles})));
        PADDOCK_VERIFY_OK(await(reader.log(*tree)));
        QVERIFY2(!QFile::exists(marker), readFile(marker).constData());
        // Control: plain git in the same folder does.
        QCOMPARE(runGit(tree->workPath, {u"status"_s}).exitCode, 0);
        QVERIFY(QFile::exists(marker));
    }

    void hugeFileIsComparedByName()
    {
        GitFixture fixture;
        SessionDiff reader(fixture.pool, fixture.git);
        fixture.project.write(u"big.txt"_s, "small\n");
        fixture.project.commitAll(u"big"_s);
        const auto tree = fixture.create();
        PADDOCK_VERIFY_OK(tree);
        QFile big(tree->workPath + u"/big.txt"_s);
        QVERIFY(big.open(QIODevice::WriteOnly) && big.resize(200LL * 1024 * 1024)); // sparse
        QElapsedTimer clock;
        clock.start();
        const auto diff = await(reader.diff(*tree, {.range = DiffRange::BaseToFiles}));
        PADDOCK_VERIFY_OK(diff);
        QCOMPARE(diff->files.size(), 1);
        QVERIFY(diff->text.size() < 10'000);
        QVERIFY(clock.elapsed() < 15'000);
    }
};

QTEST_GUILESS_MAIN(tst_SessionDiff)
#include "tst_SessionDiff.moc"
