// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/AgentConversation.h"

#include "core/sessions/Logging.h"

using namespace Qt::StringLiterals;

namespace paddock::sessions {

namespace {

acp::ClientOptions clientOptions(const adapters::Adapter &adapter)
{
    acp::ClientOptions options;
    options.clientVersion = QStringLiteral(PADDOCK_VERSION);
    options.nullUsageIsFailure = adapter.quirks.nullUsageIsFailure;
    return options;
}

// Rows since the newest initialize: what a client needs to be where its predecessor was.
Result<QList<acp::StoredMessage>> messagesSinceInitialize(store::Connection &connection,
                                                          const SessionId &id)
{
    store::Statement first = connection.prepare(
        "SELECT coalesce(max(sequence), 1) FROM conversation WHERE session_id = ?1 AND"
        " direction = 'to-agent' AND instr(bytes, CAST('\"method\":\"initialize\"' AS BLOB)) > 0");
    auto row = first.bind(1, id.value).step();
    if (!row)
        return fail(row.error());
    qint64 after = first.integer(0) - 1;
    QList<acp::StoredMessage> messages;
    for (;;) {
        auto entries = records::conversation(connection, id, after, 2000);
        if (!entries)
            return fail(entries.error());
        for (const ConversationEntry &entry : std::as_const(*entries)) {
            after = entry.sequence;
            if (entry.direction == ConversationEntry::Direction::Notice)
                continue;
            messages.append({.direction = entry.direction == ConversationEntry::Direction::ToAgent
                                              ? acp::Direction::ToAgent
                                              : acp::Direction::FromAgent,
                             .line = entry.bytes,
                             .at = entry.at});
        }
        if (entries->size() < 2000)
            return messages;
    }
}

} // namespace

AgentConversation::AgentConversation(store::Database &database,
                                     const Clock &clock,
                                     SessionLink &link,
                                     Options options,
                                     QObject *parent)
    : QObject(parent)
    , m_database(database)
    , m_link(link)
    , m_options(std::move(options))
    , m_client([this](const acp::OutgoingMessage &message) { send(message); },
               clock,
               clientOptions(m_options.adapter))
{
    connect(&m_link, &SessionLink::lineStored, &m_client, &acp::Client::receive);
    connect(&m_link, &SessionLink::shimReady, this, [this](const sandbox::link::ShimInfo &shim) {
        if (!shim.newEpoch && !m_restoring)
            m_client.sendOwed();
        pump();
    });
    connect(&m_client, &acp::Client::phaseChanged, this, &AgentConversation::onPhase);
    connect(&m_client, &acp::Client::initialized, this, [this](const acp::AgentInfo &) {
        if (m_options.acpSessionId.isEmpty()) {
            check(m_client.newSession(m_options.workingFolder));
            return;
        }
        auto reopened = m_client.reopenSession(m_options.acpSessionId, m_options.workingFolder);
        if (!reopened) {
            m_link.addNotice(
                u"resume"_s,
                tr("The agent cannot continue the earlier conversation and begins a new one."));
            check(m_client.newSession(m_options.workingFolder));
        }
    });
    connect(&m_client, &acp::Client::sessionOpened, this, [this](const QString &sessionId) {
        m_options.acpSessionId = sessionId;
        Q_EMIT opened(sessionId);
        pump();
    });
    connect(&m_client,
            &acp::Client::requestFailed,
            this,
            [this](acp::MessageKind kind, const Error &error) {
                switch (kind) {
                case acp::MessageKind::LoadSession:
                case acp::MessageKind::ResumeSession:
                    m_link.addNotice(
                        u"resume"_s,
                        tr("The agent could not continue the earlier conversation (%1) and "
                           "begins a new one.")
                            .arg(error.message));
                    m_options.acpSessionId.clear();
                    check(m_client.newSession(m_options.workingFolder));
                    return;
                case acp::MessageKind::Initialize:
                case acp::MessageKind::NewSession:
                    Q_EMIT openFailed(error);
                    return;
                default:
                    m_link.addNotice(u"agent"_s, error.message);
                }
            });
    connect(&m_client,
            &acp::Client::permissionRequested,
            this,
            [this](const acp::PermissionRequest &request) {
                Q_EMIT permissionRequested(request);
                Q_EMIT activityChanged();
            });
    connect(&m_client,
            &acp::Client::permissionClosed,
            this,
            [this](const QString &, acp::PermissionOutcome) { Q_EMIT activityChanged(); });
    connect(&m_client, &acp::Client::turnEnded, this, [this](const acp::TurnResult &result) {
        Q_EMIT turnEnded(result);
        pump();
        Q_EMIT activityChanged();
    });
    connect(&m_client, &acp::Client::problem, this, [](const Error &error) {
        qCInfo(lcPaddockSessions) << "agent message ignored:" << error.toString();
    });
}

Pending<Done> AgentConversation::restore()
{
    m_restoring = true;
    Promise<Done> promise;
    m_database
        .read<QList<acp::StoredMessage>>([id = m_options.id](store::Connection &connection) {
            return messagesSinceInitialize(connection, id);
        })
        .then(this, [this, promise](const Result<QList<acp::StoredMessage>> &messages) {
            m_restoring = false;
            if (!messages) {
                promise.reject(messages.error());
                return;
            }
            if (!messages->isEmpty())
                m_client.restore(*messages);
            promise.resolve(Done{});
            Q_EMIT activityChanged();
            pump();
        });
    return promise.pending();
}

void AgentConversation::agentStarted()
{
    check(m_client.initialize());
}

void AgentConversation::agentEnded(const Error &reason)
{
    m_client.agentEnded(reason);
    Q_EMIT activityChanged();
}

void AgentConversation::check(const Result<Done> &result)
{
    if (!result)
        Q_EMIT openFailed(result.error());
}

void AgentConversation::onPhase(acp::Client::Phase phase)
{
    if (phase == acp::Client::Phase::Broken) {
        Q_EMIT openFailed(
            Error(ErrorKind::AgentProtocol,
                  tr("The agent does not speak the Agent Client Protocol."))
                .withRemedy(tr("Check the command of the agent, or start it with a terminal "
                               "instead of ACP.")));
        return;
    }
    // First: with a prompt in the queue the agent never waits for the person.
    if (phase == acp::Client::Phase::Ready)
        pump();
    Q_EMIT activityChanged();
}

void AgentConversation::send(const acp::OutgoingMessage &message)
{
    const qint64 prompt =
        message.kind == acp::MessageKind::Prompt ? std::exchange(m_promptNumber, 0) : 0;
    m_link.sendLine(message.bytes, prompt);
}

void AgentConversation::pump()
{
    if (m_pumping || m_restoring || !m_link.isReady() ||
        m_client.phase() != acp::Client::Phase::Ready)
        return;
    m_pumping = true;
    m_database
        .read<QList<records::PromptRecord>>([id = m_options.id](store::Connection &connection) {
            return records::queuedPrompts(connection, id);
        })
        .then(this, [this](const Result<QList<records::PromptRecord>> &prompts) {
            m_pumping = false;
            if (!prompts || prompts->isEmpty() || !m_link.isReady() ||
                m_client.phase() != acp::Client::Phase::Ready) {
                Q_EMIT activityChanged();
                return;
            }
            m_promptNumber = prompts->first().number;
            if (auto sent = m_client.prompt(prompts->first().text); !sent) {
                m_promptNumber = 0;
                m_link.addNotice(u"prompt"_s, sent.error().message);
            }
        });
}

Result<Done> AgentConversation::answerPermission(const QString &requestId, bool allow)
{
    return allow ? m_client.allow(requestId) : m_client.reject(requestId);
}

Result<Done> AgentConversation::cancelTurn()
{
    return m_client.cancel();
}

Activity AgentConversation::activity() const
{
    switch (m_client.phase()) {
    case acp::Client::Phase::Ready:
        return m_pumping ? Activity::Working : Activity::Prompt;
    case acp::Client::Phase::Prompting:
    case acp::Client::Phase::Cancelling:
        return m_client.state().permissions.isEmpty() ? Activity::Working : Activity::Approval;
    default:
        return Activity::NotStarted;
    }
}

} // namespace paddock::sessions
