// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"

#include <QHash>
#include <QObject>
#include <QPointer>

namespace paddock::worktrees {

/// A piece of asynchronous work on a session that deletes itself when it has ended. Main thread.
class QueuedRun : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    virtual void begin() = 0;
};

/// Owns the runs and lets those of one session begin one after the other. Main thread.
class RunQueue
{
public:
    RunQueue() = default;
    /// The runs end here; none begins because the one before it is destroyed.
    ~RunQueue();
    Q_DISABLE_COPY_MOVE(RunQueue)

    /// Takes \a run over, and begins it now or when the one before it has ended.
    void add(const SessionId &session, QueuedRun *run);

private:
    QObject m_runs; // their parent
    QHash<SessionId, QPointer<QObject>> m_last;
};

} // namespace paddock::worktrees
