// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/TranscriptText.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

using Kind = acp::Row::Kind;

constexpr int kMaxToolLines = 12;

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

QString indented(const QString &text, const QString &margin)
{
    QString body = text;
    while (body.endsWith(u'\n'))
        body.chop(1);
    return margin + body.replace(u'\n', u'\n' + margin);
}

QString clipped(const QString &text, int lines)
{
    const QStringList all = text.split(u'\n');
    if (all.size() <= lines)
        return text;
    return all.first(lines).join(u'\n') + u'\n' +
           translated("… %1 more lines").arg(all.size() - lines);
}

QString toolStatus(acp::ToolStatus status)
{
    switch (status) {
    case acp::ToolStatus::Pending:
    case acp::ToolStatus::InProgress:
        return translated("running");
    case acp::ToolStatus::Completed:
        return translated("done");
    case acp::ToolStatus::Failed:
        return translated("failed");
    case acp::ToolStatus::Interrupted:
        return translated("interrupted");
    }
    Q_UNREACHABLE();
}

QString toolText(const acp::ToolCall &tool)
{
    QString text = u"* "_s + (tool.title.isEmpty() ? tool.id : tool.title) + u" — "_s +
                   toolStatus(tool.status);
    if (tool.exitCode && *tool.exitCode != 0)
        text += translated(" (exit code %1)").arg(*tool.exitCode);
    for (const acp::ToolContent &content : tool.content) {
        if (const auto *diff = std::get_if<acp::Diff>(&content)) {
            text +=
                u"\n    "_s + (diff->oldText ? translated("changes %1") : translated("writes %1"))
                                  .arg(diff->path);
        } else if (const auto *block = std::get_if<acp::ContentBlock>(&content)) {
            if (!block->text.trimmed().isEmpty())
                text += u'\n' + indented(clipped(block->text.trimmed(), kMaxToolLines), u"    "_s);
        }
    }
    if (!tool.output.trimmed().isEmpty())
        text += u'\n' + indented(clipped(tool.output.trimmed(), kMaxToolLines), u"    "_s);
    return text;
}

QString outcomeText(const acp::PermissionRow &question)
{
    if (!question.outcome)
        return translated("not answered yet");
    switch (*question.outcome) {
    case acp::PermissionOutcome::Allowed:
        return translated("allowed once");
    case acp::PermissionOutcome::Rejected:
        return translated("rejected");
    case acp::PermissionOutcome::Cancelled:
        return translated("cancelled");
    case acp::PermissionOutcome::Withdrawn:
        return translated("withdrawn");
    }
    Q_UNREACHABLE();
}

QString planText(const QList<acp::PlanEntry> &plan)
{
    QString text = translated("plan:");
    for (const acp::PlanEntry &entry : plan) {
        const QString mark = entry.status == u"completed"     ? u"[x] "_s
                             : entry.status == u"in_progress" ? u"[>] "_s
                                                              : u"[ ] "_s;
        text += u"\n    "_s + mark + entry.content;
    }
    return text;
}

QString turnText(const acp::TurnResult &turn)
{
    if (turn.error)
        return translated("-- the turn failed: %1").arg(turn.error->message);
    QString text;
    switch (turn.stopReason) {
    case acp::StopReason::EndTurn:
        text = translated("-- end of turn");
        break;
    case acp::StopReason::MaxTokens:
        text = translated("-- stopped: no tokens are left");
        break;
    case acp::StopReason::MaxTurnRequests:
        text = translated("-- stopped: too many requests in one turn");
        break;
    case acp::StopReason::Refusal:
        text = translated("-- the agent refused");
        break;
    case acp::StopReason::Cancelled:
        text = translated("-- cancelled");
        break;
    case acp::StopReason::Unknown:
        text = translated("-- the turn ended");
        break;
    }
    if (turn.usage && turn.usage->totalTokens > 0)
        text += translated(" (%1 tokens)").arg(turn.usage->totalTokens);
    return text;
}

/// Nothing of the row changes any more. \a isLast: no row follows it.
bool isComplete(const acp::Row &row, bool isLast)
{
    switch (row.kind) {
    case Kind::UserMessage:
    case Kind::TurnEnd:
    case Kind::Restart:
    case Kind::Problem:
        return true;
    case Kind::AgentMessage:
    case Kind::Thought:
    case Kind::Plan:
        return !isLast || row.isContinued;
    case Kind::Tool:
        return row.tool.status != acp::ToolStatus::Pending &&
               row.tool.status != acp::ToolStatus::InProgress;
    case Kind::Permission:
        return row.permission.outcome.has_value();
    }
    Q_UNREACHABLE();
}

} // namespace

QString rowText(const acp::Row &row)
{
    switch (row.kind) {
    case Kind::UserMessage:
        return indented(row.text, u"> "_s);
    case Kind::AgentMessage:
        return indented(row.text, {});
    case Kind::Thought:
        return indented(row.text, u"  ~ "_s);
    case Kind::Tool:
        return toolText(row.tool);
    case Kind::Permission:
        return u"? "_s + row.permission.title + u" — "_s + outcomeText(row.permission);
    case Kind::Plan:
        return planText(row.plan);
    case Kind::TurnEnd:
        return turnText(row.turn);
    case Kind::Restart:
        return translated("-- the agent was started again");
    case Kind::Problem:
        return u"! "_s + row.text;
    }
    Q_UNREACHABLE();
}

QStringList TranscriptText::append(const sessions::ConversationEntry &entry)
{
    using Direction = sessions::ConversationEntry::Direction;
    if (entry.direction == Direction::Notice) {
        // A remark of Paddock's own; what is open before it stays open.
        const auto json = parseJsonObject(entry.bytes);
        const QString text = json ? json->value(u"text").toString() : QString();
        return text.isEmpty() ? QStringList() : QStringList{u"-- "_s + text};
    }
    m_transcript.append({.direction = entry.direction == Direction::ToAgent
                                          ? acp::Direction::ToAgent
                                          : acp::Direction::FromAgent,
                         .line = entry.bytes,
                         .at = entry.at});
    return advance(false);
}

QStringList TranscriptText::finish()
{
    return advance(true);
}

QStringList TranscriptText::advance(bool everything)
{
    QStringList texts;
    const QList<acp::Row> &rows = m_transcript.rows();
    bool isBlocked = false;
    for (qsizetype i = 0; i < rows.size(); ++i) {
        const acp::Row &row = rows.at(i);
        if (row.number < m_nextRow)
            continue;
        const bool isLast = i + 1 == rows.size();
        isBlocked = isBlocked || (!everything && !isComplete(row, isLast));
        if (!isBlocked) {
            // A question that was shown when it was asked is shown again with its answer.
            texts.append(rowText(row));
            m_nextRow = row.number + 1;
        } else if (row.kind == Kind::Permission && !row.permission.outcome &&
                   !m_asked.contains(row.number)) {
            m_asked.insert(row.number);
            texts.append(translated("? The agent asks: %1").arg(row.permission.title));
        }
    }
    return texts;
}

QList<acp::PermissionRow> TranscriptText::openQuestions() const
{
    QList<acp::PermissionRow> open;
    for (const acp::Row &row : m_transcript.rows()) {
        if (row.kind == Kind::Permission && !row.permission.outcome)
            open.append(row.permission);
    }
    return open;
}

} // namespace paddock::ctl
