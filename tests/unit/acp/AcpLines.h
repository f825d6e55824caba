// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Client.h"
#include "core/base/Clock.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

/// What the tests of core/acp share: lines of an agent, and a client with everything it did.
namespace paddock::test {

using namespace Qt::StringLiterals;

class FakeClock final : public Clock
{
public:
    [[nodiscard]] QDateTime now() const override { return QDateTime::fromMSecsSinceEpoch(0); }
    [[nodiscard]] std::chrono::nanoseconds monotonic() const override { return time; }
    std::chrono::nanoseconds time{0};
};

inline QByteArray updateLine(const QByteArray &update, const QByteArray &session = "s1")
{
    return R"({"jsonrpc":"2.0","method":"session/update","params":{"sessionId":")" + session +
           R"(","update":)" + update + "}}";
}

inline QByteArray say(const QByteArray &text, const QByteArray &kind = "agent_message_chunk")
{
    return updateLine(R"({"sessionUpdate":")" + kind + R"(","content":{"type":"text","text":")" +
                      text + R"("}})");
}

inline QByteArray resultLine(const QByteArray &id, const QByteArray &result)
{
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + "}";
}

inline QByteArray errorLine(const QByteArray &id, const QByteArray &error)
{
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":)" + error + "}";
}

inline QByteArray askLine(const QByteArray &id,
                          const QByteArray &options =
                              R"([{"optionId":"allow-once","name":"Yes","kind":"allow_once"},)"
                              R"({"optionId":"always","name":"Yes, always","kind":"allow_always"},)"
                              R"({"optionId":"no","name":"No","kind":"reject_once"}])",
                          const QByteArray &tool = R"({"toolCallId":"t1","title":"Run make"})")
{
    return R"({"jsonrpc":"2.0","id":)" + id +
           R"(,"method":"session/request_permission","params":{"sessionId":"s1","options":)" +
           options + R"(,"toolCall":)" + tool + "}}";
}

/// A client with what it sent and said.
struct Talk
{
    explicit Talk(acp::ClientOptions options = {})
        : client(
              [this](const acp::OutgoingMessage &message) {
                  sent.append(message);
                  log.append(
                      {.direction = acp::Direction::ToAgent, .line = message.bytes, .at = {}});
              },
              clock,
              options)
    {
        using acp::Client;
        QObject::connect(&client, &Client::updated, &client, [this](const acp::Update &u) {
            updates.append(u);
        });
        QObject::connect(&client,
                         &Client::permissionRequested,
                         &client,
                         [this](const acp::PermissionRequest &r) { asked.append(r); });
        QObject::connect(&client,
                         &Client::permissionClosed,
                         &client,
                         [this](const QString &id, acp::PermissionOutcome how) {
                             closed.append({id, how});
                         });
        QObject::connect(&client, &Client::turnEnded, &client, [this](const acp::TurnResult &t) {
            turns.append(t);
        });
        QObject::connect(&client,
                         &Client::requestFailed,
                         &client,
                         [this](acp::MessageKind kind, const Error &error) {
                             failures.append({kind, error});
                         });
        QObject::connect(&client, &Client::problem, &client, [this](const Error &error) {
            problems.append(error);
        });
    }

    void hear(const QByteArray &line)
    {
        log.append({.direction = acp::Direction::FromAgent, .line = line, .at = {}});
        client.receive(line);
    }

    [[nodiscard]] QByteArray lastId() const { return sent.last().jsonrpcId.toUtf8(); }
    [[nodiscard]] QJsonObject lastObject() const
    {
        return QJsonDocument::fromJson(sent.last().bytes).object();
    }

    void open(const QByteArray &capabilities = R"({"loadSession":true})",
              const QByteArray &session = R"({"sessionId":"s1"})")
    {
        QVERIFY(client.initialize());
        hear(resultLine(lastId(),
                        R"({"protocolVersion":1,"agentCapabilities":)" + capabilities + "}"));
        QVERIFY(client.newSession(u"/workspace"_s));
        hear(resultLine(lastId(), session));
        QCOMPARE(client.phase(), acp::Client::Phase::Ready);
    }
    QByteArray startTurn()
    {
        const auto id = client.prompt(u"Do it"_s);
        return id ? id->toUtf8() : QByteArray();
    }

    FakeClock clock;
    QList<acp::OutgoingMessage> sent;
    QList<acp::StoredMessage> log;
    QList<acp::Update> updates;
    QList<acp::PermissionRequest> asked;
    QList<std::pair<QString, acp::PermissionOutcome>> closed;
    QList<acp::TurnResult> turns;
    QList<std::pair<acp::MessageKind, Error>> failures;
    QList<Error> problems;
    acp::Client client;
};

} // namespace paddock::test
