// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/ErrorText.h"

#include <QSet>
#include <QTest>

using namespace paddock;
using namespace paddock::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr auto kLast = ErrorKind::ProviderFailed; // of the enumeration

} // namespace

class tst_ErrorText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyKindHasSentences_data()
    {
        QTest::addColumn<int>("kind");
        for (int kind = 0; kind <= static_cast<int>(kLast); ++kind)
            QTest::newRow(errorKindInfo(static_cast<ErrorKind>(kind)).name) << kind;
    }
    void everyKindHasSentences()
    {
        QFETCH(int, kind);
        const ErrorWords words = wordsFor(Error(static_cast<ErrorKind>(kind), {}));
        for (const QString &sentence : {words.message, words.remedy}) {
            QVERIFY(sentence.size() > 10);
            QVERIFY(sentence.endsWith(u'.'));
            QVERIFY(sentence.front().isUpper());
            QVERIFY(!sentence.contains(u"please"_s, Qt::CaseInsensitive));
            QVERIFY(!sentence.contains(u"n't"_s));
        }
        QVERIFY(words.detail.contains(
            QString::fromLatin1(errorKindInfo(static_cast<ErrorKind>(kind)).name)));
        QVERIFY(words.message != u"Something went wrong."_s); // fell through the table
        QVERIFY2(!s_messages.contains(words.message), "two kinds share a sentence");
        s_messages.insert(words.message);
    }

    void ownWordsComeFirst()
    {
        const ErrorWords words = wordsFor(Error(ErrorKind::DiskFull, u"No room on /data."_s)
                                              .withRemedy(u"Free 2 GB."_s)
                                              .withDetail(u"ENOSPC\nwrite"_s)
                                              .withOperation(u"image build"_s));
        QCOMPARE(words.message, u"No room on /data."_s);
        QCOMPARE(words.remedy, u"Free 2 GB."_s);
        QVERIFY(words.detail.contains(u"ENOSPC"_s));
        QVERIFY(words.detail.contains(u"image build"_s));
    }

    void hostileWordsAreShown()
    {
        const ErrorWords words =
            wordsFor(Error(ErrorKind::Internal, u"a\u202Eb\x1b[2J"_s).withDetail(u"\u200B"_s));
        QCOMPARE(words.message, u"a\\u{202E}b\\u{001B}[2J"_s);
        QVERIFY(words.detail.contains(u"\\u{200B}"_s));
    }

private:
    static inline QSet<QString> s_messages;
};

QTEST_GUILESS_MAIN(tst_ErrorText)
#include "tst_ErrorText.moc"
