// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/StopCommand.h"

#include <QCoreApplication>
#include <QTimer>

#include <sys/syscall.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace paddock::ctl {

void StopCommand::begin()
{
    owner().open(OwnerConnection::Start::Never).then(this, [this](const Result<Done> &reached) {
        if (!reached) {
            if (reached.error().kind == ErrorKind::OwnerUnreachable)
                stopped(false);
            else
                failWith(reached.error());
            return;
        }
        QTimer::singleShot(15s, this, [this] {
            failWith(Error(ErrorKind::Timeout,
                           QCoreApplication::translate("Ctl", "Paddock did not end within 15 s."))
                         .withRemedy(QCoreApplication::translate("Ctl", "Its log says more: %1")
                                         .arg(ownerLog(owner().paths()))));
        });
        call(u"owner.info"_s, {}, [this](const QJsonObject &info) {
            shutDown(static_cast<pid_t>(info.value(u"processId").toInteger()));
        });
    });
}

void StopCommand::shutDown(pid_t process)
{
    // It lets go of the connection before it lets go of the lock, and ends after both.
    // (The header of glibc 2.36 declares pidfd_open() without C linkage.)
    m_process = control::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    if (m_process.isValid()) {
        m_ended = std::make_unique<QSocketNotifier>(m_process.get(), QSocketNotifier::Read);
        connect(m_ended.get(), &QSocketNotifier::activated, this, [this] {
            m_ended->setEnabled(false);
            stopped(true);
        });
    } else {
        connect(&owner().client(), &control::ControlClient::disconnected, this, [this] {
            stopped(true);
        });
    }
    owner()
        .client()
        .call(u"owner.shutdown"_s)
        .then(this, [this](const Result<QJsonObject> &answer) {
            if (!answer && answer.error().kind != ErrorKind::OwnerUnreachable)
                failWith(answer.error());
        });
}

void StopCommand::stopped(bool wasRunning)
{
    if (console().isJson())
        console().printJson(QJsonObject{{u"stopped"_s, wasRunning}});
    else
        console().print(wasRunning
                            ? QCoreApplication::translate("Ctl", "Paddock has ended; agents go on.")
                            : QCoreApplication::translate("Ctl", "Paddock does not run."));
    end();
}

} // namespace paddock::ctl
