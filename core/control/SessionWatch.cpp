// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/SessionWatch.h"

#include "core/control/ControlConnection.h"
#include "core/control/Json.h"

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::control {

SessionWatch::SessionWatch(ControlConnection &connection)
    : m_connection(connection)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &SessionWatch::flush);
    connect(&connection, &ControlConnection::drained, this, &SessionWatch::flush);

    const facade::SessionService *sessions = connection.services().sessions;
    connect(sessions, &facade::SessionService::added, this, [this](const SessionId &id) {
        note(id, m_added);
    });
    connect(sessions, &facade::SessionService::changed, this, [this](const SessionId &id) {
        note(id, m_changed);
    });
    connect(sessions, &facade::SessionService::removed, this, [this](const SessionId &id) {
        m_added.remove(id);
        m_changed.remove(id);
        m_grew.remove(id);
        note(id, m_removed);
    });
    connect(sessions,
            &facade::SessionService::conversationGrew,
            this,
            [this](const SessionId &id, qint64 sequence) {
                if (!m_filter.isEmpty() && !m_filter.contains(id.value))
                    return;
                m_grew.insert(id, sequence);
                m_timer.start();
            });
}

void SessionWatch::note(const SessionId &id, QSet<SessionId> &where)
{
    if (!m_filter.isEmpty() && !m_filter.contains(id.value))
        return;
    where.insert(id);
    m_timer.start();
}

void SessionWatch::flush()
{
    if (m_connection.unsentBytes() > kHoldBackAbove)
        return; // drained() comes back here
    const facade::SessionService *sessions = m_connection.services().sessions;
    const auto added = std::exchange(m_added, {});
    const auto changed = std::exchange(m_changed, {});
    const auto removed = std::exchange(m_removed, {});
    const auto grew = std::exchange(m_grew, {});
    for (const SessionId &id : added) {
        if (const auto session = sessions->find(id))
            m_connection.notify(u"session.added"_s, {{u"session"_s, toJson(*session)}});
    }
    for (const SessionId &id : changed) {
        if (added.contains(id))
            continue;
        if (const auto session = sessions->find(id))
            m_connection.notify(u"session.changed"_s, {{u"session"_s, toJson(*session)}});
    }
    for (auto it = grew.cbegin(); it != grew.cend(); ++it) {
        m_connection.notify(u"session.conversationGrew"_s,
                            {{u"id"_s, it.key().value}, {u"sequence"_s, it.value()}});
    }
    for (const SessionId &id : removed)
        m_connection.notify(u"session.removed"_s, {{u"id"_s, id.value}});
}

} // namespace paddock::control
