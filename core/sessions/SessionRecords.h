// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/sessions/Session.h"
#include "core/store/Connection.h"

#include <QHash>
#include <QJsonObject>

/// The SQL of sessions: each function is one statement group on the store's thread, to be combined
/// in one Database::write(). They capture and return values only.
namespace paddock::sessions::records {

using store::Connection;

/// What the store keeps of a session beyond what others see.
struct SessionRecord
{
    Session session;
    StartOptions options;
    QString actor;         ///< who caused the last change
    QString baseBranch;    ///< short name of the branch it started from; may be empty
    QString worktreesRoot; ///< absolute; of the project when the session started; empty: not yet
};

[[nodiscard]] Result<QList<SessionRecord>> sessions(Connection &connection);
[[nodiscard]] Result<Done> insertSession(Connection &connection, const SessionRecord &record);
/// Writes every column; a state that cannot follow is refused by the trigger (Conflict).
[[nodiscard]] Result<Done> updateSession(Connection &connection, const SessionRecord &record);
[[nodiscard]] Result<Done> deleteSession(Connection &connection, const SessionId &id);

struct StepRecord
{
    QString operation; ///< start, stop, finish, remove
    QString event;     ///< planned, begin, done, undo, ended
    QString step;
};
/// Every step of an operation, before the first of them is done.
[[nodiscard]] Result<Done> insertPlan(Connection &connection,
                                      const SessionId &id,
                                      const QString &operation,
                                      const QStringList &steps);
[[nodiscard]] Result<Done>
insertStep(Connection &connection, const SessionId &id, const StepRecord &step);
/// Of the newest operation that has no "ended", oldest first; empty when all ended.
[[nodiscard]] Result<QList<StepRecord>> unfinishedSteps(Connection &connection,
                                                        const SessionId &id);
[[nodiscard]] Result<Done> audit(Connection &connection,
                                 const QString &actor,
                                 const QString &action,
                                 const SessionId &id,
                                 const QString &detail);

/// A conversation row to be written; sequence is given by the store.
struct NewEntry
{
    ConversationEntry::Direction direction = ConversationEntry::Direction::Notice;
    quint64 linkSequence = 0; ///< 0: not of the link
    QByteArray bytes;
};
/// Appends in order and answers the last sequence. An entry whose link sequence is already stored
/// for \a epoch is left out: the shim repeated it.
[[nodiscard]] Result<qint64> appendConversation(Connection &connection,
                                                const SessionId &id,
                                                const QByteArray &epoch,
                                                const QList<NewEntry> &entries);
[[nodiscard]] Result<QList<ConversationEntry>>
conversation(Connection &connection, const SessionId &id, qint64 after, int limit);
[[nodiscard]] Result<qint64> lastSequence(Connection &connection, const SessionId &id);

struct OutboxEntry
{
    quint64 number = 0;
    quint16 channel = 0;
    QByteArray bytes;
};
struct LinkRecord
{
    QByteArray epoch;
    quint64 nextOutbound = 1;
    QHash<quint16, quint64> positions;
    QList<OutboxEntry> outbox; ///< by number
};
[[nodiscard]] Result<LinkRecord> link(Connection &connection, const SessionId &id);
/// A new life of the shim: positions, numbers and what was to be sent of the old one are dropped.
[[nodiscard]] Result<Done>
beginEpoch(Connection &connection, const SessionId &id, const QByteArray &epoch);
[[nodiscard]] Result<Done>
setPosition(Connection &connection, const SessionId &id, quint16 channel, quint64 position);
[[nodiscard]] Result<Done>
insertOutbox(Connection &connection, const SessionId &id, const OutboxEntry &entry);
[[nodiscard]] Result<Done>
deleteOutboxUpTo(Connection &connection, const SessionId &id, quint64 number);

struct PromptRecord
{
    qint64 number = 0;
    QString text;
};
[[nodiscard]] Result<qint64> insertPrompt(Connection &connection,
                                          const SessionId &id,
                                          const QString &actor,
                                          const QString &text);
[[nodiscard]] Result<Done>
markPromptSent(Connection &connection, const SessionId &id, qint64 number);
[[nodiscard]] Result<QList<PromptRecord>> queuedPrompts(Connection &connection,
                                                        const SessionId &id);

} // namespace paddock::sessions::records
