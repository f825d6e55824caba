// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/Process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

namespace paddock::shim {

namespace {

constexpr int kOomRaise = 300;
constexpr int kOomHighest = 1000;
constexpr int kPipeSize = 256 * 1024;

Fd oomScore;
int ownOomScore = 0;

void writeOomScore(int score)
{
    if (!oomScore)
        return;
    const std::string text = std::to_string(score);
    // Lowering it again needs no privilege down to the value the engine gave.
    if (::pwrite(oomScore.get(), text.data(), text.size(), 0) < 0)
        oomScore.reset();
}

struct ChildError
{
    int error;
    int step;
};

constexpr std::array<const char *, 4> kChildSteps = {
    "session", "terminal", "working folder", "program"};

[[noreturn]] void failChild(int report, int step)
{
    const ChildError error{errno, step};
    // The parent sees end of file if even this cannot be written.
    [[maybe_unused]] const ssize_t count = ::write(report, &error, sizeof error);
    ::_exit(127);
}

/// Moves a descriptor out of the way of 0, 1 and 2.
int aboveStandard(int fd)
{
    return fd > 2 ? fd : ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

std::vector<char *> environmentOf(const SpawnOptions &options)
{
    std::vector<char *> result;
    const auto add = [&result](char *entry) {
        const char *end = std::strchr(entry, '=');
        if (end == nullptr || end == entry)
            return;
        const auto nameSize = static_cast<std::size_t>(end - entry) + 1;
        const auto same = std::find_if(result.begin(), result.end(), [&](const char *other) {
            return std::strncmp(other, entry, nameSize) == 0;
        });
        if (same == result.end())
            result.push_back(entry);
        else
            *same = entry;
    };
    for (char **entry = environ; *entry != nullptr; ++entry) {
        if (std::strncmp(*entry, "PADDOCK_", 8) != 0)
            add(*entry);
    }
    for (const std::string &entry : *options.environment)
        add(const_cast<char *>(entry.c_str()));
    result.push_back(nullptr);
    return result;
}

struct ChildPlan
{
    std::vector<char *> argv;
    std::vector<char *> environment;
    const char *workingFolder = nullptr;
    int report = -1;
    int terminal = -1;
    int input = -1;
    int output = -1;
    int errors = -1;
};

/// Only calls that are safe between fork and exec in a process of one thread.
[[noreturn]] void runChild(ChildPlan plan)
{
    if (::setsid() < 0)
        failChild(plan.report, 0);
    if (plan.terminal >= 0) {
        if (::ioctl(plan.terminal, TIOCSCTTY, 0) != 0)
            failChild(plan.report, 1);
        plan.input = plan.output = plan.errors = plan.terminal;
    }
    plan.report = aboveStandard(plan.report);
    const int input = aboveStandard(plan.input);
    const int output = aboveStandard(plan.output);
    const int errors = aboveStandard(plan.errors);
    if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0)
        failChild(plan.report, 1);
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (plan.workingFolder[0] != '\0' && ::chdir(plan.workingFolder) != 0)
        failChild(plan.report, 2);
    environ = plan.environment.data();
    ::execvp(plan.argv[0], plan.argv.data());
    failChild(plan.report, 3);
}

bool makePipe(Fd &readEnd, Fd &writeEnd)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return false;
    readEnd = Fd(ends[0]);
    writeEnd = Fd(ends[1]);
    return true;
}

void makeNonBlocking(const Fd &fd)
{
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

Spawned failure(const char *step)
{
    Spawned spawned;
    spawned.error = errno;
    spawned.step = step;
    return spawned;
}

} // namespace

void prepareOomScore()
{
    oomScore = Fd(::open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC));
    if (!oomScore)
        return;
    char text[16] = {};
    if (::pread(oomScore.get(), text, sizeof text - 1, 0) > 0)
        ownOomScore = std::atoi(text);
}

void setWindowSize(int terminal, shimlink::WindowSize size)
{
    winsize window{};
    window.ws_col = size.columns;
    window.ws_row = size.rows;
    ::ioctl(terminal, TIOCSWINSZ, &window);
}

Spawned spawn(const SpawnOptions &options)
{
    Spawned spawned;
    Fd childInput;
    Fd childOutput;
    Fd childErrors;
    if (options.onTerminal) {
        spawned.output = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
        int unlock = 0;
        if (!spawned.output || ::ioctl(spawned.output.get(), TIOCSPTLCK, &unlock) != 0)
            return failure("terminal");
        // By descriptor: the path /dev/pts/N may belong to another mount.
        childInput = Fd(::ioctl(spawned.output.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
        if (!childInput)
            return failure("terminal");
        setWindowSize(spawned.output.get(), options.size);
    } else {
        if (!makePipe(childInput, spawned.input) || !makePipe(spawned.output, childOutput) ||
            !makePipe(spawned.errors, childErrors)) {
            return failure("pipe");
        }
        // More at a time; refused when the user's pipes are many, and then the default is fine.
        ::fcntl(spawned.output.get(), F_SETPIPE_SZ, kPipeSize);
    }
    Fd report;
    Fd childReport;
    if (!makePipe(report, childReport))
        return failure("pipe");

    ChildPlan plan;
    for (const std::string &argument : *options.argv)
        plan.argv.push_back(const_cast<char *>(argument.c_str()));
    plan.argv.push_back(nullptr);
    plan.environment = environmentOf(options);
    plan.workingFolder = options.workingFolder.c_str();
    plan.report = childReport.get();
    plan.terminal = options.onTerminal ? childInput.get() : -1;
    plan.input = childInput.get();
    plan.output = childOutput.get();
    plan.errors = childErrors.get();

    // Raised around the fork: a child inherits it, and could not write its own file, as it is not
    // dumpable before exec either.
    writeOomScore(std::max(ownOomScore, std::min(ownOomScore + kOomRaise, kOomHighest)));
    const pid_t pid = ::fork();
    if (pid == 0)
        runChild(std::move(plan));
    const int forkError = errno;
    writeOomScore(ownOomScore);
    if (pid < 0) {
        errno = forkError;
        return failure("fork");
    }

    childReport.reset();
    ChildError error{};
    ssize_t count = 0;
    do {
        count = ::read(report.get(), &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    if (count == static_cast<ssize_t>(sizeof error)) {
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
        errno = error.error;
        return failure(kChildSteps[static_cast<std::size_t>(error.step)]);
    }
    for (const Fd *fd : {&spawned.input, &spawned.output, &spawned.errors}) {
        if (*fd)
            makeNonBlocking(*fd);
    }
    spawned.pid = pid;
    return spawned;
}

} // namespace paddock::shim
