// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/PathPattern.h"
#include "tests/support/Await.h"
#include "tests/support/ScratchRepository.h"
#include "tests/support/TestEnvironment.h"

#include <QElapsedTimer>
#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

class tst_PathPattern : public QObject
{
    Q_OBJECT

    static constexpr const char *kPatterns[] = {"*.log",
                                                "/build/",
                                                "build",
                                                "docs/*.md",
                                                "docs/**/draft.md",
                                                "**/deep",
                                                "a/**",
                                                "a/**/b",
                                                "foo?",
                                                "[a-c]x",
                                                "[!a-c]x",
                                                "[]x",
                                                "\\*star",
                                                "**",
                                                "*",
                                                ".env*",
                                                "sp ace",
                                                "\xc3\xa9*"};
    static constexpr const char *kPaths[] = {"x.log",
                                             "sub/x.log",
                                             "build",
                                             "build/out",
                                             "sub/build",
                                             "docs/a.md",
                                             "docs/sub/a.md",
                                             "docs/draft.md",
                                             "docs/x/y/draft.md",
                                             "deep",
                                             "one/two/deep",
                                             "a/b",
                                             "a/x/b",
                                             "a/x/y/b",
                                             "food",
                                             "ax",
                                             "dx",
                                             "]x",
                                             "[]x",
                                             "*star",
                                             "star",
                                             ".env",
                                             "sub/.env.local",
                                             "sp ace",
                                             "\xc3\xa9t\xc3\xa9",
                                             "a\nb.log",
                                             "bad\xff.log"};

private Q_SLOTS:
    /// Git itself is the judge.
    void agreesWithGit()
    {
        const TestEnvironment environment;
        const ScratchRepository repository(environment.path(u"r"_s),
                                           ScratchRepository::Start::Unborn);
        for (const char *text : kPatterns) {
            repository.write(u".gitignore"_s, QByteArray(text) + '\n');
            QByteArray input;
            for (const char *path : kPaths)
                input += QByteArray(path) + '\0';
            const auto answer = runGit(repository.path(),
                                       {u"check-ignore"_s, u"-z"_s, u"--stdin"_s, u"--no-index"_s},
                                       input);
            QVERIFY(answer.exitCode <= 1);
            const auto ignored = answer.output.split('\0');
            const auto pattern = PathPattern::parse(QString::fromUtf8(text));
            PADDOCK_VERIFY_OK(pattern);
            for (const char *path : kPaths)
                QVERIFY2(pattern->covers(path, false) == ignored.contains(QByteArray(path)),
                         QByteArray(QByteArray(text) + " on " + path).constData());
        }
    }

    void escapedIsExactlyThat()
    {
        for (const char *path : kPaths) {
            const auto pattern = PathPattern::parse(QString::fromUtf8(escapedPattern(path)));
            if (QByteArray(path).contains('\xff'))
                continue; // bytes that are no text come from folders, not from a person
            PADDOCK_VERIFY_OK(pattern);
            QVERIFY2(pattern->fits(path, false), path);
            QVERIFY(!pattern->fits(QByteArray("sub/") + path, false));
        }
    }

    void wrongOnesAreRefused()
    {
        for (const auto &text : {u""_s,
                                 u"  "_s,
                                 u"!keep"_s,
                                 u"# comment"_s,
                                 u"a\nb"_s,
                                 u"../x"_s,
                                 u"a/./b"_s,
                                 u"a//b"_s,
                                 u"/"_s,
                                 u".git"_s,
                                 u"sub/.GIT/config"_s,
                                 u"end\\"_s,
                                 QString(2000, u'x')}) {
            const auto pattern = PathPattern::parse(text);
            QVERIFY2(!pattern, qPrintable(text));
            QCOMPARE(pattern.error().kind, ErrorKind::InvalidArgument);
            QVERIFY(!pattern.error().remedy.isEmpty());
        }
        QVERIFY(!parsePatterns(QStringList(201, u"x"_s)));
        QVERIFY(!parsePatterns({u"fine"_s, u"../x"_s}));
    }

    void concreteAndBelow()
    {
        const auto one = PathPattern::parse(u"/config/local.yml"_s);
        PADDOCK_VERIFY_OK(one);
        QVERIFY(one->isConcrete());
        QCOMPARE(one->concretePath(), QByteArray("config/local.yml"));
        QVERIFY(one->reachesBelow("config"));
        QVERIFY(!one->reachesBelow("other"));
        QVERIFY(!one->reachesBelow("config/local.yml"));
        for (const auto &text : {u"local.yml"_s, u"config/*"_s, u"config/[a]"_s, u"**/x"_s})
            QVERIFY2(!PathPattern::parse(text)->isConcrete(), qPrintable(text));
        // A name at any depth is not looked for in folders that are ignored as a whole.
        QVERIFY(!PathPattern::parse(u".env*"_s)->reachesBelow("node_modules"));
        const auto folder = PathPattern::parse(u"/cache/"_s);
        QVERIFY(folder->isConcrete() && folder->fits("cache", true) &&
                !folder->fits("cache", false));
    }

    void manyStarsTakeNoLongTime()
    {
        const auto pattern = PathPattern::parse(u"**/"_s + QString(u"a*"_s).repeated(400) + u"b"_s);
        PADDOCK_VERIFY_OK(pattern);
        QElapsedTimer clock;
        clock.start();
        QVERIFY(!pattern->covers(QByteArray(4000, 'a'), false));
        QVERIFY(clock.elapsed() < 2000);
    }
};

QTEST_GUILESS_MAIN(tst_PathPattern)
#include "tst_PathPattern.moc"
