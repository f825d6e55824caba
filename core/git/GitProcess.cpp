// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/GitProcess.h"

#include "core/git/CommandLine.h"
#include "core/git/Logging.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

constexpr qsizetype kMaxErrors = 64 * 1024;
constexpr int kTickMs = 50; // how late a cancel may be noticed

QString tr(const char *text)
{
    return QCoreApplication::translate("GitProcess", text);
}

/// A descriptor that closes itself.
class Descriptor
{
public:
    explicit Descriptor(int fd = -1)
        : m_fd(fd)
    {
    }
    ~Descriptor() { reset(); }
    Q_DISABLE_COPY_MOVE(Descriptor)
    [[nodiscard]] int get() const { return m_fd; }
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }
    void reset(int fd = -1)
    {
        if (m_fd >= 0)
            ::close(m_fd);
        m_fd = fd;
    }

private:
    int m_fd;
};

void setNonBlocking(int fd)
{
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// Everything the child needs, made before fork(): after it only async-signal-safe calls are
/// allowed.
struct Child
{
    std::vector<QByteArray> argumentBytes;
    std::vector<char *> arguments;
    std::vector<QByteArray> environmentBytes;
    std::vector<char *> environment;
    QByteArray program;
    QByteArray directory;
    rlimit fileSize{RLIM_INFINITY, RLIM_INFINITY};
    bool limitFileSize = false;
    rlimit memory{RLIM_INFINITY, RLIM_INFINITY};
    bool limitMemory = false;
    bool ownSession = false;
    int heldDescriptor = -1;

    static std::vector<char *> pointers(std::vector<QByteArray> &bytes)
    {
        std::vector<char *> result;
        result.reserve(bytes.size() + 1);
        for (QByteArray &item : bytes)
            result.push_back(item.data());
        result.push_back(nullptr);
        return result;
    }

    [[noreturn]] void exec(int in, int out, int err, int failure, pid_t parent)
    {
        // A session of its own has no terminal that a password could be asked on.
        if (!ownSession || ::setsid() < 0)
            ::setpgid(0, 0);
        if (heldDescriptor < 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() != parent)
                ::_exit(127); // the parent died before the line above
        }
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGXFSZ})
            ::signal(signal, SIG_DFL);
        if (heldDescriptor >= 0)
            ::signal(SIGPIPE, SIG_IGN); // nobody may be there to listen
        // A file over the limit gives EFBIG and git's own message instead of a signal.
        if (limitFileSize) {
            ::signal(SIGXFSZ, SIG_IGN);
            ::setrlimit(RLIMIT_FSIZE, &fileSize);
        }
        if (limitMemory)
            ::setrlimit(RLIMIT_DATA, &memory);
        // No name may be closed by the dup2 of another: all of them are above 2 (see openPipe).
        if (::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2 &&
            ::chdir(directory.constData()) == 0 &&
            // Nothing that some library left open by mistake goes along.
            (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0 || errno == ENOSYS) &&
            (heldDescriptor < 0 || ::fcntl(heldDescriptor, F_SETFD, 0) == 0))
            ::execve(program.constData(), arguments.data(), environment.data());
        const int error = errno;
        [[maybe_unused]] const ssize_t written = ::write(failure, &error, sizeof error);
        ::_exit(127);
    }
};

/// Moves \a fd above the standard descriptors.
int aboveStandard(int fd)
{
    if (fd < 0 || fd > 2)
        return fd;
    const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    ::close(fd);
    return moved;
}

bool openPipe(Descriptor &readEnd, Descriptor &writeEnd)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    readEnd.reset(aboveStandard(ends[0]));
    writeEnd.reset(aboveStandard(ends[1]));
    return readEnd.isOpen() && writeEnd.isOpen();
}

Child childFor(const QString &program, const GitRequest &request)
{
    Child child;
    child.program = QFile::encodeName(program);
    child.directory = QFile::encodeName(!request.directory.isEmpty() ? request.directory
                                        : !request.gitDir.isEmpty()  ? request.gitDir
                                                                     : u"/"_s);
    CommandLine line = commandLineFor(request);
    child.argumentBytes = std::move(line.arguments);
    child.arguments = Child::pointers(child.argumentBytes);
    child.environmentBytes = std::move(line.environment);
    child.environment = Child::pointers(child.environmentBytes);
    child.heldDescriptor = request.heldDescriptor;
    child.ownSession = request.profile == GitProfile::Person;
    if (request.maxFileSize > 0) {
        child.limitFileSize = true;
        child.fileSize.rlim_cur = child.fileSize.rlim_max =
            static_cast<rlim_t>(request.maxFileSize);
    }
    if (request.maxMemory > 0) {
        child.limitMemory = true;
        child.memory.rlim_cur = child.memory.rlim_max = static_cast<rlim_t>(request.maxMemory);
    }
    return child;
}

Error operationError(ErrorKind kind, const QString &text, const GitRequest &request)
{
    return Error(kind, text).withOperation(request.what);
}

/// The running program: reads, writes and watches the clock until it has ended.
class Run
{
public:
    Run(const GitRequest &request, const CancelToken &cancel, const CancelToken &stop)
        : m_request(request)
        , m_cancel(cancel)
        , m_stop(stop)
        , m_deadline(std::chrono::steady_clock::now() + request.timeout)
    {
    }

    Result<GitOutput> execute(const QString &program)
    {
        if (auto started = start(program); !started)
            return fail(started.error());
        auto answer = loop();
        const int status = finish();
        if (!answer)
            return fail(answer.error());
        m_output.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return std::move(m_output);
    }

private:
    Result<Done> start(const QString &program)
    {
        Child child = childFor(program, m_request);
        Descriptor outEnd;
        Descriptor errEnd;
        Descriptor failureRead;
        Descriptor failureEnd;
        Descriptor inEnd;
        if (!openPipe(m_out, outEnd) || !openPipe(m_err, errEnd) ||
            !openPipe(failureRead, failureEnd))
            return systemFailure();
        int in = m_request.inputDescriptor;
        if (in < 0 && m_request.input.isEmpty()) {
            inEnd.reset(aboveStandard(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
            in = inEnd.get();
        } else if (in < 0) {
            // A socket and not a pipe: writing to a program that has gone must not raise SIGPIPE.
            std::array<int, 2> ends{};
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
                return systemFailure();
            m_in.reset(aboveStandard(ends[0]));
            inEnd.reset(aboveStandard(ends[1]));
            setNonBlocking(m_in.get());
            in = inEnd.get();
        }
        setNonBlocking(m_out.get());
        setNonBlocking(m_err.get());
        const pid_t parent = ::getpid();
        const pid_t pid = ::fork();
        if (pid == 0)
            child.exec(in, outEnd.get(), errEnd.get(), failureEnd.get(), parent);
        if (pid < 0)
            return systemFailure();
        m_pid = pid;
        // Both sides do it, so that no kill can come too early. Who starts a session must not lead
        // a group before; the wait for its exec below is enough then.
        if (m_request.profile == GitProfile::Sealed)
            ::setpgid(pid, pid);
        m_pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        outEnd.reset();
        errEnd.reset();
        failureEnd.reset();
        inEnd.reset();

        int error = 0;
        ssize_t got = 0;
        while ((got = ::read(failureRead.get(), &error, sizeof error)) < 0 && errno == EINTR) {
        }
        if (got == sizeof error) {
            finish();
            return fail(error == ENOENT
                            ? operationError(ErrorKind::CommandNotFound,
                                             tr("The git program could not be started."),
                                             m_request)
                                  .withDetail(program)
                                  .withRemedy(tr("Install the package git."))
                            : operationError(ErrorKind::IoFailed,
                                             tr("The git program could not be started."),
                                             m_request)
                                  .withDetail(qt_error_string(error)));
        }
        return Done{};
    }

    tl::unexpected<Error> systemFailure() const
    {
        return fail(operationError(
                        ErrorKind::IoFailed, tr("The git program could not be started."), m_request)
                        .withDetail(qt_error_string(errno)));
    }

    Result<Done> loop()
    {
        while (m_out.isOpen() || m_err.isOpen() || !m_ended) {
            if (m_cancel.isCancelled() || m_stop.isCancelled())
                return fail(operationError(ErrorKind::Cancelled, tr("Cancelled."), m_request));
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                m_deadline - std::chrono::steady_clock::now());
            if (left.count() <= 0)
                return timedOut();
            std::array<pollfd, 4> descriptors{{{m_out.get(), POLLIN, 0},
                                               {m_err.get(), POLLIN, 0},
                                               {m_in.get(), POLLOUT, 0},
                                               {m_ended ? -1 : m_pidfd.get(), POLLIN, 0}}};
            const int wait = static_cast<int>(std::min<qint64>(left.count(), tick()));
            if (::poll(descriptors.data(), descriptors.size(), wait) < 0 && errno != EINTR)
                return systemFailure();
            if (descriptors[2].revents != 0)
                writeInput();
            if (auto read = readOutput(); !read)
                return read;
            readErrors();
            noticeEnd();
            if (m_output.truncated)
                return Done{};
            // What a person's helpers leave running (a shared ssh connection, a credential cache)
            // may hold the pipes open for hours.
            if (m_ended && m_request.profile == GitProfile::Person) {
                readErrors();
                return readOutput();
            }
        }
        return Done{};
    }

    [[nodiscard]] int tick() const { return m_pidfd.isOpen() || m_ended ? kTickMs : 5; }

    tl::unexpected<Error> timedOut() const
    {
        return fail(operationError(ErrorKind::CommandTimeout,
                                   tr("Git did not finish within %1 s and was ended.")
                                       .arg(static_cast<double>(m_request.timeout.count()) / 1000),
                                   m_request)
                        .withDetail(m_request.arguments.value(0)));
    }

    void writeInput()
    {
        const auto &input = m_request.input;
        while (m_written < input.size()) {
            const ssize_t sent = ::send(m_in.get(),
                                        input.constData() + m_written,
                                        static_cast<size_t>(input.size() - m_written),
                                        MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0 && errno == EAGAIN)
                return;
            if (sent < 0) {
                m_in.reset(); // the program does not read: its exit code tells why
                return;
            }
            m_written += sent;
        }
        m_in.reset();
    }

    /// False in the Result's place of Done: nothing more may be read now.
    Result<Done> readOutput()
    {
        std::array<char, 64 * 1024> buffer{};
        while (m_out.isOpen()) {
            const ssize_t got = ::read(m_out.get(), buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0 && errno == EAGAIN)
                break;
            if (got <= 0) {
                m_out.reset();
                break;
            }
            qsizetype take = static_cast<qsizetype>(got);
            const qint64 room = m_request.maxOutput - m_received;
            if (take > room) {
                if (m_request.overLimit == GitRequest::OverLimit::Fail)
                    return fail(operationError(ErrorKind::FileTooLarge,
                                               tr("Git answered with more than %1.")
                                                   .arg(formatByteSize(m_request.maxOutput)),
                                               m_request));
                take = room;
                m_output.truncated = true;
            }
            m_received += take;
            if (!m_request.sink)
                m_output.output.append(buffer.data(), take);
            else if (!m_request.sink(QByteArrayView(buffer.data(), take)))
                m_output.truncated = true;
            if (m_output.truncated)
                break;
        }
        return Done{};
    }

    void readErrors()
    {
        std::array<char, 8 * 1024> buffer{};
        while (m_err.isOpen()) {
            const ssize_t got = ::read(m_err.get(), buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0 && errno == EAGAIN)
                break;
            if (got <= 0) {
                m_err.reset();
                break;
            }
            if (m_request.errorSink)
                m_request.errorSink(QByteArrayView(buffer.data(), got));
            const auto room = kMaxErrors - m_output.errors.size();
            m_output.errors.append(buffer.data(), std::min<qsizetype>(room, got));
        }
    }

    void noticeEnd()
    {
        siginfo_t info{};
        // WNOWAIT: the process stays a zombie, so that its number, which is also the number of the
        // group, cannot be given to another one before finish() has killed the group.
        if (!m_ended &&
            ::waitid(P_PID, static_cast<id_t>(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == m_pid)
            m_ended = true;
    }

    int finish()
    {
        // Also after a normal end: nothing of its group may stay, but what a person's own helpers
        // leave running by design.
        if (m_request.profile == GitProfile::Sealed || !m_ended)
            ::kill(-m_pid, SIGKILL);
        int status = 0;
        while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
        }
        return status;
    }

    const GitRequest &m_request;
    const CancelToken &m_cancel;
    const CancelToken &m_stop;
    std::chrono::steady_clock::time_point m_deadline;
    Descriptor m_in;
    Descriptor m_out;
    Descriptor m_err;
    Descriptor m_pidfd;
    pid_t m_pid = -1;
    qint64 m_received = 0;
    qsizetype m_written = 0;
    bool m_ended = false;
    GitOutput m_output;
};

} // namespace

GitProcess::GitProcess(QString program)
    : m_program(std::move(program))
{
    if (m_program.isEmpty())
        m_program = QFile::exists(u"/usr/bin/git"_s) ? u"/usr/bin/git"_s : u"/bin/git"_s;
}

GitProcess::~GitProcess()
{
    stopAll();
}

Result<GitOutput> GitProcess::run(const GitRequest &request, const CancelToken &cancel) const
{
    Q_ASSERT(request.input.isEmpty() || request.inputDescriptor < 0);
    qCDebug(lcPaddockGit) << "git" << request.arguments.value(0) << request.what;
    Run run(request, cancel, m_stop);
    return run.execute(m_program);
}

Result<QByteArray> GitProcess::check(const GitRequest &request, const CancelToken &cancel) const
{
    auto output = run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode != 0 && !output->truncated)
        return fail(failure(request, *output));
    return std::move(output->output);
}

Error GitProcess::failure(const GitRequest &request, const GitOutput &output)
{
    const QString said = QString::fromUtf8(output.errors).trimmed();
    Error error;
    if (said.contains(u"No space left on device"_s) || said.contains(u"Disk quota exceeded"_s)) {
        error = Error(ErrorKind::DiskFull, tr("The disk is full."))
                    .withRemedy(tr("Free some space and try again."));
    } else if (said.contains(u": Permission denied"_s) ||
               said.contains(u"insufficient permission"_s)) {
        error =
            Error(ErrorKind::PermissionDenied, tr("Git was not allowed to read or write a file."))
                .withRemedy(tr("Make sure that the project folder belongs to you."));
    } else if (said.contains(u"out of memory"_s, Qt::CaseInsensitive) ||
               said.contains(u"Cannot allocate memory"_s)) {
        error = Error(ErrorKind::FileTooLarge, tr("Git needed more memory than it may have."))
                    .withRemedy(tr("Look for a file that is far too large for what it is, such as "
                                   "a .gitignore of gigabytes, and delete it."));
    } else if (said.contains(u".lock': File exists"_s)) {
        error =
            Error(ErrorKind::Conflict, tr("Another git program holds a lock in this repository."))
                .withRemedy(tr("Wait until it has finished. If none is running, delete the lock "
                               "file that is named in the details."));
    } else {
        error = Error(ErrorKind::GitFailed, tr("Git reported an error."));
    }
    return error
        .withDetail(said.isEmpty() ? tr("git %1 ended with code %2.")
                                         .arg(request.arguments.value(0))
                                         .arg(output.exitCode)
                                   : said.left(4000))
        .withOperation(request.what);
}

Result<GitVersion> GitProcess::version(const CancelToken &cancel) const
{
    auto text = check({.arguments = {u"version"_s},
                       .maxOutput = 4096,
                       .timeout = std::chrono::seconds(10),
                       .what = tr("Asking git for its version")},
                      cancel);
    if (!text)
        return fail(text.error());
    static const QRegularExpression pattern(u"^git version ((\\d+)\\.(\\d+)\\S*)"_s);
    const auto match = pattern.match(QString::fromUtf8(*text));
    if (!match.hasMatch())
        return fail(Error(ErrorKind::GitFailed, tr("The git program gave no version."))
                        .withDetail(QString::fromUtf8(text->left(200))));
    const GitVersion version{.major = match.capturedView(2).toInt(),
                             .minor = match.capturedView(3).toInt(),
                             .text = match.captured(1)};
    if (version < GitVersion{.major = 2, .minor = 34, .text = {}})
        return fail(Error(ErrorKind::UnsupportedOption,
                          tr("Git %1 is too old; 2.34 or newer is needed.").arg(version.text))
                        .withCategory(Category::Unsupported)
                        .withRemedy(tr("Update the package git.")));
    return version;
}

} // namespace paddock::git
