// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/PackPipe.h"

#include <QCoreApplication>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>

namespace paddock::worktrees {

namespace {

constexpr qsizetype kBuffered = 1024 * 1024;

} // namespace

Result<std::unique_ptr<PackPipe>> PackPipe::open(AgentGitRun &source, qint64 limit)
{
    // A socket pair: writing to a reader that has gone must not raise SIGPIPE.
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(Error(ErrorKind::IoFailed,
                          QCoreApplication::translate("Importer", "The import could not begin."))
                        .withDetail(qt_error_string(errno)));
    ::fcntl(ends[1], F_SETFL, ::fcntl(ends[1], F_GETFL) | O_NONBLOCK);
    return std::unique_ptr<PackPipe>(
        new PackPipe(source, limit, Descriptor(ends[0]), Descriptor(ends[1])));
}

PackPipe::PackPipe(AgentGitRun &source, qint64 limit, Descriptor readEnd, Descriptor writeEnd)
    : m_source(source)
    , m_limit(limit)
    , m_readEnd(std::move(readEnd))
    , m_writeEnd(std::move(writeEnd))
    , m_notifier(std::make_unique<QSocketNotifier>(m_writeEnd.get(), QSocketNotifier::Write))
{
    m_notifier->setEnabled(false);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &PackPipe::flush);
    connect(&source, &AgentGitRun::output, this, &PackPipe::onOutput);
    connect(&source, &AgentGitRun::finished, this, [this] {
        m_ended = true;
        flush();
    });
}

void PackPipe::onOutput(const QByteArray &bytes)
{
    if (!m_writeEnd.isOpen())
        return;
    m_bytes += bytes.size();
    if (m_bytes > m_limit) {
        closePipe();
        Q_EMIT overflowed();
        return;
    }
    m_buffer += bytes;
    flush();
}

void PackPipe::flush()
{
    if (!m_writeEnd.isOpen())
        return;
    qsizetype done = 0;
    while (done < m_buffer.size()) {
        const ssize_t sent = ::send(m_writeEnd.get(),
                                    m_buffer.constData() + done,
                                    static_cast<size_t>(m_buffer.size() - done),
                                    MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0) { // the reader has ended: its answer tells why
            closePipe();
            return;
        }
        done += sent;
    }
    m_buffer.remove(0, done);
    if (m_buffer.isEmpty() && m_ended) {
        closePipe();
        return;
    }
    m_notifier->setEnabled(!m_buffer.isEmpty());
    const bool full = m_buffer.size() > kBuffered;
    if (full != m_paused && (full || m_buffer.isEmpty())) {
        m_paused = full;
        m_source.setPaused(full);
    }
}

void PackPipe::closePipe()
{
    m_notifier->setEnabled(false);
    m_writeEnd.reset();
    m_buffer.clear();
}

} // namespace paddock::worktrees
