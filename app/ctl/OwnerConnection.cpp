// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/OwnerConnection.h"

#include "core/base/JsonReader.h"
#include "core/control/Json.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

constexpr qint64 kMaxLogBytes = 4 * kMiB;
/// The descriptor the owner finds its ready pipe at.
constexpr int kReadyDescriptor = 3;

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

Error notStarted(const QString &detail, const XdgPaths &paths)
{
    return Error(ErrorKind::OwnerUnreachable, translated("Paddock could not be started."))
        .withDetail(detail)
        .withRemedy(translated("Its log says more: %1").arg(ownerLog(paths)));
}

/// Opens the log for appending, 0600; one older one is kept.
Result<int> openLog(const XdgPaths &paths)
{
    const QString path = ownerLog(paths);
    if (auto made = makePrivateFolder(QFileInfo(path).path()); !made)
        return tl::unexpected(made.error());
    if (QFileInfo(path).size() > kMaxLogBytes) {
        ::rename(QFile::encodeName(path).constData(),
                 QFile::encodeName(path + u".1"_s).constData());
    }
    const int log = ::open(QFile::encodeName(path).constData(),
                           O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                           0600);
    if (log < 0) {
        return tl::unexpected(
            Error(ErrorKind::IoFailed, translated("The log %1 could not be opened.").arg(path))
                .withDetail(QString::fromLocal8Bit(std::strerror(errno)))
                .withRemedy(translated("Check the permissions and the free space of %1.")
                                .arg(QFileInfo(path).path())));
    }
    return log;
}

} // namespace

QString ownerProgram()
{
    const QString here = QCoreApplication::applicationDirPath();
    for (const QString &candidate : {here + u"/paddock-owner"_s,
                                     here + u"/../libexec/paddock/paddock-owner"_s,
                                     here + u"/../lib/paddock/paddock-owner"_s}) {
        if (QFileInfo(candidate).isExecutable())
            return QFileInfo(candidate).canonicalFilePath();
    }
    return here + u"/paddock-owner"_s;
}

QString ownerLog(const XdgPaths &paths)
{
    return paths.state + u"/log/serve.log"_s;
}

OwnerConnection::OwnerConnection(Console &console, QObject *parent)
    : QObject(parent)
    , m_console(console)
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        fail(notStarted(
            translated("It was not ready within %1 s.").arg(kStartTimeout.count() / 1000),
            m_paths));
    });
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &OwnerConnection::tryConnect);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { m_again.start(0); });
}

OwnerConnection::~OwnerConnection()
{
    if (m_pipe)
        ::close(static_cast<int>(m_pipe->socket()));
}

Pending<Done> OwnerConnection::open(Start start)
{
    m_start = start;
    const auto paths = XdgPaths::fromEnvironment();
    if (!paths)
        m_promise.reject(paths.error());
    else {
        m_paths = *paths;
        tryConnect();
    }
    return m_promise.pending();
}

void OwnerConnection::tryConnect()
{
    if (m_ended)
        return;
    m_client = std::make_unique<control::ControlClient>();
    m_client->connectTo(m_paths.controlSocket()).then(this, [this](const Result<Done> &result) {
        if (result)
            done();
        else
            onConnectFailed(result.error());
    });
}

void OwnerConnection::onConnectFailed(const Error &error)
{
    if (error.kind != ErrorKind::OwnerUnreachable || m_start == Start::Never) {
        fail(error);
        return;
    }
    if (!m_deadline.isActive()) {
        m_deadline.start(kStartTimeout);
        m_console.status(translated("Starting Paddock…"));
    }
    if (const auto started = startOwner(); !started)
        fail(started.error());
}

Result<Done> OwnerConnection::startOwner()
{
    auto log = openLog(m_paths);
    if (!log)
        return tl::unexpected(log.error());
    int ready[2] = {-1, -1};
    if (::pipe2(ready, O_CLOEXEC | O_NONBLOCK) != 0) {
        const int code = errno;
        ::close(*log);
        return tl::unexpected(notStarted(QString::fromLocal8Bit(std::strerror(code)), m_paths));
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, *log, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, *log, STDERR_FILENO);
    // glibc clears close-on-exec here even when both numbers are the same.
    ::posix_spawn_file_actions_adddup2(&actions, ready[1], kReadyDescriptor);
    ::posix_spawn_file_actions_addchdir_np(&actions, "/");
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    // A session of its own: it must not end with this terminal.
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

    QByteArray program = QFile::encodeName(ownerProgram());
    QByteArray words[] = {program, "serve", "--ready-fd", QByteArray::number(kReadyDescriptor)};
    std::array<char *, 5> argv = {
        words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    pid_t child = -1;
    const int code =
        ::posix_spawn(&child, program.constData(), &actions, &attributes, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    ::close(*log);
    ::close(ready[1]);
    if (code != 0) {
        ::close(ready[0]);
        return tl::unexpected(notStarted(QString::fromLocal8Bit(program) + u": "_s +
                                             QString::fromLocal8Bit(std::strerror(code)),
                                         m_paths));
    }
    m_pipe = std::make_unique<QSocketNotifier>(ready[0], QSocketNotifier::Read);
    connect(m_pipe.get(), &QSocketNotifier::activated, this, &OwnerConnection::onReadyPipe);
    return Done{};
}

void OwnerConnection::onReadyPipe()
{
    const int descriptor = static_cast<int>(m_pipe->socket());
    std::array<char, 4096> buffer = {};
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count > 0)
        m_said.append(buffer.data(), count);
    const qsizetype end = m_said.indexOf('\n');
    if (count > 0 && end < 0 && m_said.size() < 64 * kKiB)
        return;
    m_pipe.reset();
    ::close(descriptor);
    const QByteArray line = m_said.left(end);
    if (line == "ready") {
        tryConnect();
        return;
    }
    const auto json = parseJsonObject(line);
    if (!json) {
        fail(notStarted(translated("It ended without a word."), m_paths));
        return;
    }
    const Error error = control::errorFromJson(*json);
    if (error.kind == ErrorKind::OwnerRunning)
        waitForSocket();
    else
        fail(error);
}

/// Somebody else has the lock: an owner that is still starting, whose socket will come, or one that
/// is about to end, after which it is our turn. So: look again when something happens in the
/// folder, and after a while, and then start one again.
void OwnerConnection::waitForSocket()
{
    // The folder may not be there yet: then its parent tells when it is.
    const QString folder =
        QFileInfo(m_paths.runtime).isDir() ? m_paths.runtime : QFileInfo(m_paths.runtime).path();
    if (!m_watcher.directories().contains(folder))
        m_watcher.addPath(folder);
    m_again.start(m_pause);
    m_pause = std::min(2 * m_pause, std::chrono::milliseconds(1'000));
}

void OwnerConnection::fail(const Error &error)
{
    m_ended = true;
    m_deadline.stop();
    m_again.stop();
    m_console.status({});
    m_promise.reject(error);
}

void OwnerConnection::done()
{
    m_ended = true;
    m_deadline.stop();
    m_again.stop();
    m_console.status({});
    m_promise.resolve(Done{});
}

} // namespace paddock::ctl
