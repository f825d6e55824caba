// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <functional>

namespace paddock::sessions {

/// Runs the imports that an agent's commits ask for: the first at once, never two at the same time,
/// and however often it is asked no more than a third of the time. Requests that come meanwhile are
/// one more import at the end. Main thread.
class ImportTrigger : public QObject
{
    Q_OBJECT

public:
    explicit ImportTrigger(std::function<Pending<Done>()> import, QObject *parent = nullptr);

    void request();
    /// While held nothing begins; what was requested begins when it ends.
    void setHeld(bool held);

private:
    void schedule();
    void begin();

    std::function<Pending<Done>()> m_import;
    QTimer m_timer;
    QElapsedTimer m_clock;
    qint64 m_notBefore = 0; // on m_clock
    bool m_wanted = false;
    bool m_running = false;
    bool m_held = false;
};

} // namespace paddock::sessions
