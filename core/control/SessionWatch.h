// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <QTimer>

namespace paddock::control {

class ControlConnection;

/// Tells one client what happens to sessions: session.added, session.changed {"session"},
/// session.removed {"id"}, session.conversationGrew {"id","sequence"}. Bursts become one
/// notification a session, and a client that reads slowly gets the newest state only, so watching
/// never fills a buffer. Owned by its connection.
class SessionWatch : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SessionWatch)

public:
    explicit SessionWatch(ControlConnection &connection);
    /// Empty: all sessions.
    void setFilter(const QSet<QString> &ids) { m_filter = ids; }

private:
    void note(const SessionId &id, QSet<SessionId> &where);
    void flush();

    ControlConnection &m_connection;
    QSet<QString> m_filter;
    QSet<SessionId> m_added;
    QSet<SessionId> m_changed;
    QSet<SessionId> m_removed;
    QHash<SessionId, qint64> m_grew;
    QTimer m_timer;
};

} // namespace paddock::control
