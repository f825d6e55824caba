// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// paddock-shim: the first process of a session's container. It starts and feeds the agent when the
// owner on the host says so, keeps what the agent says until the owner has stored it, and forwards
// the ports an agent may use to the sockets that were mounted for it. Without Qt, without name
// lookups, one thread.
//
//   paddock-shim run [--umask OCTAL] [--forward PORT=SOCKET]...
//   paddock-shim --version
//
// Environment: PADDOCK_RUN_DIR (default /run/paddock) holds link.sock and the forwarded sockets;
// PADDOCK_SPOOL is where the spool file is made (without it there is only the memory ring);
// PADDOCK_SPOOL_MEMORY and PADDOCK_SPOOL_DISK lower its sizes (bytes); PADDOCK_STOP_GRACE is in
// milliseconds.

#include "app/shim/EventLoop.h"
#include "app/shim/Forwarder.h"
#include "app/shim/HostLink.h"
#include "app/shim/Log.h"
#include "app/shim/Process.h"
#include "app/shim/RefWatch.h"
#include "app/shim/Spool.h"
#include "app/shim/Supervisor.h"
#include "app/shim/Version.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <vector>

namespace paddock::shim {

namespace {

constexpr int kWrongUsage = 2;
constexpr int kCannotStart = 125;

struct Forward
{
    std::uint16_t port = 0;
    std::string socket;
};

std::uint64_t numberFrom(const char *text, std::uint64_t otherwise, std::uint64_t highest)
{
    if (text == nullptr || *text == '\0')
        return otherwise;
    char *end = nullptr;
    const unsigned long long value = std::strtoull(text, &end, 10);
    return *end != '\0' || value > highest ? otherwise : value;
}

bool parseUmask(const char *text, mode_t &mask)
{
    char *end = nullptr;
    const unsigned long value = std::strtoul(text, &end, 8);
    mask = static_cast<mode_t>(value);
    // The owner keeps all rights: we are the owner.
    return *text >= '0' && *text <= '7' && *end == '\0' && value <= 0777 && (value & 0700) == 0;
}

bool parseForward(std::string_view text, Forward &forward)
{
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
        return false;
    const std::string port(text.substr(0, equals));
    forward.port = static_cast<std::uint16_t>(numberFrom(port.c_str(), 0, 65535));
    forward.socket = text.substr(equals + 1);
    // A name in the folder of sockets, never a path.
    return forward.port != 0 && !forward.socket.empty() && forward.socket.size() < 100 &&
           forward.socket.find('/') == std::string::npos;
}

void writeText(int fd, std::string_view text)
{
    [[maybe_unused]] const ssize_t count = ::write(fd, text.data(), text.size());
}

/// SIGCHLD, and the order to stop.
class Signals final : Watcher
{
public:
    Signals(EventLoop &loop, Supervisor &supervisor)
        : m_loop(loop)
        , m_supervisor(supervisor)
    {
        sigset_t mask;
        ::sigemptyset(&mask);
        for (const int number : {SIGCHLD, SIGTERM, SIGINT})
            ::sigaddset(&mask, number);
        ::sigprocmask(SIG_BLOCK, &mask, nullptr);
        for (const int number : {SIGPIPE, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU})
            ::signal(number, SIG_IGN);
        m_fd = Fd(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
        m_loop.watch(m_fd.get(), EPOLLIN, this);
    }

private:
    void ready(std::uint32_t) override
    {
        signalfd_siginfo info;
        bool child = false;
        while (::read(m_fd.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (info.ssi_signo == SIGCHLD) {
                child = true;
                continue;
            }
            // As the first process of a pid namespace we see senders outside of it as 0. The agent
            // is inside; it has no business to stop its container.
            if (::getpid() == 1 && info.ssi_pid != 0) {
                logLine("ignored signal " + std::to_string(info.ssi_signo) + " from process " +
                        std::to_string(info.ssi_pid) + " inside the container");
                continue;
            }
            m_supervisor.terminate();
        }
        if (child)
            m_supervisor.reap();
    }

    EventLoop &m_loop;
    Supervisor &m_supervisor;
    Fd m_fd;
};

int runShim(const std::vector<Forward> &forwards)
{
    const char *runFolder = std::getenv("PADDOCK_RUN_DIR");
    if (::chdir(runFolder != nullptr ? runFolder : "/run/paddock") != 0) {
        logLine("cannot enter the folder of sockets: " + std::to_string(errno));
        return kCannotStart;
    }
    prepareOomScore();
    // From here on no process of the same user can trace us, read our memory or open our
    // descriptors.
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit noCore{0, 0};
    ::setrlimit(RLIMIT_CORE, &noCore);
    if (::getpid() != 1)
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);

    const char *spoolFolder = std::getenv("PADDOCK_SPOOL");
    Spool::Limits limits;
    limits.memory = numberFrom(std::getenv("PADDOCK_SPOOL_MEMORY"), limits.memory, limits.memory);
    limits.disk = numberFrom(std::getenv("PADDOCK_SPOOL_DISK"), limits.disk, limits.disk);
    limits.terminal = std::min(limits.terminal, (limits.memory + limits.disk) / 4);
    Supervisor::Options options;
    options.stopGraceMilliseconds =
        static_cast<int>(numberFrom(std::getenv("PADDOCK_STOP_GRACE"), 7000, 600000));

    EventLoop loop;
    Spool spool(limits, spoolFolder != nullptr ? spoolFolder : "");
    Supervisor supervisor(loop, spool, options);
    RefWatch refs(loop);
    HostLink link(loop, spool, supervisor, refs);
    Signals signals(loop, supervisor);
    supervisor.onFinished = [&loop](int code) { loop.quit(code); };
    supervisor.onWatchRefs = [&refs](const std::string &gitDir) { refs.watch(gitDir); };
    supervisor.isHostThere = [&link] { return link.isUp(); };
    std::vector<std::unique_ptr<Forwarder>> forwarders;
    for (const Forward &forward : forwards) {
        auto forwarder = std::make_unique<Forwarder>(loop, forward.port, forward.socket);
        if (!forwarder->listen()) {
            logLine("cannot listen on port " + std::to_string(forward.port) + ": " +
                    std::to_string(errno));
            return kCannotStart;
        }
        forwarders.push_back(std::move(forwarder));
    }
    loop.setAfterRound([&link] { link.pump(); });
    link.start();
    const int code = loop.run();
    // The last words, an Exited for instance, as far as the socket takes them.
    link.pump();
    return code;
}

} // namespace

} // namespace paddock::shim

int main(int argc, char **argv)
{
    using namespace paddock::shim;
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "--version" && argc == 2) {
        writeText(STDOUT_FILENO, std::string(kVersion) + "\n");
        return 0;
    }
    std::vector<Forward> forwards;
    bool ok = command == "run";
    for (int i = 2; ok && i < argc; ++i) {
        if (i + 1 < argc && std::strcmp(argv[i], "--umask") == 0) {
            mode_t mask = 0;
            ok = parseUmask(argv[++i], mask);
            ::umask(mask); // for us and for all that we start
            continue;
        }
        Forward forward;
        ok = std::strcmp(argv[i], "--forward") == 0 && i + 1 < argc &&
             parseForward(argv[++i], forward);
        forwards.push_back(std::move(forward));
    }
    if (!ok) {
        writeText(STDERR_FILENO,
                  "usage: paddock-shim run [--umask OCTAL] [--forward PORT=SOCKET]...\n"
                  "       paddock-shim --version\n");
        return kWrongUsage;
    }
    return runShim(forwards);
}
