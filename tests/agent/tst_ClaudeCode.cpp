// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapters/Adapter.h"
#include "core/gateway/DemoRepository.h"
#include "tests/agent/AgentWorld.h"
#include "tests/support/Await.h"

#include <QFile>
#include <QFileInfo>

#include <csignal>

using namespace paddock;
using namespace paddock::test;
using namespace Qt::StringLiterals;

namespace {

QProcessEnvironment environmentOf(const adapters::Adapter &adapter)
{
    QProcessEnvironment environment;
    for (const auto &variable : adapter.environment)
        environment.insert(variable.name, variable.value);
    return environment;
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

/// The real Claude Code (claude-agent-acp) in a sealed container.
class tst_ClaudeCode : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_more.clear();
        m_world = std::make_unique<AgentWorld>();
    }
    void cleanup()
    {
        if (QTest::currentTestFailed()) {
            qWarning("said: %s", qPrintable(m_world->said()));
            qWarning("stderr: %s", m_world->errors.constData());
            for (const Error &error : m_world->problems)
                qWarning("problem: %s", qPrintable(error.toString()));
            if (const auto records = await(m_world->gateway->client().requestsAfter(0))) {
                for (const gateway::RequestRecord &record : *records) {
                    qWarning("request: %s %s %d %s",
                             qPrintable(record.method),
                             qPrintable(record.path),
                             record.status,
                             qPrintable(record.reason));
                }
            }
        }
        m_world.reset();
    }

    /// The whole demo: read, test, edit, test, commit; each step asked for and allowed once.
    void mendsTheSampleProject()
    {
        begin({});
        if (QTest::currentTestFailed())
            return;
        const auto turn = m_world->turn(gateway::demoPrompt(), std::chrono::seconds(60));
        QVERIFY2(!turn.error, turn.error ? qPrintable(turn.error->toString()) : "");
        QCOMPARE(turn.stopReason, acp::StopReason::EndTurn);
        QVERIFY(turn.usage && turn.usage->outputTokens > 0);
        const QByteArray source = contentOf(m_world->worktree() + u"/src/wordcount.js"_s);
        QVERIFY2(source.contains("split(/\\s+/)"), source.constData());
        const QByteArray log = m_world->git({u"log"_s, u"--format=%s"_s, u"--all"_s});
        QVERIFY2(log.contains("Count words separated by any white space"), log.constData());
        QVERIFY(m_world->said().contains(u"[demo script]"_s));
        QVERIFY(m_world->asked.size() >= 3);
        for (const acp::OutgoingMessage &message : m_world->sent)
            QVERIFY(!message.bytes.contains("allow-with-updates"));
        // allow_always would have left this behind
        QVERIFY(!QFileInfo::exists(m_world->worktree() + u"/.claude/settings.local.json"_s));

        bool hasDiff = false;
        bool hasOutput = false;
        for (const acp::Row &row : m_world->transcript.rows()) {
            QVERIFY(row.kind != acp::Row::Kind::Problem);
            if (row.kind == acp::Row::Kind::Permission)
                QCOMPARE(row.permission.outcome, std::optional(acp::PermissionOutcome::Allowed));
            if (row.kind != acp::Row::Kind::Tool)
                continue;
            QCOMPARE(row.tool.status, acp::ToolStatus::Completed);
            for (const acp::ToolContent &part : row.tool.content) {
                hasDiff = hasDiff || std::holds_alternative<acp::Diff>(part);
                const auto *block = std::get_if<acp::ContentBlock>(&part);
                hasOutput = hasOutput || (block && block->text.contains(u"pass 3"_s));
            }
        }
        QVERIFY(hasDiff && hasOutput);

        const auto records = await(m_world->gateway->client().requestsAfter(0));
        PADDOCK_VERIFY_OK(records);
        QVERIFY(records->size() >= 6);
        for (const gateway::RequestRecord &record : *records) {
            QVERIFY2(record.status == 200,
                     qPrintable(record.method + u' ' + record.path + u' ' + record.reason));
            QVERIFY(record.peerPid > 0);
        }
    }

    void takesNoForAnAnswer()
    {
        begin(scripts());
        if (QTest::currentTestFailed())
            return;
        m_world->answer = AgentWorld::Answer::Reject;
        const auto turn = m_world->turn(u"Please do [[write]]"_s);
        QVERIFY2(!turn.error, turn.error ? qPrintable(turn.error->toString()) : "");
        QVERIFY(!m_world->asked.isEmpty());
        QVERIFY(!QFileInfo::exists(m_world->worktree() + u"/hello.txt"_s));
        m_world->answer = AgentWorld::Answer::Allow;
        QVERIFY(!m_world->turn(u"Then do [[write]] again"_s).error);
        QCOMPARE(contentOf(m_world->worktree() + u"/hello.txt"_s), "hello\n");
        QVERIFY(m_world->git({u"log"_s, u"--format=%s"_s, u"--all"_s}).contains("Add hello"));
    }

    void cancelsWithAQuestionOpen()
    {
        begin(scripts());
        if (QTest::currentTestFailed())
            return;
        m_world->answer = AgentWorld::Answer::Hold;
        PADDOCK_VERIFY_OK(m_world->client->prompt(u"Please do [[write]]"_s));
        QTRY_COMPARE_WITH_TIMEOUT(m_world->asked.size(), 1, 60'000);
        QVERIFY(!m_world->client->silence());
        PADDOCK_VERIFY_OK(m_world->client->cancel());
        QTRY_COMPARE_WITH_TIMEOUT(m_world->turns.size(), 1, 10'000);
        QCOMPARE(m_world->turns.at(0).stopReason, acp::StopReason::Cancelled);
        QVERIFY(!m_world->turns.at(0).error);
        QVERIFY(!QFileInfo::exists(m_world->worktree() + u"/hello.txt"_s));
        m_world->answer = AgentWorld::Answer::Allow;
        QVERIFY(!m_world->turn(u"Say [[talk]]"_s).error);
        QVERIFY(m_world->said().contains(u"Just words."_s));
    }

    void cancelsARunningTool()
    {
        begin(scripts());
        if (QTest::currentTestFailed())
            return;
        PADDOCK_VERIFY_OK(m_world->client->prompt(u"Please do [[slow]]"_s));
        QTRY_COMPARE_WITH_TIMEOUT(m_world->asked.size(), 1, 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(
            m_world->inContainer({u"ps"_s, u"-eo"_s, u"args"_s}).contains("sleep 0.1"), 20'000);
        PADDOCK_VERIFY_OK(m_world->client->cancel());
        QTRY_COMPARE_WITH_TIMEOUT(m_world->turns.size(), 1, 10'000);
        QCOMPARE(m_world->turns.at(0).stopReason, acp::StopReason::Cancelled);
    }

    void goesOnAfterItsProcessWasKilled_data()
    {
        QTest::addColumn<bool>("isLoad");
        QTest::newRow("resume") << false;
        QTest::newRow("load") << true;
    }
    void goesOnAfterItsProcessWasKilled()
    {
        QFETCH(bool, isLoad);
        begin(scripts());
        if (QTest::currentTestFailed())
            return;
        QVERIFY(!m_world->turn(u"Say [[talk]]"_s).error);
        const QString session = m_world->client->state().sessionId;
        // killed in the middle of a tool
        PADDOCK_VERIFY_OK(m_world->client->prompt(u"Please do [[slow]]"_s));
        QTRY_VERIFY_WITH_TIMEOUT(
            m_world->inContainer({u"ps"_s, u"-eo"_s, u"args"_s}).contains("sleep 0.1"), 60'000);
        m_world->killAgent();
        QCOMPARE(m_world->turns.size(), 2);
        QCOMPARE(m_world->turns.at(1).error->kind, ErrorKind::AgentExited);
        const qsizetype updatesBefore = m_world->updates.size();
        startAgent();
        QVERIFY(m_world->client->state().agent.canResume && m_world->client->state().agent.canLoad);
        if (isLoad)
            PADDOCK_VERIFY_OK(m_world->client->loadSession(session, u"/workspace"_s));
        else
            PADDOCK_VERIFY_OK(m_world->client->reopenSession(session, u"/workspace"_s));
        QTRY_VERIFY_WITH_TIMEOUT(m_world->client->phase() == acp::Client::Phase::Ready, 60'000);
        int replayed = 0;
        for (qsizetype i = updatesBefore; i < m_world->updates.size(); ++i)
            replayed += m_world->updates.at(i).isReplay ? 1 : 0;
        QCOMPARE(replayed > 0, isLoad);
        QVERIFY(!m_world->turn(u"Say [[remember]]"_s).error);
        QVERIFY(m_world->said().contains(u"I remember."_s));
        // the transcript shows each thing once, and nothing that still seems to run
        int talks = 0;
        for (const acp::Row &row : m_world->transcript.rows()) {
            talks +=
                row.kind == acp::Row::Kind::AgentMessage && row.text.contains(u"Just words."_s);
            if (row.kind == acp::Row::Kind::Tool)
                QCOMPARE(row.tool.status, acp::ToolStatus::Interrupted);
        }
        QCOMPARE(talks, 1);
    }

    void tellsWhatTheProviderSaid_data()
    {
        QTest::addColumn<QString>("script");
        QTest::addColumn<QString>("word");
        QTest::newRow("400") << u"invalid"_s << u"scripted refusal"_s;
        QTest::newRow("429") << u"limit"_s << u"429"_s;
        QTest::newRow("500") << u"broken"_s << u"scripted failure"_s;
    }
    void tellsWhatTheProviderSaid()
    {
        QFETCH(QString, script);
        QFETCH(QString, word);
        // The default is to retry for minutes without a word.
        m_more = {{u"CLAUDE_CODE_MAX_RETRIES"_s, u"1"_s}};
        begin(scripts());
        if (QTest::currentTestFailed())
            return;
        const auto turn = m_world->turn(u"Please do [[%1]]"_s.arg(script));
        QVERIFY(turn.error.has_value());
        QCOMPARE(turn.error->kind, ErrorKind::ProviderFailed);
        QVERIFY2(turn.error->detail.contains(word), qPrintable(turn.error->toString()));
        QVERIFY(!m_world->turn(u"Say [[talk]]"_s).error); // the conversation goes on
    }

    void canBeCancelledWhileItRetriesSilently_data()
    {
        QTest::addColumn<QString>("script");
        QTest::newRow("429, default retries") << u"limit"_s;
        QTest::newRow("connection dropped") << u"dropped"_s;
        QTest::newRow("cut in the middle") << u"half"_s;
    }
    void canBeCancelledWhileItRetriesSilently()
    {
        QFETCH(QString, script);
        begin(scripts());
        if (QTest::currentTestFailed())
            return;
        PADDOCK_VERIFY_OK(m_world->client->prompt(u"Please do [[%1]]"_s.arg(script)));
        // Several requests came, and the silence grows: what a stall timer looks at.
        const auto count = [this] {
            const auto records = await(m_world->gateway->client().requestsAfter(0));
            return records ? records->size() : 0;
        };
        QTRY_VERIFY_WITH_TIMEOUT(count() >= 2, 30'000);
        if (m_world->turns.isEmpty()) {
            QTRY_VERIFY_WITH_TIMEOUT(!m_world->turns.isEmpty() ||
                                         m_world->client->silence().value_or(
                                             std::chrono::nanoseconds(0)) > std::chrono::seconds(1),
                                     20'000);
        }
        if (m_world->turns.isEmpty()) {
            PADDOCK_VERIFY_OK(m_world->client->cancel());
            QTRY_COMPARE_WITH_TIMEOUT(m_world->turns.size(), 1, 10'000);
            QCOMPARE(m_world->turns.at(0).stopReason, acp::StopReason::Cancelled);
        }
        QVERIFY(!m_world->turn(u"Say [[talk]]"_s).error);
    }

    /// B14 with the real agent: the gateway dies and comes back while the container lives.
    void survivesTheGateway()
    {
        begin(scripts());
        if (QTest::currentTestFailed())
            return;
        QVERIFY(!m_world->turn(u"Say [[talk]]"_s).error);
        const auto info = await(m_world->gateway->client().ensureRunning());
        PADDOCK_VERIFY_OK(info);
        ::kill(static_cast<pid_t>(info->pid), SIGKILL);
        QTRY_VERIFY(!m_world->gateway->client().isConnected());
        PADDOCK_VERIFY_OK(await(m_world->gateway->client().ensureRunning()));
        PADDOCK_VERIFY_OK(await(m_world->gateway->client().addSession(m_world->door)));
        PADDOCK_VERIFY_OK(
            await(m_world->gateway->client().setContainer(m_world->door.id, m_world->container)));
        QVERIFY(!m_world->turn(u"Say [[remember]]"_s).error);
        QVERIFY(m_world->said().contains(u"I remember."_s));
    }

private:
    [[nodiscard]] static QString scripts() { return sourcePath(u"tests/agent/scripts"_s); }

    void startAgent()
    {
        const auto adapter = adapters::builtInAdapter(u"claude-code"_s);
        QVERIFY(adapter.has_value());
        QProcessEnvironment environment = environmentOf(*adapter);
        for (const auto &[name, value] : m_more)
            environment.insert(name, value);
        m_world->startAgent(adapter->argv, environment);
    }

    void begin(const QString &scriptFolder)
    {
        m_world->start(u"claude-agent-base:latest"_s, scriptFolder);
        if (QTest::currentTestFailed())
            return;
        startAgent();
        if (QTest::currentTestFailed())
            return;
        m_world->openSession();
    }

    std::unique_ptr<AgentWorld> m_world;
    QList<std::pair<QString, QString>> m_more;
};

QTEST_GUILESS_MAIN(tst_ClaudeCode)
#include "tst_ClaudeCode.moc"
