// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/RunQueue.h"

namespace paddock::worktrees {

RunQueue::~RunQueue()
{
    for (QObject *run : m_runs.children())
        run->disconnect();
}

void RunQueue::add(const SessionId &session, QueuedRun *run)
{
    run->setParent(&m_runs);
    QObject *before = m_last.value(session);
    m_last.insert(session, run);
    if (before)
        QObject::connect(before, &QObject::destroyed, run, [run] { run->begin(); });
    else
        run->begin();
}

} // namespace paddock::worktrees
