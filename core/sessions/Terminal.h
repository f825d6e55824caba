// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QObject>

namespace paddock::sessions {

/// Bytes of a terminal (the agent's own, or a shell) of a session. Owned by whoever opened it;
/// destroying it closes a shell, and only detaches from the agent's terminal. Main thread.
class Terminal : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    virtual void write(const QByteArray &bytes) = 0;
    virtual void resize(int columns, int rows) = 0;

Q_SIGNALS:
    /// Untrusted bytes, control sequences included. From the event loop.
    void output(const QByteArray &bytes);
    /// The program ended (exit code; 128 + signal) or the terminal was lost (error). Once, last.
    void closed(const paddock::Result<int> &exitCode);
};

} // namespace paddock::sessions
