// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Alternates.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFileInfo>
#include <QTest>

using namespace paddock::git;
using namespace paddock::test;
using namespace Qt::StringLiterals;

class tst_Alternates : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void quotesAndBack()
    {
        for (const QByteArray &path : {QByteArray("/plain"),
                                       QByteArray("/with space"),
                                       QByteArray("\"quoted"),
                                       QByteArray("#hash"),
                                       QByteArray("/line\nfeed\\and \"quote")})
            QCOMPARE(unquotePath(quotePath(path)), path);
        QCOMPARE(quotePath("/plain"), QByteArray("/plain"));
        QCOMPARE(unquotePath("\"a\\303\\274b\""),
                 QByteArray("a\xc3\xbc"
                            "b"));
        QCOMPARE(unquotePath("\"open"), QByteArray());
        QCOMPARE(unquotePath("\"bad\\"), QByteArray());
        QCOMPARE(unquotePath("\"bad\\9\""), QByteArray());
    }

    void nestedRelativeAndCircularStores()
    {
        const TestEnvironment environment;
        const QString top = QFileInfo(environment.path()).canonicalFilePath();
        const auto store = [&](const QString &name, const QByteArray &alternates) {
            writeFile(top + u'/' + name + u"/info/alternates"_s, alternates);
            return QString(top + u'/' + name);
        };
        const QString a = store(u"a"_s, "# comment\n../b\n\n/no/such/store\n");
        const QString b = store(u"b"_s, (top + u"/c\n"_s).toUtf8());
        const QString c = store(u"c"_s, (top + u"/a\n"_s).toUtf8()); // back to the first
        QStringList notices;
        QCOMPARE(borrowedStores(a, &notices), QStringList({b, c}));
        QCOMPARE(notices.size(), 1);
        QVERIFY(notices.first().contains(u"/no/such/store"_s));
        QCOMPARE(borrowedStores(top + u"/none"_s), QStringList());
    }
};

QTEST_GUILESS_MAIN(tst_Alternates)
#include "tst_Alternates.moc"
