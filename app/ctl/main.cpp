// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Run.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <cstring>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace paddock;

/// paddockctl: a client of control.sock. What needs the whole core (serve, demo) is done by
/// paddock-owner under the same name and arguments, so that this program starts in no time.
int main(int argc, char **argv)
{
    return ctl::runProgram(
        argc, argv, ctl::makeCommand, [argv](const ctl::Arguments &, ctl::Console &console) {
            const QByteArray program = QFile::encodeName(ctl::ownerProgram());
            argv[0] = const_cast<char *>(program.constData());
            ::execv(program.constData(), argv);
            const QString reason = QString::fromLocal8Bit(std::strerror(errno));
            console.printError(
                Error(ErrorKind::CommandNotFound,
                      QCoreApplication::translate("Ctl", "%1 could not be started.")
                          .arg(QString::fromLocal8Bit(program)))
                    .withDetail(reason)
                    .withRemedy(QCoreApplication::translate(
                        "Ctl", "The installation is not complete: install Paddock again.")));
            return 1;
        });
}
