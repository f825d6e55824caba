// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/link/LocalShim.h"

#include <csignal>
#include <sys/prctl.h>

using namespace Qt::StringLiterals;

namespace paddock::sandbox::link {

LocalShim::LocalShim(LocalShimOptions options)
    : m_options(std::move(options))
{
}

LocalShim::~LocalShim()
{
    if (!m_process || m_process->state() == QProcess::NotRunning)
        return;
    m_process->disconnect();
    // Destroying the process object kills and waits; the shim's children go with their group
    // leader's parent.
    ::kill(static_cast<pid_t>(m_pid), SIGTERM);
    if (!m_process->waitForFinished(static_cast<int>(m_options.stopGrace.count()) + 2000))
        m_process->kill();
}

Result<Done> LocalShim::start()
{
    QProcessEnvironment environment = m_options.environment;
    environment.insert(u"PADDOCK_RUN_DIR"_s, m_options.runFolder);
    environment.insert(u"PADDOCK_SPOOL"_s, m_options.spoolFolder);
    environment.insert(u"PADDOCK_STOP_GRACE"_s, QString::number(m_options.stopGrace.count()));
    if (m_options.spoolMemory)
        environment.insert(u"PADDOCK_SPOOL_MEMORY"_s, QString::number(*m_options.spoolMemory));
    if (m_options.spoolDisk)
        environment.insert(u"PADDOCK_SPOOL_DISK"_s, QString::number(*m_options.spoolDisk));
    QStringList arguments{u"run"_s};
    for (const LocalShimOptions::Forward &forward : m_options.forwards) {
        arguments << u"--forward"_s << QString::number(forward.port) + u'=' + forward.socketName;
    }

    auto process = std::make_unique<QProcess>();
    process->setProgram(m_options.program);
    process->setArguments(arguments);
    process->setProcessEnvironment(environment);
    process->setStandardInputFile(QProcess::nullDevice());
    bool started = false;
    if (m_options.lifetime == LocalShimOptions::Lifetime::Detached) {
        process->setStandardOutputFile(QProcess::nullDevice());
        process->setStandardErrorFile(QProcess::nullDevice());
        started = process->startDetached(&m_pid);
    } else {
        process->setProcessChannelMode(QProcess::ForwardedChannels);
        process->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
        process->start();
        started = process->waitForStarted();
        m_pid = process->processId();
    }
    if (!started) {
        return fail(Error(ErrorKind::IoFailed, u"The session helper cannot be started."_s)
                        .withDetail(process->errorString())
                        .withRemedy(u"Install Paddock again."_s));
    }
    if (m_options.lifetime == LocalShimOptions::Lifetime::WithParent)
        m_process = std::move(process);
    return Done();
}

} // namespace paddock::sandbox::link
