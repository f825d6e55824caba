// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/StopCommand.h"

#include <QCoreApplication>
#include <QTimer>

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
        // It has ended when it lets go of the connection.
        connect(&owner().client(), &control::ControlClient::disconnected, this, [this] {
            stopped(true);
        });
        QTimer::singleShot(15s, this, [this] {
            failWith(Error(ErrorKind::Timeout,
                           QCoreApplication::translate("Ctl", "Paddock did not end within 15 s."))
                         .withRemedy(QCoreApplication::translate("Ctl", "Its log says more: %1")
                                         .arg(ownerLog(owner().paths()))));
        });
        owner()
            .client()
            .call(u"owner.shutdown"_s)
            .then(this, [this](const Result<QJsonObject> &answer) {
                if (!answer && answer.error().kind != ErrorKind::OwnerUnreachable)
                    failWith(answer.error());
            });
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
