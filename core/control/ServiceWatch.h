// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

namespace paddock::control {

class ControlConnection;

/// Tells one client what happens besides sessions: project.changed {"projects"}, health.changed
/// {"health"}, each with the whole state. Bursts become one notification. Owned by its connection.
class ServiceWatch : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ServiceWatch)

public:
    explicit ServiceWatch(ControlConnection &connection);

private:
    void note(bool &what);
    void flush();

    ControlConnection &m_connection;
    bool m_projects = false;
    bool m_health = false;
    QTimer m_timer;
};

} // namespace paddock::control
