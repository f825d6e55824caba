// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/ToolCalls.h"
#include "core/acp/Types.h"

#include <QHash>
#include <QList>

namespace paddock::acp {

struct Incoming;

struct PermissionRow
{
    QString requestId; ///< as in PermissionRequest
    QString toolCallId;
    QString title;
    QList<PermissionOption> options;
    std::optional<PermissionOutcome> outcome; ///< absent: still open
    bool operator==(const PermissionRow &) const = default;
};

/// One thing to show of a conversation.
struct Row
{
    enum class Kind {
        UserMessage,
        AgentMessage,
        Thought,
        Tool,
        Permission,
        Plan,    ///< one row per turn, replaced as the plan changes
        TurnEnd, ///< result; error set when the turn failed
        Restart, ///< a new process of the agent took over
        Problem, ///< text: what could not be read or done
    };
    qint64 number = 0; ///< rises by one, never reused: rows dropped at the front leave a gap
    Kind kind = Kind::AgentMessage;
    QDateTime at;             ///< of the first message that made it
    QString text;             ///< messages, thoughts, problems
    bool isContinued = false; ///< the next row continues this text (long messages are cut)
    ToolCall tool;
    PermissionRow permission;
    QList<PlanEntry> plan;
    TurnResult turn;
    bool operator==(const Row &) const = default;
};

struct TranscriptLimits
{
    qsizetype maxRows = 20'000;
    qsizetype maxTextPerRow = 64 * 1024;       ///< characters; longer messages go on in a new row
    qsizetype maxTotalText = 32 * 1024 * 1024; ///< characters in all rows; the oldest go first
};

/// Folds stored messages of both directions into rows to show. Pure; the same messages always give
/// the same rows. Replayed history (session/load) adds nothing, unless there was nothing before.
/// Bounded by dropping the oldest rows, which is counted. Main thread or one worker.
class Transcript
{
public:
    explicit Transcript(TranscriptLimits limits = {}, bool nullUsageIsFailure = true);

    /// Smallest index of a row that changed or was added, or rows().size() if none. Rows that left
    /// the front are counted in droppedRows(); then it is 0.
    qsizetype append(const StoredMessage &message);

    /// The agent's process ended at \a at without a word: closes what is open.
    qsizetype appendEnd(const QDateTime &at, const Error &reason);

    [[nodiscard]] const QList<Row> &rows() const { return m_rows; }
    [[nodiscard]] qint64 droppedRows() const { return m_dropped; }
    [[nodiscard]] const std::optional<UsageUpdate> &usage() const { return m_usage; }
    [[nodiscard]] const QString &title() const { return m_title; }
    [[nodiscard]] const SessionSettings &settings() const { return m_settings; }
    [[nodiscard]] const QList<Command> &commands() const { return m_commands; }

private:
    void fold(const StoredMessage &message);
    void foldSent(const QJsonObject &object);
    void foldResponse(const Incoming &message);
    void foldUpdate(const QJsonObject &params);
    void foldPermission(const Incoming &message);
    void foldTool(const ToolCall &call);
    void addText(Row::Kind kind, const QString &messageId, const QString &text);
    void problem(const Error &error);
    void closeOpen();
    void settle(const QString &agentId, PermissionOutcome outcome);
    Row &addRow(Row::Kind kind);
    void touch(qint64 number);
    [[nodiscard]] Row *rowByNumber(qint64 number);
    void trim();

    TranscriptLimits m_limits;
    bool m_nullUsageIsFailure;
    QList<Row> m_rows;
    ToolCalls m_toolCalls;
    QHash<QString, qint64> m_toolRows; // tool call id -> row number
    QHash<QString, qint64> m_openAsks; // JSON text of the agent's id -> row number
    QHash<QString, QString> m_sent;    // method of our unanswered requests by id
    std::optional<UsageUpdate> m_usage;
    QString m_title;
    SessionSettings m_settings;
    QList<Command> m_commands;
    QString m_generation; // id of the last initialize
    QString m_lastMessageId;
    QString m_lastAgentText;
    QDateTime m_now;
    qint64 m_nextNumber = 0;
    qint64 m_dropped = 0;
    qsizetype m_totalText = 0;
    qsizetype m_firstChanged = 0;
    qint64 m_planRow = -1;
    QString m_loading; // id of the session/load under way
    bool m_showReplay = false;
};

} // namespace paddock::acp
