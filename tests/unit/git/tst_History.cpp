// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The readers of a history: log, blame, refs, and the lanes of a drawn one.
#include "core/git/Blame.h"
#include "core/git/Graph.h"
#include "core/git/Log.h"
#include "core/git/Refs.h"

#include <QTest>

#include <algorithm>

using namespace paddock;
using namespace paddock::git;
using namespace Qt::StringLiterals;

namespace {

QByteArray hex(char digit)
{
    return QByteArray(40, digit);
}

Oid oid(char digit)
{
    return Oid::fromHex(hex(digit)).value();
}

QByteArray record(const QByteArrayList &fields)
{
    return fields.join('\0') + '\0';
}

QByteArray logRecord(char id, const QByteArray &parents, const QByteArray &message)
{
    return record({hex(id), parents, "An", "a@x", "11", "Com", "c@x", "12", message});
}

Commit commit(char id, const QByteArray &parents)
{
    Commit made{.id = oid(id)};
    for (const char parent : parents)
        made.parents += oid(parent);
    return made;
}

QByteArray refRecord(const QByteArray &name, const QByteArray &type, const QByteArray &peeled)
{
    return record({name,
                   hex('a'),
                   type,
                   peeled,
                   peeled.isEmpty() ? QByteArray() : QByteArray("commit"),
                   "",
                   "17",
                   "Subject"}) +
           '\n';
}

} // namespace

class tst_History : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void log()
    {
        const QByteArray text = logRecord('a', hex('b') + ' ' + hex('c'), "Merge\n\nbody\nmore\n") +
                                logRecord('b', "", "");
        const auto commits = parseLog(text);
        QVERIFY(commits);
        QCOMPARE(commits->size(), 2);
        const Commit &first = commits->first();
        QCOMPARE(first.id, oid('a'));
        QCOMPARE(first.parents, (QList<Oid>{oid('b'), oid('c')}));
        QCOMPARE(first.author, (Signature{.name = u"An"_s, .email = u"a@x"_s, .time = 11}));
        QCOMPARE(first.committer, (Signature{.name = u"Com"_s, .email = u"c@x"_s, .time = 12}));
        QCOMPARE(first.subject, u"Merge"_s);
        QCOMPARE(first.body, u"body\nmore"_s);
        QVERIFY(!first.isCut && first.path.isEmpty());
        QVERIFY(commits->last().parents.isEmpty());
    }

    void logOfAFile()
    {
        const QByteArray text = logRecord('a', hex('b'), "three") + record({"\nM", "b c"}) +
                                logRecord('b', hex('c'), "two") + record({"\nR096", "old", "b c"}) +
                                logRecord('c', "", "one") + record({"\nA", hex('d')});
        const auto commits = parseLog(text);
        QVERIFY(commits);
        QCOMPARE(commits->size(), 3);
        QCOMPARE(commits->at(0).path, "b c");
        QCOMPARE(commits->at(1).path, "b c");
        QCOMPARE(commits->at(2).path, hex('d')); // a name like an id is no new record
    }

    void logIsBounded()
    {
        const auto commits = parseLog(
            logRecord('a', "", QByteArray(10'000, 's') + "\n\n" + QByteArray(200'000, 'b')));
        QVERIFY(commits);
        QVERIFY(commits->first().isCut);
        QVERIFY(commits->first().subject.size() <= 500);
        QVERIFY(commits->first().body.size() <= 64 * 1024);
    }

    void badLog_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("no record") << QByteArray("x");
        QTest::newRow("short") << record({hex('a'), "", "An"});
        QTest::newRow("id") << record({"zz", "", "An", "a@x", "11", "C", "c@x", "12", "m"});
        QTest::newRow("null id") << record(
            {hex('0'), "", "An", "a@x", "11", "C", "c@x", "12", "m"});
        QTest::newRow("parent") << record({hex('a'), "b", "An", "a@x", "1", "C", "c@x", "12", "m"});
        QTest::newRow("time") << record({hex('a'), "", "An", "a@x", "now", "C", "c", "12", "m"});
        QTest::newRow("path") << logRecord('a', "", "m") + record({"\nM", ""});
        QTest::newRow("no path") << logRecord('a', "", "m") + record({"\nM"});
    }

    void badLog()
    {
        QFETCH(QByteArray, text);
        const auto commits = parseLog(text);
        QVERIFY(!commits);
        QCOMPARE(commits.error().kind, ErrorKind::ProtocolError);
    }

    void cutLog()
    {
        const QByteArray text = logRecord('a', hex('b'), "one") + logRecord('b', "", "two");
        const qsizetype first = logRecord('a', hex('b'), "one").size();
        for (qsizetype size = 0; size <= text.size(); ++size) {
            const auto commits = parseLog(text.left(size), Tail::MayBeCut);
            QVERIFY(commits);
            QCOMPARE(commits->size(), size == text.size() ? 2 : size >= first ? 1 : 0);
        }
    }

    void logOptions()
    {
        const auto arguments =
            logArguments({.from = {oid('a')}, .notIn = {oid('b')}, .count = 5, .skip = 10});
        QVERIFY(arguments.contains(u"--max-count=5"_s) && arguments.contains(u"--skip=10"_s));
        QVERIFY(arguments.contains(oid('a').toString()));
        QVERIFY(arguments.contains(u'^' + oid('b').toString()));
        QCOMPARE(arguments.last(), u"--"_s);
        QVERIFY(!arguments.contains(u"--follow"_s));
        QVERIFY(logArguments({.path = "x"}).contains(u"--follow"_s));
    }

    void blame()
    {
        const QByteArray text = hex('a') +
                                " 5 3 2\nauthor An\nauthor-mail <a@x>\nauthor-time 7\n"
                                "author-tz +0000\nsummary Words\nfilename b c\n" +
                                hex('b') + " 1 1 2\nauthor B\nboundary\nfilename \"n\\nl\"\n" +
                                hex('a') + " 9 5 1\nfilename b c\n";
        const auto answer = parseBlame(text, 100);
        QVERIFY(answer);
        QCOMPARE(answer->ranges.size(), 3);
        QCOMPARE(answer->ranges[0],
                 (BlameRange{.commit = oid('b'),
                             .line = 1,
                             .count = 2,
                             .originalLine = 1,
                             .originalPath = "n\nl"}));
        QCOMPARE(answer->commits.value(oid('a')).author,
                 (Signature{.name = u"An"_s, .email = u"a@x"_s, .time = 7}));
        QCOMPARE(answer->commits.value(oid('a')).subject, u"Words"_s);
        QVERIFY(answer->commits.value(oid('b')).isBoundary);
        QCOMPARE(answer->at(2)->commit, oid('b'));
        QCOMPARE(answer->at(4)->originalLine, 5);
        QCOMPARE(answer->at(5)->originalLine, 9);
        QVERIFY(!answer->at(0) && !answer->at(6));
    }

    void badBlame_data()
    {
        QTest::addColumn<QByteArray>("text");
        const QByteArray end = "filename x\n";
        QTest::newRow("no id") << "x 1 1 1\n" + end;
        QTest::newRow("three numbers") << hex('a') + " 1 1 1 1\n" + end;
        QTest::newRow("line 0") << hex('a') + " 1 0 1\n" + end;
        QTest::newRow("too many") << hex('a') + " 1 1 101\n" + end;
        QTest::newRow("overflow") << hex('a') + " 1 2147483647 2\n" + end;
        QTest::newRow("twice") << hex('a') + " 1 1 2\n" + end + hex('b') + " 1 2 1\n" + end;
        QTest::newRow("open") << hex('a') + " 1 1 1\nauthor x\n";
        QTest::newRow("no line feed") << hex('a') + " 1 1 1\nfilename x";
        QTest::newRow("time") << hex('a') + " 1 1 1\nauthor-time x\n" + end;
        QTest::newRow("quotes") << hex('a') + " 1 1 1\nfilename \"x\n";
    }

    void badBlame()
    {
        QFETCH(QByteArray, text);
        const auto answer = parseBlame(text, 100);
        QVERIFY(!answer);
        QCOMPARE(answer.error().kind, ErrorKind::ProtocolError);
    }

    void refs()
    {
        const QByteArray text = refRecord("refs/heads/main", "commit", "") +
                                refRecord("refs/heads/paddock/fix-ab", "commit", "") +
                                refRecord("refs/tags/v1", "tag", hex('c')) +
                                refRecord("refs/tags/blob", "blob", "") +
                                refRecord("refs/paddock/keep/x/y", "commit", "") +
                                refRecord("refs/paddock/ab/heads/x", "commit", "") +
                                refRecord("refs/paddock/backup/ab/1", "commit", "") +
                                refRecord("refs/remotes/origin/main", "commit", "");
        const auto answer = parseRefs(text);
        QVERIFY(answer);
        using Kind = Ref::Kind;
        QList<Kind> kinds;
        QByteArrayList names;
        for (const Ref &ref : *answer) {
            kinds += ref.kind;
            names += ref.shortName();
        }
        QCOMPARE(kinds,
                 (QList<Kind>{Kind::Branch,
                              Kind::SessionBranch,
                              Kind::Tag,
                              Kind::Tag,
                              Kind::Session,
                              Kind::Backup,
                              Kind::RemoteBranch}));
        QCOMPARE(names,
                 (QByteArrayList{
                     "main", "paddock/fix-ab", "v1", "blob", "ab/heads/x", "ab/1", "origin/main"}));
        QCOMPARE(answer->at(2).commit, oid('c'));
        QVERIFY(answer->at(3).commit.isNull());
        QCOMPARE(answer->first().time, 17);
        QVERIFY(!parseRefs(text.chopped(1)));
        QCOMPARE(parseRefs(text.chopped(1), Tail::MayBeCut)->size(), answer->size() - 1);
        QVERIFY(!parseRefs(refRecord("heads/main", "commit", "")));
        QVERIFY(!parseRefs(refRecord("refs/heads/a\nb", "commit", "")));
    }

    void lanesOfALine()
    {
        const auto rows = layOutGraph({commit('a', "b"), commit('b', "c"), commit('c', "")});
        QCOMPARE(rows.size(), 3);
        for (const GraphRow &row : rows) {
            QCOMPARE(row.lane, 0);
            QCOMPARE(row.color, 0);
            QCOMPARE(row.width, 1);
        }
        QCOMPARE(rows[0].lines, (QList<GraphLine>{{.from = 0, .to = 0, .color = 0}}));
        QVERIFY(rows[2].lines.isEmpty());
    }

    void lanesOfAMerge()
    {
        // a merges b (first) and c; both come from d.
        const auto rows =
            layOutGraph({commit('a', "bc"), commit('b', "d"), commit('c', "d"), commit('d', "")});
        QCOMPARE(rows[0].lane, 0);
        QCOMPARE(
            rows[0].lines,
            (QList<GraphLine>{{.from = 0, .to = 0, .color = 0}, {.from = 0, .to = 1, .color = 1}}));
        QCOMPARE(rows[1].lane, 0);
        QCOMPARE(
            rows[1].lines,
            (QList<GraphLine>{{.from = 1, .to = 1, .color = 1}, {.from = 0, .to = 0, .color = 0}}));
        QCOMPARE(rows[2].lane, 1);
        QCOMPARE(
            rows[2].lines,
            (QList<GraphLine>{{.from = 0, .to = 0, .color = 0}, {.from = 1, .to = 0, .color = 0}}));
        QCOMPARE(rows[3].lane, 0);
        QVERIFY(rows[3].lines.isEmpty());
        QCOMPARE(rows[3].width, 1);
    }

    void lanesOfAnOctopusAndTwoRoots()
    {
        const auto rows = layOutGraph({commit('a', "bcd"),
                                       commit('b', ""),
                                       commit('c', ""),
                                       commit('e', "d"),
                                       commit('d', "")});
        QCOMPARE(rows[0].lines.size(), 3);
        QCOMPARE(rows[0].width, 3);
        QCOMPARE(rows[1].lane, 0);
        QCOMPARE(rows[2].lane, 1);
        QCOMPARE(rows[3].lane, 0); // a tip takes what became free
        QCOMPARE(
            rows[3].lines,
            (QList<GraphLine>{{.from = 2, .to = 2, .color = 2}, {.from = 0, .to = 2, .color = 2}}));
        QCOMPARE(rows[4].lane, 2);
    }

    void lanesAreBounded()
    {
        // Ten thousand commits, each with fifty parents that never come.
        QList<Commit> commits;
        for (int i = 0; i < 10'000; ++i) {
            Commit made{
                .id = Oid::fromHex(QByteArray::number(i + 1).rightJustified(40, '0')).value()};
            for (int parent = 0; parent < 50; ++parent)
                made.parents +=
                    Oid::fromHex("f" + QByteArray::number(i * 50 + parent).rightJustified(39, '0'))
                        .value();
            commits += made;
        }
        const auto rows = layOutGraph(commits, 10);
        QCOMPARE(rows.size(), commits.size());
        QVERIFY(rows.last().isCut);
        for (const GraphRow &row : rows) {
            QVERIFY(row.width <= 10 && row.lane < 10);
            QVERIFY(row.lines.size() <= 20);
        }
    }
};

QTEST_APPLESS_MAIN(tst_History)
#include "tst_History.moc"
