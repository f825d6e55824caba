// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ServiceWatch.h"

#include "core/control/ControlConnection.h"
#include "core/control/ProjectJson.h"

#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::control {

ServiceWatch::ServiceWatch(ControlConnection &connection)
    : m_connection(connection)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &ServiceWatch::flush);
    connect(&connection, &ControlConnection::drained, this, &ServiceWatch::flush);
    connect(connection.services().projects, &facade::ProjectService::changed, this, [this] {
        note(m_projects);
    });
    connect(connection.services().health, &facade::HealthService::changed, this, [this] {
        note(m_health);
    });
}

void ServiceWatch::note(bool &what)
{
    what = true;
    m_timer.start();
}

void ServiceWatch::flush()
{
    if (m_connection.unsentBytes() > kHoldBackAbove)
        return; // drained() comes back here
    if (std::exchange(m_projects, false))
        m_connection.notify(u"project.changed"_s,
                            {{u"projects"_s, toJson(m_connection.services().projects->list())}});
    if (std::exchange(m_health, false))
        m_connection.notify(u"health.changed"_s,
                            {{u"health"_s, m_connection.services().health->current().toJson()}});
}

} // namespace paddock::control
