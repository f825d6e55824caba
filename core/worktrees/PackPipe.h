// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/AgentGit.h"
#include "core/worktrees/Descriptor.h"

#include <QSocketNotifier>

#include <memory>

namespace paddock::worktrees {

/// Carries what a command of the agent prints to a descriptor that the host's git reads, with a
/// limit and without buffering more than a megabyte. Main thread.
class PackPipe : public QObject
{
    Q_OBJECT

public:
    /// \a source must outlive this. IoFailed if no pipe can be made.
    [[nodiscard]] static Result<std::unique_ptr<PackPipe>> open(AgentGitRun &source, qint64 limit);

    /// The end to read from; to be taken once.
    [[nodiscard]] Descriptor takeReadEnd() { return std::move(m_readEnd); }
    [[nodiscard]] qint64 bytes() const { return m_bytes; }

Q_SIGNALS:
    /// More than the limit came; the pipe is closed.
    void overflowed();

private:
    PackPipe(AgentGitRun &source, qint64 limit, Descriptor readEnd, Descriptor writeEnd);
    void onOutput(const QByteArray &bytes);
    void flush();
    void closePipe();

    AgentGitRun &m_source;
    qint64 m_limit;
    qint64 m_bytes = 0;
    Descriptor m_readEnd;
    Descriptor m_writeEnd;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QByteArray m_buffer;
    bool m_paused = false;
    bool m_ended = false;
};

} // namespace paddock::worktrees
