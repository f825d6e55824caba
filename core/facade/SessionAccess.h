// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Actor.h"
#include "core/sessions/SessionManager.h"

#include <QCoreApplication>

namespace paddock::facade {

/// What the services on sessions begin with: finding one, and writing down who asks for what.
/// Borrows both; main thread.
class SessionAccess
{
    Q_DECLARE_TR_FUNCTIONS(SessionAccess)

public:
    SessionAccess(sessions::SessionManager &manager, const sessions::SessionServices &services)
        : m_manager(manager)
        , m_services(services)
    {
    }

    /// NotFound.
    [[nodiscard]] Result<sessions::LiveSession *> live(const SessionId &id) const;
    /// The audit row of a call; what follows begins when it is stored.
    [[nodiscard]] Pending<Done> audit(const Actor &actor,
                                      const QString &action,
                                      const SessionId &id,
                                      const QString &detail = {}) const;

private:
    sessions::SessionManager &m_manager;
    const sessions::SessionServices &m_services;
};

} // namespace paddock::facade
