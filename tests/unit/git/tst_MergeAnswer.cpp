// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/CommitText.h"
#include "core/git/MergeAnswer.h"

#include <QTest>

using namespace paddock;
using namespace paddock::git;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kTree(40, 'a');
const QByteArray kParent(40, 'b');
const QByteArray kWho = "A <a@example.org> 1700000000 +0100";

QByteArray answer(const QList<QByteArray> &fields)
{
    QByteArray text;
    for (const QByteArray &field : fields)
        text += field + '\0';
    return text;
}

} // namespace

class tst_MergeAnswer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commitRoundTrip()
    {
        const QByteArray text = "tree " + kTree + "\nparent " + kParent + "\nauthor " + kWho +
                                "\ncommitter " + kWho +
                                "\nencoding latin1\ngpgsig -----BEGIN\n tree "
                                "evil\n\n mergetag\n\nsubject \xe4\n\nbody\n";
        const auto commit = parseCommit(text);
        QVERIFY(commit.has_value());
        QCOMPARE(commit->tree.toHex(), kTree);
        QCOMPARE(commit->parents.size(), 1);
        QCOMPARE(commit->author, kWho);
        QCOMPARE(commit->encoding, QByteArray("latin1"));
        const auto again = parseCommit(commit->toBytes());
        QVERIFY(again.has_value());
        QCOMPARE(*again, *commit);
        QVERIFY(!commit->toBytes().contains("gpgsig"));
    }

    void brokenCommits_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no tree") << "author " + kWho + "\ncommitter " + kWho + "\n\nx";
        QTest::newRow("short id") << "tree abc\nauthor " + kWho + "\ncommitter " + kWho + "\n\nx";
        QTest::newRow("cut") << "tree " + kTree + "\nauthor A";
    }

    void brokenCommits()
    {
        QFETCH(QByteArray, text);
        const auto commit = parseCommit(text);
        QVERIFY(!commit && commit.error().kind == ErrorKind::ProtocolError);
    }

    void namesCannotBreakTheLine()
    {
        const QByteArray line = signatureLine(u" A\n<b>\tC "_s, u"x>@y\n"_s);
        QVERIFY2(line.startsWith("AbC <x@y> "), line.constData());
        QCOMPARE(line.count('\n'), 0);
        QVERIFY(parseCommit(CommitText{.tree = *Oid::fromHex(kTree),
                                       .author = line,
                                       .committer = line,
                                       .message = "x\n"}
                                .toBytes())
                    .has_value());
    }

    void cleanMerge()
    {
        const auto merged =
            parseMergeAnswer(answer({kTree, "", "1", "f", "Auto-merging", "Auto-merging f\n"}));
        QVERIFY(merged.has_value());
        QCOMPARE(merged->tree.toHex(), kTree);
        QVERIFY(merged->conflicts.isEmpty());
    }

    void conflicts()
    {
        const QByteArray id(40, 'c');
        const auto merged = parseMergeAnswer(answer({kTree,
                                                     "100644 " + id + " 2\tnew\nline\t\"x\"",
                                                     "100644 " + id + " 3\tnew\nline\t\"x\"",
                                                     "100644 " + id + " 1\tg",
                                                     "100644 " + id + " 2\tg",
                                                     "",
                                                     "1",
                                                     "new\nline\t\"x\"",
                                                     "CONFLICT (contents)",
                                                     "CONFLICT (add/add): Merge conflict\n",
                                                     "2",
                                                     "g",
                                                     "f",
                                                     "CONFLICT (rename/delete)",
                                                     "CONFLICT (rename/delete): f renamed\n"}));
        QVERIFY(merged.has_value());
        QCOMPARE(merged->conflicts.size(), 2);
        QCOMPARE(merged->conflicts[0].kind, MergeConflict::Kind::AddAdd);
        QCOMPARE(merged->conflicts[0].path, QByteArray("new\nline\t\"x\""));
        QCOMPARE(merged->conflicts[1].kind, MergeConflict::Kind::RenameDelete);
        QCOMPARE(merged->conflicts[1].path, QByteArray("g"));
        QVERIFY(merged->conflicts[1].theirs.isNull());
        QCOMPARE(mergeConflictName(merged->conflicts[1].kind), u"rename-delete"_s);
    }

    void cutAnswers()
    {
        const QByteArray id(40, 'c');
        const QByteArray whole = answer({kTree,
                                         "100644 " + id + " 2\tf",
                                         "",
                                         "1",
                                         "f",
                                         "CONFLICT (contents)",
                                         "CONFLICT: x\n"});
        QVERIFY(parseMergeAnswer(whole).has_value());
        for (qsizetype length = 0; length < whole.size(); ++length) {
            const auto merged = parseMergeAnswer(whole.left(length));
            if (!merged)
                QCOMPARE(merged.error().kind, ErrorKind::ProtocolError);
        }
        QVERIFY(!parseMergeAnswer(answer({kTree, "rubbish"})).has_value());
        QVERIFY(!parseMergeAnswer(answer({kTree, "", "-1"})).has_value());
        QVERIFY(!parseMergeAnswer(answer({kTree, "", "2000000000", "f"})).has_value());
    }
};

QTEST_APPLESS_MAIN(tst_MergeAnswer)
#include "tst_MergeAnswer.moc"
