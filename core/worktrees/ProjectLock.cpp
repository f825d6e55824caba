// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ProjectLock.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

Result<ProjectLock>
ProjectLock::take(const QString &commonDir, const CancelToken &cancel, std::chrono::seconds limit)
{
    const auto tr = [](const char *text) {
        return QCoreApplication::translate("ProjectLock", text);
    };
    Descriptor folder(
        ::open(QFile::encodeName(commonDir).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isOpen())
        return fail(Error(ErrorKind::IoFailed, tr("The project cannot be locked."))
                        .withDetail(commonDir + u": "_s + qt_error_string(errno)));
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(Error(ErrorKind::IoFailed, tr("The project cannot be locked."))
                            .withDetail(commonDir + u": "_s + qt_error_string(errno)));
        if (cancel.isCancelled())
            return fail(ErrorKind::Cancelled, tr("Cancelled."));
        if (std::chrono::steady_clock::now() > deadline)
            return fail(
                Error(ErrorKind::Conflict, tr("Another change to the project has not finished."))
                    .withDetail(commonDir)
                    .withRemedy(tr("Try again in a moment.")));
        // Held for some milliseconds by design; a worker may wait, the main thread never does.
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return ProjectLock(std::move(folder));
}

} // namespace paddock::worktrees
