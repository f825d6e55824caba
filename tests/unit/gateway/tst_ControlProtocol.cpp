// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/ControlProtocol.h"
#include "core/gateway/FrameSocket.h"

#include <QSignalSpy>
#include <QTest>
#include <QtEndian>

#include <sys/socket.h>

using namespace paddock;
using namespace paddock::gateway;
using namespace Qt::StringLiterals;

namespace {

QByteArray frame(quint32 json, quint32 secret, const QByteArray &rest)
{
    QByteArray bytes(8, '\0');
    qToBigEndian(json, bytes.data());
    qToBigEndian(secret, bytes.data() + 4);
    return bytes + rest;
}

std::span<const std::byte> bytesOf(const QByteArray &text)
{
    return std::as_bytes(std::span(text.constData(), static_cast<std::size_t>(text.size())));
}

QByteArray textOf(const secrets::Secret &secret)
{
    return {reinterpret_cast<const char *>(secret.reveal().data()),
            static_cast<qsizetype>(secret.size())};
}

} // namespace

class tst_ControlProtocol : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsFramesCutAnywhere()
    {
        const QByteArray stream =
            frame(7, 3, "{\"a\":1}KEY") + frame(2, 0, "{}") + frame(7, 1, "{\"b\":2}x");
        for (qsizetype step = 1; step <= stream.size(); ++step) {
            FrameReader reader;
            for (qsizetype at = 0; at < stream.size(); at += step)
                QVERIFY(reader.feed(bytesOf(stream.mid(at, step))));
            auto first = reader.next();
            auto second = reader.next();
            auto third = reader.next();
            QVERIFY(first && second && third && !reader.next());
            QCOMPARE(first->object.value(u"a").toInt(), 1);
            QCOMPARE(textOf(first->secret), "KEY");
            QVERIFY(second->secret.isEmpty());
            QCOMPARE(textOf(third->secret), "x");
        }
    }

    void refusesFrames_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("long text") << frame(1024 * 1024 + 1, 0, {});
        QTest::newRow("long secret") << frame(2, 64 * 1024 + 1, {});
        QTest::newRow("no text") << frame(0, 3, "abc");
        QTest::newRow("no object") << frame(2, 0, "[]");
        QTest::newRow("no JSON") << frame(3, 0, "abc");
        QTest::newRow("HTTP") << QByteArray("GET / HTTP/1.1\r\n\r\n");
    }
    void refusesFrames()
    {
        QFETCH(QByteArray, bytes);
        FrameReader reader;
        QVERIFY(!reader.feed(bytesOf(bytes)));
    }

    void carriesManyFramesThroughASmallSocket()
    {
        int ends[2];
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        FrameSocket near(ends[0]);
        FrameSocket far(ends[1]);
        const QString big(200'000, u'x');
        for (int i = 0; i < 20; ++i) {
            QByteArray key = "key" + QByteArray::number(i);
            near.send({{u"i"_s, i}, {u"big"_s, big}}, secrets::Secret::takeFrom(key));
        }
        int next = 0;
        QTRY_VERIFY(([&] {
            while (auto got = far.takeFrame()) {
                if (got->object.value(u"i").toInt() != next ||
                    textOf(got->secret) != "key" + QByteArray::number(next))
                    return false;
                ++next;
            }
            return next == 20;
        }()));
        QSignalSpy closed(&near, &FrameSocket::closed);
        far.close();
        QTRY_COMPARE(closed.size(), 1);
        QVERIFY(!near.isOpen());
        near.send({}); // harmless
    }

    void survivesTheWire()
    {
        DoorOptions door;
        door.id = SessionId{u"abcd1234"_s};
        door.runFolder = u"/run/ä b"_s;
        door.uid = 1000;
        door.gid = 1001;
        door.protocol = ProviderProtocol::Gemini;
        door.upstream.kind = UpstreamKind::Provider;
        door.upstream.baseUrl = QUrl(u"https://example.com:8443/base"_s);
        door.upstream.credential = CredentialForm::XGoogApiKey;
        door.upstream.authorities = u"/etc/ca.pem"_s;
        const auto back = doorFromJson(toJson(door));
        QVERIFY(back.has_value());
        QCOMPARE(back->upstream, door.upstream);
        QCOMPARE(back->runFolder, door.runFolder);
        QCOMPARE(back->gid, door.gid);
        QCOMPARE(back->protocol, door.protocol);

        const Error error =
            Error(ErrorKind::BranchExists, u"m"_s).withDetail(u"d"_s).withRemedy(u"r"_s);
        QCOMPARE(errorFromJson(toJson(error)), error);

        RequestRecord record;
        record.number = 4;
        record.at = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123, Qt::UTC);
        record.session = door.id;
        record.status = 429;
        record.peerPid = 77;
        const auto again = recordFromJson(toJson(record));
        QVERIFY(again.has_value());
        QCOMPARE(again->at, record.at);
        QCOMPARE(again->peerPid, record.peerPid);
    }

    void refusesDoors_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("session") << u"session"_s << QJsonValue(u"../../x"_s);
        QTest::newRow("folder") << u"runFolder"_s << QJsonValue(u"relative"_s);
        QTest::newRow("uid") << u"uid"_s << QJsonValue(-1);
        QTest::newRow("uid -1 unsigned") << u"uid"_s << QJsonValue(4294967295.0);
        QTest::newRow("gid") << u"gid"_s << QJsonValue(1.5);
        QTest::newRow("protocol") << u"protocol"_s << QJsonValue(u"smtp"_s);
        QTest::newRow("upstream") << u"upstream"_s << QJsonValue(3);
        QTest::newRow("upstream kind")
            << u"upstream"_s << QJsonValue(QJsonObject{{u"kind"_s, u"x"_s}});
    }
    void refusesDoors()
    {
        QFETCH(QString, key);
        QFETCH(QJsonValue, value);
        DoorOptions door;
        door.id = SessionId{u"abcd1234"_s};
        door.runFolder = u"/run"_s;
        QJsonObject object = toJson(door);
        QVERIFY(doorFromJson(object).has_value());
        object.insert(key, value);
        QVERIFY(!doorFromJson(object).has_value());
    }
};

QTEST_GUILESS_MAIN(tst_ControlProtocol)
#include "tst_ControlProtocol.moc"
