// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "core/docker/JsonLines.h"

#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace Qt::StringLiterals;

class tst_JsonLines : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cutAnywhere();
    void badLines_data();
    void badLines();
    void cutLineAtTheEnd();
    void lineLimit();
};

void tst_JsonLines::cutAnywhere()
{
    const QByteArray bytes = "{\"a\":1}\r\n\r\n{\"a\":2}\n  {\"a\":3}  \n{\"a\":4}";
    for (qsizetype cut = 0; cut <= bytes.size(); ++cut) {
        JsonLines lines;
        QList<QJsonObject> objects = lines.feed(QByteArrayView(bytes).first(cut));
        objects += lines.feed(QByteArrayView(bytes).sliced(cut));
        objects += lines.finish();
        QVERIFY(!lines.error());
        QCOMPARE(objects.size(), 4);
        for (int i = 0; i < 4; ++i)
            QCOMPARE(objects.at(i).value(u"a"_s).toInt(), i + 1);
    }
}

void tst_JsonLines::badLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("no json") << QByteArray("hello");
    QTest::newRow("array") << QByteArray("[1]");
    QTest::newRow("null") << QByteArray("null");
    QTest::newRow("two in a line") << QByteArray("{}{}");
    QTest::newRow("duplicate key") << QByteArray("{\"a\":1,\"a\":2}");
    QTest::newRow("not utf-8") << QByteArray("{\"a\":\"\xff\xfe\"}");
    QTest::newRow("deep") << QByteArray("{\"a\":" + QByteArray(10'000, '[') +
                                        QByteArray(10'000, ']') + "}");
}

void tst_JsonLines::badLines()
{
    QFETCH(QByteArray, line);
    JsonLines lines;
    const auto objects = lines.feed("{\"first\":true}\n" + line + "\n{\"third\":true}\n");
    QCOMPARE(objects.size(), 1);
    QVERIFY(lines.error());
    QCOMPARE(lines.error()->kind, ErrorKind::ProtocolError);
    QVERIFY(lines.feed("{}\n").isEmpty());
}

void tst_JsonLines::cutLineAtTheEnd()
{
    JsonLines lines;
    QVERIFY(lines.feed("{\"a\":").isEmpty());
    QVERIFY(!lines.error());
    QVERIFY(lines.finish().isEmpty());
    QVERIFY(lines.error());
    QCOMPARE(lines.error()->kind, ErrorKind::ConnectionLost);
}

void tst_JsonLines::lineLimit()
{
    JsonLines lines(1000);
    QVERIFY(lines.feed(QByteArray(900, ' ')).isEmpty());
    QVERIFY(!lines.error());
    QVERIFY(lines.feed(QByteArray(200, ' ')).isEmpty());
    QVERIFY(lines.error());
}

QTEST_GUILESS_MAIN(tst_JsonLines)
#include "tst_JsonLines.moc"
