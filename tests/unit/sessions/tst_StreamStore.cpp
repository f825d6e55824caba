// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/StreamStore.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace paddock::sessions;
using namespace Qt::StringLiterals;

class tst_StreamStore : public QObject
{
    Q_OBJECT

    const QByteArray m_epoch = QByteArray(16, '\x01');

private Q_SLOTS:
    void positionSurvives()
    {
        QTemporaryDir folder;
        {
            StreamStore store(folder.filePath(u"s"_s));
            QVERIFY(store.open(m_epoch));
            QVERIFY(store.append(3, 5, "hello"));
            QVERIFY(store.append(3, 11, " world"));
        }
        StreamStore again(folder.filePath(u"s"_s));
        const auto positions = again.open(m_epoch);
        QCOMPARE(positions->value(3), 11U);
        QCOMPARE(again.tail(3, 100), QByteArray("hello world"));
        QCOMPARE(again.tail(3, 5), QByteArray("world"));
    }

    void whatIsRepeatedIsStoredOnce()
    {
        QTemporaryDir folder;
        StreamStore store(folder.filePath(u"s"_s));
        QVERIFY(store.open(m_epoch));
        QVERIFY(store.append(3, 5, "abcde"));
        QVERIFY(store.append(3, 5, "abcde")); // whole
        QVERIFY(store.append(3, 8, "defgh")); // overlaps
        QCOMPARE(store.tail(3, 100), QByteArray("abcdefgh"));
        QCOMPARE(store.position(3), 8U);
    }

    void aHoleBeginsAnew()
    {
        QTemporaryDir folder;
        StreamStore store(folder.filePath(u"s"_s));
        QVERIFY(store.open(m_epoch));
        QVERIFY(store.append(3, 3, "abc"));
        QVERIFY(store.skipTo(3, 100));
        QCOMPARE(store.position(3), 100U);
        QVERIFY(store.append(3, 102, "xy"));
        QCOMPARE(store.tail(3, 100), QByteArray("abcxy"));
        StreamStore again(folder.filePath(u"s"_s));
        QCOMPARE(again.open(m_epoch)->value(3), 102U);
    }

    void onlyTheNewestPartIsKept()
    {
        QTemporaryDir folder;
        StreamStore store(folder.filePath(u"s"_s), {.segmentBytes = 100, .segments = 3});
        QVERIFY(store.open(m_epoch));
        quint64 end = 0;
        for (int i = 0; i < 50; ++i) {
            const QByteArray bytes = QByteArray::number(i).rightJustified(20, '.');
            end += 20;
            QVERIFY(store.append(7, end, bytes));
        }
        QCOMPARE(store.position(7), end);
        QVERIFY(store.tail(7, 10'000).size() <= 300);
        QVERIFY(store.tail(7, 10'000).endsWith("49"));
        QCOMPARE(QDir(folder.filePath(u"s"_s)).entryList(QDir::Files).size(), 3);
        StreamStore again(folder.filePath(u"s"_s));
        QCOMPARE(again.open(m_epoch)->value(7), end);
    }

    void epochsDoNotMix()
    {
        QTemporaryDir folder;
        StreamStore store(folder.filePath(u"s"_s));
        QVERIFY(store.open(m_epoch));
        QVERIFY(store.append(3, 3, "abc"));
        QVERIFY(store.open(QByteArray(16, '\x02'))->isEmpty());
        QCOMPARE(store.position(3), 0U);
        store.removeAll();
        QVERIFY(!QDir(folder.filePath(u"s"_s)).exists());
    }
};

QTEST_GUILESS_MAIN(tst_StreamStore)
#include "tst_StreamStore.moc"
