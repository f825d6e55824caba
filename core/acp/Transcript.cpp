// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acp/Transcript.h"

#include "core/acp/Codec.h"
#include "core/acp/UpdateParser.h"
#include "core/base/JsonReader.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::acp {

namespace {

constexpr qsizetype kMinTextPerRow = 16;

QString tr(const char *text)
{
    return QCoreApplication::translate("Acp", text);
}

/// What a content block is in a line of text.
QString shownText(const ContentBlock &block)
{
    switch (block.kind) {
    case ContentBlock::Kind::Text:
        return block.text;
    case ContentBlock::Kind::Image:
        return tr("[image %1]").arg(block.mimeType);
    case ContentBlock::Kind::Audio:
        return tr("[sound %1]").arg(block.mimeType);
    case ContentBlock::Kind::ResourceLink:
        return u"["_s + (block.name.isEmpty() ? block.uri : block.name) + u"]"_s;
    case ContentBlock::Kind::Resource:
        return block.text.isEmpty() ? u"["_s + block.uri + u"]"_s : block.text;
    case ContentBlock::Kind::Unknown:
        break;
    }
    return tr("[content of kind %1]").arg(block.name);
}

qsizetype textSize(const Row &row)
{
    return row.text.size() + weightOf(row.tool);
}

bool isFinal(ToolStatus status)
{
    return status != ToolStatus::Pending && status != ToolStatus::InProgress;
}

} // namespace

Transcript::Transcript(TranscriptLimits limits, bool nullUsageIsFailure)
    : m_limits(limits)
    , m_nullUsageIsFailure(nullUsageIsFailure)
{
    m_limits.maxTextPerRow = qMax(m_limits.maxTextPerRow, kMinTextPerRow);
}

qsizetype Transcript::append(const StoredMessage &message)
{
    m_now = message.at;
    m_firstChanged = m_rows.size();
    fold(message);
    trim();
    return qMin(m_firstChanged, m_rows.size());
}

qsizetype Transcript::appendEnd(const QDateTime &at, const Error &reason)
{
    m_now = at;
    m_firstChanged = m_rows.size();
    bool promptOpen = false;
    QString promptId;
    for (auto it = m_sent.cbegin(); it != m_sent.cend(); ++it) {
        if (it.value() == u"session/prompt") {
            promptOpen = true;
            promptId = it.key();
        }
    }
    closeOpen();
    m_sent.clear();
    m_loading.clear();
    if (promptOpen) {
        Row &row = addRow(Row::Kind::TurnEnd);
        row.turn.promptId = promptId;
        row.turn.error = reason;
    } else {
        addRow(Row::Kind::Problem).text = reason.message;
    }
    trim();
    return qMin(m_firstChanged, m_rows.size());
}

void Transcript::fold(const StoredMessage &message)
{
    if (message.direction == Direction::ToAgent) {
        if (const auto object = parseJsonObject(message.line))
            foldSent(*object);
        return;
    }
    QByteArray line = message.line;
    if (line.endsWith('\r'))
        line.chop(1);
    if (line.isEmpty())
        return;
    const auto received = parseLine(line, Limits{});
    if (!received) {
        problem(received.error());
        return;
    }
    switch (received->kind) {
    case Incoming::Kind::Response:
        foldResponse(*received);
        break;
    case Incoming::Kind::Notification:
        if (received->method == u"session/update")
            foldUpdate(received->params);
        else if (received->method == u"$/cancel_request")
            settle(idText(received->params.value(u"requestId")), PermissionOutcome::Withdrawn);
        break;
    case Incoming::Kind::Request:
        if (received->method == u"session/request_permission")
            foldPermission(*received);
        break;
    }
}

void Transcript::foldSent(const QJsonObject &object)
{
    const QString method = object.value(u"method").toString();
    const QJsonValue id = object.value(u"id");
    const QJsonObject params = object.value(u"params").toObject();
    if (method.isEmpty()) {
        const QJsonObject outcome = object.value(u"result").toObject().value(u"outcome").toObject();
        if (outcome.isEmpty())
            return;
        PermissionOutcome how = PermissionOutcome::Cancelled;
        if (outcome.value(u"outcome").toString() == u"selected") {
            how = PermissionOutcome::Rejected;
            const QString chosen = outcome.value(u"optionId").toString();
            if (const Row *row = rowByNumber(m_openAsks.value(idText(id), -1))) {
                for (const PermissionOption &option : row->permission.options) {
                    if (option.id == chosen && option.kind == OptionKind::AllowOnce)
                        how = PermissionOutcome::Allowed;
                }
            }
        }
        settle(idText(id), how);
        return;
    }
    if (id.isUndefined())
        return;
    if (method == u"initialize") {
        closeOpen();
        m_sent.clear();
        m_loading.clear();
        m_toolCalls.clear();
        m_toolRows.clear();
        if (!m_generation.isEmpty())
            addRow(Row::Kind::Restart);
        m_generation = idText(id);
    } else if (method == u"session/load") {
        m_loading = idText(id);
        m_showReplay = m_rows.isEmpty();
    } else if (method == u"session/prompt") {
        m_planRow = -1;
        m_lastAgentText.clear();
        QString text;
        for (const auto &block : params.value(u"prompt").toArray()) {
            const auto content = parseContent(block, Limits{});
            if (!content)
                continue;
            if (!text.isEmpty())
                text += u'\n';
            text += shownText(*content);
        }
        m_lastMessageId = u"\n"_s; // never continues the row before
        addText(Row::Kind::UserMessage, {}, text);
    }
    m_sent.insert(idText(id), method);
}

void Transcript::foldResponse(const Incoming &message)
{
    const QString id = idText(message.id);
    const auto it = m_sent.constFind(id);
    if (it == m_sent.constEnd())
        return;
    const QString method = *it;
    m_sent.erase(it);
    if (method == u"session/prompt") {
        closeOpen();
        Row &row = addRow(Row::Kind::TurnEnd);
        row.turn = turnResultOf(message, id, m_nullUsageIsFailure, m_lastAgentText);
        return;
    }
    if (method == u"session/load")
        m_loading.clear();
    if (message.error) {
        problem(errorOf(*message.error));
        return;
    }
    if (method == u"session/new" || method == u"session/load" || method == u"session/resume") {
        const auto settings = parseSettings(message.result.toObject(), Limits{});
        if (settings && !(settings->modes.isEmpty() && settings->configOptions.isEmpty()))
            m_settings = *settings;
    }
}

void Transcript::foldUpdate(const QJsonObject &params)
{
    auto parsed =
        parseUpdate(params.value(u"update").toObject(), Limits{}, m_toolCalls, m_settings);
    if (!parsed) {
        problem(parsed.error());
        return;
    }
    if (!*parsed)
        return;
    const bool isReplay = !m_loading.isEmpty();
    const bool isShown = !isReplay || m_showReplay;
    if (const auto *chunk = std::get_if<MessageChunk>(&**parsed)) {
        // What the person said was shown when it was sent; an echo adds nothing.
        if (!isShown || (chunk->role == Role::User && !isReplay))
            return;
        const QString text = shownText(chunk->content);
        if (text.isEmpty())
            return;
        if (chunk->role == Role::Agent && !isReplay)
            m_lastAgentText = (m_lastAgentText + text).right(8192);
        addText(chunk->role == Role::Agent  ? Row::Kind::AgentMessage
                : chunk->role == Role::User ? Row::Kind::UserMessage
                                            : Row::Kind::Thought,
                chunk->messageId,
                text);
    } else if (const auto *tool = std::get_if<ToolCallUpdate>(&**parsed)) {
        if (isShown)
            foldTool(tool->call);
    } else if (const auto *plan = std::get_if<Plan>(&**parsed)) {
        if (!isShown)
            return;
        Row *row = rowByNumber(m_planRow);
        if (!row) {
            row = &addRow(Row::Kind::Plan);
            m_planRow = row->number;
        }
        row->plan = plan->entries;
        touch(row->number);
    } else if (const auto *usage = std::get_if<UsageUpdate>(&**parsed)) {
        m_usage = *usage;
    } else if (const auto *commands = std::get_if<CommandsUpdate>(&**parsed)) {
        m_commands = commands->commands;
    } else if (const auto *info = std::get_if<SessionInfoUpdate>(&**parsed)) {
        if (info->title)
            m_title = *info->title;
    }
}

void Transcript::foldTool(const ToolCall &call)
{
    Row *row = rowByNumber(m_toolRows.value(call.id, -1));
    if (!row) {
        row = &addRow(Row::Kind::Tool);
        m_toolRows.insert(call.id, row->number);
    }
    m_totalText -= weightOf(row->tool);
    row->tool = call;
    m_totalText += weightOf(row->tool);
    touch(row->number);
}

void Transcript::foldPermission(const Incoming &message)
{
    const auto options = parseOptions(message.params, Limits{});
    const auto tool = m_toolCalls.merge(message.params.value(u"toolCall").toObject());
    if (!options || !tool) {
        problem(options ? tool.error() : options.error());
        return;
    }
    foldTool(tool->call);
    Row &row = addRow(Row::Kind::Permission);
    row.permission.requestId = permissionKeyOf(m_generation, message.id);
    row.permission.toolCallId = tool->call.id;
    row.permission.title = tool->call.title;
    row.permission.options = *options;
    m_openAsks.insert(idText(message.id), row.number);
}

void Transcript::settle(const QString &agentId, PermissionOutcome outcome)
{
    const auto it = m_openAsks.constFind(agentId);
    if (it == m_openAsks.constEnd())
        return;
    const qint64 number = *it;
    m_openAsks.erase(it);
    if (Row *row = rowByNumber(number)) {
        row->permission.outcome = outcome;
        touch(number);
    }
}

/// The turn or the process is over: whatever still looks alive is not.
void Transcript::closeOpen()
{
    const auto asks = m_openAsks.keys();
    for (const QString &id : asks)
        settle(id, PermissionOutcome::Withdrawn);
    for (auto it = m_toolRows.cbegin(); it != m_toolRows.cend(); ++it) {
        Row *row = rowByNumber(*it);
        if (row && !isFinal(row->tool.status)) {
            row->tool.status = ToolStatus::Interrupted;
            touch(row->number);
        }
    }
}

void Transcript::problem(const Error &error)
{
    const QString text =
        error.detail.isEmpty() ? error.message : error.message + u' ' + error.detail.left(1000);
    if (!m_rows.isEmpty() && m_rows.last().kind == Row::Kind::Problem && m_rows.last().text == text)
        return; // a program that is no agent says the same for ever
    Row &row = addRow(Row::Kind::Problem);
    row.text = text;
    m_totalText += text.size();
}

void Transcript::addText(Row::Kind kind, const QString &messageId, const QString &text)
{
    const bool sameMessage =
        messageId == m_lastMessageId || messageId.isEmpty() || m_lastMessageId.isEmpty();
    if (m_rows.isEmpty() || m_rows.last().kind != kind || !sameMessage)
        addRow(kind);
    m_lastMessageId = messageId;
    qsizetype from = 0;
    while (true) {
        Row &row = m_rows.last();
        qsizetype take = qMin(text.size() - from, m_limits.maxTextPerRow - row.text.size());
        // A character outside the basic plane is not cut in two.
        if (take > 0 && from + take < text.size() && text.at(from + take - 1).isHighSurrogate())
            --take;
        if (take > 0) {
            row.text += QStringView(text).mid(from, take);
            m_totalText += take;
            from += take;
        }
        touch(row.number);
        if (from >= text.size())
            return;
        row.isContinued = true;
        addRow(kind);
    }
}

Row &Transcript::addRow(Row::Kind kind)
{
    Row row;
    row.number = m_nextNumber++;
    row.kind = kind;
    row.at = m_now;
    m_rows.append(row);
    m_totalText += textSize(row); // every row weighs a little, also an empty one
    touch(row.number);
    if (kind != Row::Kind::AgentMessage && kind != Row::Kind::Thought &&
        kind != Row::Kind::UserMessage)
        m_lastMessageId.clear();
    return m_rows.last();
}

void Transcript::touch(qint64 number)
{
    if (!m_rows.isEmpty())
        m_firstChanged = qMin(m_firstChanged, number - m_rows.first().number);
}

Row *Transcript::rowByNumber(qint64 number)
{
    if (number < 0 || m_rows.isEmpty() || number < m_rows.first().number)
        return nullptr;
    const qsizetype index = number - m_rows.first().number;
    return index < m_rows.size() ? &m_rows[index] : nullptr;
}

void Transcript::trim()
{
    // The last row stays whatever it holds.
    while (m_rows.size() > 1 &&
           (m_rows.size() > m_limits.maxRows || m_totalText > m_limits.maxTotalText)) {
        const Row row = m_rows.takeFirst();
        m_totalText -= textSize(row);
        if (row.kind == Row::Kind::Tool)
            m_toolRows.remove(row.tool.id);
        ++m_dropped;
        m_firstChanged = 0;
    }
}

} // namespace paddock::acp
