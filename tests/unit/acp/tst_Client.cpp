// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/acp/AcpLines.h"

using namespace paddock;
using namespace paddock::acp;
using namespace paddock::test;

class tst_Client : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void declaresNothingItDoesNotDo()
    {
        Talk talk;
        QVERIFY(talk.client.initialize());
        const QJsonObject params = talk.lastObject().value(u"params").toObject();
        QCOMPARE(params.value(u"protocolVersion").toInt(), 1);
        const QJsonObject can = params.value(u"clientCapabilities").toObject();
        QCOMPARE(can.value(u"terminal").toBool(true), false);
        QCOMPARE(can.value(u"fs").toObject().value(u"readTextFile").toBool(true), false);
        QCOMPARE(can.value(u"fs").toObject().value(u"writeTextFile").toBool(true), false);
    }

    void refusesAnotherVersion()
    {
        Talk talk;
        QVERIFY(talk.client.initialize());
        talk.hear(resultLine(talk.lastId(), R"({"protocolVersion":2})"));
        QCOMPARE(talk.client.phase(), Client::Phase::Broken);
        QCOMPARE(talk.failures.size(), 1);
        QCOMPARE(talk.failures.at(0).second.category, Category::Unsupported);
    }

    void talksThroughATurn()
    {
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        QVERIFY(!talk.client.prompt(u"again"_s)); // one at a time
        talk.hear(say("Hel"));
        talk.hear(say("lo"));
        talk.hear(updateLine(R"({"sessionUpdate":"usage_update","used":10,"size":200,)"
                             R"("cost":{"amount":0.25,"currency":"USD"}})"));
        talk.hear(resultLine(id,
                             R"({"stopReason":"end_turn","usage":)"
                             R"({"inputTokens":3,"outputTokens":4,"totalTokens":7}})"));
        QCOMPARE(talk.updates.size(), 3);
        QCOMPARE(std::get<MessageChunk>(talk.updates.at(1).what).content.text, u"lo"_s);
        const auto usage = std::get<UsageUpdate>(talk.updates.at(2).what);
        QCOMPARE(usage.cost->amount, 0.25);
        QCOMPARE(talk.turns.size(), 1);
        QVERIFY(!talk.turns.at(0).error);
        QCOMPARE(talk.turns.at(0).usage->totalTokens, 7);
        QCOMPARE(talk.turns.at(0).promptId.toUtf8(), id);
        QCOMPARE(talk.client.phase(), Client::Phase::Ready);
    }

    void keepsTheIdSpacesApart()
    {
        // The agent counts from 0 and uses the very numbers of our open requests.
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        talk.hear(askLine(id));
        QCOMPARE(talk.asked.size(), 1);
        QCOMPARE(talk.client.phase(), Client::Phase::Prompting);
        QVERIFY(talk.client.allow(talk.asked.at(0).requestId));
        QCOMPARE(talk.sent.last().jsonrpcId.toUtf8(), id);
        QCOMPARE(talk.sent.last().kind, MessageKind::PermissionAnswer);
        QVERIFY(talk.client.isTurnRunning());
        talk.hear(resultLine(id, R"({"stopReason":"end_turn"})"));
        QCOMPARE(talk.turns.size(), 1);
    }

    void ignoresUnknownNotifications()
    {
        Talk talk;
        talk.open();
        const auto before = talk.sent.size();
        talk.hear(
            R"({"jsonrpc":"2.0","method":"_auth/status_update","params":{"kind":"gateway"}})");
        talk.hear(R"({"jsonrpc":"2.0","method":"nosuch"})");
        talk.hear(updateLine(R"({"sessionUpdate":"something_new","x":1})"));
        QCOMPARE(talk.sent.size(), before);
        QVERIFY(talk.problems.isEmpty() && talk.updates.isEmpty());
    }

    void refusesUnknownRequests()
    {
        // opencode sends this although the client declared that it has no files.
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(R"({"jsonrpc":"2.0","id":"x","method":"fs/write_text_file","params":{}})");
        QCOMPARE(talk.sent.last().kind, MessageKind::ErrorReply);
        QCOMPARE(talk.sent.last().jsonrpcId, u"\"x\""_s);
        QCOMPARE(talk.lastObject().value(u"error").toObject().value(u"code").toInt(), -32601);
        QCOMPARE(talk.lastObject().value(u"id").toString(), u"x"_s);
    }

    void choosesOptionsByKind_data()
    {
        QTest::addColumn<QByteArray>("options");
        QTest::addColumn<bool>("isAllowed");
        QTest::addColumn<QString>("expected"); // option id, "" cancelled, "-" refused
        const QByteArray gemini =
            R"([{"optionId":"proceed_always","name":"a","kind":"allow_always"},)"
            R"({"optionId":"proceed_once","name":"b","kind":"allow_once"},)"
            R"({"optionId":"cancel","name":"c","kind":"reject_once"}])";
        const QByteArray codex = R"([{"optionId":"allow_once","name":"a","kind":"allow_once"},)"
                                 R"({"optionId":"cancel","name":"c","kind":"reject_once"}])";
        const QByteArray always = R"([{"optionId":"x","name":"a","kind":"allow_always"},)"
                                  R"({"optionId":"y","name":"a","kind":"reject_always"}])";
        QTest::newRow("gemini, allow") << gemini << true << u"proceed_once"_s;
        QTest::newRow("gemini, reject") << gemini << false << u"cancel"_s;
        QTest::newRow("codex, allow") << codex << true << u"allow_once"_s;
        QTest::newRow("codex, reject") << codex << false << u"cancel"_s;
        QTest::newRow("only always, allow") << always << true << u"-"_s;
        QTest::newRow("only always, reject") << always << false << QString();
        QTest::newRow("none, reject") << QByteArray("[]") << false << QString();
    }
    void choosesOptionsByKind()
    {
        QFETCH(QByteArray, options);
        QFETCH(bool, isAllowed);
        QFETCH(QString, expected);
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(askLine("0", options));
        const QString request = talk.asked.at(0).requestId;
        const auto before = talk.sent.size();
        const auto answered = isAllowed ? talk.client.allow(request) : talk.client.reject(request);
        if (expected == u"-") {
            QVERIFY(!answered);
            QCOMPARE(talk.sent.size(), before);
            QCOMPARE(talk.client.state().permissions.size(), 1);
            return;
        }
        QVERIFY(answered);
        const QJsonObject outcome =
            talk.lastObject().value(u"result").toObject().value(u"outcome").toObject();
        QCOMPARE(outcome.value(u"outcome").toString(),
                 expected.isEmpty() ? u"cancelled"_s : u"selected"_s);
        QCOMPARE(outcome.value(u"optionId").toString(), expected);
        QVERIFY(talk.client.state().permissions.isEmpty());
        QVERIFY(!talk.client.allow(request)); // once
        QCOMPARE(talk.sent.size(), before + 1);
    }

    void answersHeldPermissionsAfterCancel()
    {
        // gemini never ends the turn and opencode asks nothing more until this comes.
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        talk.hear(askLine("0"));
        talk.hear(askLine(
            "1", R"([{"optionId":"o","name":"","kind":"allow_once"}])", R"({"toolCallId":"t2"})"));
        const auto before = talk.sent.size();
        QVERIFY(talk.client.cancel());
        QCOMPARE(talk.sent.size(), before + 3);
        QCOMPARE(talk.sent.at(before).kind, MessageKind::Cancel);
        QVERIFY(talk.sent.at(before).jsonrpcId.isEmpty());
        QCOMPARE(talk.sent.at(before + 1).jsonrpcId, u"0"_s);
        QVERIFY(talk.sent.at(before + 2).bytes.contains(R"("outcome":"cancelled")"));
        QCOMPARE(talk.closed.size(), 2);
        QCOMPARE(talk.closed.at(0).second, PermissionOutcome::Cancelled);
        // One that comes late is answered at once and shown to nobody.
        talk.hear(askLine("2"));
        QCOMPARE(talk.sent.last().jsonrpcId, u"2"_s);
        QCOMPARE(talk.asked.size(), 2);
        QVERIFY(talk.client.cancel()); // again: nothing
        QCOMPARE(talk.sent.size(), before + 4);
        talk.hear(resultLine(id, R"({"stopReason":"cancelled","usage":null})"));
        QCOMPARE(talk.turns.at(0).stopReason, StopReason::Cancelled);
        QVERIFY(!talk.turns.at(0).error);
        QVERIFY(!talk.startTurn().isEmpty());
    }

    void takesBackWithdrawnRequests()
    {
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(askLine("4"));
        const auto before = talk.sent.size();
        talk.hear(R"({"jsonrpc":"2.0","method":"$/cancel_request","params":{"requestId":4}})");
        QCOMPARE(talk.closed.at(0).second, PermissionOutcome::Withdrawn);
        QVERIFY(!talk.client.allow(talk.asked.at(0).requestId));
        QCOMPARE(talk.sent.size(), before);
    }

    void endsRejectedTurns_data()
    {
        QTest::addColumn<QByteArray>("result");
        QTest::addColumn<StopReason>("reason");
        QTest::newRow("claude, gemini: goes on to an end")
            << QByteArray(R"({"stopReason":"end_turn","usage":{"totalTokens":1}})")
            << StopReason::EndTurn;
        QTest::newRow("opencode: ends without words")
            << QByteArray(R"({"stopReason":"end_turn"})") << StopReason::EndTurn;
        QTest::newRow("codex: ends as cancelled")
            << QByteArray(R"({"stopReason":"cancelled","usage":null})") << StopReason::Cancelled;
    }
    void endsRejectedTurns()
    {
        QFETCH(QByteArray, result);
        QFETCH(StopReason, reason);
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        talk.hear(askLine("0"));
        QVERIFY(talk.client.reject(talk.asked.at(0).requestId));
        QCOMPARE(talk.closed.at(0).second, PermissionOutcome::Rejected);
        talk.hear(resultLine(id, result));
        QCOMPARE(talk.turns.at(0).stopReason, reason);
        QVERIFY(!talk.turns.at(0).error);
    }

    void showsAToolOnFirstSightInAPermission()
    {
        // gemini sends no tool_call before it asks.
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(askLine("0"));
        QCOMPARE(talk.updates.size(), 1);
        QVERIFY(std::get<ToolCallUpdate>(talk.updates.at(0).what).isNew);
        // claude sends the call first; the request is merged with it.
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":"t9","title":"Write",)"
                             R"("kind":"edit","rawInput":{"a":1}})"));
        talk.hear(askLine("1", "[]", R"({"toolCallId":"t9","title":"Write x"})"));
        QCOMPARE(talk.updates.size(), 2);
        QCOMPARE(talk.asked.last().toolCall.kind, ToolKind::Edit);
        QCOMPARE(talk.asked.last().toolCall.title, u"Write x"_s);
        QCOMPARE(talk.asked.last().toolCall.rawInput.toObject().value(u"a").toInt(), 1);
    }

    void setsModes_data()
    {
        QTest::addColumn<QByteArray>("session");
        QTest::addColumn<QString>("method");
        QTest::newRow("modes")
            << QByteArray(R"({"sessionId":"s1","modes":{"currentModeId":"a",)"
                          R"("availableModes":[{"id":"a","name":"A"},{"id":"b","name":"B"}]}})")
            << u"session/set_mode"_s;
        QTest::newRow("opencode: option only")
            << QByteArray(R"({"sessionId":"s1","configOptions":[{"id":"mode","currentValue":"a",)"
                          R"("options":[{"value":"a"},{"value":"b"}]}]})")
            << u"session/set_config_option"_s;
        QTest::newRow("nothing announced")
            << QByteArray(R"({"sessionId":"s1"})") << u"session/set_mode"_s;
    }
    void setsModes()
    {
        QFETCH(QByteArray, session);
        QFETCH(QString, method);
        Talk talk;
        talk.open(R"({})", session);
        QVERIFY(talk.client.setMode(u"b"_s));
        QCOMPARE(talk.lastObject().value(u"method").toString(), method);
        talk.hear(errorLine(talk.lastId(),
                            R"({"code":-32602,"message":"Invalid params: Invalid Mode: b"})"));
        QCOMPARE(talk.failures.size(), 1);
        QVERIFY(talk.failures.at(0).second.detail.contains(u"Invalid Mode"_s));
        QVERIFY(talk.client.setMode(u"b"_s));
        talk.hear(resultLine(talk.lastId(), "{}"));
        talk.hear(updateLine(R"({"sessionUpdate":"config_option_update","configOptions":)"
                             R"([{"id":"mode","currentValue":"b","options":[{"value":"b"}]}]})"));
        QCOMPARE(talk.client.state().settings.option(u"mode")->currentValue, u"b"_s);
        if (method == u"session/set_mode")
            QCOMPARE(talk.client.state().settings.currentMode, u"b"_s);
        talk.hear(updateLine(R"({"sessionUpdate":"current_mode_update","currentModeId":"c"})"));
        QCOMPARE(talk.client.state().settings.currentMode, u"c"_s);
    }

    void tellsFailedTurns_data()
    {
        QTest::addColumn<QByteArray>("end"); // after the id
        QTest::addColumn<bool>("isFailed");
        QTest::addColumn<QString>("detail");
        QTest::newRow("claude: error")
            << QByteArray(
                   R"("error":{"code":-32603,"message":"Internal error: API Error: 400 bad","data":{"errorKind":"unknown"}})")
            << true << u"API Error: 400 bad"_s;
        QTest::newRow("gemini: HTTP code")
            << QByteArray(R"("error":{"code":400,"message":"body"})") << true << u"body"_s;
        QTest::newRow("codex: end_turn with usage null")
            << QByteArray(R"("result":{"stopReason":"end_turn","usage":null})") << true
            << u"exceeded retry limit"_s;
        QTest::newRow("end_turn without usage (gemini)")
            << QByteArray(R"("result":{"stopReason":"end_turn"})") << false << QString();
        QTest::newRow("cancelled with usage null (codex)")
            << QByteArray(R"("result":{"stopReason":"cancelled","usage":null})") << false
            << QString();
        QTest::newRow("nonsense") << QByteArray(R"("result":{"stopReason":7})") << true
                                  << u"stopReason"_s;
        QTest::newRow("no object") << QByteArray(R"("result":null)") << true << u"object"_s;
        QTest::newRow("max_tokens")
            << QByteArray(R"("result":{"stopReason":"max_tokens"})") << false << QString();
        QTest::newRow("reason of a later version")
            << QByteArray(R"("result":{"stopReason":"bored"})") << false << QString();
    }
    void tellsFailedTurns()
    {
        QFETCH(QByteArray, end);
        QFETCH(bool, isFailed);
        QFETCH(QString, detail);
        Talk talk;
        talk.open();
        const QByteArray id = talk.startTurn();
        talk.hear(say("exceeded retry limit, last status: 429 Too Many Requests"));
        talk.hear(R"({"jsonrpc":"2.0","id":)" + id + "," + end + "}");
        QCOMPARE(talk.turns.size(), 1);
        QCOMPARE(talk.turns.at(0).error.has_value(), isFailed);
        if (isFailed)
            QVERIFY2(talk.turns.at(0).error->detail.contains(detail),
                     qPrintable(talk.turns.at(0).error->detail));
        QCOMPARE(talk.client.phase(), Client::Phase::Ready);
    }

    void measuresSilence()
    {
        using std::chrono::seconds;
        Talk talk;
        talk.open();
        talk.clock.time += seconds(100);
        QVERIFY(!talk.client.silence()); // it is not the agent's turn
        talk.startTurn();
        talk.clock.time += seconds(14);
        QCOMPARE(*talk.client.silence(), std::chrono::nanoseconds(seconds(14)));
        talk.hear(say("x"));
        QCOMPARE(talk.client.silence()->count(), 0);
        talk.hear(askLine("0"));
        talk.clock.time += seconds(500);
        QVERIFY(!talk.client.silence()); // the person's turn
        QVERIFY(talk.client.allow(talk.asked.at(0).requestId));
        talk.clock.time += seconds(2);
        QCOMPARE(*talk.client.silence(), std::chrono::nanoseconds(seconds(2)));
    }

    void marksReplay()
    {
        Talk talk;
        talk.open(R"({"loadSession":true})");
        QVERIFY(talk.client.reopenSession(u"s9"_s, u"/workspace"_s));
        QCOMPARE(talk.sent.last().kind, MessageKind::LoadSession);
        talk.hear(updateLine(R"({"sessionUpdate":"user_message_chunk","content":)"
                             R"({"type":"text","text":"old"}})",
                             "s9"));
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":"t","title":"x",)"
                             R"("status":"completed"})",
                             "s9"));
        talk.hear(updateLine(R"({"sessionUpdate":"available_commands_update",)"
                             R"("availableCommands":[{"name":"a","description":"b"}]})",
                             "s9"));
        talk.hear(resultLine(talk.lastId(), "{}"));
        QCOMPARE(talk.client.state().sessionId, u"s9"_s);
        QCOMPARE(talk.updates.size(), 3);
        QVERIFY(talk.updates.at(0).isReplay && talk.updates.at(1).isReplay);
        QVERIFY(!talk.updates.at(2).isReplay);
        // afterwards it is live again, and of this session only
        talk.startTurn();
        talk.hear(say("live")); // of s1
        QCOMPARE(talk.updates.size(), 3);
        QCOMPARE(talk.problems.size(), 1);
    }

    void resumesWhereTheAgentCan()
    {
        Talk talk;
        talk.open(R"({"loadSession":true,"sessionCapabilities":{"resume":{}}})");
        QVERIFY(talk.client.reopenSession(u"s9"_s, u"/w"_s));
        QCOMPARE(talk.sent.last().kind, MessageKind::ResumeSession);
        talk.hear(errorLine(talk.lastId(), R"({"code":-32002,"message":"Resource not found"})"));
        QCOMPARE(talk.failures.last().second.kind, ErrorKind::NotFound);
        QCOMPARE(talk.client.phase(), Client::Phase::Initialized);
        Talk never;
        never.open("{}");
        QVERIFY(!never.client.reopenSession(u"s9"_s, u"/w"_s));
    }

    void survivesTheEndOfTheAgent()
    {
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(askLine("0"));
        talk.client.agentEnded(Error(ErrorKind::AgentExited, u"gone"_s));
        QCOMPARE(talk.turns.at(0).error->kind, ErrorKind::AgentExited);
        QCOMPARE(talk.closed.at(0).second, PermissionOutcome::Withdrawn);
        const qint64 next = talk.client.state().nextId;
        talk.open(); // a new process, with ids of its own from 0 again
        QVERIFY(talk.client.state().nextId > next);
        talk.startTurn();
        talk.hear(askLine("0"));
        // the old question cannot be answered with the new one's id
        QVERIFY(talk.asked.at(0).requestId != talk.asked.at(1).requestId);
        QVERIFY(!talk.client.allow(talk.asked.at(0).requestId));
        QVERIFY(talk.client.allow(talk.asked.at(1).requestId));
    }

    void givesUpAProgramThatIsNoAgent()
    {
        ClientOptions options;
        options.maxBadLines = 5;
        Talk talk(options);
        QVERIFY(talk.client.initialize());
        for (int i = 0; i < 4; ++i)
            talk.hear("Welcome!");
        QCOMPARE(talk.client.phase(), Client::Phase::Initializing);
        talk.hear("Welcome!");
        QCOMPARE(talk.client.phase(), Client::Phase::Broken);
        QCOMPARE(talk.failures.size(), 1);
        QVERIFY(!talk.client.newSession(u"/w"_s));
        talk.open(); // a new process may do better
    }

    void ignoresWhatMakesNoSense_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("answer to nothing") << resultLine("99", "{}");
        QTest::newRow("answer with a text id") << resultLine(R"("1")", "{}");
        QTest::newRow("update of another session")
            << updateLine(R"({"sessionUpdate":"plan","entries":[]})", "other");
        QTest::newRow("update without kind") << updateLine("{}");
        QTest::newRow("chunk without content")
            << updateLine(R"({"sessionUpdate":"agent_message_chunk"})");
        QTest::newRow("chunk with text content")
            << updateLine(R"({"sessionUpdate":"agent_message_chunk","content":"x"})");
        QTest::newRow("tool without id") << updateLine(R"({"sessionUpdate":"tool_call"})");
        QTest::newRow("plan without entries") << updateLine(R"({"sessionUpdate":"plan"})");
        QTest::newRow("cost a text")
            << updateLine(R"({"sessionUpdate":"usage_update","cost":{"amount":"1"}})");
        QTest::newRow("commands no list")
            << updateLine(R"({"sessionUpdate":"available_commands_update","availableCommands":1})");
    }
    void ignoresWhatMakesNoSense()
    {
        QFETCH(QByteArray, line);
        Talk talk;
        talk.open();
        talk.startTurn();
        const auto before = talk.client.state();
        const auto sent = talk.sent.size();
        talk.hear(line);
        QCOMPARE(talk.problems.size(), 1);
        QVERIFY(talk.client.state() == before);
        QVERIFY(talk.updates.isEmpty());
        QCOMPARE(talk.sent.size(), sent);
    }

    void refusesImpossiblePermissions_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("no options")
            << QByteArray(R"({"jsonrpc":"2.0","id":0,"method":"session/request_permission",)"
                          R"("params":{"sessionId":"s1","toolCall":{"toolCallId":"t"}}})");
        QTest::newRow("option without kind") << askLine("0", R"([{"optionId":"a","name":"b"}])");
        QTest::newRow("tool without id") << askLine("0", "[]", "{}");
        QTest::newRow("65 options") << askLine(
            "0",
            "[" + QByteArray(R"({"optionId":"a","name":"","kind":"allow_once"},)").repeated(64) +
                R"({"optionId":"a","name":"","kind":"allow_once"}])");
        QTest::newRow("other session")
            << askLine("0").replace(R"("sessionId":"s1")", R"("sessionId":"s2")");
    }
    void refusesImpossiblePermissions()
    {
        QFETCH(QByteArray, line);
        Talk talk;
        talk.open();
        talk.startTurn();
        talk.hear(line);
        QVERIFY(talk.asked.isEmpty());
        QCOMPARE(talk.sent.last().kind, MessageKind::ErrorReply);
        QCOMPARE(talk.lastObject().value(u"error").toObject().value(u"code").toInt(), -32602);
    }

    void boundsOpenRequests()
    {
        ClientOptions options;
        options.limits.maxOpenRequests = 4;
        Talk talk(options);
        talk.open();
        talk.startTurn();
        for (int i = 0; i < 6; ++i)
            talk.hear(askLine(QByteArray::number(i)));
        QCOMPARE(talk.asked.size(), 4);
        QCOMPARE(talk.sent.last().kind, MessageKind::ErrorReply);
    }

    /// At every point of a conversation, a client restored from the stored messages is in the same
    /// state, and says the same to what follows.
    void isRestoredAtEveryPoint()
    {
        Talk talk;
        talk.open(R"({"loadSession":true})",
                  R"({"sessionId":"s1","modes":{"currentModeId":"a","availableModes":[)"
                  R"({"id":"a"},{"id":"b"}]}})");
        QByteArray id = talk.startTurn();
        talk.hear(updateLine(R"({"sessionUpdate":"tool_call","toolCallId":"t1","kind":"edit"})"));
        talk.hear(askLine("0"));
        talk.hear(R"({"jsonrpc":"2.0","id":1,"method":"fs/read_text_file","params":{}})");
        QVERIFY(talk.client.allow(talk.asked.at(0).requestId));
        QVERIFY(talk.client.setMode(u"b"_s));
        talk.hear(resultLine(talk.lastId(), "{}"));
        talk.hear(askLine("2"));
        talk.hear(resultLine(id, R"({"stopReason":"end_turn"})")); // with a question left open
        id = talk.startTurn();
        talk.hear(askLine("3"));
        QVERIFY(talk.client.cancel());
        talk.hear("garbage");
        talk.hear(resultLine(id, R"({"stopReason":"cancelled"})"));
        talk.client.agentEnded(Error(ErrorKind::AgentExited, u"x"_s));
        QVERIFY(talk.client.initialize());
        talk.hear(resultLine(talk.lastId(),
                             R"({"protocolVersion":1,"agentCapabilities":{"loadSession":true}})"));
        QVERIFY(talk.client.reopenSession(u"s1"_s, u"/workspace"_s));
        talk.hear(say("old"));
        talk.hear(resultLine(talk.lastId(), "{}"));
        id = talk.startTurn();
        talk.hear(askLine("0"));

        const QList<StoredMessage> log = talk.log;
        for (qsizetype cut = 0; cut <= log.size(); ++cut) {
            Talk restored;
            restored.client.restore(log.mid(0, cut));
            QVERIFY(restored.sent.isEmpty());
            QVERIFY(restored.updates.isEmpty() && restored.asked.isEmpty() &&
                    restored.turns.isEmpty() && restored.problems.isEmpty());
            // Crash after the agent's message was stored and before our answer was: what is owed
            // is exactly what the first client sent by itself next.
            QList<QByteArray> automatic;
            for (qsizetype i = cut; i < log.size() && log.at(i).direction == Direction::ToAgent;
                 ++i) {
                if (log.at(i).line.contains(R"("error")") ||
                    log.at(i).line.contains(R"("cancelled")"))
                    automatic.append(log.at(i).line);
                else
                    break;
            }
            restored.client.sendOwed();
            QList<QByteArray> owed;
            for (const OutgoingMessage &message : restored.sent)
                owed.append(message.bytes);
            QCOMPARE(owed, automatic);
            restored.client.sendOwed();
            QCOMPARE(restored.sent.size(), owed.size());
        }
        Talk whole;
        whole.client.restore(log);
        QVERIFY(whole.client.state() == talk.client.state());
        QVERIFY(whole.client.allow(talk.asked.last().requestId));
        QVERIFY(talk.client.allow(talk.asked.last().requestId));
        QCOMPARE(whole.sent.last().bytes, talk.sent.last().bytes);
        // Messages before the last initialize may be left out.
        qsizetype last = 0;
        for (qsizetype i = 0; i < log.size(); ++i) {
            if (log.at(i).line.contains("\"initialize\""))
                last = i;
        }
        Talk shorter;
        shorter.client.restore(log.mid(last));
        QVERIFY(shorter.client.allow(talk.asked.last().requestId));
        QCOMPARE(shorter.client.state().nextId, whole.client.state().nextId);
    }

    void refusesAMessageThatIsTooLong()
    {
        ClientOptions options;
        options.limits.maxMessageBytes = 2000;
        Talk talk(options);
        talk.open();
        const auto before = talk.sent.size();
        QVERIFY(!talk.client.prompt(QString(3000, u'x')));
        QVERIFY(!talk.client.prompt(QList<ContentBlock>{}));
        QCOMPARE(talk.sent.size(), before);
        QCOMPARE(talk.client.phase(), Client::Phase::Ready);
    }
};

QTEST_GUILESS_MAIN(tst_Client)
#include "tst_Client.moc"
