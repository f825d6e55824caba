// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionDiff.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QDirIterator>
#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

struct Hiding : GitFixture
{
    PrivateRepository repository{pool, git};
    SessionDiff reader{pool, git};

    Hiding()
    {
        project.write(u"secret.pem"_s, "pem\n");
        project.write(u"sub/deep.pem"_s, "pem\n");
        project.write(u"docs/a.md"_s, "a\n");
        project.write(u"docs/more/draft.md"_s, "draft\n");
        project.write(u"src/docs/inner.md"_s, "inner\n");
        project.commitAll(u"files"_s);
    }

    Result<SessionTree> create(const WorkspacePatterns &patterns)
    {
        auto options = this->options();
        options.patterns = patterns;
        return await(manager.create(options));
    }

    Result<PatternPreview> preview(const WorkspacePatterns &patterns)
    {
        return await(
            manager.previewPatterns({.projectPath = project.path(), .patterns = patterns}));
    }

    static QStringList filesIn(const QString &folder)
    {
        QStringList files;
        QDirIterator it(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const QString below = it.next().mid(folder.size() + 1);
            if (below != u".git"_s)
                files += below;
        }
        files.sort();
        return files;
    }
};

} // namespace

class tst_WorkspacePatterns : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyWhatIsInSightIsWritten_data()
    {
        QTest::addColumn<QStringList>("include");
        QTest::addColumn<QStringList>("exclude");
        QTest::addColumn<QStringList>("files");
        QTest::newRow("exclude") << QStringList{} << QStringList{u"*.pem"_s, u"/docs/"_s}
                                 << QStringList{
                                        u"README"_s, u"src/docs/inner.md"_s, u"src/main.c"_s};
        QTest::newRow("include") << QStringList{u"/docs/**"_s} << QStringList{}
                                 << QStringList{u"docs/a.md"_s, u"docs/more/draft.md"_s};
        QTest::newRow("exclude wins")
            << QStringList{u"docs"_s, u"README"_s} << QStringList{u"docs/**/draft.md"_s}
            << QStringList{u"README"_s, u"docs/a.md"_s, u"src/docs/inner.md"_s};
        QTest::newRow("single path") << QStringList{} << QStringList{u"/sub/deep.pem"_s}
                                     << QStringList{u"README"_s,
                                                    u"docs/a.md"_s,
                                                    u"docs/more/draft.md"_s,
                                                    u"secret.pem"_s,
                                                    u"src/docs/inner.md"_s,
                                                    u"src/main.c"_s};
    }

    void onlyWhatIsInSightIsWritten()
    {
        QFETCH(QStringList, include);
        QFETCH(QStringList, exclude);
        QFETCH(QStringList, files);
        Hiding f;
        const WorkspacePatterns patterns{.include = include, .exclude = exclude};
        const auto preview = f.preview(patterns);
        PADDOCK_VERIFY_OK(preview);
        QCOMPARE(preview->shownFiles, files.size());
        QCOMPARE(preview->shownFiles + preview->hiddenFiles, 7);
        QCOMPARE(preview->hidden.size(), preview->hiddenFiles);

        const auto tree = f.create(patterns);
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(Hiding::filesIn(tree->workPath), files);
        qint64 bytes = 0;
        for (const QString &file : files)
            bytes += QFileInfo(tree->workPath + u'/' + file).size();
        QCOMPARE(preview->shownBytes, bytes);
        auto status = await(f.reader.status(*tree));
        PADDOCK_VERIFY_OK(status);
        QVERIFY(status->files.isEmpty());

        // The agent's commits keep what it does not see, also over other branches.
        PADDOCK_VERIFY_OK(await(f.repository.ensure(*tree)));
        const auto agent =
            std::make_shared<LocalAgentGit>(*tree, f.project.path(u".git/objects"_s));
        QCOMPARE(agent->git({u"status"_s, u"--porcelain"_s}).output, QByteArray());
        const QByteArray tip = agent->commit(files.first(), "changed\n", u"one"_s);
        QVERIFY(!tip.isEmpty());
        QCOMPARE(agent->git({u"checkout"_s, u"-q"_s, u"main"_s}).exitCode, 0);
        QCOMPARE(agent->git({u"checkout"_s, u"-q"_s, tree->branch}).exitCode, 0);
        QCOMPARE(Hiding::filesIn(tree->workPath), files);
        Importer importer(f.pool, f.git);
        PADDOCK_VERIFY_OK(await(importer.run(*tree, agent, u"/paddock/git"_s)));
        QCOMPARE(f.project.git({u"diff"_s, u"--name-only"_s, u"main"_s, tree->branch}),
                 files.first().toUtf8());
        status = await(f.reader.status(*tree));
        PADDOCK_VERIFY_OK(status);
        QVERIFY2(status->files.isEmpty(), status->files.value(0).path.constData());
        const auto diff = await(f.reader.diff(*tree, {.range = DiffRange::BaseToFiles}));
        PADDOCK_VERIFY_OK(diff);
        QCOMPARE(diff->files.size(), 1);
        // A file the agent makes where it may not look is seen all the same.
        writeFile(tree->workPath + u"/secret.pem"_s, "of the agent\n");
        status = await(f.reader.status(*tree));
        PADDOCK_VERIFY_OK(status);
        QCOMPARE(status->files.size(), 1);
        const auto removed = await(f.manager.remove(*tree, {}));
        QVERIFY(!removed);
        QCOMPARE(removed.error().kind, ErrorKind::WorktreeDirty);
    }

    void inTheMainCheckoutPathsAreCovered()
    {
        Hiding f;
        const auto explore = [&](const QStringList &exclude) {
            return await(
                f.manager.useMainCheckout({.session = f.session,
                                           .sessionFolder = f.sessionFolder(f.session),
                                           .projectPath = f.project.path(),
                                           .patterns = {.include = {}, .exclude = exclude}}));
        };
        const auto tree = explore({u"/docs/"_s, u"/sub/deep.pem"_s, u"/.env.local"_s});
        PADDOCK_VERIFY_OK(tree);
        const auto mounts = await(f.repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        QCOMPARE(mounts->masks, (QStringList{u"/workspace/.worktrees"_s, u"/workspace/docs"_s}));
        const TreeMount mask{TreeMount::Kind::FileMask,
                             tree->sessionFolder + u"/empty"_s,
                             u"/workspace/sub/deep.pem"_s,
                             TreeMount::Access::ReadOnly};
        QVERIFY(mounts->mounts.contains(mask));
        QVERIFY(mounts->notices.join(u'\n').contains(u".env.local"_s));

        const auto refused = explore({u"*.pem"_s});
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::InvalidArgument);
        QVERIFY(!refused.error().remedy.isEmpty());
        QVERIFY(f.preview({.exclude = {u"/docs/"_s}})->canCover);
        QVERIFY(!f.preview({.exclude = {u"*.pem"_s}})->canCover);
        QVERIFY(!f.preview({.include = {u"/docs/"_s}})->canCover);
    }

    void patternsDecideWhereASessionWorks()
    {
        Hiding f;
        auto options = f.options();
        options.isolation = Isolation::Concurrent;
        options.patterns.exclude = {u"*.pem"_s};
        auto tree = await(f.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->checkout, Checkout::Worktree);
        f.session = {u"cd34cd34"_s};
        options = f.options();
        options.isolation = Isolation::Never;
        options.patterns.exclude = {u"*.pem"_s};
        tree = await(f.manager.create(options));
        QVERIFY(!tree);
        options.patterns.exclude = {u"/secret.pem"_s};
        tree = await(f.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        QCOMPARE(tree->checkout, Checkout::MainReadWrite);
        const auto mounts = await(f.repository.ensure(*tree));
        PADDOCK_VERIFY_OK(mounts);
        QCOMPARE(mounts->mounts.last().containerPath, u"/workspace/secret.pem"_s);
    }

    void wrongPatternsMakeNothing()
    {
        Hiding f;
        for (const auto &pattern : {u"!x"_s, u"../x"_s, u".git"_s, u"a\nb"_s}) {
            QVERIFY(!f.preview({.exclude = {pattern}}));
            const auto tree = f.create({.include = {pattern}, .exclude = {}});
            QVERIFY(!tree);
            QCOMPARE(tree.error().kind, ErrorKind::InvalidArgument);
        }
        QVERIFY(nothingLeft(f));
    }
};

QTEST_GUILESS_MAIN(tst_WorkspacePatterns)
#include "tst_WorkspacePatterns.moc"
