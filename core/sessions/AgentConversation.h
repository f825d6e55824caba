// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/acp/Client.h"
#include "core/adapters/Adapter.h"
#include "core/sessions/SessionLink.h"

#include <QObject>

namespace paddock::sessions {

/// What a session's agent does now, as its conversation tells.
enum class Activity {
    NotStarted, ///< no session of the agent is open yet
    Working,    ///< a turn runs
    Approval,   ///< a turn runs and waits for a permission
    Prompt,     ///< the agent waits for the person
};

/// The structured conversation (ACP) with one session's agent over its link: opens it, feeds the
/// prompts in the store one at a time, keeps the open permissions. Owns the acp::Client; survives a
/// restart of the owner by reading the stored messages. Main thread.
class AgentConversation : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        SessionId id;
        adapters::Adapter adapter;
        QString workingFolder; ///< in the container
        QString acpSessionId;  ///< of an earlier life; empty: none
    };

    /// \a database, \a clock and \a link are borrowed.
    AgentConversation(store::Database &database,
                      const Clock &clock,
                      SessionLink &link,
                      Options options,
                      QObject *parent = nullptr);

    /// Reads what was said before. For a new owner, before the link listens: what the shim repeats
    /// then is newer than what is read.
    [[nodiscard]] Pending<Done> restore();
    /// A process of the agent has begun: initialise it and open (or reopen) its session.
    void agentStarted();
    void agentEnded(const Error &reason);

    /// Sends the oldest stored prompt if the agent can take one.
    void pump();
    [[nodiscard]] Result<Done> answerPermission(const QString &requestId, bool allow);
    [[nodiscard]] Result<Done> cancelTurn();

    [[nodiscard]] Activity activity() const;
    [[nodiscard]] const acp::Client &client() const { return m_client; }

Q_SIGNALS:
    void activityChanged();
    /// The agent can be prompted; \a acpSessionId is to be kept.
    void opened(const QString &acpSessionId);
    /// The session cannot be opened: the agent refused, or does not speak the protocol.
    void openFailed(const paddock::Error &error);
    void turnEnded(const paddock::acp::TurnResult &result);
    void permissionRequested(const paddock::acp::PermissionRequest &request);

private:
    void send(const acp::OutgoingMessage &message);
    void onPhase(acp::Client::Phase phase);
    void check(const Result<Done> &result);

    store::Database &m_database;
    SessionLink &m_link;
    Options m_options;
    acp::Client m_client;
    bool m_restoring = false;
    bool m_pumping = false;
    qint64 m_promptNumber = 0; // of the prompt that the client is being given
};

} // namespace paddock::sessions
