// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What flows between the supervisor and its children.

#include "app/shim/Supervisor.h"

#include <cerrno>
#include <sys/epoll.h>

namespace paddock::shim {

using namespace shimlink;

namespace {

/// Read from one child before the others get their turn.
constexpr std::size_t kReadTurn = 4 * Spool::kChunk;
/// A pipe or terminal holds at most this much after its writer ended.
constexpr std::size_t kDrainLimit = std::size_t{2} * 1024 * 1024;

} // namespace

void Supervisor::End::ready(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0 || (!reads && (events & (EPOLLERR | EPOLLHUP)) != 0))
        supervisor->writeInput(*this);
    if (fd && reads && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        supervisor->readOutput(*this);
}

void Supervisor::watchEnd(End &end)
{
    if (!end.fd)
        return;
    const bool wantsRead = end.reads && !end.paused;
    // Without anything to wait for, a hang-up would still be reported, again and again.
    if (!wantsRead && !end.writes)
        m_loop.forget(end.fd.get());
    else
        m_loop.watch(end.fd.get(), (wantsRead ? EPOLLIN : 0U) | (end.writes ? EPOLLOUT : 0U), &end);
}

void Supervisor::closeEnd(End &end)
{
    if (end.fd)
        m_loop.forget(end.fd.get());
    end.fd.reset();
    end.paused = false;
}

void Supervisor::readOutput(End &end)
{
    std::size_t taken = 0;
    while (end.fd && taken < kReadTurn) {
        const Spool::Room room = m_spool.room(end.channel);
        if (room.size == 0) {
            pause(end);
            return;
        }
        const ssize_t count = ::read(end.fd.get(), room.data, room.size);
        if (count > 0) {
            m_spool.commit(end.channel, static_cast<std::size_t>(count));
            taken += static_cast<std::size_t>(count);
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else if (count < 0 && errno == EAGAIN) {
            return;
        } else {
            // End of file; a terminal says EIO when nothing holds its other side any more.
            end.reads = false;
            if (end.child->input.fd || &end != &end.child->output)
                closeEnd(end);
            else
                watchEnd(end);
            return;
        }
    }
}

Supervisor::Drain Supervisor::drain(End &end)
{
    // The writer is gone; what a background process of it adds from now on is not waited for.
    for (std::size_t taken = 0; end.fd && end.reads && taken < kDrainLimit;) {
        const Spool::Room room = m_spool.room(end.channel);
        if (room.size == 0) {
            pause(end);
            return Drain::Blocked;
        }
        const ssize_t count = ::read(end.fd.get(), room.data, room.size);
        if (count > 0) {
            m_spool.commit(end.channel, static_cast<std::size_t>(count));
            taken += static_cast<std::size_t>(count);
        } else if (count == 0 || errno != EINTR) {
            break;
        }
    }
    return Drain::Finished;
}

void Supervisor::writeInput(End &end)
{
    Child &child = *end.child;
    if (&end == &child.input) {
        flushAgentInput();
        return;
    }
    const bool blocked = writeQueue(end, child.keys);
    child.keyBytes = 0;
    for (const Waiting &waiting : child.keys)
        child.keyBytes += waiting.bytes.size() - waiting.written;
    if (child.keys.empty())
        child.keysDropped = false;
    if (end.writes != blocked) {
        end.writes = blocked;
        watchEnd(end);
    }
}

bool Supervisor::writeQueue(End &end, std::deque<Waiting> &queue)
{
    while (!queue.empty()) {
        Waiting &front = queue.front();
        const ssize_t count = ::write(
            end.fd.get(), front.bytes.data() + front.written, front.bytes.size() - front.written);
        if (count >= 0) {
            front.written += static_cast<std::size_t>(count);
            if (front.written == front.bytes.size())
                queue.pop_front();
        } else if (errno == EAGAIN) {
            return true;
        } else if (errno != EINTR) {
            // Nobody reads at the other side any more.
            return false;
        }
    }
    return false;
}

void Supervisor::flushAgentInput()
{
    Child *child = find(kAcpChannel);
    // A start that waits for the agent before it has the queue for itself.
    if (child == nullptr || m_nextStart || !child->input.fd)
        return;
    End &end = child->input;
    const bool blocked = writeQueue(end, m_agentInput);
    if (!blocked && !m_agentInput.empty()) {
        dropAgentInput();
        child->closeInput = true;
    }
    m_waitingBytes = 0;
    for (const Waiting &waiting : m_agentInput)
        m_waitingBytes += waiting.bytes.size();
    if (!blocked && child->closeInput) {
        closeEnd(end);
    } else if (end.writes != blocked) {
        end.writes = blocked;
        watchEnd(end);
    }
}

void Supervisor::dropAgentInput()
{
    if (m_agentInput.empty())
        return;
    emitEvent(Notice{Notice::Kind::InputUnread, kAcpChannel, m_agentInput.front().number, {}});
    m_agentInput.clear();
    m_waitingBytes = 0;
}

void Supervisor::pause(End &end)
{
    end.paused = true;
    watchEnd(end);
    if (!std::exchange(m_paused, true))
        emitEvent(Notice{Notice::Kind::Paused, 0, 0, {}});
}

} // namespace paddock::shim
