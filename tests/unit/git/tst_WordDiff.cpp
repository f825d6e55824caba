// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/WordDiff.h"

#include <QElapsedTimer>
#include <QTest>

using namespace paddock::git;

namespace {

/// The line with what changed in brackets.
QByteArray marked(const QByteArray &line, const QList<WordRange> &ranges)
{
    QByteArray text = line;
    for (auto range = ranges.crbegin(); range != ranges.crend(); ++range)
        text.insert(range->start + range->length, ']').insert(range->start, '[');
    return text;
}

} // namespace

class tst_WordDiff : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void words_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        QTest::addColumn<QByteArray>("old");
        QTest::addColumn<QByteArray>("now");
        const auto row = [](const char *name,
                            const char *before,
                            const char *after,
                            const char *old,
                            const char *now) {
            QTest::newRow(name) << QByteArray(before) << QByteArray(after) << QByteArray(old)
                                << QByteArray(now);
        };
        row("same", "a b", "a b", "a b", "a b");
        row("one word", "int count = 1;", "int total = 1;", "int [count] = 1;", "int [total] = 1;");
        row("more", "f(a)", "f(a, b)", "f(a)", "f(a[, b])");
        row("fewer", "f(a, b)", "f(a)", "f(a[, b])", "f(a)");
        row("two places",
            "one two three four",
            "ONE two THREE four",
            "[one] two [three] four",
            "[ONE] two [THREE] four");
        row("blanks", "a  b", "a b", "a[  ]b", "a[ ]b");
        row("repeated", "a a a", "a a", "a a[ a]", "a a");
        row("letters beyond ASCII",
            "gr\xc3\xbc\xc3\x9f"
            "e x",
            "gruesse x",
            "[gr\xc3\xbc\xc3\x9f"
            "e] x",
            "[gruesse] x");
        row("nothing", "", "new", "", "[new]");
        row("replaced", "alpha beta", "x1;y2;z3", "[alpha beta]", "[x1;y2;z3]");
    }

    void words()
    {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        const auto diff = diffWords(before, after);
        QTEST(marked(before, diff.removed), "old");
        QTEST(marked(after, diff.added), "now");
    }

    void isLinear()
    {
        QByteArray before;
        QByteArray after;
        for (int i = 0; before.size() < 5 * 1024 * 1024; ++i) {
            before += "a" + QByteArray::number(i) + ' ';
            after += "b" + QByteArray::number(i) + ' ';
        }
        QElapsedTimer clock;
        clock.start();
        auto diff = diffWords(before, after);
        QVERIFY(diff.isWholeLine);
        QCOMPARE(diff.removed, (QList<WordRange>{{.start = 0, .length = before.size()}}));
        // As long as is compared at all, and nothing in common.
        diff = diffWords(QByteArrayView(before).first(64 * 1024),
                         QByteArrayView(after).first(64 * 1024));
        QVERIFY(diff.isWholeLine);
        QVERIFY2(clock.elapsed() < 500, qPrintable(QString::number(clock.elapsed())));
    }
};

QTEST_APPLESS_MAIN(tst_WordDiff)
#include "tst_WordDiff.moc"
