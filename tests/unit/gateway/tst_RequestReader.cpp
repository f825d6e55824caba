// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/RequestReader.h"

#include <QTest>

using namespace paddock::gateway;

namespace {

QByteArray get(const QByteArray &target)
{
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:3129\r\n\r\n";
}

QByteArray post(const QByteArray &headers, const QByteArray &body = {})
{
    return "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:3129\r\n" + headers + "\r\n" + body;
}

} // namespace

class tst_RequestReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("status");
        // ways to make two parsers disagree
        QTest::newRow("CL and TE")
            << post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") << 400;
        QTest::newRow("TE and CL")
            << post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") << 400;
        QTest::newRow("two CL") << post("Content-Length: 3\r\nContent-Length: 4\r\n") << 400;
        QTest::newRow("two equal CL") << post("Content-Length: 3\r\ncontent-length: 3\r\n") << 400;
        QTest::newRow("CL list") << post("Content-Length: 3, 3\r\n") << 400;
        QTest::newRow("CL negative") << post("Content-Length: -1\r\n") << 400;
        QTest::newRow("CL plus") << post("Content-Length: +3\r\n") << 400;
        QTest::newRow("CL hex") << post("Content-Length: 0x3\r\n") << 400;
        QTest::newRow("CL empty") << post("Content-Length:\r\n") << 400;
        QTest::newRow("CL overflow") << post("Content-Length: 99999999999999999999\r\n") << 400;
        QTest::newRow("two TE")
            << post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") << 400;
        QTest::newRow("TE list") << post("Transfer-Encoding: gzip, chunked\r\n") << 400;
        QTest::newRow("TE odd") << post("Transfer-Encoding: xchunked\r\n") << 400;
        QTest::newRow("TE identity") << post("Transfer-Encoding: identity\r\n") << 400;
        QTest::newRow("folded header") << post("X: a\r\n b\r\n") << 400;
        QTest::newRow("folded first header")
            << QByteArray("GET / HTTP/1.1\r\n Host: 127.0.0.1\r\n\r\n") << 400;
        QTest::newRow("bare LF after a header")
            << QByteArray("GET / HTTP/1.1\r\nHost: 127.0.0.1\nX: y\r\n\r\n") << 400;
        QTest::newRow("only LF") << QByteArray("GET / HTTP/1.1\nHost: 127.0.0.1\n\n") << 400;
        QTest::newRow("bare CR") << post("X: a\rb\r\n") << 400;
        QTest::newRow("NUL in a header") << post(QByteArray("X: a\0b\r\n", 8)) << 400;
        QTest::newRow("NUL in the line")
            << QByteArray("GET /\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 36) << 400;
        QTest::newRow("byte above ASCII") << post("X: \xc3\xa4\r\n") << 400;
        QTest::newRow("space before the colon") << post("Content-Length : 3\r\n") << 400;
        QTest::newRow("no colon") << post("Content-Length 3\r\n") << 400;
        QTest::newRow("empty name") << post(": 3\r\n") << 400;
        QTest::newRow("odd name") << post("Con(tent: 3\r\n") << 400;
        // the line
        QTest::newRow("HTTP/1.0") << QByteArray("GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n") << 400;
        QTest::newRow("HTTP/2 preface") << QByteArray("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") << 400;
        QTest::newRow("two spaces")
            << QByteArray("GET  / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") << 400;
        QTest::newRow("tab") << QByteArray("GET\t/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") << 400;
        QTest::newRow("no version") << QByteArray("GET /\r\nHost: 127.0.0.1\r\n\r\n") << 400;
        QTest::newRow("small letters")
            << QByteArray("get / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") << 400;
        QTest::newRow("empty line first") << QByteArray("\r\n\r\nGET / HTTP/1.1\r\n\r\n") << 400;
        QTest::newRow("TLS") << QByteArray("\x16\x03\x01\x02\x00\x01\x00", 7) << 400;
        // targets
        QTest::newRow("absolute form") << get("http://evil.example/v1/messages") << 403;
        QTest::newRow("authority form")
            << QByteArray("CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") << 403;
        QTest::newRow("asterisk") << get("*") << 403;
        QTest::newRow("double slash") << get("//v1/messages") << 403;
        QTest::newRow("double slash inside") << get("/v1//messages") << 403;
        QTest::newRow("slash at the end") << get("/v1/messages/") << 403;
        QTest::newRow("dot dot") << get("/v1/../v1/files") << 403;
        QTest::newRow("dot dot at the end") << get("/v1/messages/..") << 403;
        QTest::newRow("dot") << get("/v1/./messages") << 403;
        QTest::newRow("escaped dots") << get("/v1/%2e%2e/files") << 403;
        QTest::newRow("escaped slash") << get("/v1%2fmessages") << 403;
        QTest::newRow("backslash") << get("/v1\\messages") << 403;
        QTest::newRow("semicolon") << get("/v1/messages;x") << 403;
        QTest::newRow("fragment") << get("/v1/messages#x") << 403;
        QTest::newRow("odd query") << get("/v1/messages?a=<b>") << 400;
        QTest::newRow("long target") << get("/" + QByteArray(5000, 'a')) << 400;
        // Host
        QTest::newRow("no Host") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
        QTest::newRow("two Hosts")
            << QByteArray("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n") << 400;
        QTest::newRow("other Host")
            << QByteArray("GET / HTTP/1.1\r\nHost: api.openai.com\r\n\r\n") << 403;
        QTest::newRow("Host with a user")
            << QByteArray("GET / HTTP/1.1\r\nHost: 127.0.0.1@evil\r\n\r\n") << 403;
        QTest::newRow("Host that begins well")
            << QByteArray("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n") << 403;
        QTest::newRow("Host with an odd port")
            << QByteArray("GET / HTTP/1.1\r\nHost: 127.0.0.1:80a\r\n\r\n") << 403;
        // the rest
        QTest::newRow("upgrade") << post("Connection: upgrade\r\nUpgrade: websocket\r\n") << 403;
        QTest::newRow("expectation") << post("Expect: 200-ok\r\n") << 417;
        QTest::newRow("too large") << post("Content-Length: 33554433\r\n") << 413;
        QTest::newRow("too many headers") << post(QByteArray("X: y\r\n").repeated(200)) << 400;
        QTest::newRow("1 MB header") << post("X: " + QByteArray(1024 * 1024, 'x') + "\r\n") << 400;
        QTest::newRow("1 MB header without end")
            << QByteArray("GET / HTTP/1.1\r\nX: " + QByteArray(1024 * 1024, 'x')) << 400;
        QTest::newRow("bad chunk size")
            << post("Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n") << 400;
        QTest::newRow("negative chunk size")
            << post("Transfer-Encoding: chunked\r\n", "-3\r\nabc\r\n0\r\n\r\n") << 400;
        QTest::newRow("chunk longer than its size")
            << post("Transfer-Encoding: chunked\r\n", "2\r\nabcdef\r\n0\r\n\r\n") << 400;
        QTest::newRow("chunk size overflow")
            << post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nabc\r\n") << 400;
    }
    void refuses()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, status);
        // Whole and byte by byte: where the cut falls makes no difference.
        for (const qsizetype step : {bytes.size(), qsizetype(1), qsizetype(7)}) {
            if (step == 1 && bytes.size() > 100'000)
                continue;
            RequestReader reader;
            for (qsizetype at = 0; at < bytes.size(); at += step)
                reader.feed(bytes.mid(at, step));
            QCOMPARE(reader.state(), RequestReader::State::Refused);
            QCOMPARE(reader.refusal().status, status);
            QVERIFY(!reader.refusal().reason.isEmpty());
            QVERIFY(reader.takeBody().isEmpty() || status == 400);
        }
    }

    void reads_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("GET") << get("/v1/models?limit=3") << QByteArray("/v1/models")
                             << QByteArray("limit=3") << QByteArray();
        QTest::newRow("root") << get("/") << QByteArray("/") << QByteArray() << QByteArray();
        QTest::newRow("length") << post("Content-Length: 5\r\n", "hello")
                                << QByteArray("/v1/messages") << QByteArray()
                                << QByteArray("hello");
        QTest::newRow("no body") << post("Content-Length: 0\r\n") << QByteArray("/v1/messages")
                                 << QByteArray() << QByteArray();
        QTest::newRow("chunks") << post("transfer-encoding: Chunked\r\n",
                                        "3\r\nabc\r\n2;name=value\r\nde\r\n0\r\n\r\n")
                                << QByteArray("/v1/messages") << QByteArray()
                                << QByteArray("abcde");
        QTest::newRow("space around a value")
            << post("Content-Length: \t 5 \t\r\n", "hello") << QByteArray("/v1/messages")
            << QByteArray() << QByteArray("hello");
        QTest::newRow("Gemini path") << get("/v1beta/models/gemini-2.5-pro:countTokens")
                                     << QByteArray("/v1beta/models/gemini-2.5-pro:countTokens")
                                     << QByteArray() << QByteArray();
        QTest::newRow("IPv6 Host") << QByteArray("GET / HTTP/1.1\r\nHost: [::1]:3129\r\n\r\n")
                                   << QByteArray("/") << QByteArray() << QByteArray();
        QTest::newRow("localhost") << QByteArray("GET / HTTP/1.1\r\nHost: LocalHost\r\n\r\n")
                                   << QByteArray("/") << QByteArray() << QByteArray();
        QTest::newRow("more than the request")
            << post("Content-Length: 2\r\n", "abGET /v1/files HTTP/1.1\r\n\r\n")
            << QByteArray("/v1/messages") << QByteArray() << QByteArray("ab");
        QTest::newRow("long body")
            << post("Content-Length: 1000000\r\n", QByteArray(1'000'000, 'x'))
            << QByteArray("/v1/messages") << QByteArray() << QByteArray(1'000'000, 'x');
    }
    void reads()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, query);
        QFETCH(QByteArray, body);
        for (const qsizetype step : {bytes.size(), qsizetype(1), qsizetype(3)}) {
            if (step < 100 && bytes.size() > 100'000)
                continue;
            RequestReader reader;
            QByteArray got;
            for (qsizetype at = 0; at < bytes.size(); at += step) {
                reader.feed(bytes.mid(at, step));
                got += reader.takeBody();
            }
            QVERIFY2(reader.state() == RequestReader::State::Complete,
                     qPrintable(reader.refusal().reason));
            QCOMPARE(reader.head().path, path);
            QCOMPARE(reader.head().query, query);
            QCOMPARE(got, body);
        }
    }

    void countsTheDecodedBody()
    {
        HttpLimits limits;
        limits.maxBodyBytes = 10;
        RequestReader reader(limits);
        reader.feed(post("Transfer-Encoding: chunked\r\n", "6\r\nabcdef\r\n"));
        QCOMPARE(reader.state(), RequestReader::State::Body);
        reader.feed("6\r\nghijkl\r\n0\r\n\r\n");
        QCOMPARE(reader.state(), RequestReader::State::Refused);
        QCOMPARE(reader.refusal().status, 413);
    }
};

QTEST_GUILESS_MAIN(tst_RequestReader)
#include "tst_RequestReader.moc"
