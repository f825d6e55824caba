// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/Client.h"

#include "core/acp/Codec.h"
#include "core/acp/UpdateParser.h"
#include "core/base/JsonReader.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::acp {

namespace {

constexpr qint64 kMethodNotFound = -32601;
constexpr qint64 kInvalidParams = -32602;
constexpr qint64 kInternalError = -32603;

constexpr int kProtocolVersion = 1;
constexpr qsizetype kMaxLastText = 8192;

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

QJsonObject outcomeCancelled()
{
    return {{u"outcome"_s, QJsonObject{{u"outcome"_s, u"cancelled"_s}}}};
}

} // namespace

Client::Client(Send send, const Clock &clock, ClientOptions options, QObject *parent)
    : QObject(parent)
    , m_send(std::move(send))
    , m_clock(clock)
    , m_options(std::move(options))
    , m_toolCalls(m_options.limits)
    , m_lastHeard(clock.monotonic())
{
}

Client::~Client() = default;

bool Client::isTurnRunning() const
{
    return m_state.phase == Phase::Prompting || m_state.phase == Phase::Cancelling;
}

std::optional<std::chrono::nanoseconds> Client::silence() const
{
    if (!isTurnRunning() || !m_state.permissions.isEmpty())
        return std::nullopt;
    return m_clock.monotonic() - m_lastHeard;
}

void Client::setPhase(Phase phase)
{
    if (m_state.phase == phase)
        return;
    m_state.phase = phase;
    if (!m_quiet)
        Q_EMIT phaseChanged(phase);
}

// Receiving

void Client::receive(const QByteArray &line)
{
    m_lastHeard = m_clock.monotonic();
    QByteArray text = line;
    if (text.endsWith('\r'))
        text.chop(1);
    if (text.isEmpty())
        return;
    const auto message = parseLine(text, m_options.limits);
    if (!message) {
        badLine(message.error());
        return;
    }
    m_badLines = 0;
    handle(*message);
}

void Client::badLine(const Error &error)
{
    ++m_badLines;
    if (!m_quiet)
        Q_EMIT problem(error);
    if (m_badLines < m_options.maxBadLines || m_state.phase == Phase::Broken)
        return;
    Error broken(ErrorKind::AgentProtocol,
                 tr("The agent does not speak the Agent Client Protocol."));
    broken.detail = error.detail.isEmpty() ? error.message : error.detail;
    broken.remedy = tr("Check the command of the agent; a program for a terminal has to be "
                       "started as one.");
    agentEnded(broken);
    setPhase(Phase::Broken);
}

void Client::handle(const Incoming &message)
{
    switch (message.kind) {
    case Incoming::Kind::Response:
        handleResponse(message);
        break;
    case Incoming::Kind::Notification:
        handleNotification(message);
        break;
    case Incoming::Kind::Request:
        handleRequest(message);
        break;
    }
}

void Client::handleResponse(const Incoming &message)
{
    const qint64 id = message.id.isDouble() ? message.id.toInteger() : -1;
    const auto it = m_state.inFlight.constFind(id);
    if (it == m_state.inFlight.constEnd()) {
        if (!m_quiet) {
            Q_EMIT problem(Error(ErrorKind::AgentProtocol,
                                 tr("The agent answered a request that is not open."))
                               .withDetail(idText(message.id).left(200)));
        }
        return;
    }
    const MessageKind kind = *it;
    m_state.inFlight.erase(it);
    switch (kind) {
    case MessageKind::Initialize:
        finishInitialize(message);
        return;
    case MessageKind::NewSession:
    case MessageKind::LoadSession:
    case MessageKind::ResumeSession:
        finishOpen(message, kind);
        return;
    case MessageKind::Prompt:
        finishPrompt(message, id);
        return;
    default:
        finishSetting(message, kind, id);
        return;
    }
}

void Client::finishInitialize(const Incoming &message)
{
    Result<AgentInfo> info = message.error ? Result<AgentInfo>(fail(errorOf(*message.error)))
                                           : parseAgentInfo(message.result);
    if (info && info->protocolVersion != kProtocolVersion) {
        info = fail(Error(ErrorKind::AgentProtocol,
                          tr("The agent speaks version %1 of the Agent Client Protocol; Paddock "
                             "speaks version %2.")
                              .arg(info->protocolVersion)
                              .arg(kProtocolVersion))
                        .withCategory(Category::Unsupported)
                        .withRemedy(tr("Use a version of the agent that speaks version 1.")));
    }
    if (!info) {
        setPhase(Phase::Broken);
        if (!m_quiet)
            Q_EMIT requestFailed(MessageKind::Initialize, info.error());
        return;
    }
    m_state.agent = *info;
    setPhase(Phase::Initialized);
    if (!m_quiet)
        Q_EMIT initialized(*info);
}

void Client::finishOpen(const Incoming &message, MessageKind kind)
{
    Result<SessionSettings> settings =
        message.error ? Result<SessionSettings>(fail(errorOf(*message.error)))
                      : parseSettings(message.result.toObject(), m_options.limits);
    QString sessionId = m_openingSessionId;
    if (settings && kind == MessageKind::NewSession) {
        JsonReader reader(message.result, u"session"_s);
        sessionId = reader.text(u"sessionId");
        if (reader.isOk() && (sessionId.isEmpty() || sessionId.size() > 1024))
            reader.refuse(u"sessionId", u"is empty or too long"_s);
        if (const auto problem = reader.error()) {
            settings = fail(
                Error(ErrorKind::AgentProtocol, tr("The agent opened a session without naming it."))
                    .withDetail(problem->message));
        }
    }
    m_openingSessionId.clear();
    if (!settings) {
        setPhase(Phase::Initialized);
        if (!m_quiet)
            Q_EMIT requestFailed(kind, settings.error());
        return;
    }
    m_state.sessionId = sessionId;
    // An update may have come before the answer; the answer need not repeat it.
    if (!settings->modes.isEmpty() || !settings->configOptions.isEmpty())
        m_state.settings = *settings;
    setPhase(Phase::Ready);
    if (!m_quiet)
        Q_EMIT sessionOpened(sessionId);
}

void Client::finishPrompt(const Incoming &message, qint64 id)
{
    const TurnResult turn =
        turnResultOf(message, QString::number(id), m_options.nullUsageIsFailure, m_lastAgentText);
    cancelPermissions();
    m_state.promptId.clear();
    setPhase(Phase::Ready);
    if (m_quiet)
        return;
    sendOwed();
    Q_EMIT turnEnded(turn);
}

void Client::finishSetting(const Incoming &message, MessageKind kind, qint64 id)
{
    const QString mode = m_askedModes.take(id);
    if (message.error) {
        if (!m_quiet)
            Q_EMIT requestFailed(kind, errorOf(*message.error));
        return;
    }
    bool changed = false;
    if (!mode.isEmpty()) {
        m_state.settings.currentMode = mode;
        changed = true;
    }
    const auto settings = parseSettings(message.result.toObject(), m_options.limits);
    if (settings && !settings->configOptions.isEmpty()) {
        m_state.settings.configOptions = settings->configOptions;
        changed = true;
    }
    if (m_quiet)
        return;
    if (changed)
        Q_EMIT updated(Update{.what = SettingsUpdate{m_state.settings}, .isReplay = false});
    Q_EMIT requestSucceeded(kind);
}

void Client::handleNotification(const Incoming &message)
{
    if (message.method == u"session/update") {
        handleUpdate(message.params);
    } else if (message.method == u"$/cancel_request") {
        withdrawRequest(message.params.value(u"requestId"));
    }
    // Others are extensions ("_auth/status_update" and the like) and are not for us.
}

void Client::handleUpdate(const QJsonObject &params)
{
    const bool opening = m_state.phase == Phase::OpeningSession;
    const QString expected = opening ? m_openingSessionId : m_state.sessionId;
    const QString sessionId = params.value(u"sessionId").toString();
    if (!opening && m_state.phase != Phase::Ready && !isTurnRunning())
        return;
    // While a new session is being made its name is not known yet.
    if (sessionId != expected && !(opening && expected.isEmpty())) {
        if (!m_quiet) {
            Q_EMIT problem(
                Error(ErrorKind::AgentProtocol, tr("The agent sent an update of another session."))
                    .withDetail(sessionId.left(200)));
        }
        return;
    }
    const auto parsed = parseUpdate(
        params.value(u"update").toObject(), m_options.limits, m_toolCalls, m_state.settings);
    if (!parsed) {
        if (!m_quiet)
            Q_EMIT problem(parsed.error());
        return;
    }
    if (!*parsed)
        return;
    Update update;
    update.what = **parsed;
    const bool isHistory = std::holds_alternative<MessageChunk>(update.what) ||
                           std::holds_alternative<ToolCallUpdate>(update.what) ||
                           std::holds_alternative<Plan>(update.what);
    update.isReplay = opening && isHistory;
    if (const auto *chunk = std::get_if<MessageChunk>(&update.what);
        chunk && chunk->role == Role::Agent && !update.isReplay)
        m_lastAgentText = (m_lastAgentText + chunk->content.text).right(kMaxLastText);
    if (!m_quiet)
        Q_EMIT updated(update);
}

void Client::handleRequest(const Incoming &message)
{
    if (message.method == u"session/request_permission") {
        handlePermission(message);
        return;
    }
    refuseRequest(message.id, kMethodNotFound, u"Method not found: "_s + message.method.left(200));
}

void Client::owe(const Owed &answer)
{
    if (m_owed.size() >= m_options.limits.maxOpenRequests)
        m_owed.removeFirst(); // only while nothing is sent: restoring a flood
    m_owed.append(answer);
}

void Client::refuseRequest(const QJsonValue &id, qint64 code, const QString &why)
{
    owe({.id = id, .kind = MessageKind::ErrorReply, .line = encodeError(id, code, why)});
    if (!m_quiet)
        sendOwed();
}

/// Nobody will answer what is open: the turn was cancelled or is over. Agents hang on a request
/// that stays open, so it is answered.
void Client::cancelPermissions()
{
    while (!m_state.permissions.isEmpty()) {
        const QJsonValue id = m_openIds.first();
        owe({.id = id,
             .kind = MessageKind::PermissionAnswer,
             .line = encodeResult(id, outcomeCancelled())});
        closePermission(0, PermissionOutcome::Cancelled);
    }
}

void Client::handlePermission(const Incoming &message)
{
    for (const QJsonValue &open : std::as_const(m_openIds)) {
        if (open == message.id) {
            if (!m_quiet) {
                Q_EMIT problem(Error(ErrorKind::AgentProtocol,
                                     tr("The agent used the id of an open request again."))
                                   .withDetail(idText(message.id).left(200)));
            }
            return;
        }
    }
    if (m_state.permissions.size() >= m_options.limits.maxOpenRequests) {
        refuseRequest(message.id, kInternalError, u"Too many open requests"_s);
        return;
    }
    const auto options = parseOptions(message.params, m_options.limits);
    if (!options) {
        if (!m_quiet)
            Q_EMIT problem(options.error());
        refuseRequest(message.id, kInvalidParams, options.error().detail.left(500));
        return;
    }
    if (message.params.value(u"sessionId").toString() != m_state.sessionId || !isTurnRunning()) {
        refuseRequest(message.id, kInvalidParams, u"No turn runs in that session"_s);
        return;
    }
    // gemini: the tool call is seen here first; others: it is merged with what is known.
    const auto tool = m_toolCalls.merge(message.params.value(u"toolCall").toObject());
    if (!tool) {
        if (!m_quiet)
            Q_EMIT problem(tool.error());
        refuseRequest(message.id, kInvalidParams, tool.error().detail.left(500));
        return;
    }
    PermissionRequest request;
    request.requestId = permissionKeyOf(QString::number(m_generation), message.id);
    request.toolCall = tool->call;
    request.options = *options;
    if (tool->isNew && !m_quiet)
        Q_EMIT updated(Update{.what = *tool, .isReplay = false});
    if (m_state.phase == Phase::Cancelling) { // nobody is asked any more
        owe({.id = message.id,
             .kind = MessageKind::PermissionAnswer,
             .line = encodeResult(message.id, outcomeCancelled())});
        if (!m_quiet)
            sendOwed();
        return;
    }
    m_state.permissions.append(request);
    m_openIds.append(message.id);
    if (!m_quiet)
        Q_EMIT permissionRequested(request);
}

void Client::withdrawRequest(const QJsonValue &agentId)
{
    for (qsizetype i = 0; i < m_openIds.size(); ++i) {
        if (m_openIds.at(i) == agentId) {
            closePermission(i, PermissionOutcome::Withdrawn);
            return;
        }
    }
}

void Client::closePermission(qsizetype index, PermissionOutcome outcome)
{
    const QString requestId = m_state.permissions.at(index).requestId;
    m_state.permissions.removeAt(index);
    m_openIds.removeAt(index);
    if (!m_quiet)
        Q_EMIT permissionClosed(requestId, outcome);
}

void Client::agentEnded(const Error &reason)
{
    while (!m_state.permissions.isEmpty())
        closePermission(m_state.permissions.size() - 1, PermissionOutcome::Withdrawn);
    m_owed.clear();
    const QString promptId = m_state.promptId;
    m_state.promptId.clear();
    const auto inFlight = std::exchange(m_state.inFlight, {});
    m_askedModes.clear();
    m_openingSessionId.clear();
    setPhase(Phase::Fresh);
    if (m_quiet)
        return;
    for (const MessageKind kind : inFlight) {
        if (kind != MessageKind::Prompt)
            Q_EMIT requestFailed(kind, reason);
    }
    if (!promptId.isEmpty()) {
        TurnResult turn;
        turn.promptId = promptId;
        turn.error = reason;
        Q_EMIT turnEnded(turn);
    }
}

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
             encodeResult(id, chosen.isEmpty() ? outcomeCancelled() : selected));
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
