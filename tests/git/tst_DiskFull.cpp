// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

#include <sys/mount.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

/// Fills a real, small file system: runs as root only (label root).
class tst_DiskFull : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void createLeavesNothing()
    {
        QVERIFY2(::geteuid() == 0, "This test mounts a file system.");
        GitFixture fixture;
        const QString small = fixture.environment.path(u"small"_s);
        QDir().mkpath(small);
        QCOMPARE(::mount("tmpfs", qPrintable(small), "tmpfs", 0, "size=1m"), 0);
        const auto unmount = qScopeGuard([&] { ::umount2(qPrintable(small), MNT_DETACH); });
        fixture.project.write(u"large.bin"_s, QByteArray(2'000'000, 'x'));
        fixture.project.commitAll(u"large"_s);
        auto options = fixture.options();
        options.worktreesRoot = small + u"/wt"_s;
        const auto tree = await(fixture.manager.create(options));
        QVERIFY(!tree);
        QVERIFY2(tree.error().kind == ErrorKind::DiskFull, qUtf8Printable(tree.error().toString()));
        QVERIFY(!tree.error().remedy.isEmpty());
        QVERIFY(!QFile::exists(small + u"/wt"_s));
        QVERIFY(nothingLeft(fixture));
        // Control: with room it works.
        options.worktreesRoot = fixture.environment.path(u"wt"_s);
        PADDOCK_VERIFY_OK(await(fixture.manager.create(options)));
    }

    // The project's disk has no room for what the agent committed.
    void importLeavesNothing()
    {
        GitFixture fixture;
        const QString small = fixture.environment.path(u"small"_s);
        QDir().mkpath(small);
        QCOMPARE(::mount("tmpfs", qPrintable(small), "tmpfs", 0, "size=3m"), 0);
        const auto unmount = qScopeGuard([&] { ::umount2(qPrintable(small), MNT_DETACH); });
        const ScratchRepository project(small + u"/project"_s);
        auto options = fixture.options();
        options.projectPath = project.path();
        options.worktreesRoot = fixture.environment.path(u"wt"_s);
        const auto tree = await(fixture.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        PrivateRepository repository(fixture.pool, fixture.git);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        const auto agent = std::make_shared<LocalAgentGit>(*tree, project.path(u".git/objects"_s));
        QByteArray noise(6'000'000, Qt::Uninitialized);
        quint32 state = 7;
        for (char &c : noise) {
            state = state * 1664525U + 1013904223U;
            c = static_cast<char>(state >> 24U);
        }
        const QByteArray tip = agent->commit(u"noise.bin"_s, noise, u"noise"_s);
        Importer importer(fixture.pool, fixture.git);
        const auto import = [&] { return await(importer.run(*tree, agent, u"/paddock/git"_s)); };
        const auto report = import();
        QVERIFY(!report);
        QVERIFY2(report.error().kind == ErrorKind::DiskFull,
                 qUtf8Printable(report.error().toString()));
        QVERIFY(!report.error().remedy.isEmpty());
        QVERIFY(QDir(project.path(u".git/objects"_s))
                    .entryList({u"tmp_objdir*"_s}, QDir::AllEntries | QDir::Hidden)
                    .isEmpty());
        QCOMPARE(project.id(tree->branch), tree->baseCommit.toHex());
        project.git({u"fsck"_s, u"--strict"_s});
        // Room is made.
        QCOMPARE(::mount("tmpfs", qPrintable(small), "tmpfs", MS_REMOUNT, "size=64m"), 0);
        PADDOCK_VERIFY_OK(import());
        QCOMPARE(project.id(tree->branch), tip);
    }
};

QTEST_GUILESS_MAIN(tst_DiskFull)
#include "tst_DiskFull.moc"
