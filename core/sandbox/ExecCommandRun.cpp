// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/ExecCommandRun.h"

#include <QCoreApplication>
#include <QFile>

#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::sandbox {

namespace {

/// The engine may close the stream a moment before it knows the exit code.
constexpr int kMaxExitQueries = 50;
constexpr std::chrono::milliseconds kExitQueryPause{20};

QString translated(const char *text)
{
    return QCoreApplication::translate("ExecCommandRun", text);
}

} // namespace

void killProcessOf(const ContainerId &container, qint64 pid)
{
    if (pid <= 1 || container.value.size() < 12)
        return;
    // The descriptor pins the process, so that the number cannot come to mean another one between
    // looking and killing.
    const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    if (descriptor < 0)
        return;
    QFile cgroup(u"/proc/%1/cgroup"_s.arg(pid));
    if (cgroup.open(QIODevice::ReadOnly) && cgroup.readAll().contains(container.value.toLatin1()))
        ::syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0);
    ::close(descriptor);
}

ExecCommandRun::ExecCommandRun(docker::Engine &engine,
                               ContainerId container,
                               docker::ExecOptions options)
    : m_engine(engine)
    , m_container(std::move(container))
    , m_options(std::move(options))
{
    m_engine.exec().create(m_container, m_options).then(this, [this](Result<ExecId> created) {
        onCreated(std::move(created));
    });
}

ExecCommandRun::ExecCommandRun(docker::Engine &engine, Error error)
    : m_engine(engine)
{
    QMetaObject::invokeMethod(
        this, [this, error = std::move(error)] { end(fail(error)); }, Qt::QueuedConnection);
}

ExecCommandRun::~ExecCommandRun() = default;

void ExecCommandRun::onCreated(Result<ExecId> created)
{
    if (!created)
        return end(fail(std::move(created).error()));
    m_exec = std::move(*created);
    m_stream = m_engine.exec().start(m_exec, {.tty = m_options.tty});
    connect(m_stream.get(), &docker::AttachStream::opened, this, [this] {
        if (const auto size = std::exchange(m_size, std::nullopt))
            resizeTerminal(size->columns, size->rows);
        Q_EMIT started();
    });
    connect(m_stream.get(), &docker::AttachStream::frame, this, &ExecCommandRun::onFrame);
    connect(m_stream.get(), &docker::AttachStream::finished, this, &ExecCommandRun::onStreamEnd);
    if (!m_waitingInput.isEmpty())
        m_stream->write(std::exchange(m_waitingInput, {}));
    if (m_inputClosed)
        m_stream->closeInput();
}

void ExecCommandRun::write(const QByteArray &bytes)
{
    if (m_ended || m_inputClosed)
        return;
    if (m_stream)
        m_stream->write(bytes);
    else
        m_waitingInput += bytes;
}

qint64 ExecCommandRun::bytesToWrite() const
{
    return m_stream ? m_stream->bytesToWrite() : m_waitingInput.size();
}

void ExecCommandRun::closeInput()
{
    if (std::exchange(m_inputClosed, true))
        return;
    if (m_stream)
        m_stream->closeInput();
}

void ExecCommandRun::resizeTerminal(int columns, int rows)
{
    const docker::TerminalSize size{.columns = columns, .rows = rows};
    if (!m_stream || !m_stream->isOpen()) {
        m_size = size;
        return;
    }
    // A program that ended meanwhile has no terminal to resize: no error for anyone.
    m_engine.exec().resize(m_exec, size).then(this, [](const Result<Done> &) {});
}

void ExecCommandRun::kill()
{
    if (m_exec.isEmpty() || m_ended)
        return;
    // Not bound to this object: the kill has to happen when it goes away, too.
    m_engine.exec().inspect(m_exec).then(
        QCoreApplication::instance(),
        [container = m_container](const Result<docker::ExecDetails> &details) {
            if (details && details->running)
                killProcessOf(container, details->pid);
        });
}

void ExecCommandRun::onFrame(docker::Channel channel, const QByteArray &bytes)
{
    if (m_firstOutput.size() < 512)
        m_firstOutput += bytes.left(512);
    Q_EMIT output(channel == docker::Channel::Stderr ? Channel::ErrorOutput : Channel::Output,
                  bytes);
}

void ExecCommandRun::onStreamEnd(const Result<Done> &result)
{
    if (!result)
        return end(fail(result.error()));
    askExitCode();
}

void ExecCommandRun::askExitCode()
{
    ++m_exitQueries;
    m_engine.exec().inspect(m_exec).then(this, [this](const Result<docker::ExecDetails> &details) {
        if (!details)
            return end(fail(details.error()));
        if (!details->exitCode) {
            if (m_exitQueries < kMaxExitQueries) {
                QTimer::singleShot(kExitQueryPause, this, &ExecCommandRun::askExitCode);
                return;
            }
            return end(fail(Error(ErrorKind::ProtocolError,
                                  translated("The engine does not say how the command ended."))
                                .withOperation(u"exec"_s)));
        }
        // The runtime reports what it could not start as output of the command.
        const int code = *details->exitCode;
        if ((code == 126 || code == 127) && m_firstOutput.contains("OCI runtime exec failed")) {
            return end(
                fail(Error(ErrorKind::CommandNotFound,
                           translated("The container has no program \"%1\" that can be started.")
                               .arg(m_options.command.value(0)))
                         .withDetail(QString::fromUtf8(m_firstOutput).trimmed())
                         .withRemedy(translated("Use an image that has it."))
                         .withOperation(u"exec"_s)));
        }
        end(code);
    });
}

void ExecCommandRun::end(Result<int> result)
{
    if (std::exchange(m_ended, true))
        return;
    Q_EMIT finished(result);
}

} // namespace paddock::sandbox
