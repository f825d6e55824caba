// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/Supervisor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sys/wait.h>

namespace paddock::shim {

using namespace shimlink;

namespace {

constexpr std::size_t kRememberedStarts = 64;
constexpr std::size_t kMaxChannels = 256;
constexpr std::int64_t kSpoolNoticeEvery = 60000;
/// After SIGKILL; the container's own patience ends a little later.
constexpr int kAfterKillMilliseconds = 1500;
/// For the owner to take the last output when everything has ended.
constexpr int kFlushMilliseconds = 1500;

} // namespace

Supervisor::Supervisor(EventLoop &loop, Spool &spool, Options options)
    : m_loop(loop)
    , m_spool(spool)
    , m_options(options)
{
    m_spool.add(kControlChannel);
    m_spool.onFailed = [this](int error) {
        // A disk that stays full would fill the control channel with itself.
        const std::int64_t now = EventLoop::now();
        if (m_lastSpoolNotice != 0 && now - m_lastSpoolNotice < kSpoolNoticeEvery)
            return;
        m_lastSpoolNotice = now;
        // Not from within the spool's own work.
        m_loop.after(0, [this, error] {
            emitEvent(Notice{Notice::Kind::SpoolFailed, 0, static_cast<std::uint64_t>(error), {}});
        });
    };
}

Supervisor::~Supervisor()
{
    for (const auto &[channel, child] : m_children) {
        if (!child->exited)
            ::kill(-child->pid, SIGKILL);
    }
}

void Supervisor::handleMessage(Channel channel, std::uint64_t number, std::string message)
{
    m_lastNumber = number;
    if (channel == kControlChannel) {
        handleCommand(message);
        return;
    }
    Child *child = agent();
    const bool takesLines = m_nextStart
                                ? m_nextStart->mode == Start::Mode::Lines
                                : child != nullptr && child->channel == kAcpChannel &&
                                      !child->exited && child->input.fd && !child->closeInput;
    if (channel != kAcpChannel || !takesLines) {
        emitEvent(Notice{Notice::Kind::NoAgent, channel, number, {}});
        return;
    }
    message.push_back('\n');
    m_waitingBytes += message.size();
    m_agentInput.push_back({number, std::move(message), 0});
    flushAgentInput();
}

bool Supervisor::handleCommand(std::string_view payload)
{
    const std::optional<Command> command = decodeCommand(payload);
    if (!command)
        return false;
    if (const auto *startCommand = std::get_if<Start>(&*command)) {
        start(*startCommand);
    } else if (const auto *stop = std::get_if<Stop>(&*command)) {
        cancelNextStart();
        if (Child *child = agent())
            stopChild(
                *child, SIGTERM, static_cast<int>(std::min(stop->graceMilliseconds, 600000U)));
    } else if (std::get_if<CloseInput>(&*command) != nullptr) {
        if (Child *child = agent()) {
            child->closeInput = true;
            flushAgentInput();
        }
    } else if (const auto *signal = std::get_if<Signal>(&*command)) {
        sendSignal(*signal);
    } else if (const auto *open = std::get_if<OpenTerminal>(&*command)) {
        openTerminal(*open);
    } else if (const auto *close = std::get_if<CloseTerminal>(&*command)) {
        closeTerminal(close->channel);
    } else if (const auto *size = std::get_if<Resize>(&*command)) {
        resize(*size);
    } else if (std::get_if<AskStatus>(&*command) != nullptr) {
        m_statusWanted = true;
    } else if (const auto *refs = std::get_if<WatchRefs>(&*command)) {
        if (onWatchRefs)
            onWatchRefs(refs->gitDir);
    }
    return true;
}

void Supervisor::handleInput(Channel channel, std::string_view keys)
{
    Child *child = find(channel);
    if (child == nullptr || !isTerminal(channel) || !child->output.fd || keys.empty())
        return;
    if (child->keyBytes + keys.size() > kMaxTerminalInput) {
        if (!std::exchange(child->keysDropped, true))
            emitEvent(Notice{Notice::Kind::InputDropped, channel, keys.size(), {}});
        return;
    }
    child->keyBytes += keys.size();
    child->keys.push_back({0, std::string(keys), 0});
    writeInput(child->output);
}

std::uint64_t Supervisor::handedOn() const
{
    return m_agentInput.empty() ? m_lastNumber : m_agentInput.front().number - 1;
}

void Supervisor::describe(ShimHello &hello) const
{
    hello.handedOn = handedOn();
    hello.startId = m_lastStartId;
    hello.paused = m_paused;
    hello.lastTerminal = m_lastTerminal;
    for (const auto &[channel, child] : m_children) {
        if (channel <= kAgentTerminal)
            hello.agentRuns = true;
    }
    for (auto channel = m_spool.next(-1); channel; channel = m_spool.next(*channel)) {
        const Spool::ChannelState state = m_spool.state(*channel);
        const bool open = *channel == kControlChannel || m_children.count(*channel) != 0 ||
                          (*channel == kStderrChannel && m_children.count(kAcpChannel) != 0);
        hello.streams.push_back({*channel, open, state.base, state.end});
    }
}

bool Supervisor::takeStatusWanted()
{
    return std::exchange(m_statusWanted, false);
}

void Supervisor::outputReleased()
{
    // A terminal that is gone and whose last byte is stored needs no row any more.
    for (auto channel = m_spool.next(kFirstTerminal - 1); channel;) {
        const Channel current = *channel;
        channel = m_spool.next(current);
        const Spool::ChannelState state = m_spool.state(current);
        if (state.base == state.end && m_children.count(current) == 0)
            m_spool.remove(current);
    }
    if (m_paused && m_spool.hasRecovered()) {
        m_paused = false;
        emitEvent(Notice{Notice::Kind::Resumed, 0, 0, {}});
        for (auto entry = m_children.begin(); entry != m_children.end();) {
            Child &child = *(entry++)->second;
            for (End *end : {&child.output, &child.errors}) {
                if (std::exchange(end->paused, false))
                    watchEnd(*end);
            }
            if (child.exited)
                finish(child);
        }
    }
    checkTerminated();
}

void Supervisor::reap()
{
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            break;
        const auto entry =
            std::find_if(m_children.begin(), m_children.end(), [pid](const auto &other) {
                return other.second->pid == pid && !other.second->exited;
            });
        // Others are processes whose own parent ended before them.
        if (entry == m_children.end())
            continue;
        entry->second->exited = true;
        entry->second->status = status;
        finish(*entry->second);
    }
}

void Supervisor::terminate()
{
    if (m_terminating) {
        for (const auto &[channel, child] : m_children)
            ::kill(-child->pid, SIGKILL);
        return;
    }
    m_terminating = true;
    cancelNextStart();
    emitEvent(Notice{Notice::Kind::Stopping, 0, 0, {}});
    for (const auto &[channel, child] : m_children) {
        const bool isAgent = channel <= kAgentTerminal;
        stopChild(*child, isAgent ? SIGTERM : SIGHUP, m_options.stopGraceMilliseconds);
    }
    m_loop.after(m_options.stopGraceMilliseconds + kAfterKillMilliseconds,
                 [this] { completeTermination(); });
    checkTerminated();
}

void Supervisor::start(const Start &start)
{
    const auto known = std::find(m_startedIds.begin(), m_startedIds.end(), start.id);
    if (known != m_startedIds.end()) {
        emitEvent(Notice{Notice::Kind::StartRepeated, 0, 0, start.id});
        return;
    }
    if (m_terminating)
        return;
    m_startedIds.push_back(start.id);
    if (m_startedIds.size() > kRememberedStarts)
        m_startedIds.pop_front();
    m_lastStartId = start.id;
    Child *child = agent();
    if (child == nullptr) {
        launchAgent(start);
        return;
    }
    dropAgentInput();
    cancelNextStart();
    m_nextStart = start;
    stopChild(*child, SIGTERM, static_cast<int>(std::min(start.graceMilliseconds, 600000U)));
}

void Supervisor::cancelNextStart()
{
    if (!m_nextStart)
        return;
    dropAgentInput();
    emitEvent(StartFailed{m_nextStart->id, kAcpChannel, ECANCELED, "superseded"});
    m_nextStart.reset();
}

void Supervisor::launchAgent(const Start &start)
{
    const bool onTerminal = start.mode == Start::Mode::Terminal;
    const Channel channel = onTerminal ? kAgentTerminal : kAcpChannel;
    SpawnOptions options;
    options.argv = &start.argv;
    options.environment = &start.environment;
    options.workingFolder = start.workingFolder;
    options.onTerminal = onTerminal;
    options.size = start.size;
    Spawned spawned = spawn(options);
    if (spawned.pid < 0) {
        dropAgentInput();
        emitEvent(StartFailed{start.id, channel, spawned.error, spawned.step});
        return;
    }
    emitEvent(Started{start.id, channel, static_cast<std::int32_t>(spawned.pid)});
    adopt(channel, start.id, std::move(spawned));
    flushAgentInput();
}

void Supervisor::openTerminal(const OpenTerminal &open)
{
    const auto refuse = [this, &open](int error, const char *what) {
        emitEvent(TerminalFailed{open.channel, error, what});
    };
    std::size_t channels = 0;
    for (auto channel = m_spool.next(-1); channel; channel = m_spool.next(*channel))
        ++channels;
    if (open.channel <= m_lastTerminal)
        return refuse(EEXIST, "number");
    if (m_terminating)
        return refuse(ESHUTDOWN, "stopping");
    if (m_children.size() > kMaxOpenTerminals || channels >= kMaxChannels)
        return refuse(EMFILE, "number of terminals");
    m_lastTerminal = open.channel;
    SpawnOptions options;
    options.argv = &open.argv;
    options.environment = &open.environment;
    options.workingFolder = open.workingFolder;
    options.onTerminal = true;
    options.size = open.size;
    Spawned spawned = spawn(options);
    if (spawned.pid < 0)
        return refuse(spawned.error, spawned.step);
    emitEvent(TerminalOpened{open.channel, static_cast<std::int32_t>(spawned.pid)});
    adopt(open.channel, {}, std::move(spawned));
}

void Supervisor::closeTerminal(Channel channel)
{
    Child *child = find(channel);
    if (child != nullptr && channel >= kFirstTerminal)
        stopChild(*child, SIGHUP, 2000);
}

void Supervisor::sendSignal(const Signal &signal)
{
    Child *child = signal.channel <= kAgentTerminal ? agent() : find(signal.channel);
    if (child != nullptr && !child->exited && signal.number > 0 && signal.number < NSIG)
        ::kill(-child->pid, signal.number);
}

void Supervisor::resize(const Resize &resize)
{
    Child *child = find(resize.channel);
    if (child != nullptr && isTerminal(resize.channel) && child->output.fd)
        setWindowSize(child->output.fd.get(), resize.size);
}

void Supervisor::stopChild(Child &child, int signal, int graceMilliseconds)
{
    if (child.exited)
        return;
    ::kill(-child.pid, signal);
    // A stopped one would not see the signal.
    ::kill(-child.pid, SIGCONT);
    m_loop.cancel(child.killTimer);
    child.killTimer = m_loop.after(graceMilliseconds, [this, channel = child.channel] {
        Child *late = find(channel);
        if (late == nullptr)
            return;
        late->killTimer = 0;
        ::kill(-late->pid, SIGKILL);
    });
}

Supervisor::Child &Supervisor::adopt(Channel channel, std::string id, Spawned spawned)
{
    auto child = std::make_unique<Child>();
    child->id = std::move(id);
    child->channel = channel;
    child->pid = spawned.pid;
    const auto take = [this, &child](End &end, Fd &fd, Channel ofEnd, bool reads) {
        end.supervisor = this;
        end.child = child.get();
        end.fd = std::move(fd);
        end.channel = ofEnd;
        end.reads = reads;
        if (reads) {
            m_spool.add(ofEnd);
            watchEnd(end);
        }
    };
    take(child->output, spawned.output, channel, true);
    if (channel == kAcpChannel) {
        take(child->errors, spawned.errors, kStderrChannel, true);
        take(child->input, spawned.input, channel, false);
    }
    Child &result = *child;
    m_children[channel] = std::move(child);
    return result;
}

Supervisor::Child *Supervisor::find(Channel channel)
{
    const auto found = m_children.find(channel);
    return found == m_children.end() ? nullptr : found->second.get();
}

Supervisor::Child *Supervisor::agent()
{
    Child *child = find(kAcpChannel);
    return child != nullptr ? child : find(kAgentTerminal);
}

void Supervisor::finish(Child &child)
{
    if (drain(child.output) == Drain::Blocked || drain(child.errors) == Drain::Blocked)
        return;
    const Channel channel = child.channel;
    // A last line without its end would run into the first one of the next agent.
    if (channel == kAcpChannel && m_spool.lastByte(channel) != '\n')
        m_spool.append(channel, "\n");
    Exited exited;
    exited.id = child.id;
    exited.channel = channel;
    exited.code = WIFEXITED(child.status) ? WEXITSTATUS(child.status) : -1;
    exited.signal = WIFSIGNALED(child.status) ? WTERMSIG(child.status) : 0;
    exited.outputEnd = m_spool.state(channel).end;
    exited.stderrEnd = channel == kAcpChannel ? m_spool.state(kStderrChannel).end : 0;
    m_loop.cancel(child.killTimer);
    closeEnd(child.input);
    closeEnd(child.output);
    closeEnd(child.errors);
    const bool wasAgent = channel <= kAgentTerminal;
    if (wasAgent) {
        m_exitCode = exited.code >= 0 ? exited.code : 128 + exited.signal;
        if (!m_nextStart)
            dropAgentInput();
    }
    m_children.erase(channel);
    emitEvent(exited);
    if (wasAgent && m_nextStart) {
        const Start next = std::move(*m_nextStart);
        m_nextStart.reset();
        launchAgent(next);
    }
    checkTerminated();
}

void Supervisor::emitEvent(const Event &event)
{
    m_spool.append(kControlChannel, encodeEvent(event));
}

void Supervisor::checkTerminated()
{
    if (!m_terminating || !m_children.empty())
        return;
    if (m_spool.isEmpty() || !isHostThere || !isHostThere())
        completeTermination();
    else if (!std::exchange(m_flushing, true))
        m_loop.after(kFlushMilliseconds, [this] { completeTermination(); });
}

void Supervisor::completeTermination()
{
    if (std::exchange(m_finished, true))
        return;
    if (onFinished)
        onFinished(m_exitCode);
}

} // namespace paddock::shim
