// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/HostPath.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::policy;

class tst_HostPath : public QObject
{
    Q_OBJECT

    test::TestEnvironment m_environment;

private Q_SLOTS:
    void insideOrNot_data()
    {
        QTest::addColumn<QString>("inner");
        QTest::addColumn<QString>("outer");
        QTest::addColumn<bool>("expected");
        QTest::newRow("same") << u"/a/b"_s << u"/a/b"_s << true;
        QTest::newRow("below") << u"/a/b/c"_s << u"/a/b"_s << true;
        QTest::newRow("sibling with the same beginning") << u"/a/bc"_s << u"/a/b"_s << false;
        QTest::newRow("above") << u"/a"_s << u"/a/b"_s << false;
        QTest::newRow("root holds all") << u"/a"_s << u"/"_s << true;
        QTest::newRow("root in nothing") << u"/"_s << u"/a"_s << false;
    }

    void insideOrNot()
    {
        QFETCH(QString, inner);
        QFETCH(QString, outer);
        QFETCH(bool, expected);
        QCOMPARE(isSameOrInside(inner, outer), expected);
    }

    void ancestors()
    {
        QCOMPARE(withAncestors(u"/"_s), QStringList{u"/"_s});
        QCOMPARE(withAncestors(u"/a/b"_s), (QStringList{u"/"_s, u"/a"_s, u"/a/b"_s}));
    }

    void mountTable()
    {
        const auto table = MountTable::fromText(
            "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
            "30 22 0:21 / /proc rw - proc proc rw\n"
            "not a line\n"
            "40 22 8:2 / /home rw - ext4 /dev/sda2 rw\n"
            "41 22 8:2 /me/.ssh /mnt/alias rw - ext4 /dev/sda2 rw\n"
            "42 22 8:1 /srv/with\\040blank\\011and\\134 /mnt/odd rw shared:1 - ext4 /dev/sda1 rw\n"
            "43 22 8:3 / /mnt/alias/over rw - ext4 /dev/sda3 rw\n"
            "44 22 8:4 / /home rw - ext4 /dev/sda4 rw\n");
        const auto place = [&table](const QString &path) { return *table.locate(path); };
        QCOMPARE(place(u"/etc/x"_s), (FileSystemPlace{u"8:1"_s, u"/etc/x"_s}));
        QCOMPARE(place(u"/"_s), (FileSystemPlace{u"8:1"_s, u"/"_s}));
        QCOMPARE(place(u"/proc/1"_s), (FileSystemPlace{u"0:21"_s, u"/1"_s}));
        QCOMPARE(place(u"/mnt/alias"_s), (FileSystemPlace{u"8:2"_s, u"/me/.ssh"_s}));
        QCOMPARE(place(u"/mnt/alias/deep"_s), (FileSystemPlace{u"8:2"_s, u"/me/.ssh/deep"_s}));
        QCOMPARE(place(u"/mnt/odd"_s).path, u"/srv/with blank\tand\\"_s);
        // The later mount on one point covers the earlier one.
        QCOMPARE(place(u"/home/me"_s), (FileSystemPlace{u"8:4"_s, u"/me"_s}));
        QCOMPARE(place(u"/homestead"_s).device, u"8:1"_s);
        QCOMPARE(table.below(u"/mnt"_s).size(), 3);
        QCOMPARE(table.below(u"/mnt/alias"_s).size(), 1);
        QVERIFY(table.below(u"/proc"_s).isEmpty());
        QVERIFY(!MountTable::fromText("").locate(u"/"_s));
        QVERIFY(!MountTable::read(u"/nowhere/mountinfo"_s));
    }

    void canonicalNames()
    {
        const QString top = m_environment.path(u"names"_s);
        QDir().mkpath(top + u"/real"_s);
        QFile::link(top + u"/real"_s, top + u"/link"_s);
        QFile::link(top + u"/loop"_s, top + u"/loop"_s);
        QCOMPARE(resolveHostPath(top + u"/link/../link/."_s)->canonical, top + u"/real"_s);
        QCOMPARE(resolveHostPath(top + u"/link"_s)->identity, *identityOf(top + u"/real"_s));
        QCOMPARE(canonicalAsFarAsItGoes(top + u"/link/to/come"_s), top + u"/real/to/come"_s);
        for (const QString &path : {top + u"/loop"_s, top + u"/none"_s, top + u"/real/none/x"_s}) {
            const auto resolved = resolveHostPath(path);
            QVERIFY(!resolved);
            QCOMPARE(resolved.error().kind, ErrorKind::MountFailed);
            QVERIFY(!resolved.error().detail.isEmpty());
        }
    }

    void shownPathIsShortAndPlain()
    {
        QCOMPARE(shownPath(u"/a\nb\x1b\x7f"_s), u"/a\u240Ab\u241B\u2421"_s);
        QVERIFY(shownPath(QString(5000, u'x')).size() < 250);
    }
};

QTEST_GUILESS_MAIN(tst_HostPath)
#include "tst_HostPath.moc"
