// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/TreeWorkerLink.h"

#include "core/worktrees/Descriptor.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr auto kMaxDelay = std::chrono::minutes(1);
constexpr rlim_t kMaxMemory = 4ULL * kGiB; // of addresses: git maps parts of packs
constexpr rlim_t kMaxDescriptors = 256;

QString findProgram()
{
    const QString own = QCoreApplication::applicationDirPath();
    for (const QString &candidate :
         {own + u"/paddock-tree-worker"_s, own + u"/../libexec/paddock/paddock-tree-worker"_s}) {
        if (QFileInfo(candidate).isExecutable())
            return QDir::cleanPath(candidate);
    }
    return {};
}

/// Between fork and exec: async-signal-safe calls only.
void confine(int socket, pid_t parent)
{
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127);
    const rlimit noCore{.rlim_cur = 0, .rlim_max = 0};
    const rlimit descriptors{.rlim_cur = kMaxDescriptors, .rlim_max = kMaxDescriptors};
    ::setrlimit(RLIMIT_CORE, &noCore);
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
#ifndef __SANITIZE_ADDRESS__ // which takes terabytes of addresses
    const rlimit memory{.rlim_cur = kMaxMemory, .rlim_max = kMaxMemory};
    ::setrlimit(RLIMIT_AS, &memory);
#endif
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::dup2(socket, STDIN_FILENO) < 0)
        ::_exit(127);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

} // namespace

TreeWorkerLink::TreeWorkerLink(TreeWorkerOptions options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_delay(m_options.restartAfter)
{
    if (m_options.program.isEmpty())
        m_options.program = findProgram();
    m_clock.setSingleShot(true);
    m_restart.setSingleShot(true);
    connect(&m_restart, &QTimer::timeout, this, &TreeWorkerLink::startProcess);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        fail(Error(ErrorKind::CommandTimeout,
                   tr("Looking at the files took longer than %1 s and was ended.")
                       .arg(static_cast<double>(m_options.lookTime.count()) / 1000)));
    });
}

TreeWorkerLink::~TreeWorkerLink()
{
    stop();
}

void TreeWorkerLink::start(const TreeOpen &tree)
{
    m_tree = tree;
    m_tree.maxWatches = m_options.maxWatches;
    m_tree.sweepSeconds = static_cast<quint32>(m_options.sweep.count());
    m_wanted = true;
    startProcess();
}

void TreeWorkerLink::stop()
{
    m_wanted = false;
    m_restart.stop();
    drop();
}

void TreeWorkerLink::startProcess()
{
    drop();
    if (m_options.program.isEmpty()) {
        fail(Error(ErrorKind::CommandNotFound,
                   tr("The program paddock-tree-worker is not installed."))
                 .withRemedy(tr("Install Paddock again.")));
        return;
    }
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        fail(Error(ErrorKind::IoFailed, tr("The tree worker could not be started."))
                 .withDetail(qt_error_string(errno)));
        return;
    }
    const Descriptor theirs(ends[1]);
    m_socket = std::make_unique<QLocalSocket>();
    m_socket->setReadBufferSize(kMaxTreeFrame);
    m_socket->setSocketDescriptor(ends[0]);
    connect(m_socket.get(), &QLocalSocket::readyRead, this, &TreeWorkerLink::receive);
    connect(m_socket.get(), &QLocalSocket::disconnected, this, [this] {
        fail(Error(ErrorKind::ConnectionLost, tr("The tree worker ended.")));
    });

    m_process = std::make_unique<QProcess>();
    m_process->setProgram(m_options.program);
    m_process->setWorkingDirectory(u"/"_s);
    QProcessEnvironment environment;
    environment.insert(u"PATH"_s, u"/usr/bin:/bin"_s);
    environment.insert(u"LC_ALL"_s, u"C.UTF-8"_s);
    m_process->setProcessEnvironment(environment);
    m_process->setStandardInputFile(QProcess::nullDevice());
    m_process->setStandardOutputFile(QProcess::nullDevice());
    m_process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process->setChildProcessModifier(
        [socket = theirs.get(), parent = ::getpid()] { confine(socket, parent); });
    connect(m_process.get(), &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            fail(Error(ErrorKind::CommandNotFound, tr("The tree worker could not be started."))
                     .withDetail(m_options.program));
    });
    m_process->start();
    if (!m_process) // it could not be started, and that was said at once
        return;
    m_isOpen = false;
    m_mayTell = false;
    send(TreeFrameKind::Open, 0, encode(m_tree));
}

Pending<TreeAnswer> TreeWorkerLink::look(const QByteArray &head)
{
    if (!isUp())
        return Pending<TreeAnswer>::ready(
            paddock::fail(ErrorKind::NotInitialized, tr("The tree worker does not run.")));
    Request request{.number = ++m_lastRequest, .promise = {}};
    auto pending = request.promise.pending();
    m_requests.push_back(std::move(request));
    send(TreeFrameKind::Look, m_lastRequest, encode(TreeLook{.head = head}));
    if (m_requests.size() == 1)
        watchTheClock();
    return pending;
}

void TreeWorkerLink::watchTheClock()
{
    if (m_requests.empty())
        m_clock.stop();
    else
        m_clock.start(m_options.lookTime);
}

void TreeWorkerLink::send(TreeFrameKind kind, quint32 request, const QByteArray &payload)
{
    m_socket->write(encodeTreeFrame({.kind = kind, .request = request, .payload = payload}));
}

void TreeWorkerLink::receive()
{
    m_reader.append(m_socket->readAll());
    while (m_socket) {
        const auto frame = m_reader.next();
        if (!frame)
            return fail(frame.error());
        if (!frame->has_value())
            return;
        if (auto handled = handle(**frame); !handled)
            return fail(handled.error());
    }
}

Result<Done> TreeWorkerLink::handle(const TreeFrame &frame)
{
    const auto unexpected = [] {
        return paddock::fail(ErrorKind::ProtocolError,
                             tr("The tree worker said what nobody asked."));
    };
    switch (frame.kind) {
    case TreeFrameKind::Opened:
        if (m_isOpen)
            return unexpected();
        m_isOpen = true;
        return Done{};
    case TreeFrameKind::Changed:
        if (!m_mayTell)
            return unexpected();
        m_mayTell = false;
        Q_EMIT changed();
        return Done{};
    case TreeFrameKind::Answer:
    case TreeFrameKind::Failed:
        break;
    default:
        return unexpected();
    }
    if (!m_isOpen || m_requests.empty() || m_requests.front().number != frame.request)
        return unexpected();
    if (frame.kind == TreeFrameKind::Answer) {
        auto answer = decodeTreeAnswer(frame.payload);
        if (!answer)
            return paddock::fail(answer.error());
        m_requests.front().promise.resolve(std::move(*answer));
    } else {
        const auto failure = decodeTreeFailure(frame.payload);
        if (!failure)
            return paddock::fail(failure.error());
        using Kind = TreeFailure::Kind;
        const QString detail = QString::fromUtf8(failure->detail);
        m_requests.front().promise.reject(
            failure->kind == Kind::SpecialFile
                ? Error(ErrorKind::SecurityViolation, tr("Special files stop git."))
                      .withDetail(detail)
            : failure->kind == Kind::TimedOut
                ? Error(ErrorKind::CommandTimeout, tr("Looking at the files took too long."))
                      .withDetail(detail)
                : Error(ErrorKind::IoFailed, tr("The files could not be looked at."))
                      .withDetail(detail));
    }
    m_requests.pop_front();
    m_mayTell = true;
    m_delay = m_options.restartAfter; // it works
    watchTheClock();
    return Done{};
}

/// Ends the worker and starts it again after a while.
void TreeWorkerLink::fail(const Error &why)
{
    auto requests = std::exchange(m_requests, {});
    drop();
    for (const Request &request : requests)
        request.promise.reject(why);
    if (!m_wanted)
        return;
    m_restart.start(m_delay);
    m_delay = std::min<std::chrono::milliseconds>(m_delay * 2, kMaxDelay);
    Q_EMIT ended(why);
}

void TreeWorkerLink::drop()
{
    m_clock.stop();
    m_requests.clear(); // who waits is told that there will be no answer
    m_reader = {};
    if (m_socket) {
        m_socket->disconnect(this);
        m_socket.release()->deleteLater(); // this may be its signal
    }
    if (!m_process)
        return;
    QProcess *process = m_process.release();
    process->disconnect(this);
    const auto pid = static_cast<pid_t>(process->processId());
    if (pid > 0)
        ::kill(-pid, SIGKILL); // with what it started
    process->kill();
    if (process->state() == QProcess::NotRunning) {
        process->deleteLater();
        return;
    }
    // Reaped by the event loop: waiting for it here could take long where the disk does.
    process->setParent(nullptr);
    connect(process, &QProcess::finished, process, &QObject::deleteLater);
}

} // namespace paddock::worktrees
