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

constexpr qsizetype kMaxLastText = 8192;

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
             .line = encodeResult(id, cancelledOutcome())});
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
             .line = encodeResult(message.id, cancelledOutcome())});
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

} // namespace paddock::acp
