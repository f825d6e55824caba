// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/ResponseReader.h"

#include <QTest>

using namespace paddock;
using namespace paddock::gateway;

class tst_ResponseReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("endsByItself");
        QTest::newRow("length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
                                << 200 << QByteArray("abc") << true;
        QTest::newRow("chunks") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                              "chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")
                                << 200 << QByteArray("abcd") << true;
        QTest::newRow("until the end")
            << QByteArray("HTTP/1.1 500 Oh\r\n\r\nabc") << 500 << QByteArray("abc") << false;
        QTest::newRow("empty") << QByteArray("HTTP/1.1 204 No Content\r\n\r\n") << 204
                               << QByteArray() << true;
        QTest::newRow("interim answers before")
            << QByteArray("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
                          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            << 200 << QByteArray("x") << true;
        QTest::newRow("long body")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" +
                          QByteArray(300'000, 'y'))
            << 200 << QByteArray(300'000, 'y') << true;
    }
    void reads()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(bool, endsByItself);
        for (const qsizetype step : {bytes.size(), qsizetype(1), qsizetype(5)}) {
            if (step < 100 && bytes.size() > 100'000)
                continue;
            ResponseReader reader(ResponseBody::AsFramed);
            QByteArray got;
            for (qsizetype at = 0; at < bytes.size(); at += step) {
                QVERIFY(reader.feed(bytes.mid(at, step)));
                got += reader.takeBody();
            }
            QCOMPARE(reader.isComplete(), endsByItself);
            QVERIFY(reader.feedEnd());
            QVERIFY(reader.isComplete());
            QCOMPARE(reader.head().status, status);
            QCOMPARE(got, body);
        }
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("no HTTP") << QByteArray("220 smtp.example ESMTP\r\n\r\n");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("half a head") << QByteArray("HTTP/1.1 200 OK\r\nContent-L");
        QTest::newRow("half a body")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        QTest::newRow("half the chunks")
            << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        QTest::newRow("another protocol")
            << QByteArray("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
        QTest::newRow("two lengths")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
        QTest::newRow("length and chunks")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
                          "\r\n1\r\na\r\n0\r\n\r\n");
        QTest::newRow("endless head")
            << QByteArray("HTTP/1.1 200 OK\r\nX: " + QByteArray(200'000, 'x'));
    }
    void refuses()
    {
        QFETCH(QByteArray, bytes);
        ResponseReader reader(ResponseBody::AsFramed);
        auto result = reader.feed(bytes);
        if (result)
            result = reader.feedEnd();
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::ProviderFailed);
    }
};

QTEST_GUILESS_MAIN(tst_ResponseReader)
#include "tst_ResponseReader.moc"
