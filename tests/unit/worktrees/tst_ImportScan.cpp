// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/HostView.h"
#include "core/worktrees/ImportJobs.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QTest>

using namespace paddock;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

using Kind = ImportFlag::Kind;

Q_DECLARE_METATYPE(std::optional<Kind>)

class tst_ImportScan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void symlinks_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<std::optional<Kind>>("expected");
        const auto row = [](const char *path, const char *target, std::optional<Kind> expected) {
            QTest::newRow(qPrintable(u"%1 to %2"_s.arg(QLatin1String(path), QLatin1String(target))))
                << QByteArray(path) << QByteArray(target) << expected;
        };
        row("link", "file", std::nullopt);
        row("a/b/link", "../../file", std::nullopt);
        row("a/link", "./.././file", std::nullopt);
        row("a/link", "..", std::nullopt);
        row("link", "..", Kind::EscapingSymlink);
        row("a/link", "../..", Kind::EscapingSymlink);
        row("a/link", "x/../../../y/a", Kind::EscapingSymlink);
        row("link", "/etc/passwd", Kind::AbsoluteSymlink);
        row("link", "//", Kind::AbsoluteSymlink);
        row("link", ".git", Kind::EscapingSymlink);
        row("a/link", "../.GIT/config", Kind::EscapingSymlink);
        row("link", "a/../.git/hooks", Kind::EscapingSymlink);
        row("link", ".github", std::nullopt);
    }

    void symlinks()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, target);
        QFETCH(std::optional<Kind>, expected);
        QVERIFY(judgeSymlink(path, target) == expected);
    }

    void configurationIsQuoted()
    {
        const test::TestEnvironment environment;
        const QByteArray text = configSection(
            "user", {{"name", "A \"B\" \\ C; # no comment\nsecond"}, {"email", " spaces "}});
        test::writeFile(environment.path(u"gitsettings"_s), text);
        const auto name = test::runGit(environment.path(),
                                       {u"config"_s, u"-f"_s, u"gitsettings"_s, u"user.name"_s});
        QCOMPARE(name.output, QByteArray("A \"B\" \\ C; # no comment\nsecond\n"));
        const auto email = test::runGit(environment.path(),
                                        {u"config"_s, u"-f"_s, u"gitsettings"_s, u"user.email"_s});
        QCOMPARE(email.output, QByteArray(" spaces \n"));
    }
};

QTEST_GUILESS_MAIN(tst_ImportScan)
#include "tst_ImportScan.moc"
