// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "core/docker/HttpParser.h"

#include <QTest>

using namespace paddock;
using namespace paddock::docker;
using namespace Qt::StringLiterals;

namespace {

struct Parsed
{
    bool ok = true;
    ErrorKind kind = ErrorKind::Internal;
    int status = 0;
    QByteArray body;
    QByteArray rest;
    bool complete = false;
    bool upgraded = false;

    bool operator==(const Parsed &) const = default;
};

/// Feeds \a bytes in two parts cut at \a cut (or one by one when negative), then the end.
Parsed parse(const QByteArray &bytes, qsizetype cut, bool withEnd, HttpLimits limits = {})
{
    HttpParser parser(limits);
    Parsed parsed;
    const auto take = [&] {
        parsed.body += parser.takeBody();
        parsed.rest += parser.takeRest();
    };
    const auto feed = [&](QByteArrayView part) {
        if (!parsed.ok)
            return;
        const auto fed = parser.feed(part);
        take();
        if (!fed) {
            parsed.ok = false;
            parsed.kind = fed.error().kind;
        }
    };
    if (cut < 0) {
        for (qsizetype i = 0; i < bytes.size(); ++i)
            feed(QByteArrayView(bytes).sliced(i, 1));
    } else {
        feed(QByteArrayView(bytes).first(cut));
        feed(QByteArrayView(bytes).sliced(cut));
    }
    if (parsed.ok && withEnd) {
        const auto ended = parser.finish();
        take();
        if (!ended) {
            parsed.ok = false;
            parsed.kind = ended.error().kind;
        }
    }
    parsed.status = parser.hasHead() ? parser.head().status : 0;
    parsed.complete = parser.isComplete();
    parsed.upgraded = parser.isUpgraded();
    return parsed;
}

} // namespace

class tst_HttpParser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void good_data();
    void good();
    void bad_data();
    void bad();
    void cutShortIsConnectionLost();
    void headersAreFoundInAnyCase();
    void bodyLimit();
    void refusalIsReadWhateverTheLimit();
    void headerLimit();
    void chunkExtensionLimit();
    void endlessInformational();
    void nothingAfterAnError();
};

void tst_HttpParser::good_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("rest");
    QTest::addColumn<bool>("upgraded");

    QTest::newRow("content length")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") << 200
        << QByteArray("hello") << QByteArray() << false;
    QTest::newRow("no body") << QByteArray("HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n") << 204
                             << QByteArray() << QByteArray() << false;
    QTest::newRow("not modified") << QByteArray(
                                         "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n")
                                  << 304 << QByteArray() << QByteArray() << false;
    QTest::newRow("chunked") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                           "5\r\nhello\r\n6;name=value\r\n world\r\n0\r\n\r\n")
                             << 200 << QByteArray("hello world") << QByteArray() << false;
    QTest::newRow("chunked and empty")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") << 200
        << QByteArray() << QByteArray() << false;
    QTest::newRow("tiny chunks") << QByteArray(
                                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                        "1\r\na\r\n2\r\nbc\r\n0;x\r\nA: b\r\n\r\n")
                                 << 200 << QByteArray("abc") << QByteArray() << false;
    QTest::newRow("chunked with trailers")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
                      "1\r\na\r\n0\r\nX: y\r\nZ: w\r\n\r\n")
        << 200 << QByteArray("a") << QByteArray() << false;
    QTest::newRow("until the end") << QByteArray("HTTP/1.0 200 OK\r\n\r\nall of it") << 200
                                   << QByteArray("all of it") << QByteArray() << false;
    QTest::newRow("upgrade") << QByteArray("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n"
                                           "Upgrade: tcp\r\n\r\n\x01\0\0\0\0\0\0\x02hi"_ba)
                             << 101 << QByteArray() << "\x01\0\0\0\0\0\0\x02hi"_ba << true;
    QTest::newRow("hijacked without upgrade")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
                      "raw bytes")
        << 200 << QByteArray("raw bytes") << QByteArray() << false;
    QTest::newRow("continue first")
        << QByteArray("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                      "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
        << 201 << QByteArray("{}") << QByteArray() << false;
    QTest::newRow("bytes after the message")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1") << 200
        << QByteArray("ab") << QByteArray("HTTP/1.1") << false;
    QTest::newRow("refusal") << QByteArray("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno!")
                             << 404 << QByteArray("no!") << QByteArray() << false;
}

void tst_HttpParser::good()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, rest);
    QFETCH(bool, upgraded);
    // Cut at every position, and byte by byte.
    for (qsizetype cut = -1; cut <= bytes.size(); ++cut) {
        const Parsed parsed = parse(bytes, cut, true);
        QVERIFY2(parsed.ok, qPrintable(u"cut at %1"_s.arg(cut)));
        QCOMPARE(parsed.status, status);
        QCOMPARE(parsed.body, body);
        QCOMPARE(parsed.rest, rest);
        QCOMPARE(parsed.upgraded, upgraded);
        QVERIFY(parsed.complete);
    }
}

void tst_HttpParser::bad_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    QTest::newRow("no http") << QByteArray("SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n");
    QTest::newRow("version") << QByteArray("HTTP/3.0 200 OK\r\n\r\n");
    QTest::newRow("status") << QByteArray("HTTP/1.1 20x OK\r\n\r\n");
    QTest::newRow("negative length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
    QTest::newRow("length 2^64") << QByteArray(
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n");
    QTest::newRow("two lengths") << QByteArray(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
    QTest::newRow("length and chunked")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
    QTest::newRow("unknown coding")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc");
    QTest::newRow("coding before chunked")
        << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
    QTest::newRow("bad line end") << QByteArray("HTTP/1.1 200 OK\r\nA: b\rX\r\n\r\n");
    QTest::newRow("space in name") << QByteArray("HTTP/1.1 200 OK\r\nA B: c\r\n\r\n");
    QTest::newRow("NUL in value") << "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n"_ba;
    QTest::newRow("chunk size ZZ") << QByteArray(chunked + "ZZ\r\nabc\r\n0\r\n\r\n");
    QTest::newRow("chunk size negative") << QByteArray(chunked + "-5\r\nabc\r\n0\r\n\r\n");
    QTest::newRow("chunk size 2^64")
        << QByteArray(chunked + "10000000000000000\r\nabc\r\n0\r\n\r\n");
    QTest::newRow("chunk without its line end") << QByteArray(chunked + "3\r\nabcdef\r\n0\r\n\r\n");
    QTest::newRow("chunk size empty") << QByteArray(chunked + "\r\nabc\r\n0\r\n\r\n");
}

void tst_HttpParser::bad()
{
    QFETCH(QByteArray, bytes);
    for (qsizetype cut = -1; cut <= bytes.size(); ++cut) {
        const Parsed parsed = parse(bytes, cut, false);
        QVERIFY2(!parsed.ok, qPrintable(u"cut at %1"_s.arg(cut)));
        QCOMPARE(parsed.kind, ErrorKind::ProtocolError);
    }
}

void tst_HttpParser::cutShortIsConnectionLost()
{
    for (const QByteArray &whole :
         {QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
          QByteArray(
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
          QByteArray("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")}) {
        for (qsizetype length = 0; length < whole.size(); ++length) {
            const Parsed parsed = parse(whole.left(length), 0, true);
            QVERIFY2(!parsed.ok, qPrintable(u"length %1"_s.arg(length)));
            QCOMPARE(parsed.kind, ErrorKind::ConnectionLost);
        }
        QVERIFY(parse(whole, 0, true).ok);
    }
}

void tst_HttpParser::headersAreFoundInAnyCase()
{
    HttpParser parser;
    QVERIFY(parser.feed("HTTP/1.1 200 Fine Thing\r\nAPI-version:  1.41 \r\napi-Version: 2\r\n"
                        "Content-Length: 0\r\n\r\n"));
    QVERIFY(parser.hasHead());
    QCOMPARE(parser.head().header("Api-Version"), QByteArray("1.41"));
    QCOMPARE(parser.head().header("None"), QByteArray());
    QCOMPARE(parser.head().reason, QByteArray("Fine Thing"));
}

void tst_HttpParser::bodyLimit()
{
    const HttpLimits limits{.maxBodyBytes = 10};
    QVERIFY(parse("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", -1, true, limits).ok);
    for (const QByteArray &bytes :
         {QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"),
          QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n"
                     "6\r\n012345\r\n0\r\n\r\n"),
          QByteArray("HTTP/1.1 200 OK\r\n\r\n0123456789x")}) {
        const Parsed parsed = parse(bytes, -1, true, limits);
        QVERIFY(!parsed.ok);
        QCOMPARE(parsed.kind, ErrorKind::ProtocolError);
        QVERIFY(parsed.body.size() <= 10);
    }
}

void tst_HttpParser::refusalIsReadWhateverTheLimit()
{
    const Parsed parsed =
        parse("HTTP/1.1 500 Oops\r\nContent-Length: 20\r\n\r\n01234567890123456789",
              -1,
              true,
              {.maxBodyBytes = 10});
    QVERIFY(parsed.ok);
    QCOMPARE(parsed.body.size(), 20);
}

void tst_HttpParser::headerLimit()
{
    const HttpLimits limits{.maxHeaderBytes = 4096};
    HttpParser parser(limits);
    QVERIFY(parser.feed("HTTP/1.1 200 OK\r\nA: "));
    qsizetype fed = 0;
    Result<Done> result = Done{};
    while (result && fed < 1'000'000) {
        result = parser.feed(QByteArray(512, 'a'));
        fed += 512;
    }
    QVERIFY(!result);
    QCOMPARE(result.error().kind, ErrorKind::ProtocolError);
    QVERIFY(fed <= 3 * 4096);

    HttpParser many(limits);
    QVERIFY(many.feed("HTTP/1.1 200 OK\r\n"));
    result = Done{};
    for (fed = 0; result && fed < 1'000'000; fed += 6)
        result = many.feed("A: b\r\n");
    QVERIFY2(!result, "short lines for ever are a header that is too long as well");
}

void tst_HttpParser::chunkExtensionLimit()
{
    HttpParser parser;
    QVERIFY(parser.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x="));
    Result<Done> result = Done{};
    qsizetype fed = 0;
    while (result && fed < 2'000'000) {
        result = parser.feed(QByteArray(4096, 'e'));
        fed += 4096;
    }
    QVERIFY(!result);
    QCOMPARE(result.error().kind, ErrorKind::ProtocolError);
    QVERIFY(fed <= 128 * 1024);
}

void tst_HttpParser::endlessInformational()
{
    HttpParser parser;
    Result<Done> result = Done{};
    int count = 0;
    while (result && count < 1000) {
        result = parser.feed("HTTP/1.1 100 Continue\r\n\r\n");
        ++count;
    }
    QVERIFY(!result);
    QVERIFY(count < 30);
    QVERIFY(!parser.hasHead());
}

void tst_HttpParser::nothingAfterAnError()
{
    HttpParser parser;
    QVERIFY(!parser.feed("nonsense\r\n\r\n"));
    QVERIFY(!parser.feed("HTTP/1.1 204 No Content\r\n\r\n"));
    QVERIFY(!parser.finish());
    QVERIFY(!parser.hasHead());
}

QTEST_GUILESS_MAIN(tst_HttpParser)
#include "tst_HttpParser.moc"
