// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Types.h"
#include "core/base/Result.h"

#include <QJsonArray>

/// Reading and writing single messages: shared by Client and Transcript. Pure, any thread.
namespace paddock::acp {

/// Of the Agent Client Protocol, the only one that is spoken.
inline constexpr int kProtocolVersion = 1;

struct RpcError
{
    qint64 code = 0;
    QString message;
    QJsonValue data;
};

/// One JSON-RPC 2.0 message. A request has id and method, a notification only method, a response
/// only id and either result or error.
struct Incoming
{
    enum class Kind { Request, Notification, Response };
    Kind kind = Kind::Notification;
    QJsonValue id; ///< text or whole number; undefined in a notification
    QString method;
    QJsonObject params;
    QJsonValue result;
    std::optional<RpcError> error;
};

/// Parses a line. AgentProtocol for what is no JSON-RPC 2.0 message within \a limits.
[[nodiscard]] Result<Incoming> parseLine(const QByteArray &line, const Limits &limits);
/// The JSON text of an id: 7 or "abc".
[[nodiscard]] QString idText(const QJsonValue &id);
/// PermissionRequest::requestId of the agent's request \a id after our initialize \a generation.
[[nodiscard]] QString permissionKeyOf(const QString &generation, const QJsonValue &id);

[[nodiscard]] QByteArray encodeRequest(qint64 id, const QString &method, const QJsonObject &params);
[[nodiscard]] QByteArray encodeNotification(const QString &method, const QJsonObject &params);
[[nodiscard]] QByteArray encodeResult(const QJsonValue &id, const QJsonObject &result);
[[nodiscard]] QByteArray encodeError(const QJsonValue &id, qint64 code, const QString &message);
/// The result that answers a permission request without a choice.
[[nodiscard]] QJsonObject cancelledOutcome();
[[nodiscard]] QJsonObject encodeContent(const ContentBlock &block);

/// The agent's refusal in Paddock's words and kinds; the agent's own words are the detail.
[[nodiscard]] Error errorOf(const RpcError &error);

[[nodiscard]] Result<AgentInfo> parseAgentInfo(const QJsonValue &result);
/// modes and configOptions of an answer to session/new, load or resume.
[[nodiscard]] Result<SessionSettings> parseSettings(const QJsonObject &object,
                                                    const Limits &limits);
[[nodiscard]] Result<QList<PermissionOption>> parseOptions(const QJsonObject &params,
                                                           const Limits &limits);
[[nodiscard]] Result<ContentBlock> parseContent(const QJsonValue &value, const Limits &limits);

/// The end of a turn from the answer to session/prompt, \a message being a response.
/// \a lastAgentText serves as the reason where the agent gives none (nullUsageIsFailure).
[[nodiscard]] TurnResult turnResultOf(const Incoming &message,
                                      const QString &promptId,
                                      bool nullUsageIsFailure,
                                      const QString &lastAgentText);

} // namespace paddock::acp
