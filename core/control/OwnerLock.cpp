// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/OwnerLock.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::control {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Control", text);
}

Error ownerRunning(const QLockFile &file)
{
    qint64 pid = 0;
    QString host;
    QString program;
    const bool known = file.getLockInfo(&pid, &host, &program);
    return Error(ErrorKind::OwnerRunning,
                 known ? translated("Paddock runs already: %1, process %2 on %3.")
                             .arg(program.isEmpty() ? u"paddock"_s : program)
                             .arg(pid)
                             .arg(host.isEmpty() ? u"this machine"_s : host)
                       : translated("Paddock runs already."))
        .withDetail(file.fileName())
        .withRemedy(translated("Use the one that runs, or end it first with: paddockctl serve "
                               "--stop. To run a second one beside it, give it other XDG "
                               "folders."));
}

} // namespace

Result<OwnerLock> OwnerLock::acquire(const XdgPaths &paths)
{
    if (auto made = makePrivateFolder(paths.data); !made)
        return fail(made.error());
    auto file = std::make_unique<QLockFile>(paths.ownerLock());
    // Age says nothing about an owner that runs for weeks. QLockFile still takes over the lock of
    // a process that is gone, by process id, program name and boot id.
    file->setStaleLockTime(0);
    if (file->tryLock(0))
        return OwnerLock(std::move(file));
    switch (file->error()) {
    case QLockFile::LockFailedError:
        return fail(ownerRunning(*file));
    case QLockFile::PermissionError:
        return fail(
            Error(ErrorKind::PermissionDenied,
                  translated("The folder %1 cannot be written.").arg(paths.data))
                .withDetail(paths.ownerLock())
                .withRemedy(translated("Give the folder to your user, or choose another one with "
                                       "XDG_DATA_HOME.")));
    case QLockFile::NoError:
    case QLockFile::UnknownError:
        break;
    }
    return fail(
        Error(ErrorKind::IoFailed,
              translated("The lock file %1 could not be made.").arg(paths.ownerLock()))
            .withRemedy(
                translated("Check the free space and the permissions of %1.").arg(paths.data)));
}

void OwnerLock::release()
{
    if (m_file)
        m_file->unlock();
}

} // namespace paddock::control
