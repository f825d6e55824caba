// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What is sent, and how a client is restored from it.
#include "core/acp/Client.h"
#include "core/acp/Codec.h"
#include "core/base/JsonReader.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::acp {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Acp", text);
}

std::optional<MessageKind> kindOfMethod(const QString &method)
{
    if (method == u"initialize")
        return MessageKind::Initialize;
    if (method == u"session/new")
        return MessageKind::NewSession;
    if (method == u"session/load")
        return MessageKind::LoadSession;
    if (method == u"session/resume")
        return MessageKind::ResumeSession;
    if (method == u"session/prompt")
        return MessageKind::Prompt;
    if (method == u"session/set_mode")
        return MessageKind::SetMode;
    if (method == u"session/set_config_option")
        return MessageKind::SetConfigOption;
    return std::nullopt;
}

tl::unexpected<Error> conflict(const char *message)
{
    return fail(ErrorKind::Conflict, tr(message));
}

Result<Done> done(const Result<QString> &sent)
{
    return sent.map([](const QString &) { return Done{}; });
}

} // namespace

// Restoring

void Client::restore(const QList<StoredMessage> &messages)
{
    m_quiet = true;
    for (const StoredMessage &message : messages) {
        if (message.direction == Direction::FromAgent)
            receive(message.line);
        else
            noteOutgoing(message.line);
    }
    m_quiet = false;
    m_lastHeard = m_clock.monotonic();
}

/// The one place that changes the state for what is sent, live and when restoring alike.
void Client::noteOutgoing(const QByteArray &line)
{
    const auto parsed = parseJsonObject(line);
    if (!parsed)
        return;
    const QJsonObject &object = *parsed;
    const QString method = object.value(u"method").toString();
    const QJsonValue id = object.value(u"id");
    if (method.isEmpty()) {
        noteAnswer(id, object);
        return;
    }
    if (method == u"session/cancel") {
        if (m_state.phase == Phase::Prompting) {
            setPhase(Phase::Cancelling);
            cancelPermissions();
        }
        return;
    }
    const auto kind = kindOfMethod(method);
    if (!kind || !id.isDouble())
        return;
    const qint64 number = id.toInteger();
    const QJsonObject params = object.value(u"params").toObject();
    m_state.nextId = qMax(m_state.nextId, number + 1);
    switch (*kind) {
    case MessageKind::Initialize:
        agentEnded(Error(ErrorKind::AgentExited, tr("The agent was started anew.")));
        m_generation = number;
        m_badLines = 0;
        m_state.agent = {};
        m_toolCalls.clear();
        setPhase(Phase::Initializing);
        break;
    case MessageKind::NewSession:
    case MessageKind::LoadSession:
    case MessageKind::ResumeSession:
        m_openingSessionId = params.value(u"sessionId").toString();
        m_state.settings = {};
        setPhase(Phase::OpeningSession);
        break;
    case MessageKind::Prompt:
        m_state.promptId = QString::number(number);
        m_lastAgentText.clear();
        setPhase(Phase::Prompting);
        break;
    case MessageKind::SetMode:
        m_askedModes.insert(number, params.value(u"modeId").toString());
        break;
    default:
        break;
    }
    m_state.inFlight.insert(number, *kind);
}

void Client::noteAnswer(const QJsonValue &id, const QJsonObject &object)
{
    for (qsizetype i = 0; i < m_owed.size(); ++i) {
        if (m_owed.at(i).id == id) {
            m_owed.removeAt(i);
            return;
        }
    }
    const qsizetype index = m_openIds.indexOf(id);
    if (index < 0)
        return;
    const QJsonObject outcome = object.value(u"result").toObject().value(u"outcome").toObject();
    PermissionOutcome how = PermissionOutcome::Cancelled;
    if (outcome.value(u"outcome").toString() == u"selected") {
        const QString chosen = outcome.value(u"optionId").toString();
        for (const PermissionOption &option : m_state.permissions.at(index).options) {
            if (option.id == chosen) {
                how = option.kind == OptionKind::AllowOnce ? PermissionOutcome::Allowed
                                                           : PermissionOutcome::Rejected;
                break;
            }
        }
    }
    closePermission(index, how);
}

void Client::sendOwed()
{
    while (!m_owed.isEmpty()) {
        const Owed owed = m_owed.takeFirst();
        m_send({.jsonrpcId = idText(owed.id), .kind = owed.kind, .bytes = owed.line});
    }
}

// Sending

void Client::transmit(const QString &id, MessageKind kind, const QByteArray &line)
{
    noteOutgoing(line);
    m_send({.jsonrpcId = id, .kind = kind, .bytes = line});
}

Result<QString>
Client::sendRequest(MessageKind kind, const QString &method, const QJsonObject &params)
{
    const QString id = QString::number(m_state.nextId);
    const QByteArray line = encodeRequest(m_state.nextId, method, params);
    if (line.size() > m_options.limits.maxMessageBytes) {
        return fail(Error(ErrorKind::InvalidArgument,
                          tr("The message has %1 bytes; an agent takes %2.")
                              .arg(line.size())
                              .arg(m_options.limits.maxMessageBytes))
                        .withRemedy(tr("Send less at once, or put it into a file.")));
    }
    m_lastHeard = m_clock.monotonic();
    transmit(id, kind, line);
    return id;
}

Result<Done> Client::initialize()
{
    const QJsonObject noFiles{{u"readTextFile"_s, false}, {u"writeTextFile"_s, false}};
    return done(sendRequest(
        MessageKind::Initialize,
        u"initialize"_s,
        {{u"protocolVersion"_s, kProtocolVersion},
         {u"clientCapabilities"_s, QJsonObject{{u"fs"_s, noFiles}, {u"terminal"_s, false}}},
         {u"clientInfo"_s,
          QJsonObject{{u"name"_s, m_options.clientName},
                      {u"title"_s, m_options.clientTitle},
                      {u"version"_s, m_options.clientVersion}}}}));
}

Result<Done> Client::openSession(MessageKind kind,
                                 const QString &method,
                                 const QString &sessionId,
                                 const QString &cwd)
{
    if (m_state.phase != Phase::Initialized && m_state.phase != Phase::Ready)
        return conflict("The agent is not ready to open a session.");
    QJsonObject params{{u"cwd"_s, cwd}, {u"mcpServers"_s, QJsonArray()}};
    if (!sessionId.isEmpty())
        params.insert(u"sessionId"_s, sessionId);
    return done(sendRequest(kind, method, params));
}

Result<Done> Client::newSession(const QString &cwd)
{
    return openSession(MessageKind::NewSession, u"session/new"_s, {}, cwd);
}

Result<Done> Client::loadSession(const QString &sessionId, const QString &cwd)
{
    return openSession(MessageKind::LoadSession, u"session/load"_s, sessionId, cwd);
}

Result<Done> Client::resumeSession(const QString &sessionId, const QString &cwd)
{
    return openSession(MessageKind::ResumeSession, u"session/resume"_s, sessionId, cwd);
}

Result<Done> Client::reopenSession(const QString &sessionId, const QString &cwd)
{
    if (sessionId.isEmpty())
        return fail(ErrorKind::InvalidArgument, tr("There is no conversation to take up again."));
    if (m_state.agent.canResume)
        return resumeSession(sessionId, cwd);
    if (m_state.agent.canLoad)
        return loadSession(sessionId, cwd);
    return fail(Error(ErrorKind::UnsupportedOption,
                      tr("This agent cannot take up an earlier conversation."))
                    .withRemedy(tr("Start a new session on the same branch.")));
}

Result<QString> Client::prompt(const QString &text)
{
    return prompt(QList<ContentBlock>{ContentBlock{.kind = ContentBlock::Kind::Text,
                                                   .text = text,
                                                   .data = {},
                                                   .mimeType = {},
                                                   .uri = {},
                                                   .name = {}}});
}

Result<QString> Client::prompt(const QList<ContentBlock> &content)
{
    if (m_state.phase != Phase::Ready)
        return conflict("The agent is not ready for a message.");
    if (content.isEmpty())
        return fail(ErrorKind::InvalidArgument, tr("The message is empty."));
    QJsonArray blocks;
    for (const ContentBlock &block : content)
        blocks.append(encodeContent(block));
    return sendRequest(MessageKind::Prompt,
                       u"session/prompt"_s,
                       {{u"sessionId"_s, m_state.sessionId}, {u"prompt"_s, blocks}});
}

Result<Done> Client::cancel()
{
    if (m_state.phase == Phase::Cancelling)
        return Done{};
    if (m_state.phase != Phase::Prompting)
        return conflict("No turn runs that could be cancelled.");
    transmit({},
             MessageKind::Cancel,
             encodeNotification(u"session/cancel"_s, {{u"sessionId"_s, m_state.sessionId}}));
    sendOwed();
    return Done{};
}

Result<Done> Client::answerPermission(const QString &requestId, OptionKind kind)
{
    qsizetype index = -1;
    for (qsizetype i = 0; i < m_state.permissions.size(); ++i) {
        if (m_state.permissions.at(i).requestId == requestId)
            index = i;
    }
    if (index < 0)
        return fail(ErrorKind::NotFound, tr("The agent does not wait for this answer any more."));
    QString chosen;
    for (const PermissionOption &option : m_state.permissions.at(index).options) {
        if (option.kind == kind) {
            chosen = option.id;
            break;
        }
    }
    const QJsonValue id = m_openIds.at(index);
    if (chosen.isEmpty() && kind == OptionKind::AllowOnce) {
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("The agent does not offer to allow this once, and Paddock never "
                             "allows for good."))
                        .withRemedy(tr("Reject the request or cancel the turn.")));
    }
    m_lastHeard = m_clock.monotonic();
    const QJsonObject selected{
        {u"outcome"_s, QJsonObject{{u"outcome"_s, u"selected"_s}, {u"optionId"_s, chosen}}}};
    transmit(idText(id),
             MessageKind::PermissionAnswer,
             encodeResult(id, chosen.isEmpty() ? cancelledOutcome() : selected));
    return Done{};
}

Result<Done> Client::allow(const QString &requestId)
{
    return answerPermission(requestId, OptionKind::AllowOnce);
}

Result<Done> Client::reject(const QString &requestId)
{
    return answerPermission(requestId, OptionKind::RejectOnce);
}

Result<Done> Client::setMode(const QString &modeId)
{
    if (m_state.phase != Phase::Ready && !isTurnRunning())
        return conflict("No session is open whose mode could be set.");
    if (m_state.settings.modes.isEmpty() && m_state.settings.option(u"mode"))
        return setConfigOption(u"mode"_s, modeId);
    return done(sendRequest(MessageKind::SetMode,
                            u"session/set_mode"_s,
                            {{u"sessionId"_s, m_state.sessionId}, {u"modeId"_s, modeId}}));
}

Result<Done> Client::setConfigOption(const QString &id, const QString &value)
{
    if (m_state.phase != Phase::Ready && !isTurnRunning())
        return conflict("No session is open whose options could be set.");
    return done(sendRequest(
        MessageKind::SetConfigOption,
        u"session/set_config_option"_s,
        {{u"sessionId"_s, m_state.sessionId}, {u"configId"_s, id}, {u"value"_s, value}}));
}

} // namespace paddock::acp
