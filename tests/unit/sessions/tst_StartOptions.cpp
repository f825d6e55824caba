// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/StartOptionsCheck.h"

#include <QTest>

using namespace paddock;
using namespace paddock::sessions;
using namespace Qt::StringLiterals;

namespace {

using Change = void (*)(StartOptions &);

void explore(StartOptions &options)
{
    options.mode = SessionMode::Explore;
}

} // namespace
Q_DECLARE_METATYPE(Change)

/// Which options go together.
class tst_StartOptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void allowed_data()
    {
        QTest::addColumn<Change>("change");
        const auto row = [](const char *name, Change change) { QTest::newRow(name) << change; };
        row("nothing", [](StartOptions &) {});
        row("explore", explore);
        row("branch and base", [](StartOptions &o) {
            o.branch = u"feature/x"_s;
            o.base = u"v1"_s;
        });
        row("adopt after fetching", [](StartOptions &o) {
            o.adopt = u"origin/topic"_s;
            o.fetch = true;
            o.fetchRemote = u"origin"_s;
        });
        row("copies with secrets and patterns", [](StartOptions &o) {
            o.copyIgnored = {".env", "node_modules"};
            o.withSecrets = true;
            o.include = {u"/src/"_s, u"*.md"_s};
            o.exclude = {u"*.pem"_s};
        });
        row("explore without single paths, after fetching", [](StartOptions &o) {
            explore(o);
            o.fetch = true;
            o.exclude = {u"/docs/draft.md"_s, u"/private/"_s};
        });
    }
    void allowed()
    {
        QFETCH(Change, change);
        StartOptions options;
        change(options);
        const auto fine = checkStartOptions(options);
        QVERIFY2(fine, qPrintable(fine ? QString() : fine.error().toString()));
    }

    void refused_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("remedy"); // names
        const auto row = [](const char *name, Change change, const QString &remedy) {
            QTest::newRow(name) << change << remedy;
        };
        row(
            "adopt and branch",
            [](StartOptions &o) {
                o.adopt = u"topic"_s;
                o.branch = u"feature/x"_s;
            },
            u"--branch"_s);
        row(
            "adopt and base",
            [](StartOptions &o) {
                o.adopt = u"topic"_s;
                o.base = u"main"_s;
            },
            u"--base"_s);
        row(
            "explore on a branch",
            [](StartOptions &o) {
                explore(o);
                o.branch = u"x"_s;
            },
            u"--branch"_s);
        row(
            "explore from a start",
            [](StartOptions &o) {
                explore(o);
                o.base = u"main"_s;
            },
            u"--base"_s);
        row(
            "explore on an adopted branch",
            [](StartOptions &o) {
                explore(o);
                o.adopt = u"topic"_s;
            },
            u"--adopt"_s);
        row(
            "explore with copies",
            [](StartOptions &o) {
                explore(o);
                o.copyIgnored = {".env"};
            },
            u"--copy-ignored"_s);
        row(
            "a path that is none",
            [](StartOptions &o) {
                o.copyIgnored = {"a", ""};
            },
            u"project ignored"_s);
        row(
            "secrets of nothing",
            [](StartOptions &o) { o.withSecrets = true; },
            u"--with-secrets"_s);
        row(
            "a remote for nothing", [](StartOptions &o) { o.fetchRemote = u"up"_s; }, u"--fetch"_s);
        row(
            "include is none", [](StartOptions &o) { o.include = {u"../x"_s}; }, u".gitignore"_s);
        row(
            "exclude is none", [](StartOptions &o) { o.exclude = {u"!a"_s}; }, u".gitignore"_s);
        row(
            "exclude is empty", [](StartOptions &o) { o.exclude = {QString()}; }, u".gitignore"_s);
        row(
            "explore with wildcards",
            [](StartOptions &o) {
                explore(o);
                o.exclude = {u"*.pem"_s};
            },
            u"/docs/draft.md"_s);
        row(
            "explore with include",
            [](StartOptions &o) {
                explore(o);
                o.include = {u"/src/"_s};
            },
            u"may write"_s);
    }
    void refused()
    {
        QFETCH(Change, change);
        QFETCH(QString, remedy);
        StartOptions options;
        change(options);
        const auto fine = checkStartOptions(options);
        QVERIFY(!fine);
        QCOMPARE(fine.error().kind, ErrorKind::InvalidArgument);
        QVERIFY(!fine.error().message.isEmpty());
        QVERIFY2(fine.error().remedy.contains(remedy), qPrintable(fine.error().remedy));
    }

    void whatWasHandedOverIsNamed()
    {
        StartOptions options;
        options.copyIgnored = {"node_modules", ".env"};
        QCOMPARE(confirmedSecrets(options), QString());
        options.withSecrets = true;
        QCOMPARE(confirmedSecrets(options), u"node_modules, .env"_s);
    }
};

QTEST_GUILESS_MAIN(tst_StartOptions)
#include "tst_StartOptions.moc"
