// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/PostureText.h"
#include "app/ctl/SafeText.h"
#include "app/ctl/TerminalModes.h"
#include "app/ctl/TranscriptText.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace paddock;
using namespace paddock::ctl;
using namespace Qt::StringLiterals;

namespace {

sessions::ConversationEntry entry(sessions::ConversationEntry::Direction direction,
                                  const QByteArray &bytes)
{
    static qint64 sequence = 0;
    return {.sequence = ++sequence,
            .direction = direction,
            .at = QDateTime(QDate(2026, 1, 2), QTime(3, 4), Qt::UTC),
            .bytes = bytes};
}

sessions::ConversationEntry sent(const QByteArray &bytes)
{
    return entry(sessions::ConversationEntry::Direction::ToAgent, bytes);
}

sessions::ConversationEntry received(const QByteArray &bytes)
{
    return entry(sessions::ConversationEntry::Direction::FromAgent, bytes);
}

QJsonObject sealedPosture()
{
    return {{u"networkMode"_s, u"none"_s},
            {u"interfaces"_s, QJsonArray{u"lo"_s}},
            {u"capabilities"_s,
             QJsonObject{{u"effective"_s, u"0000000000000000"_s},
                         {u"bounding"_s, u"0000000000000000"_s}}},
            {u"noNewPrivileges"_s, true},
            {u"privileged"_s, false},
            {u"seccomp"_s, 2},
            {u"readOnlyRoot"_s, true},
            {u"user"_s, u"1000:1000"_s},
            {u"keysInEnvironment"_s, QJsonArray()},
            {u"mounts"_s,
             QJsonArray{QJsonObject{{u"source"_s, u"/home/x/p"_s},
                                    {u"target"_s, u"/workspace"_s},
                                    {u"readOnly"_s, false}}}},
            {u"memoryBytes"_s, qint64{4294967296}},
            {u"pids"_s, 512},
            {u"nanoCpus"_s, qint64{2000000000}}};
}

} // namespace

class tst_CtlText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatSteersATerminalIsEscaped_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("shown");
        QTest::newRow("plain") << u"Grüße, 日本, 👩‍💻\n\tx"_s
                               << u"Grüße, 日本, 👩‍💻\n\tx"_s;
        QTest::newRow("escape") << u"\x1b[2J"_s << u"\\x1b[2J"_s;
        QTest::newRow("title") << u"\x1b]0;x\x07"_s << u"\\x1b]0;x\\x07"_s;
        QTest::newRow("C1") << u"a\u009b31m"_s << u"a\\x9b31m"_s;
        QTest::newRow("backspace and carriage return") << u"a\b\rb"_s << u"a\\x08\\x0db"_s;
        QTest::newRow("delete and NUL") << (u"a\x7f"_s + QChar(u'\0')) << u"a\\x7f\\x00"_s;
        QTest::newRow("override") << u"a\u202eb\u202c"_s << u"a\\u202eb\\u202c"_s;
        QTest::newRow("isolate") << u"\u2066x\u2069"_s << u"\\u2066x\\u2069"_s;
        QTest::newRow("line separator") << u"a\u2028b"_s << u"a\\u2028b"_s;
        QTest::newRow("zero width") << u"a\u200bb\ufeff"_s << u"a\\u200bb\\ufeff"_s;
        QTest::newRow("tag characters") << u"a\U000E0041b"_s << u"a\\ue0041b"_s;
        QTest::newRow("lone surrogate") << (u"a"_s + QChar(0xD800)) << u"a\\ud800"_s;
    }
    void whatSteersATerminalIsEscaped()
    {
        QFETCH(QString, text);
        QFETCH(QString, shown);
        QCOMPARE(safeText(text), shown);
        if (!text.contains(u'\r') && !text.contains(QChar(0xD800)))
            QCOMPARE(QString::fromUtf8(safeBytes(text.toUtf8())), shown);
    }

    void linesAreOneLine() { QCOMPARE(safeLine(u"a\nb\tc"_s), u"a\\nb\\tc"_s); }

    void bytesOfAnyEncodingAreShown()
    {
        QCOMPARE(safeBytes("a\xff\xfe"
                           "b\xc3"),
                 QByteArray("a\\xff\\xfe"
                            "b\\xc3"));
        QCOMPARE(safeBytes("dos\r\nline\rx"), QByteArray("dos\r\nline\\x0dx"));
        QCOMPARE(safeBytes("\xed\xa0\x80"), QByteArray("\\xed\\xa0\\x80")); // encoded surrogate
    }

    void aTranscriptReadsInOrder()
    {
        TranscriptText text;
        QStringList shown;
        const auto add = [&](const sessions::ConversationEntry &next) {
            shown += text.append(next);
        };
        add(sent(R"({"jsonrpc":"2.0","id":7,"method":"session/prompt","params":{"sessionId":"s",)"
                 R"("prompt":[{"type":"text","text":"do it"}]}})"));
        QCOMPARE(shown, QStringList{u"> do it"_s});
        add(received(
            R"({"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":)"
            R"({"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"I do"}}}})"));
        QCOMPARE(shown.size(), 1); // it may go on
        add(received(
            R"({"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":)"
            R"({"sessionUpdate":"tool_call","toolCallId":"t","title":"ls","kind":"execute",)"
            R"("status":"pending"}}})"));
        QCOMPARE(shown.last(), u"I do"_s);
        add(received(R"({"jsonrpc":"2.0","id":1,"method":"session/request_permission","params":)"
                     R"({"sessionId":"s","toolCall":{"toolCallId":"t","title":"ls"},"options":[)"
                     R"({"optionId":"a","name":"Allow","kind":"allow_once"}]}})"));
        QCOMPARE(shown.last(), u"? The agent asks: ls"_s); // at once, though ls still runs
        QCOMPARE(text.openQuestions().size(), 1);
        add(sent(R"({"jsonrpc":"2.0","id":1,"result":{"outcome":{"outcome":"selected",)"
                 R"("optionId":"a"}}})"));
        QVERIFY(text.openQuestions().isEmpty());
        add(received(
            R"({"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":)"
            R"({"sessionUpdate":"tool_call_update","toolCallId":"t","status":"completed",)"
            R"("content":[{"type":"content","content":{"type":"text","text":"a\nb"}}]}}})"));
        QCOMPARE(shown.at(shown.size() - 2), u"* ls — done\n    a\n    b"_s);
        QCOMPARE(shown.last(), u"? ls — allowed once"_s);
        add(received(R"({"jsonrpc":"2.0","id":7,"result":{"stopReason":"end_turn"}})"));
        QVERIFY(shown.last().startsWith(u"-- end of turn"));
        QVERIFY(text.finish().isEmpty());
        shown += text.append(entry(sessions::ConversationEntry::Direction::Notice,
                                   R"({"kind":"stopped","text":"The agent was stopped."})"));
        QCOMPARE(shown.last(), u"-- The agent was stopped."_s);
        // Nothing was shown twice.
        QCOMPARE(QSet<QString>(shown.cbegin(), shown.cend()).size(), shown.size());
    }

    void garbageInAConversationIsShownAsAProblem()
    {
        TranscriptText text;
        QStringList shown = text.append(received("this is no JSON"));
        shown += text.finish();
        QCOMPARE(shown.size(), 1);
        QVERIFY(shown.first().startsWith(u"! "));
    }

    void aSealedContainerHoldsEveryCheck()
    {
        for (const PostureCheck &check : postureChecks(sealedPosture()))
            QVERIFY2(check.holds, qPrintable(check.what + u": "_s + check.found));
        QVERIFY(!postureTable(sealedPosture()).contains(u"NOT AS IT SHOULD BE"));
        QVERIFY(postureTable(sealedPosture()).contains(u"4 GiB"));
    }

    void everyHoleIsSeen_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QJsonValue>("value");
        const auto row = [](const char *name, const QString &key, const QJsonValue &value) {
            QTest::newRow(name) << key << value;
        };
        row("bridge", u"networkMode"_s, u"bridge"_s);
        row("eth0", u"interfaces"_s, QJsonArray{u"lo"_s, u"eth0"_s});
        row("a capability",
            u"capabilities"_s,
            QJsonObject{{u"effective"_s, u"0000000000000400"_s},
                        {u"bounding"_s, u"0000000000000000"_s}});
        row("a capability to get",
            u"capabilities"_s,
            QJsonObject{{u"effective"_s, u"0000000000000000"_s},
                        {u"bounding"_s, u"00000000a80425fb"_s}});
        row("no capabilities read", u"capabilities"_s, QJsonObject());
        row("new privileges", u"noNewPrivileges"_s, false);
        row("privileged", u"privileged"_s, true);
        row("no filter", u"seccomp"_s, 0);
        row("writable root", u"readOnlyRoot"_s, false);
        row("root", u"user"_s, u"0:0"_s);
        row("root by name", u"user"_s, u"root"_s);
        row("user of the image", u"user"_s, u""_s);
        row("a key", u"keysInEnvironment"_s, QJsonArray{u"ANTHROPIC_API_KEY"_s});
        row("nothing read", u"keysInEnvironment"_s, QJsonValue());
        row("the engine",
            u"mounts"_s,
            QJsonArray{
                QJsonObject{{u"source"_s, u"/var/run/docker.sock"_s}, {u"target"_s, u"/s"_s}}});
    }
    void everyHoleIsSeen()
    {
        QFETCH(QString, key);
        QFETCH(QJsonValue, value);
        QJsonObject posture = sealedPosture();
        posture.insert(key, value);
        int broken = 0;
        for (const PostureCheck &check : postureChecks(posture))
            broken += check.holds ? 0 : 1;
        QVERIFY(broken >= 1);
        QVERIFY(postureTable(posture).contains(u"NOT AS IT SHOULD BE"));
    }

    void terminalModesArePutBack()
    {
        TerminalModes modes;
        QVERIFY(modes.restoring().isEmpty());
        modes.follow("plain text");
        QVERIFY(modes.restoring().isEmpty());
        const QByteArray stream = "\x1b[?1049h\x1b[?25l\x1b[?1000;1006hx\x1b[?2004h\x1b[31m";
        for (qsizetype cut = 0; cut <= stream.size(); ++cut) {
            TerminalModes followed;
            followed.follow(stream.left(cut));
            followed.follow(stream.mid(cut));
            QCOMPARE(followed.restoring(),
                     QByteArray("\x1b[0m\x1b[?25h\x1b[?1000l\x1b[?1006l\x1b[?1049l\x1b[?2004l"));
        }
        modes.follow(stream);
        modes.follow("\x1b[?1000;1006l\x1b[?2004l\x1b[?1049l\x1b[?25h");
        QCOMPARE(modes.restoring(), QByteArray("\x1b[0m"));
        modes.follow(QByteArray("\x1b[?") + QByteArray(100'000, '9') + "h");
        QVERIFY(modes.restoring().size() < 200);
    }
};

QTEST_GUILESS_MAIN(tst_CtlText)
#include "tst_CtlText.moc"
