// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/ToolCalls.h"

#include <QJsonDocument>
#include <QTest>

using namespace paddock;
using namespace paddock::acp;
using namespace Qt::StringLiterals;

namespace {

QJsonObject object(const QByteArray &json)
{
    return QJsonDocument::fromJson(json).object();
}

} // namespace

class tst_ToolCalls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mergesLateAndSparseUpdates()
    {
        // As claude sends them: an empty call first, then title and input, then only _meta.
        ToolCalls calls;
        const auto first =
            calls.merge(object(R"({"toolCallId":"t","title":"Preparing file…","kind":"edit",)"
                               R"("status":"pending","rawInput":{}})"));
        QVERIFY(first && first->isNew);
        QVERIFY(calls.merge(object(R"({"toolCallId":"t","title":"Write a.txt","rawInput":)"
                                   R"({"file_path":"a.txt"},"content":[{"type":"diff",)"
                                   R"("path":"a.txt","oldText":null,"newText":"x"}],)"
                                   R"("locations":[{"path":"a.txt","line":3},{"path":"b"}]})")));
        QVERIFY(calls.merge(object(R"({"toolCallId":"t","_meta":{"claudeCode":{"a":1}}})")));
        const auto last = calls.merge(object(R"({"toolCallId":"t","status":"completed"})"));
        QVERIFY(last && !last->isNew);
        QCOMPARE(last->call.title, u"Write a.txt"_s);
        QCOMPARE(last->call.kind, ToolKind::Edit);
        QCOMPARE(last->call.status, ToolStatus::Completed);
        QCOMPARE(last->call.rawInput.toObject().value(u"file_path").toString(), u"a.txt"_s);
        const auto *diff = std::get_if<Diff>(&last->call.content.at(0));
        QVERIFY(diff && !diff->oldText && diff->newText == u"x"_s);
        QCOMPARE(last->call.locations.at(0).line, std::optional<qint64>(3));
        QVERIFY(!last->call.locations.at(1).line);
    }

    void takesTerminalOutputFromMeta()
    {
        // As codex sends it, although the client has no terminals.
        ToolCalls calls;
        QVERIFY(calls.merge(object(R"({"toolCallId":"t","status":"in_progress","content":)"
                                   R"([{"type":"terminal","terminalId":"x"}]})")));
        QVERIFY(calls.merge(
            object(R"({"toolCallId":"t","_meta":{"terminal_output_delta":{"data":"one\n"}}})")));
        const auto last = calls.merge(
            object(R"({"toolCallId":"t","_meta":{"terminal_output_delta":{"data":"two\n"},)"
                   R"("terminal_exit":{"exit_code":3}}})"));
        QVERIFY(last);
        QCOMPARE(last->call.output, u"one\ntwo\n"_s);
        QCOMPARE(last->call.exitCode, std::optional<int>(3));
        QVERIFY(std::holds_alternative<TerminalReference>(last->call.content.at(0)));
    }

    void refusesAndKeepsWhatItHad_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("no id") << QByteArray(R"({"title":"x"})");
        QTest::newRow("empty id") << QByteArray(R"({"toolCallId":""})");
        QTest::newRow("id a number") << QByteArray(R"({"toolCallId":1})");
        QTest::newRow("title a number") << QByteArray(R"({"toolCallId":"t","title":1})");
        QTest::newRow("content no list") << QByteArray(R"({"toolCallId":"t","content":{}})");
        QTest::newRow("content of texts") << QByteArray(R"({"toolCallId":"t","content":["x"]})");
        QTest::newRow("diff without path")
            << QByteArray(R"({"toolCallId":"t","content":[{"type":"diff","newText":"x"}]})");
        QTest::newRow("text without text") << QByteArray(
            R"({"toolCallId":"t","content":[{"type":"content","content":{"type":"text"}}]})");
        QTest::newRow("line a text")
            << QByteArray(R"({"toolCallId":"t","locations":[{"path":"a","line":"3"}]})");
        QTest::newRow("meta no object") << QByteArray(R"({"toolCallId":"t","_meta":3})");
        QTest::newRow("too many parts")
            << QByteArray(R"({"toolCallId":"t","content":[)" +
                          QByteArray(R"({"type":"terminal","terminalId":"x"},)").repeated(5000) +
                          R"({"type":"terminal","terminalId":"x"}]})");
    }
    void refusesAndKeepsWhatItHad()
    {
        QFETCH(QByteArray, json);
        ToolCalls calls;
        QVERIFY(calls.merge(object(R"({"toolCallId":"t","title":"before"})")));
        const auto merged = calls.merge(object(json));
        QVERIFY(!merged);
        QCOMPARE(merged.error().kind, ErrorKind::AgentProtocol);
        QCOMPARE(calls.find(u"t"_s)->title, u"before"_s);
    }

    void forgetsTheOldest()
    {
        Limits limits;
        limits.maxToolCalls = 3;
        ToolCalls calls(limits);
        for (int i = 0; i < 5; ++i)
            QVERIFY(calls.merge({{u"toolCallId"_s, QString::number(i)}}));
        QVERIFY(!calls.find(u"1"_s));
        QVERIFY(calls.find(u"2"_s));

        limits.maxToolCalls = 100;
        limits.maxToolText = 1000;
        ToolCalls byWeight(limits);
        for (int i = 0; i < 5; ++i)
            QVERIFY(byWeight.merge(
                {{u"toolCallId"_s, QString::number(i)}, {u"rawInput"_s, QString(400, u'x')}}));
        QVERIFY(!byWeight.find(u"2"_s));
        QVERIFY(byWeight.find(u"4"_s));
    }
};

QTEST_GUILESS_MAIN(tst_ToolCalls)
#include "tst_ToolCalls.moc"
