// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/Transcript.h"
#include "tests/unit/acp/AcpLines.h"

using namespace paddock;
using namespace paddock::acp;
using namespace paddock::test;

namespace {

Transcript fold(const QList<StoredMessage> &log, TranscriptLimits limits = {})
{
    Transcript transcript(limits);
    for (const StoredMessage &message : log)
        transcript.append(message);
    return transcript;
}

QList<Row::Kind> kinds(const Transcript &transcript)
{
    QList<Row::Kind> list;
    for (const Row &row : transcript.rows())
        list.append(row.kind);
    return list;
}

} // namespace

class tst_Transcript : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsATurn()
    {
        using Kind = Row::Kind;
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        talk.hear(say("Let me "));
        talk.hear(say("see."));
        talk.hear(say("hm", "agent_thought_chunk"));
        talk.hear(updateLine(R"({"sessionUpdate":"plan","entries":[{"content":"a"}]})"));
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":"t1","title":"Run"})"));
        talk.hear(askLine("0"));
        QVERIFY(talk.client.allow(talk.asked.at(0).requestId));
        talk.hear(updateLine(R"({"sessionUpdate":"plan","entries":[{"content":"b"}]})"));
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call_update","toolCallId":"t1",)"
                             R"("status":"completed"})"));
        talk.hear(say("Done."));
        talk.hear(updateLine(R"({"sessionUpdate":"session_info_update","title":"My work"})"));
        talk.hear(resultLine(id, R"({"stopReason":"end_turn","usage":{"totalTokens":5}})"));

        const Transcript transcript = fold(talk.log);
        QCOMPARE(kinds(transcript),
                 (QList<Kind>{Kind::UserMessage,
                              Kind::AgentMessage,
                              Kind::Thought,
                              Kind::Plan,
                              Kind::Tool,
                              Kind::Permission,
                              Kind::AgentMessage,
                              Kind::TurnEnd}));
        const auto &rows = transcript.rows();
        QCOMPARE(rows.at(0).text, u"Do it"_s);
        QCOMPARE(rows.at(1).text, u"Let me see."_s);
        QCOMPARE(rows.at(3).plan.at(0).content, u"b"_s); // replaced in place
        QCOMPARE(rows.at(4).tool.title, u"Run make"_s);
        QCOMPARE(rows.at(4).tool.status, ToolStatus::Completed);
        QCOMPARE(rows.at(5).permission.outcome, std::optional(PermissionOutcome::Allowed));
        QCOMPARE(rows.at(5).permission.requestId, talk.asked.at(0).requestId);
        QCOMPARE(rows.at(7).turn.usage->totalTokens, 5);
        QCOMPARE(transcript.title(), u"My work"_s);
    }

    void tellsWhatChanged()
    {
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":"t1"})"));
        talk.hear(say("a"));
        Transcript transcript = fold(talk.log);
        QCOMPARE(transcript.rows().size(), 3);
        const auto append = [&](const QByteArray &line) {
            return transcript.append({.direction = Direction::FromAgent, .line = line, .at = {}});
        };
        QCOMPARE(append(say("b")), 2);
        QCOMPARE(append(updateLine(R"({"sessionUpdate":"tool_call_update","toolCallId":"t1",)"
                                   R"("status":"failed"})")),
                 1);
        QCOMPARE(append(updateLine(R"({"sessionUpdate":"usage_update","used":1,"size":2})")), 3);
        QCOMPARE(append(say("c", "agent_thought_chunk")), 3);
        QCOMPARE(transcript.rows().size(), 4);
    }

    void addsNothingForReplay()
    {
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        talk.hear(say("Hello"));
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":"t1"})"));
        (void)id; // the process is killed here, mid-tool
        QVERIFY(talk.client.initialize());
        talk.hear(resultLine(talk.lastId(),
                             R"({"protocolVersion":1,"agentCapabilities":{"loadSession":true}})"));
        QVERIFY(talk.client.reopenSession(u"s1"_s, u"/workspace"_s));
        talk.hear(say("Do it", "user_message_chunk"));
        talk.hear(say("Hello"));
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":"t1"})"));
        talk.hear(resultLine(talk.lastId(), "{}"));
        talk.startTurn();
        talk.hear(say("Again"));
        const Transcript transcript = fold(talk.log);
        using Kind = Row::Kind;
        QCOMPARE(kinds(transcript),
                 (QList<Kind>{Kind::UserMessage,
                              Kind::AgentMessage,
                              Kind::Tool,
                              Kind::Restart,
                              Kind::UserMessage,
                              Kind::AgentMessage}));
        // claude replays the tool without an end, opencode leaves it running, codex forgets it:
        // it is closed here.
        QCOMPARE(transcript.rows().at(2).tool.status, ToolStatus::Interrupted);
    }

    void showsReplayWhereNothingElseIsKnown()
    {
        Talk talk;
        QVERIFY(talk.client.initialize());
        talk.hear(resultLine(talk.lastId(),
                             R"({"protocolVersion":1,"agentCapabilities":{"loadSession":true}})"));
        QVERIFY(talk.client.loadSession(u"s1"_s, u"/workspace"_s));
        talk.hear(say("Old question", "user_message_chunk"));
        talk.hear(say("Old answer"));
        talk.hear(resultLine(talk.lastId(), "{}"));
        const Transcript transcript = fold(talk.log);
        QCOMPARE(transcript.rows().size(), 2);
        QCOMPARE(transcript.rows().at(0).text, u"Old question"_s);
    }

    void closesWhatTheEndLeavesOpen()
    {
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(askLine("0"));
        Transcript transcript = fold(talk.log);
        QVERIFY(!transcript.rows().at(2).permission.outcome);
        const auto changed =
            transcript.appendEnd({}, Error(ErrorKind::AgentExited, u"It ended."_s));
        QCOMPARE(changed, 1);
        QCOMPARE(transcript.rows().at(1).tool.status, ToolStatus::Interrupted);
        QCOMPARE(transcript.rows().at(2).permission.outcome,
                 std::optional(PermissionOutcome::Withdrawn));
        QCOMPARE(transcript.rows().last().kind, Row::Kind::TurnEnd);
        QCOMPARE(transcript.rows().last().turn.error->message, u"It ended."_s);
    }

    void showsFailuresAndGarbageOnce()
    {
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        for (int i = 0; i < 50; ++i)
            talk.hear("no json");
        talk.hear(errorLine(id, R"({"code":429,"message":"slow down"})"));
        const Transcript transcript = fold(talk.log);
        QCOMPARE(transcript.rows().size(), 3);
        QCOMPARE(transcript.rows().at(1).kind, Row::Kind::Problem);
        QCOMPARE(transcript.rows().at(2).turn.error->kind, ErrorKind::ProviderFailed);
    }

    void keepsMessagesApartByTheirId()
    {
        Talk talk;
        talk.open();
        talk.startTurn();
        const auto chunk = [](const QByteArray &id, const QByteArray &text) {
            return updateLine(R"({"sessionUpdate":"agent_message_chunk","messageId":")" + id +
                              R"(","content":{"type":"text","text":")" + text + R"("}})");
        };
        talk.hear(chunk("m1", "a"));
        talk.hear(chunk("m1", "b"));
        talk.hear(chunk("m2", "c"));
        const Transcript transcript = fold(talk.log);
        QCOMPARE(transcript.rows().size(), 3);
        QCOMPARE(transcript.rows().at(1).text, u"ab"_s);
        QCOMPARE(transcript.rows().at(2).text, u"c"_s);
    }

    void losesNothingOfALongMessage()
    {
        Talk talk;
        talk.open();
        talk.startTurn();
        const QString text = QString(u"0123456789😀"_s).repeated(100);
        for (int i = 0; i < 10; ++i)
            talk.hear(say(text.toUtf8()));
        const Transcript transcript =
            fold(talk.log, {.maxRows = 1000, .maxTextPerRow = 97, .maxTotalText = 1'000'000});
        QString joined;
        for (qsizetype i = 1; i < transcript.rows().size(); ++i) {
            const Row &row = transcript.rows().at(i);
            QVERIFY(row.text.size() <= 97);
            QVERIFY(row.text.isValidUtf16());
            QCOMPARE(row.isContinued, i + 1 < transcript.rows().size());
            joined += row.text;
        }
        QCOMPARE(joined, text.repeated(10));
    }

    void staysWithinItsBounds()
    {
        Talk talk;
        talk.open();
        talk.startTurn();
        for (int i = 0; i < 500; ++i) {
            talk.hear(say(QByteArray(1000, 'x')));
            talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":")" +
                                 QByteArray::number(i) + R"(","rawInput":")" +
                                 QByteArray(500, 'y') + R"("})"));
        }
        const Transcript byText =
            fold(talk.log, {.maxRows = 100'000, .maxTextPerRow = 4096, .maxTotalText = 50'000});
        qint64 size = 0;
        for (const Row &row : byText.rows())
            size += row.text.size() + weightOf(row.tool);
        QVERIFY(size <= 50'000 && size > 40'000);
        QCOMPARE(byText.droppedRows() + byText.rows().size(), 1001);
        QCOMPARE(byText.rows().first().number, byText.droppedRows());
        const Transcript byRows =
            fold(talk.log, {.maxRows = 10, .maxTextPerRow = 4096, .maxTotalText = 50'000'000});
        QCOMPARE(byRows.rows().size(), 10);
        QCOMPARE(byRows.rows().last().tool.id, u"499"_s);
    }
};

QTEST_GUILESS_MAIN(tst_Transcript)
#include "tst_Transcript.moc"
