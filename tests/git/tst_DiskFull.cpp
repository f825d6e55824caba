// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/git/GitFixture.h"

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
};

QTEST_GUILESS_MAIN(tst_DiskFull)
#include "tst_DiskFull.moc"
