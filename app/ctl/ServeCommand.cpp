// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/ServeCommand.h"

#include "core/control/Json.h"

#include <QCoreApplication>

#include <fcntl.h>
#include <unistd.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

ServeCommand::ServeCommand(const Arguments &arguments, Console &console)
    : Command(arguments, console)
{
}

ServeCommand::~ServeCommand() = default;

void ServeCommand::begin()
{
    qSetMessagePattern(u"%{time yyyy-MM-dd hh:mm:ss.zzz} %{type} %{category}: %{message}"_s);
    if (arguments().has(u"ready-fd"_s)) {
        m_ready = arguments().value(u"ready-fd"_s).toInt();
        // Nothing that is started from here may keep the other end waiting.
        if (m_ready <= STDERR_FILENO || ::fcntl(m_ready, F_SETFD, FD_CLOEXEC) != 0)
            m_ready = -1;
    }
    if (const auto owning = becomeOwner(); !owning) {
        failWith(owning.error());
        return;
    }
    m_signals = std::make_unique<SignalWatch>(QList<int>{SIGTERM, SIGINT, SIGHUP});
    connect(m_signals.get(), &SignalWatch::caught, this, &ServeCommand::stop);
    // From the event loop: stopping destroys the connection that asked for it.
    connect(m_server.get(),
            &control::ControlServer::shutdownRequested,
            this,
            &ServeCommand::stop,
            Qt::QueuedConnection);
    for (const QString &notice : m_facade->notices())
        console().note(notice);
    if (m_ready < 0) {
        console().note(QCoreApplication::translate("Ctl", "Paddock serves at %1.")
                           .arg(m_paths.controlSocket()));
    }
    tellReady("ready");
}

Result<Done> ServeCommand::becomeOwner()
{
    // A client that goes away while it is written to is no reason to end.
    std::signal(SIGPIPE, SIG_IGN);
    const auto paths = XdgPaths::fromEnvironment();
    if (!paths)
        return fail(paths.error());
    m_paths = *paths;
    if (auto made = paths->create(); !made)
        return made;
    auto lock = control::OwnerLock::acquire(*paths);
    if (!lock)
        return fail(lock.error());
    m_lock.emplace(std::move(*lock));
    auto made = facade::Facade::create({.paths = *paths, .gatewayProgram = {}});
    if (!made)
        return fail(made.error());
    m_facade = std::move(*made);
    m_server = std::make_unique<control::ControlServer>(
        m_facade->services(),
        control::OwnerInfo{.program = u"paddockctl serve"_s,
                           .version = QCoreApplication::applicationVersion(),
                           .startedAt = QDateTime::currentDateTimeUtc()});
    if (auto listening = m_server->listen(*paths, *m_lock); !listening)
        return listening;
    m_facade->start();
    return Done{};
}

void ServeCommand::tellReady(const QByteArray &line)
{
    const int descriptor = std::exchange(m_ready, -1);
    if (descriptor < 0)
        return;
    const QByteArray bytes = line + '\n';
    static_cast<void>(
        !::write(descriptor, bytes.constData(), static_cast<std::size_t>(bytes.size())));
    ::close(descriptor);
}

void ServeCommand::failWith(const Error &error)
{
    tellReady(control::compact(control::toJson(error)));
    Command::failWith(error);
}

void ServeCommand::stop()
{
    // First the door, then the core, then the right to be the owner.
    m_server.reset();
    m_facade.reset();
    if (m_lock)
        m_lock->release();
    end();
}

} // namespace paddock::ctl
