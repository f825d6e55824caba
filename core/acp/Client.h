// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/ToolCalls.h"
#include "core/acp/Types.h"
#include "core/base/Clock.h"
#include "core/base/Result.h"

#include <QHash>
#include <QJsonObject>
#include <QMap>
#include <QObject>

#include <chrono>
#include <functional>
#include <memory>

namespace paddock::acp {

struct Incoming;

enum class MessageKind {
    Initialize,
    NewSession,
    LoadSession,
    ResumeSession,
    Prompt,
    Cancel, ///< a notification: no id
    SetMode,
    SetConfigOption,
    PermissionAnswer, ///< jsonrpcId is the agent's id
    ErrorReply,       ///< jsonrpcId is the agent's id
};

/// A line for the agent, without its newline. The receiver stores it before it is sent, and sends
/// in the order given.
struct OutgoingMessage
{
    QString jsonrpcId; ///< JSON text of the id: 7 or "abc"; empty for a notification
    MessageKind kind = MessageKind::Prompt;
    QByteArray bytes;
};

struct ClientOptions
{
    QString clientName = QStringLiteral("paddock");
    QString clientTitle = QStringLiteral("Paddock");
    QString clientVersion;
    Limits limits;
    /// codex reports a failed turn as end_turn with "usage":null.
    bool nullUsageIsFailure = true;
    /// Lines in a row that are no JSON-RPC before the agent is given up (phase Broken).
    int maxBadLines = 100;
};

/// Paddock's side of one ACP conversation. Pure: complete lines in through receive(), messages out
/// through the function given; no sockets, no timers, nothing is sent but on a call. Main thread.
///
/// Deterministic: a client that is fed the stored messages of both directions by restore() is in
/// the state of the client that had exchanged them, so that an owner can be replaced mid-turn.
/// One client serves all processes of an agent in one conversation, one after the other: a new
/// initialize() begins anew and treats what was open as ended.
class Client : public QObject
{
    Q_OBJECT

public:
    enum class Phase {
        Fresh,          ///< nothing sent
        Initializing,   ///< initialize is unanswered
        Initialized,    ///< a session can be opened
        OpeningSession, ///< session/new, load or resume is unanswered
        Ready,          ///< a prompt can be sent
        Prompting,      ///< a turn runs
        Cancelling,     ///< a turn runs and was cancelled
        Broken,         ///< the agent does not speak the protocol; initialize() begins anew
    };
    Q_ENUM(Phase)

    /// What restore() rebuilds; for tests and for showing.
    struct State
    {
        Phase phase = Phase::Fresh;
        AgentInfo agent;
        QString sessionId; ///< opaque; empty until a session is open
        SessionSettings settings;
        QMap<qint64, MessageKind> inFlight; ///< our unanswered requests
        qint64 nextId = 1;
        QString promptId;                     ///< of the running turn
        QList<PermissionRequest> permissions; ///< open, oldest first
        bool operator==(const State &) const = default;
    };

    using Send = std::function<void(const OutgoingMessage &)>;

    /// \a clock must outlive the client.
    Client(Send send, const Clock &clock, ClientOptions options = {}, QObject *parent = nullptr);
    ~Client() override;

    /// Feeds one line of the agent (without newline; a trailing CR is tolerated).
    void receive(const QByteArray &line);

    /// Brings a fresh client to the state after \a messages, in stored order. Sends nothing and
    /// emits nothing. Messages before the last initialize may be left out. Afterwards sendOwed().
    void restore(const QList<StoredMessage> &messages);
    /// Sends the answers that the protocol owes the agent and that a crash kept from being sent:
    /// refusals of unknown requests, cancelled permissions of a cancelled turn. Idempotent.
    void sendOwed();
    /// The agent's process ended: what is open is closed (permissions withdrawn, the turn failed
    /// with \a reason). The next step is initialize() with a new process.
    void agentEnded(const Error &reason);

    /// Each command answers Conflict (kind) when the phase does not allow it, and sends exactly one
    /// message otherwise. Its outcome comes by a signal.
    [[nodiscard]] Result<Done> initialize();
    [[nodiscard]] Result<Done> newSession(const QString &cwd);
    /// Replays the conversation as updates with isReplay.
    [[nodiscard]] Result<Done> loadSession(const QString &sessionId, const QString &cwd);
    [[nodiscard]] Result<Done> resumeSession(const QString &sessionId, const QString &cwd);
    /// resume where the agent can (no replay), else load, else Unsupported.
    [[nodiscard]] Result<Done> reopenSession(const QString &sessionId, const QString &cwd);
    /// One turn at a time; the queue is the caller's. Answers the prompt's id.
    [[nodiscard]] Result<QString> prompt(const QString &text);
    [[nodiscard]] Result<QString> prompt(const QList<ContentBlock> &content);
    /// Asks the agent to stop the turn and answers every open permission with cancelled. A second
    /// call does nothing. Conflict without a turn.
    [[nodiscard]] Result<Done> cancel();
    /// Chooses the option by kind: allow_once or reject_once; allow_always is never sent. Without a
    /// fitting option: Unsupported for allow, outcome cancelled for reject. NotFound when the
    /// request is not open (any more).
    [[nodiscard]] Result<Done> allow(const QString &requestId);
    [[nodiscard]] Result<Done> reject(const QString &requestId);
    /// By session/set_mode or the configuration option "mode", whichever the agent has.
    [[nodiscard]] Result<Done> setMode(const QString &modeId);
    [[nodiscard]] Result<Done> setConfigOption(const QString &id, const QString &value);

    [[nodiscard]] const State &state() const { return m_state; }
    [[nodiscard]] Phase phase() const { return m_state.phase; }
    [[nodiscard]] bool isTurnRunning() const;
    /// How long nothing has come from the agent while it is its turn to say something: a turn runs
    /// and no permission waits for the person. Agents retry a failing provider silently for
    /// minutes, so the caller shows this and offers to cancel. Time since construction or restore()
    /// counts from there.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> silence() const;

Q_SIGNALS:
    /// From within receive() (or agentEnded()), in the order of what the agent sent.
    void phaseChanged(paddock::acp::Client::Phase phase);
    void initialized(const paddock::acp::AgentInfo &agent);
    void sessionOpened(const QString &sessionId);
    void updated(const paddock::acp::Update &update);
    void permissionRequested(const paddock::acp::PermissionRequest &request);
    void permissionClosed(const QString &requestId, paddock::acp::PermissionOutcome outcome);
    void turnEnded(const paddock::acp::TurnResult &result);
    /// A request other than a prompt was answered well: set mode and the like.
    void requestSucceeded(paddock::acp::MessageKind kind);
    /// A request other than a prompt failed, in the agent's words.
    void requestFailed(paddock::acp::MessageKind kind, const paddock::Error &error);
    /// A message was refused or made no sense; it was ignored. For the log.
    void problem(const paddock::Error &error);

private:
    /// An answer that the protocol owes the agent.
    struct Owed
    {
        QJsonValue id;
        MessageKind kind = MessageKind::ErrorReply;
        QByteArray line;
    };

    void handle(const Incoming &message);
    void handleResponse(const Incoming &message);
    void handleNotification(const Incoming &message);
    void handleRequest(const Incoming &message);
    void handleUpdate(const QJsonObject &params);
    void handlePermission(const Incoming &message);
    void finishInitialize(const Incoming &message);
    void finishOpen(const Incoming &message, MessageKind kind);
    void finishPrompt(const Incoming &message, qint64 id);
    void finishSetting(const Incoming &message, MessageKind kind, qint64 id);
    void owe(const Owed &answer);
    void refuseRequest(const QJsonValue &id, qint64 code, const QString &why);
    void cancelPermissions();
    void withdrawRequest(const QJsonValue &agentId);
    void closePermission(qsizetype index, PermissionOutcome outcome);
    void badLine(const Error &error);
    void noteOutgoing(const QByteArray &line);
    void noteAnswer(const QJsonValue &id, const QJsonObject &object);
    void setPhase(Phase phase);

    void transmit(const QString &id, MessageKind kind, const QByteArray &line);
    Result<QString> sendRequest(MessageKind kind, const QString &method, const QJsonObject &params);
    [[nodiscard]] Result<Done> openSession(MessageKind kind,
                                           const QString &method,
                                           const QString &sessionId,
                                           const QString &cwd);
    [[nodiscard]] Result<Done> answerPermission(const QString &requestId, OptionKind kind);

    Send m_send;
    const Clock &m_clock;
    ClientOptions m_options;
    State m_state;
    ToolCalls m_toolCalls;
    qint64 m_generation = 0;             // id of the last initialize
    QString m_openingSessionId;          // of the load or resume under way
    QString m_lastAgentText;             // newest words of the turn, for a failure without words
    QList<QJsonValue> m_openIds;         // agent ids of m_state.permissions, same order
    QList<Owed> m_owed;                  // answers not sent yet
    QHash<qint64, QString> m_askedModes; // unanswered session/set_mode
    std::chrono::nanoseconds m_lastHeard{0};
    int m_badLines = 0;
    bool m_quiet = false; // restoring: nothing is sent or emitted
};

} // namespace paddock::acp
