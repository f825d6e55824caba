// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/projects/ProjectSettings.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::projects;

class tst_ProjectSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesOfIsolation()
    {
        for (const Isolation isolation :
             {Isolation::Always, Isolation::Concurrent, Isolation::Never})
            QCOMPARE(isolationFromName(isolationName(isolation)), isolation);
        QVERIFY(!isolationFromName(u"Always") && !isolationFromName(u""));
    }

    void umasks()
    {
        QCOMPARE(*umaskFromText(u"027"_s), 027);
        QCOMPARE(*umaskFromText(u" 2 "_s), 2);
        QCOMPARE(umaskText(2), u"0002"_s);
        // The last takes rights of the owner.
        for (const char *text : {"", "8", "-1", "1000", "0o22", "777", "100"}) {
            const auto umask = umaskFromText(QString::fromLatin1(text));
            QVERIFY2(!umask, text);
            QCOMPARE(umask.error().kind, ErrorKind::InvalidArgument);
            QVERIFY(!umask.error().remedy.isEmpty());
        }
    }

    void textsAreTrimmed()
    {
        const auto checked = checkedSettings({.image = u" i:1 "_s,
                                              .protectedBranches = {u"a"_s, u" a "_s, u"b/*"_s},
                                              .gitName = u" N "_s,
                                              .gitEmail = u"n@x"_s,
                                              .group = u" dev "_s,
                                              .umask = 0077});
        QVERIFY(checked.has_value());
        QCOMPARE(checked->image, u"i:1"_s);
        QCOMPARE(checked->protectedBranches, (QStringList{u"a"_s, u"b/*"_s}));
        QCOMPARE(checked->gitName, u"N"_s);
        QCOMPARE(checked->group, u"dev"_s);
        QCOMPARE(*checkedSettings({}), ProjectSettings());
    }

    void whatCannotBeIsRefused_data()
    {
        QTest::addColumn<ProjectSettings>("settings");
        QTest::newRow("option as image") << ProjectSettings{.image = u"--privileged"_s};
        QTest::newRow("words as image") << ProjectSettings{.image = u"a b"_s};
        QTest::newRow("control character") << ProjectSettings{.worktreesRoot = u"a\nb"_s};
        QTest::newRow("override") << ProjectSettings{.worktreesRoot = u"a\u202Eb"_s};
        QTest::newRow("branch") << ProjectSettings{.protectedBranches = {u"a"_s, QString()}};
        QTest::newRow("name alone") << ProjectSettings{.gitName = u"N"_s};
        QTest::newRow("address alone") << ProjectSettings{.gitEmail = u"n@x"_s};
        QTest::newRow("user and group") << ProjectSettings{.group = u"0:0"_s};
        QTest::newRow("long") << ProjectSettings{.image = QString(256, u'a')};
        QTest::newRow("umask") << ProjectSettings{.umask = 0700};
        QTest::newRow("negative umask") << ProjectSettings{.umask = -1};
        QStringList many;
        for (int i = 0; i <= 100; ++i)
            many.append(QString::number(i));
        QTest::newRow("too many") << ProjectSettings{.protectedBranches = many};
    }
    void whatCannotBeIsRefused()
    {
        QFETCH(ProjectSettings, settings);
        const auto checked = checkedSettings(settings);
        QVERIFY(!checked);
        QCOMPARE(checked.error().kind, ErrorKind::InvalidArgument);
        QVERIFY(!checked.error().message.isEmpty() && !checked.error().remedy.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_ProjectSettings)
#include "tst_ProjectSettings.moc"
