// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/DisplayText.h"
#include "ui/text/EnglishPlurals.h"

#include <QElapsedTimer>
#include <QTest>

using namespace paddock::ui;
using namespace Qt::StringLiterals;

class tst_DisplayText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hiddenCharactersAreShown_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("shown");
        QTest::newRow("plain") << u"Grüße, 世界 🙂"_s << u"Grüße, 世界 🙂"_s;
        QTest::newRow("markup stays") << u"<b>&amp;"_s << u"<b>&amp;"_s;
        QTest::newRow("right to left override") << u"a\u202Eb"_s << u"a\\u{202E}b"_s;
        QTest::newRow("isolate") << u"\u2066x\u2069"_s << u"\\u{2066}x\\u{2069}"_s;
        QTest::newRow("escape") << u"\x1b[31m"_s << u"\\u{001B}[31m"_s;
        QTest::newRow("zero width") << u"a\u200Bb"_s << u"a\\u{200B}b"_s;
        QTest::newRow("joiner in emoji stays") << u"👩\u200D💻"_s << u"👩\u200D💻"_s;
        QTest::newRow("tag character") << QString::fromUcs4(U"\U000E0041") << u"\\u{E0041}"_s;
        QTest::newRow("line separator") << u"a\u2028b"_s << u"a\\u{2028}b"_s;
        QTest::newRow("half surrogate") << QString(QChar(0xd800)) << u"\\u{D800}"_s;
        QTest::newRow("line ends") << u"a\r\nb\rc\nd"_s << u"a\nb\nc\nd"_s;
        QTest::newRow("nul") << QString(QChar(0)) << u"\\u{0000}"_s;
    }
    void hiddenCharactersAreShown()
    {
        QFETCH(QString, text);
        QFETCH(QString, shown);
        QCOMPARE(visibleText(text), shown);
    }

    void oneLineHasNoBreaks()
    {
        QCOMPARE(visibleText(u"a\nb\tc\r\nd"_s, Lines::One), u"a b c d"_s);
    }

    void longTextIsCut()
    {
        const LimitedText cut = limitedText(QString(100, u'x'), {.maxCharacters = 10});
        QCOMPARE(cut.text.size(), 10);
        QVERIFY(cut.notice.contains(u"100"_s));
        QCOMPARE(limitedText(u"short"_s).text, u"short"_s);
        QVERIFY(limitedText(u"short"_s).notice.isEmpty());
    }

    void longLinesAreCut()
    {
        const LimitedText cut =
            limitedText(QString(100, u'x') + u"\nnext"_s, {.maxLineCharacters = 10});
        QCOMPARE(cut.text, QString(10, u'x') + u"…\nnext"_s);
        QVERIFY(!cut.notice.isEmpty());
    }

    void manyLinesAreCut()
    {
        const LimitedText cut = limitedText(QString(100, u'\n'), {.maxLines = 5});
        QVERIFY(cut.text.count(u'\n') <= 5);
        QVERIFY(!cut.notice.isEmpty());
    }

    void pairsAreNotSplit()
    {
        QCOMPARE(limitedText(u"ab🙂"_s, {.maxCharacters = 3}).text, u"ab"_s);
    }

    void hugeTextIsQuick()
    {
        QElapsedTimer timer;
        timer.start();
        const LimitedText cut = limitedText(visibleText(QString(5'000'000, u'x')));
        QVERIFY(cut.text.size() < 25'000);
        QVERIFY2(timer.elapsed() < 1000, "five megabytes in one line took too long");
    }

    void toolTipsAndButtonsShowTextAsItIs()
    {
        QCOMPARE(plainButtonText(u"a & b"_s), u"a && b"_s);
        const QString tip = plainToolTip(u"<img src=x>\ny"_s);
        QVERIFY(tip.contains(u"&lt;img"_s));
        QVERIFY(!tip.contains(u"<img"_s));
        QVERIFY(plainToolTip({}).isEmpty());
    }

    void ages()
    {
        const QDateTime now = QDateTime::currentDateTimeUtc();
        QCOMPARE(shortAge(now.addSecs(-5), now), u"now"_s);
        QCOMPARE(shortAge(now.addSecs(-360), now), u"6 min"_s);
        QCOMPARE(shortAge(now.addSecs(-7300), now), u"2 h"_s);
        QCOMPARE(shortAge(now.addDays(-3), now), u"3 d"_s);
        QCOMPARE(shortAge(now.addSecs(60), now), u"now"_s); // a clock that was set back
        QVERIFY(shortAge({}, now).isEmpty());
    }

    void englishPlurals()
    {
        const EnglishPlurals plurals;
        const auto text = [&plurals](const char *source, int n) {
            return plurals.translate("x", source, nullptr, n);
        };
        QCOMPARE(text("%n session(s) wait for you", 1), u"%n session waits for you"_s);
        QCOMPARE(text("%n session(s) wait for you", 2), u"%n sessions wait for you"_s);
        QCOMPARE(text("%n wait(s) for you", 1), u"%n waits for you"_s);
        QCOMPARE(text("%n wait(s) for you", 3), u"%n wait for you"_s);
        QVERIFY(text("no plural", 2).isEmpty());
        QVERIFY(text("%n file(s)", -1).isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_DisplayText)
#include "tst_DisplayText.moc"
