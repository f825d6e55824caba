// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/SessionHistory.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

/// A project with a history, and a session whose agent committed twice.
struct HistoryFixture
{
    HistoryFixture()
    {
        git.project.write(u"file"_s, "one\ntwo\nthree\n");
        git.project.commitAll(u"Add a file"_s);
        git.project.git({u"tag"_s, u"-a"_s, u"-m"_s, u"first"_s, u"v1"_s});
        git.project.git({u"branch"_s, u"other"_s, u"HEAD~1"_s});
        const auto created = git.create();
        if (!created)
            qFatal("%s", qPrintable(created.error().toString()));
        tree = *created;
        if (const auto made = await(repository.ensure(tree)); !made)
            qFatal("%s", qPrintable(made.error().toString()));
        agent = std::make_shared<LocalAgentGit>(tree, git.project.path(u".git/objects"_s));
        agent->git({u"mv"_s, u"file"_s, u"moved here"_s});
        first = agent->commit(u"moved here"_s, "one\n2\nthree\n", u"Change the second\n\nBody."_s);
        second = agent->commit(u"moved here"_s, "one\n2\nthree\nfour\n", u"Add the fourth"_s);
        if (const auto imported = await(importer.run(tree, agent, u"/paddock/git"_s)); !imported)
            qFatal("%s", qPrintable(imported.error().toString()));
    }

    GitFixture git;
    PrivateRepository repository{git.pool, git.git};
    Importer importer{git.pool, git.git};
    SessionHistory history{git.pool, git.git};
    SessionTree tree;
    std::shared_ptr<LocalAgentGit> agent;
    QByteArray first;
    QByteArray second;
};

QByteArrayList ids(const HistoryPage &page)
{
    QByteArrayList result;
    for (const git::Commit &commit : page.commits)
        result += commit.id.toHex();
    return result;
}

} // namespace

class tst_SessionHistory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pages()
    {
        HistoryFixture fixture;
        auto page = await(fixture.history.log(fixture.tree));
        PADDOCK_VERIFY_OK(page);
        QCOMPARE(ids(*page), (QByteArrayList{fixture.second, fixture.first}));
        QVERIFY(!page->hasMore && !page->truncated);
        QCOMPARE(page->graph.size(), 2);
        const git::Commit &commit = page->commits.last();
        QCOMPARE(commit.subject, u"Change the second"_s);
        QCOMPARE(commit.body, u"Body."_s);
        QCOMPARE(commit.author.name, u"An Agent"_s);
        QCOMPARE(commit.parents, QList<git::Oid>{fixture.tree.baseCommit});
        QCOMPARE(page->names.value(page->commits.first().id).first().kind,
                 git::Ref::Kind::SessionBranch);

        using Scope = HistoryOptions::Scope;
        page = await(fixture.history.log(fixture.tree, {.scope = Scope::Branch, .count = 2}));
        PADDOCK_VERIFY_OK(page);
        QCOMPARE(page->commits.size(), 2);
        QVERIFY(page->hasMore);
        const auto next = await(
            fixture.history.log(fixture.tree, {.scope = Scope::Branch, .count = 2, .skip = 2}));
        PADDOCK_VERIFY_OK(next);
        QCOMPARE(next->commits.size(), 2);
        QVERIFY(!next->hasMore);
        QCOMPARE(next->commits.first().id, fixture.tree.baseCommit);
        QCOMPARE(next->names.value(fixture.tree.baseCommit).size(), 2); // main and v1
        const auto from = await(fixture.history.log(
            fixture.tree, {.scope = Scope::Branch, .start = fixture.tree.baseCommit}));
        PADDOCK_VERIFY_OK(from);
        QCOMPARE(from->commits.size(), 2);
        const auto all = await(fixture.history.log(fixture.tree, {.scope = Scope::All}));
        PADDOCK_VERIFY_OK(all);
        QCOMPARE(all->commits.size(), 4);
    }

    void pathThroughARename()
    {
        HistoryFixture fixture;
        const auto page = await(fixture.history.log(
            fixture.tree, {.scope = HistoryOptions::Scope::Branch, .path = "moved here"}));
        PADDOCK_VERIFY_OK(page);
        QCOMPARE(ids(*page),
                 (QByteArrayList{fixture.second, fixture.first, fixture.tree.baseCommit.toHex()}));
        QCOMPARE(page->commits[1].path, "moved here");
        QCOMPARE(page->commits[2].path, "file");
        const auto none = await(fixture.history.log(fixture.tree, {.path = "--all"}));
        PADDOCK_VERIFY_OK(none);
        QVERIFY(none->commits.isEmpty());
    }

    void blame()
    {
        HistoryFixture fixture;
        const auto report = await(fixture.history.blame(fixture.tree, "moved here"));
        PADDOCK_VERIFY_OK(report);
        const auto wrote = [&](int line) { return report->blame.at(line)->commit.toHex(); };
        QCOMPARE(wrote(1), fixture.tree.baseCommit.toHex());
        QCOMPARE(wrote(2), fixture.first);
        QCOMPARE(wrote(3), fixture.tree.baseCommit.toHex());
        QCOMPARE(wrote(4), fixture.second);
        QCOMPARE(report->blame.at(3)->originalPath, "file");
        QCOMPARE(report->blame.at(3)->originalLine, 3);
        QVERIFY(!report->blame.at(5));
        QCOMPARE(report->blame.commits.value(report->blame.at(2)->commit).subject,
                 u"Change the second"_s);
        const auto before =
            await(fixture.history.blame(fixture.tree, "file", fixture.tree.baseCommit));
        PADDOCK_VERIFY_OK(before);
        QCOMPARE(before->blame.ranges.size(), 1);
        for (const char *path : {"file", "src", "nothing", ":(glob)*"}) {
            const auto missing = await(fixture.history.blame(fixture.tree, path));
            QVERIFY2(!missing, path);
            QCOMPARE(missing.error().kind, ErrorKind::NotFound);
        }
        QCOMPARE(await(fixture.history.blame(fixture.tree, "/etc/passwd")).error().kind,
                 ErrorKind::InvalidArgument);
    }

    void refs()
    {
        HistoryFixture fixture;
        fixture.git.project.git(
            {u"branch"_s, u"paddock/of-another-session"_s, fixture.tree.baseCommit.toString()});
        fixture.git.project.git({u"update-ref"_s,
                                 u"refs/paddock/zz99zz99/heads/x"_s,
                                 fixture.tree.baseCommit.toString()});
        fixture.agent->git({u"branch"_s, u"idea"_s, u"HEAD~1"_s});
        fixture.agent->git({u"checkout"_s, u"-q"_s, u"idea"_s});
        fixture.agent->commit(u"idea"_s, "x\n", u"An idea"_s);
        fixture.agent->git({u"checkout"_s, u"-q"_s, fixture.tree.branch});
        PADDOCK_VERIFY_OK(
            await(fixture.importer.run(fixture.tree, fixture.agent, u"/paddock/git"_s)));
        const auto list = await(fixture.history.refs(fixture.tree));
        PADDOCK_VERIFY_OK(list);
        QHash<QByteArray, git::Ref> byName;
        for (const git::Ref &ref : list->refs)
            byName.insert(ref.shortName(), ref);
        QCOMPARE(byName.value("main").ahead, 0);
        QCOMPARE(byName.value("main").behind, 2);
        QCOMPARE(byName.value("other").behind, 3);
        QCOMPARE(byName.value("v1").commit, fixture.tree.baseCommit);
        QVERIFY(byName.value("v1").id != fixture.tree.baseCommit);
        const auto idea = byName.value(fixture.tree.session.value.toLatin1() + "/heads/idea");
        QCOMPARE(idea.kind, git::Ref::Kind::Session);
        QCOMPARE(idea.ahead, 1);
        QCOMPARE(idea.behind, 1);
        QVERIFY(byName.contains(fixture.tree.branch.toUtf8()));
        QVERIFY(!byName.contains("paddock/of-another-session"));
        QVERIFY(!byName.contains("zz99zz99/heads/x"));
    }
};

QTEST_GUILESS_MAIN(tst_SessionHistory)
#include "tst_SessionHistory.moc"
