// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Error.h"

#include <QByteArray>
#include <QDateTime>
#include <QJsonObject>
#include <QJsonValue>
#include <QList>
#include <QString>

#include <optional>
#include <variant>

/// Values of the Agent Client Protocol, version 1 (https://agentclientprotocol.com), as far as
/// Paddock uses it. Plain values, any thread. What an agent sends is never trusted: texts may hold
/// anything, also markup and control characters, and are to be shown as plain text.
namespace paddock::acp {

/// Bounds on what is taken from an agent. A message beyond them is refused as a whole.
struct Limits
{
    qint64 maxMessageBytes = 16 * 1024 * 1024;
    int maxDepth = 64;
    int maxOptions = 64;       ///< of a permission request, of one configuration option
    int maxListEntries = 4096; ///< plan entries, commands, content parts, locations
    int maxOpenRequests = 256; ///< requests of the agent that wait for an answer
    int maxToolCalls = 512;    ///< remembered to merge sparse updates; the oldest is forgotten
    qsizetype maxToolText = 32 * 1024 * 1024; ///< characters in the remembered tool calls
    int maxShortText = 16 * 1024; ///< ids, titles, names (cut, not refused, where shown only)
};

enum class Direction { ToAgent, FromAgent };

/// One message of a conversation as it is kept: the line without its newline.
struct StoredMessage
{
    Direction direction = Direction::FromAgent;
    QByteArray line;
    QDateTime at; ///< UTC; when it was stored
};

struct ContentBlock
{
    enum class Kind { Text, Image, Audio, ResourceLink, Resource, Unknown };
    Kind kind = Kind::Text;
    QString text;    ///< Text, and the text of an embedded Resource
    QByteArray data; ///< base64 as received: Image, Audio, binary Resource
    QString mimeType;
    QString uri;
    QString name;
    bool operator==(const ContentBlock &) const = default;
};

struct Diff
{
    QString path;
    std::optional<QString> oldText; ///< absent for a new file
    QString newText;
    bool operator==(const Diff &) const = default;
};

/// A terminal of the agent's own (codex); what it prints comes in ToolCall::output.
struct TerminalReference
{
    QString terminalId;
    bool operator==(const TerminalReference &) const = default;
};

using ToolContent = std::variant<ContentBlock, Diff, TerminalReference>;

struct Location
{
    QString path;
    std::optional<qint64> line; ///< as the agent counts
    bool operator==(const Location &) const = default;
};

enum class ToolKind { Read, Edit, Delete, Move, Search, Execute, Think, Fetch, SwitchMode, Other };
/// Interrupted is ours: the turn or the agent ended before the tool reported an end.
/// Completed is what the agent says, not proof of success (gemini reports a blocked command so).
enum class ToolStatus { Pending, InProgress, Completed, Failed, Interrupted };

struct ToolCall
{
    QString id;
    QString title;
    ToolKind kind = ToolKind::Other;
    ToolStatus status = ToolStatus::Pending;
    QList<ToolContent> content;
    QList<Location> locations;
    QJsonValue rawInput;
    QJsonValue rawOutput;
    QString output; ///< terminal output that came outside of content; the newest 256 KiB
    std::optional<int> exitCode;
    bool operator==(const ToolCall &) const = default;
};

enum class Role { Agent, User, Thought };
struct MessageChunk
{
    Role role = Role::Agent;
    QString messageId; ///< may be empty
    ContentBlock content;
    bool operator==(const MessageChunk &) const = default;
};

/// The whole merged state of one tool call after an update.
struct ToolCallUpdate
{
    ToolCall call;
    bool isNew = false; ///< first sight of this id
    bool operator==(const ToolCallUpdate &) const = default;
};

struct PlanEntry
{
    QString content;
    QString priority; ///< high, medium, low
    QString status;   ///< pending, in_progress, completed
    bool operator==(const PlanEntry &) const = default;
};
struct Plan
{
    QList<PlanEntry> entries; ///< replaces the plan before
    bool operator==(const Plan &) const = default;
};

struct Cost
{
    double amount = 0;
    QString currency; ///< ISO 4217
    bool operator==(const Cost &) const = default;
};
/// Context window and cost so far.
struct UsageUpdate
{
    qint64 usedTokens = 0;
    qint64 windowTokens = 0; ///< 0: not told
    std::optional<Cost> cost;
    bool operator==(const UsageUpdate &) const = default;
};
/// Tokens of one turn.
struct TurnUsage
{
    qint64 inputTokens = 0;
    qint64 outputTokens = 0;
    qint64 totalTokens = 0;
    qint64 cachedReadTokens = 0;
    qint64 cachedWriteTokens = 0;
    qint64 thoughtTokens = 0;
    bool operator==(const TurnUsage &) const = default;
};

struct Mode
{
    QString id;
    QString name;
    QString description;
    bool operator==(const Mode &) const = default;
};
struct ConfigChoice
{
    QString value;
    QString name;
    QString description;
    QString group; ///< name of the group it came in; empty where options are not grouped
    bool operator==(const ConfigChoice &) const = default;
};
struct ConfigOption
{
    QString id;
    QString name;
    QString category; ///< mode, model, ... ; may be empty
    QString currentValue;
    QList<ConfigChoice> choices;
    bool operator==(const ConfigOption &) const = default;
};
/// What the agent offers in a session: modes either as such or as configuration option "mode".
struct SessionSettings
{
    QList<Mode> modes;
    QString currentMode;
    QList<ConfigOption> configOptions;
    [[nodiscard]] const ConfigOption *option(QStringView id) const;
    bool operator==(const SessionSettings &) const = default;
};
/// The settings after a change, whole.
struct SettingsUpdate
{
    SessionSettings settings;
    bool operator==(const SettingsUpdate &) const = default;
};

struct Command
{
    QString name;
    QString description;
    QString inputHint; ///< empty: takes no input
    bool operator==(const Command &) const = default;
};
struct CommandsUpdate
{
    QList<Command> commands;
    bool operator==(const CommandsUpdate &) const = default;
};
struct SessionInfoUpdate
{
    std::optional<QString> title;
    bool operator==(const SessionInfoUpdate &) const = default;
};

/// One session/update.
struct Update
{
    using What = std::variant<MessageChunk,
                              ToolCallUpdate,
                              Plan,
                              UsageUpdate,
                              SettingsUpdate,
                              CommandsUpdate,
                              SessionInfoUpdate>;
    What what;
    bool isReplay = false; ///< sent again by the agent while it loads an old session
    bool operator==(const Update &) const = default;
};

enum class OptionKind { AllowOnce, AllowAlways, RejectOnce, RejectAlways, Unknown };
struct PermissionOption
{
    QString id;
    QString name;
    OptionKind kind = OptionKind::Unknown;
    bool operator==(const PermissionOption &) const = default;
};
struct PermissionRequest
{
    /// Unique in the whole conversation, also across restarts of the agent (which counts its own
    /// ids from 0 again): an answer can never reach another question.
    QString requestId;
    ToolCall toolCall; ///< merged with what was said about this tool before
    QList<PermissionOption> options;
    bool operator==(const PermissionRequest &) const = default;
};
enum class PermissionOutcome {
    Allowed,   ///< answered with the allow_once option
    Rejected,  ///< answered with the reject_once option
    Cancelled, ///< answered with outcome cancelled
    Withdrawn, ///< the agent took it back, or ended
};

struct AgentInfo
{
    QString name;
    QString title;
    QString version;
    int protocolVersion = 0;
    bool canLoad = false;
    bool canResume = false;
    bool canList = false;
    bool canClose = false;
    bool takesImages = false;
    bool takesAudio = false;
    bool takesEmbeddedContext = false;
    QStringList authMethods; ///< ids
    bool operator==(const AgentInfo &) const = default;
};

enum class StopReason { EndTurn, MaxTokens, MaxTurnRequests, Refusal, Cancelled, Unknown };
/// How a prompt ended. error is set when the turn failed, however the agent reported it.
struct TurnResult
{
    QString promptId; ///< OutgoingMessage::jsonrpcId of the prompt
    StopReason stopReason = StopReason::Unknown;
    std::optional<TurnUsage> usage;
    std::optional<Error> error;
    bool operator==(const TurnResult &) const = default;
};

} // namespace paddock::acp
