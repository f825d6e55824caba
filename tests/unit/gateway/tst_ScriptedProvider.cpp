// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/ScriptedProvider.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace paddock;
using namespace paddock::gateway;
using namespace Qt::StringLiterals;

namespace {

QJsonObject user(const QJsonValue &content)
{
    return {{u"role"_s, u"user"_s}, {u"content"_s, content}};
}
QJsonObject text(const QString &value)
{
    return {{u"type"_s, u"text"_s}, {u"text"_s, value}};
}
QJsonObject result()
{
    return {{u"type"_s, u"tool_result"_s}, {u"tool_use_id"_s, u"t"_s}, {u"content"_s, u"ok"_s}};
}

QByteArray request(const QJsonArray &messages, const QJsonObject &more = {})
{
    QJsonObject object{{u"stream"_s, true},
                       {u"messages"_s, messages},
                       {u"tools"_s, QJsonArray{QJsonObject{{u"name"_s, u"Bash"_s}}}}};
    for (auto it = more.begin(); it != more.end(); ++it)
        object.insert(it.key(), it.value());
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray bytesOf(const ScriptedAnswer &answer)
{
    QByteArray bytes;
    for (const auto &piece : answer.pieces)
        bytes += piece.bytes;
    return bytes;
}

/// The texts and tools of a stream, and why it stopped, in a line.
QString summary(const ScriptedAnswer &answer)
{
    QString line;
    for (const QByteArray &event : bytesOf(answer).split('\n')) {
        if (!event.startsWith("data: "))
            continue;
        const QJsonObject data = QJsonDocument::fromJson(event.mid(6)).object();
        const QJsonObject delta = data.value(u"delta").toObject();
        line += delta.value(u"text").toString();
        if (data.value(u"type").toString() == u"content_block_start" &&
            data.value(u"content_block").toObject().value(u"type").toString() == u"tool_use")
            line += u" <"_s + data.value(u"content_block").toObject().value(u"name").toString();
        line += delta.value(u"partial_json").toString();
        if (delta.contains(u"stop_reason"))
            line += u" ."_s + delta.value(u"stop_reason").toString();
    }
    return line;
}

ScriptedProvider provider()
{
    ScriptedProvider provider;
    provider.add(*ScriptedProvider::parseScript(u"a"_s, R"({"label":"","again":"enough","steps":[
        {"say":"one","tools":[{"name":"X","input":{"p":"${workspace}/f"}}]},
        {"say":"two","tools":[{"name":"Y","input":{}},{"name":"Z","input":{}}]},
        {"say":"three"}]})"));
    provider.add(*ScriptedProvider::parseScript(u"b"_s, R"({"steps":[{"say":"hi"}]})"));
    provider.add(*ScriptedProvider::parseScript(u"fail"_s, R"({"steps":[{"status":429,
        "error":"rate_limit_error","message":"slow"}]})"));
    provider.add(*ScriptedProvider::parseScript(u"cut"_s, R"({"steps":[{"cut":"mid-stream",
        "say":"half"}]})"));
    provider.add(*ScriptedProvider::parseScript(u"drop"_s, R"({"steps":[{"cut":"before-head"}]})"));
    provider.add(*ScriptedProvider::parseScript(u"hang"_s, R"({"steps":[{"hang":true}]})"));
    return provider;
}

} // namespace

class tst_ScriptedProvider : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void follows_data()
    {
        QTest::addColumn<QJsonArray>("messages");
        QTest::addColumn<QString>("expected");
        const QJsonObject prompt = user(u"do [[a]]"_s);
        const QJsonObject done = user(QJsonArray{result()});
        QTest::newRow("first step")
            << QJsonArray{prompt} << u"one <X{\"p\":\"/workspace/f\"} .tool_use"_s;
        QTest::newRow("second step") << QJsonArray{prompt, done} << u"two <Y{} <Z{} .tool_use"_s;
        QTest::newRow("third, after two results")
            << QJsonArray{prompt, done, user(QJsonArray{result(), result()})}
            << u"three .end_turn"_s;
        QTest::newRow("results one by one")
            << QJsonArray{prompt, done, done, done} << u"three .end_turn"_s;
        QTest::newRow("over") << QJsonArray{prompt, done, done, done, done}
                              << u"The script is over. .end_turn"_s;
        QTest::newRow("words of the agent program beside a result")
            << QJsonArray{prompt,
                          user(QJsonArray{result(),
                                          text(u"<system-reminder>x</system-reminder>"_s)})}
            << u"two <Y{} <Z{} .tool_use"_s;
        QTest::newRow("words of the agent program alone")
            << QJsonArray{prompt,
                          done,
                          user(QJsonArray{text(u"<system-reminder>x</system-reminder>"_s)})}
            << u"two <Y{} <Z{} .tool_use"_s;
        QTest::newRow("the newest marker counts")
            << QJsonArray{prompt, done, user(u"now [[b]]"_s)} << u"[demo script] hi .end_turn"_s;
        QTest::newRow("no such script") << QJsonArray{user(u"[[zzz]]"_s)}
                                        << u"[demo script] There is no script \"zzz\". .end_turn"_s;
        QTest::newRow("a second prompt")
            << QJsonArray{prompt, done, user(u"[[a]] again"_s)} << u"enough .end_turn"_s;
    }
    void follows()
    {
        QFETCH(QJsonArray, messages);
        QFETCH(QString, expected);
        const auto answer = provider().answer("POST", "/v1/messages", request(messages));
        QCOMPARE(answer.status, 200);
        QCOMPARE(summary(answer), expected);
        QVERIFY(bytesOf(answer).contains("paddock-demo-script"));
    }

    void readsTheWorkingFolder()
    {
        const auto answer = provider().answer(
            "POST",
            "/v1/messages",
            request(
                {user(u"[[a]]"_s)},
                {{u"system"_s,
                  QJsonArray{text(u"x"_s), text(u"<env>\nWorking directory: /home/me/w\n"_s)}}}));
        QVERIFY(summary(answer).contains(u"/home/me/w/f"_s));
    }

    void answersSideRequests()
    {
        QJsonObject schema = QJsonDocument::fromJson(R"({"type":"object","properties":{
            "title":{"type":"string"},"n":{"type":"integer"},"k":{"enum":["x","y"]}}})")
                                 .object();
        const auto structured =
            provider().answer("POST",
                              "/v1/messages",
                              request({user(u"[[a]]"_s)},
                                      {{u"output_config"_s,
                                        QJsonObject{{u"format"_s,
                                                     QJsonObject{{u"type"_s, u"json_schema"_s},
                                                                 {u"schema"_s, schema}}}}}}));
        const QString line = summary(structured);
        const QJsonObject object =
            QJsonDocument::fromJson(line.left(line.indexOf(u" ."_s)).toUtf8()).object();
        QCOMPARE(object.value(u"k").toString(), u"x"_s);
        QVERIFY(object.value(u"n").isDouble() && object.value(u"title").isString());
        const auto plain = provider().answer(
            "POST", "/v1/messages", request({user(u"[[a]]"_s)}, {{u"tools"_s, QJsonArray()}}));
        QCOMPARE(summary(plain), u"Demo script .end_turn"_s);
        const auto whole = provider().answer(
            "POST", "/v1/messages", request({user(u"[[b]]"_s)}, {{u"stream"_s, false}}));
        QCOMPARE(QJsonDocument::fromJson(bytesOf(whole)).object().value(u"type").toString(),
                 u"message"_s);
        QVERIFY(bytesOf(provider().answer("POST", "/v1/messages/count_tokens", request({})))
                    .contains("input_tokens"));
        QVERIFY(bytesOf(provider().answer("GET", "/v1/models", {})).contains("not a model"));
        QCOMPARE(provider().answer("POST", "/v1/messages", "no json").status, 400);
        QCOMPARE(provider().answer("POST", "/v1/nothing", "{}").status, 404);
    }

    void fails()
    {
        const auto ask = [](const QString &name) {
            return provider().answer(
                "POST", "/v1/messages", request({user(u"[["_s + name + u"]]"_s)}));
        };
        const auto refused = ask(u"fail"_s);
        QCOMPARE(refused.status, 429);
        QVERIFY(bytesOf(refused).contains("rate_limit_error"));
        const auto cut = ask(u"cut"_s);
        QCOMPARE(cut.end, ScriptedAnswer::End::Cut);
        QVERIFY(bytesOf(cut).contains("half") && !bytesOf(cut).contains("message_stop"));
        QCOMPARE(ask(u"drop"_s).status, 0);
        QCOMPARE(ask(u"hang"_s).end, ScriptedAnswer::End::Hang);
    }

    void refusesScripts_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("no JSON") << QByteArray("steps: []");
        QTest::newRow("no steps") << QByteArray("{}");
        QTest::newRow("tool without name") << QByteArray(R"({"steps":[{"tools":[{"input":{}}]}]})");
        QTest::newRow("status") << QByteArray(R"({"steps":[{"status":99}]})");
        QTest::newRow("cut") << QByteArray(R"({"steps":[{"cut":"somewhere"}]})");
    }
    void refusesScripts()
    {
        QFETCH(QByteArray, json);
        const auto script = ScriptedProvider::parseScript(u"mine"_s, json);
        QVERIFY(!script);
        QCOMPARE(script.error().kind, ErrorKind::InvalidConfig);
        QVERIFY(script.error().message.contains(u"mine"_s));
        QTemporaryDir folder;
        QVERIFY(!ScriptedProvider::fromFolder(folder.path()));
        QFile file(folder.filePath(u"mine.json"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(json);
        file.close();
        QVERIFY(!ScriptedProvider::fromFolder(folder.path()));
    }

    /// Whatever the demo does, it never passes for a model.
    void labelsEveryTextOfTheDemo()
    {
        QJsonArray messages{user(u"Mend it"_s)};
        int steps = 0;
        for (; steps < 20; ++steps) {
            const auto answer =
                ScriptedProvider().answer("POST", "/v1/messages", request(messages));
            QVERIFY2(summary(answer).startsWith(u"[demo script] "_s), qPrintable(summary(answer)));
            if (summary(answer).endsWith(u".end_turn"_s))
                break;
            messages.append(user(QJsonArray{result()}));
        }
        QCOMPARE(steps, 5);
    }
};

QTEST_GUILESS_MAIN(tst_ScriptedProvider)
#include "tst_ScriptedProvider.moc"
