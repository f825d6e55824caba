// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/SessionAccess.h"

using namespace Qt::StringLiterals;

namespace paddock::facade {

using sessions::LiveSession;

Result<LiveSession *> SessionAccess::live(const SessionId &id) const
{
    if (LiveSession *session = m_manager.find(id))
        return session;
    return fail(Error(ErrorKind::NotFound, tr("There is no session %1.").arg(id.value))
                    .withRemedy(tr("List the sessions with: paddockctl session list")));
}

Pending<Done> SessionAccess::audit(const Actor &actor,
                                   const QString &action,
                                   const SessionId &id,
                                   const QString &detail) const
{
    return m_services.database.write<Done>(
        [who = actor.toString(), action, id, detail](store::Connection &connection) {
            return sessions::records::audit(connection, who, action, id, detail);
        });
}

} // namespace paddock::facade
