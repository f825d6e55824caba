// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shim/EventLoop.h"
#include "app/shim/Process.h"
#include "app/shim/Spool.h"
#include "core/shimlink/Control.h"
#include "core/shimlink/Hello.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace paddock::shim {

/// The agent and the terminals (what flows to and from them is in SupervisorStreams.cpp): starts,
/// feeds, reads, stops and reaps them. Their output goes to the spool, what happens to them as
/// events to the spool's control channel.
class Supervisor
{
public:
    struct Options
    {
        /// From SIGTERM to SIGKILL when the container is to stop.
        int stopGraceMilliseconds = 7000;
    };

    Supervisor(EventLoop &loop, Spool &spool, Options options);
    ~Supervisor();

    /// A numbered message that is new. For kControlChannel a command.
    void handleMessage(Channel channel, std::uint64_t number, std::string message);
    /// False when it is none; nothing happened then.
    bool handleCommand(std::string_view payload);
    void handleInput(Channel channel, std::string_view keys);

    /// All messages up to this number were given to the agent, carried out, or found nobody.
    [[nodiscard]] std::uint64_t handedOn() const;
    /// Bytes of messages that wait for the agent to read.
    [[nodiscard]] std::size_t waitingInput() const { return m_waitingBytes; }

    void describe(shimlink::ShimHello &hello) const;
    [[nodiscard]] bool isPaused() const { return m_paused; }
    /// True once after an AskStatus.
    [[nodiscard]] bool takeStatusWanted();

    /// The host acknowledged something.
    void outputReleased();
    /// SIGCHLD.
    void reap();
    /// Ends everything, then calls onFinished with the exit code for this process. Asked again: at
    /// once.
    void terminate();
    std::function<void(int code)> onFinished;
    /// The owner wants to know of changes to the refs of this git directory.
    std::function<void(const std::string &gitDir)> onWatchRefs;
    /// Whether an owner is there to take the last output.
    std::function<bool()> isHostThere;

private:
    struct Waiting
    {
        std::uint64_t number = 0;
        std::string bytes;
        std::size_t written = 0;
    };

    struct Child;

    /// One descriptor of a child.
    struct End final : Watcher
    {
        void ready(std::uint32_t events) override;

        Supervisor *supervisor = nullptr;
        Child *child = nullptr;
        Fd fd;
        Channel channel = 0;
        bool writes = false;
        bool reads = false;
        /// Not read until there is room again.
        bool paused = false;
    };

    struct Child
    {
        std::string id;
        Channel channel = 0;
        pid_t pid = -1;
        bool exited = false;
        int status = 0;
        /// On pipes; a terminal uses `output` for both directions.
        End input;
        End output;
        End errors;
        /// Key strokes for a terminal.
        std::deque<Waiting> keys;
        std::size_t keyBytes = 0;
        bool keysDropped = false;
        bool closeInput = false;
        EventLoop::TimerId killTimer = 0;
    };

    enum class Drain { Finished, Blocked };

    void start(const shimlink::Start &start);
    void cancelNextStart();
    void launchAgent(const shimlink::Start &start);
    void openTerminal(const shimlink::OpenTerminal &open);
    void closeTerminal(Channel channel);
    void sendSignal(const shimlink::Signal &signal);
    void resize(const shimlink::Resize &resize);
    void stopChild(Child &child, int signal, int graceMilliseconds);

    Child &adopt(Channel channel, std::string id, Spawned spawned);
    [[nodiscard]] Child *find(Channel channel);
    [[nodiscard]] Child *agent();
    void watchEnd(End &end);
    void closeEnd(End &end);
    void readOutput(End &end);
    Drain drain(End &end);
    void writeInput(End &end);
    bool writeQueue(End &end, std::deque<Waiting> &queue);
    void flushAgentInput();
    void dropAgentInput();
    void pause(End &end);
    void finish(Child &child);
    void emitEvent(const shimlink::Event &event);
    void checkTerminated();
    void completeTermination();

    EventLoop &m_loop;
    Spool &m_spool;
    Options m_options;
    std::map<Channel, std::unique_ptr<Child>> m_children;
    std::deque<Waiting> m_agentInput;
    std::size_t m_waitingBytes = 0;
    std::uint64_t m_lastNumber = 0;
    std::deque<std::string> m_startedIds;
    std::string m_lastStartId;
    std::optional<shimlink::Start> m_nextStart;
    Channel m_lastTerminal = 0;
    bool m_paused = false;
    bool m_statusWanted = false;
    bool m_terminating = false;
    bool m_flushing = false;
    bool m_finished = false;
    int m_exitCode = 0;
    std::int64_t m_lastSpoolNotice = 0;
};

} // namespace paddock::shim
