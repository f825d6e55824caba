// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/RefName.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QTest>

using namespace paddock::git;
using namespace Qt::StringLiterals;

class tst_RefName : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void names_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("safe");
        const auto row = [](const QByteArray &name, bool safe) {
            QTest::newRow(name.left(40).toPercentEncoding("/").constData()) << name << safe;
        };
        row("refs/heads/main", true);
        row("refs/heads/paddock/fix-login-a7", true);
        row("refs/heads/\xc3\xbc"
            "ber",
            true);
        row("refs/stash", true);
        row("refs/heads/@", true);
        row("HEAD", false);
        row("refs", false);
        row("refs/", false);
        row("refs/heads/", false);
        row("refs/heads//x", false);
        row("refs/heads/-x", false);
        row("refs/heads/.x", false);
        row("refs/heads/x.", false);
        row("refs/heads/x.lock", false);
        row("refs/heads/x.lock/y", false);
        row("refs/heads/../x", false);
        row("refs/heads/a..b", false);
        row("refs/heads/a@{b", false);
        row("refs/heads/a b", false);
        row("refs/heads/a~b", false);
        row("refs/heads/a^b", false);
        row("refs/heads/a:b", false);
        row("refs/heads/a?b", false);
        row("refs/heads/a*b", false);
        row("refs/heads/a[b", false);
        row("refs/heads/a\\b", false);
        row("refs/heads/a\x1b[31m", false);
        row("refs/heads/a\x7f", false);
        row("refs/heads/\xe2\x80\xae"
            "evil",
            false); // right-to-left override
        row("refs/heads/\xff\xfe", false);
        row("refs/heads/" + QByteArray(200, 'x'), false);
    }

    void names()
    {
        QFETCH(QByteArray, name);
        QFETCH(bool, safe);
        QCOMPARE(isSafeRefName(name), safe);
    }

    // Whatever is called safe, git accepts too.
    void gitAgrees()
    {
        const paddock::test::TestEnvironment environment;
        QByteArray alphabet = "ab/.-@{~^:?*[\\ \x01\x7f"
                              "lock";
        quint32 state = 12345;
        int safe = 0;
        for (int i = 0; i < 400; ++i) {
            QByteArray name = "refs/heads/";
            for (int k = 0; k < 6; ++k) {
                state = state * 1664525U + 1013904223U;
                name += alphabet.at(
                    static_cast<qsizetype>((state >> 16U) % static_cast<quint32>(alphabet.size())));
            }
            if (!isSafeRefName(name))
                continue;
            ++safe;
            const auto answer = paddock::test::runGit(
                environment.path(), {u"check-ref-format"_s, QString::fromUtf8(name)});
            QVERIFY2(answer.exitCode == 0, name.constData());
        }
        QVERIFY(safe > 5);
    }

    void branchNames()
    {
        QVERIFY(isValidBranchName(u"paddock/x-a7"_s));
        QVERIFY(!isValidBranchName(u"HEAD"_s));
        QVERIFY(!isValidBranchName(u"@"_s));
        QVERIFY(!isValidBranchName(QString()));
        QVERIFY(!isValidBranchName(u"-x"_s));
    }
};

QTEST_GUILESS_MAIN(tst_RefName)
#include "tst_RefName.moc"
