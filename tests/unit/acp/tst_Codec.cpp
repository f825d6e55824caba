// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/Codec.h"

#include <QTest>

using namespace paddock;
using namespace paddock::acp;
using namespace Qt::StringLiterals;

class tst_Codec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refusesLines_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("text") << QByteArray("Starting server...");
        QTest::newRow("array (batch)") << QByteArray(R"([{"jsonrpc":"2.0","method":"x"}])");
        QTest::newRow("no version") << QByteArray(R"({"method":"x"})");
        QTest::newRow("version 1") << QByteArray(R"({"jsonrpc":"1.0","method":"x"})");
        QTest::newRow("version as number") << QByteArray(R"({"jsonrpc":2.0,"method":"x"})");
        QTest::newRow("method no text") << QByteArray(R"({"jsonrpc":"2.0","method":3})");
        QTest::newRow("positional parameters")
            << QByteArray(R"({"jsonrpc":"2.0","method":"x","params":[1]})");
        QTest::newRow("request id null")
            << QByteArray(R"({"jsonrpc":"2.0","method":"x","id":null})");
        QTest::newRow("request id object")
            << QByteArray(R"({"jsonrpc":"2.0","method":"x","id":{}})");
        QTest::newRow("request id fraction")
            << QByteArray(R"({"jsonrpc":"2.0","method":"x","id":1.5})");
        QTest::newRow("request id huge")
            << QByteArray(R"({"jsonrpc":"2.0","method":"x","id":1e300})");
        QTest::newRow("request id with a lone surrogate")
            << QByteArray(R"({"jsonrpc":"2.0","method":"x","id":"\ud800"})");
        QTest::newRow("request id long") << QByteArray(R"({"jsonrpc":"2.0","method":"x","id":")" +
                                                       QByteArray(2000, 'a') + R"("})");
        QTest::newRow("neither result nor error") << QByteArray(R"({"jsonrpc":"2.0","id":1})");
        QTest::newRow("both") << QByteArray(
            R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}})");
        QTest::newRow("result without id") << QByteArray(R"({"jsonrpc":"2.0","result":{}})");
        QTest::newRow("result for null") << QByteArray(R"({"jsonrpc":"2.0","id":null,"result":1})");
        QTest::newRow("error no object") << QByteArray(R"({"jsonrpc":"2.0","id":1,"error":"x"})");
        QTest::newRow("error without code")
            << QByteArray(R"({"jsonrpc":"2.0","id":1,"error":{"message":"x"}})");
        QTest::newRow("error with text code")
            << QByteArray(R"({"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"x"}})");
        QTest::newRow("duplicate key")
            << QByteArray(R"({"jsonrpc":"2.0","id":1,"id":2,"method":"x"})");
        QTest::newRow("deep") << QByteArray(R"({"jsonrpc":"2.0","method":"x","params":{"a":)" +
                                            QByteArray(100, '[') + QByteArray(100, ']') + "}}");
        QTest::newRow("long") << QByteArray(R"({"jsonrpc":"2.0","method":"x","params":{"a":")" +
                                            QByteArray(2048, 'x') + R"("}})");
        QTest::newRow("bad UTF-8") << QByteArray("{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}");
    }
    void refusesLines()
    {
        QFETCH(QByteArray, line);
        Limits limits;
        limits.maxMessageBytes = 4096;
        if (QTest::currentDataTag() == QByteArray("long"))
            limits.maxMessageBytes = 1024;
        const auto message = parseLine(line, limits);
        QVERIFY(!message.has_value());
        QCOMPARE(message.error().kind, ErrorKind::AgentProtocol);
        QVERIFY(!message.error().message.isEmpty());
    }

    void readsTheThreeKinds()
    {
        const auto request =
            parseLine(R"({"jsonrpc":"2.0","id":0,"method":"m","params":{"a":1}})", Limits{});
        QVERIFY(request.has_value());
        QCOMPARE(request->kind, Incoming::Kind::Request);
        QCOMPARE(idText(request->id), u"0"_s);
        const auto text =
            parseLine("{\"jsonrpc\":\"2.0\",\"id\":\"a\\\"b\",\"method\":\"m\"}", Limits{});
        QCOMPARE(idText(text->id), u"\"a\\\"b\""_s);
        const auto notification = parseLine(R"({"jsonrpc":"2.0","method":"m"})", Limits{});
        QCOMPARE(notification->kind, Incoming::Kind::Notification);
        const auto response = parseLine(
            R"({"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"no","data":{"k":1}}})",
            Limits{});
        QCOMPARE(response->kind, Incoming::Kind::Response);
        QCOMPARE(response->error->code, -32603);
        // An agent that could not read a line answers with the id null.
        const auto unread = parseLine(
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})", Limits{});
        QVERIFY(unread.has_value());
    }

    void namesFailures_data()
    {
        QTest::addColumn<qint64>("code");
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("claude: no key")
            << qint64(-32000) << QByteArray() << ErrorKind::SecretMissing;
        QTest::newRow("claude: 400") << qint64(-32603) << QByteArray(R"({"errorKind":"unknown"})")
                                     << ErrorKind::ProviderFailed;
        QTest::newRow("claude: 429")
            << qint64(-32603) << QByteArray(R"({"errorKind":"rate_limit"})")
            << ErrorKind::ProviderFailed;
        QTest::newRow("gemini: HTTP code as code")
            << qint64(400) << QByteArray() << ErrorKind::ProviderFailed;
        QTest::newRow("gemini: dropped connection")
            << qint64(500) << QByteArray() << ErrorKind::ProviderFailed;
        QTest::newRow("claude: unknown session")
            << qint64(-32002) << QByteArray() << ErrorKind::NotFound;
        QTest::newRow("bad mode") << qint64(-32602) << QByteArray() << ErrorKind::AgentRefused;
        QTest::newRow("gemini: no resume")
            << qint64(-32601) << QByteArray() << ErrorKind::AgentRefused;
        QTest::newRow("opencode: 400")
            << qint64(-32603) << QByteArray(R"({"service":"session","details":"why"})")
            << ErrorKind::AgentRefused;
    }
    void namesFailures()
    {
        QFETCH(qint64, code);
        QFETCH(QByteArray, data);
        QFETCH(ErrorKind, kind);
        RpcError error{.code = code, .message = u"its words"_s, .data = {}};
        if (!data.isEmpty())
            error.data = QJsonDocument::fromJson(data).object();
        const Error named = errorOf(error);
        QCOMPARE(named.kind, kind);
        QVERIFY(named.detail.contains(u"its words"_s));
        if (data.contains("why"))
            QVERIFY(named.detail.contains(u"why"_s));
        QVERIFY(!named.message.isEmpty());
    }

    void readsCapabilities()
    {
        const auto info =
            parseAgentInfo(QJsonDocument::fromJson(
                               R"({"protocolVersion":1,"agentInfo":{"name":"a","version":"2"},
                "agentCapabilities":{"loadSession":true,"promptCapabilities":{"image":true},
                "sessionCapabilities":{"resume":{},"list":{},"close":null}},
                "authMethods":[{"id":"api-key","name":"x"}]})")
                               .object());
        QVERIFY(info.has_value());
        QVERIFY(info->canLoad && info->canResume && info->canList && !info->canClose);
        QVERIFY(info->takesImages && !info->takesAudio);
        QCOMPARE(info->authMethods, QStringList{u"api-key"_s});
        QVERIFY(!parseAgentInfo(QJsonObject{{u"protocolVersion"_s, u"1"_s}}).has_value());
        QVERIFY(!parseAgentInfo(QJsonValue(3)).has_value());
    }

    void readsGroupedOptions()
    {
        // codex groups its modes.
        const auto settings = parseSettings(
            QJsonDocument::fromJson(
                R"({"configOptions":[{"id":"mode","name":"Mode","category":"mode","type":"select",
                "currentValue":"a","options":[{"group":"g","name":"Profiles","options":[
                {"value":"a","name":"A"}]},{"value":"b"}]},
                {"id":"fast","type":"boolean","currentValue":true}]})")
                .object(),
            Limits{});
        QVERIFY(settings.has_value());
        const ConfigOption *mode = settings->option(u"mode");
        QVERIFY(mode);
        QCOMPARE(mode->choices.size(), 2);
        QCOMPARE(mode->choices.at(0).group, u"Profiles"_s);
        QCOMPARE(mode->choices.at(1).name, u"b"_s);
        QCOMPARE(settings->option(u"fast")->currentValue, u"true"_s);
        QVERIFY(!settings->option(u"nosuch"));
    }
};

QTEST_GUILESS_MAIN(tst_Codec)
#include "tst_Codec.moc"
