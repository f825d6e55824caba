// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Clock.h"
#include "core/sandbox/link/AgentLink.h"
#include "core/sessions/SessionRecords.h"
#include "core/sessions/StreamStore.h"
#include "core/store/Database.h"

#include <QObject>

#include <memory>
#include <utility>

namespace paddock::sessions {

/// The link of one session with its memory: everything that comes in is in the store before it is
/// signalled or acknowledged, everything that goes out is in the store before it is sent. A new
/// owner that begins with what the store holds goes on exactly where the old one was. Main thread.
class SessionLink : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        SessionId id;
        QString runFolder;
        QString streamsFolder;
        std::optional<sandbox::link::PeerCredentials> socketOwner;
        std::function<bool(const sandbox::link::PeerCredentials &)> peerCheck;
        QString gitDir; ///< see LinkOptions::watchedGitDir
        records::LinkRecord stored;
    };

    SessionLink(store::Database &database, Options options, QObject *parent = nullptr);
    ~SessionLink() override;

    [[nodiscard]] Result<Done> listen();
    void close();
    [[nodiscard]] bool isUp() const;
    /// Of the newest hello; epoch empty before the first.
    [[nodiscard]] const sandbox::link::ShimInfo &shim() const;
    [[nodiscard]] bool isReady() const { return m_ready; }

    /// A message to the shim itself that goes out as soon as a new life of it says hello, stored
    /// together with that. takeFirst(): it has not gone out (the shim lived already) and will not.
    void sayFirst(const QByteArray &bytes) { m_first = bytes; }
    [[nodiscard]] QByteArray takeFirst() { return std::exchange(m_first, {}); }

    /// A message to the shim itself (start, stop).
    [[nodiscard]] Pending<Done> sendControl(const QByteArray &bytes);
    /// A line to the agent; \a promptNumber, when not 0, is marked as sent in the same transaction.
    void sendLine(const QByteArray &line, qint64 promptNumber);
    /// A line of Paddock's own in the conversation: JSON with at least "kind" and "text".
    void addNotice(const QString &kind, const QString &text);

    [[nodiscard]] sandbox::link::AgentLink &raw() { return *m_link; }
    [[nodiscard]] StreamStore &streams() { return m_streams; }

Q_SIGNALS:
    /// The shim said hello and the epoch is stored: messages can go out. newEpoch: no agent runs.
    void shimReady(const paddock::sandbox::link::ShimInfo &shim);
    void linkDown(const QString &reason);
    /// In order; each is on disk.
    void lineStored(const QByteArray &line);
    void conversationGrew(qint64 sequence);
    void agentStarted(const paddock::sandbox::link::ProcessStart &start);
    void agentFailed(const paddock::sandbox::link::ProcessFailure &failure);
    void processExited(const paddock::sandbox::link::ProcessExit &exit);
    void notice(const paddock::sandbox::link::LinkNotice &notice);
    /// Bytes of a terminal that are not yet known; the agent's own are stored already.
    void terminalOutput(quint16 channel, const QByteArray &bytes);
    void intruderRefused(int count);
    /// See AgentLink::refsChanged().
    void refsChanged();
    /// The store refused; the link is opened again in a while and the shim repeats.
    void storeFailed(const paddock::Error &error);

private:
    /// A line of the agent, or (with event) something the shim told. One queue keeps their order.
    struct Inbound
    {
        quint64 seq = 0;
        QByteArray line;
        bool isNotice = false;
        std::function<void()> event;
    };

    void makeLink();
    void transmit(const records::OutboxEntry &entry);
    void onHello(const sandbox::link::ShimInfo &shim);
    void onTerminalOutput(quint16 channel, quint64 seq, const QByteArray &bytes);
    void flush();
    void onStoreFailed(const Error &error);
    [[nodiscard]] bool isEphemeral(quint16 channel) const;
    void receive(Inbound inbound);
    void storeBatch();
    void onBatchStored(const QList<Inbound> &batch, const QByteArray &epoch);
    void store(const records::OutboxEntry &entry,
               bool inConversation,
               qint64 promptNumber,
               std::function<void(const Result<qint64> &)> then);

    store::Database &m_database;
    Options m_options;
    StreamStore m_streams;
    std::unique_ptr<sandbox::link::AgentLink> m_link;
    QByteArray m_epoch;
    quint64 m_nextNumber = 1;
    QByteArray m_first;
    QHash<quint16, quint64> m_positions;
    QList<records::OutboxEntry> m_outbox; // stored and not acknowledged, by number
    QList<Inbound> m_inbound;             // received, not yet handed to the store
    bool m_flushing = false;
    bool m_flushScheduled = false;
    bool m_ready = false;
    bool m_closed = false;
    QTimer m_reopen;
};

} // namespace paddock::sessions
