// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gateway/Hardening.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace paddock::gateway {

Result<Done> hardenProcess()
{
    const rlimit noCore{.rlim_cur = 0, .rlim_max = 0};
    if (::setrlimit(RLIMIT_CORE, &noCore) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fail(
            Error(ErrorKind::Internal, QStringLiteral("The gateway cannot protect its memory."))
                .withDetail(QString::fromLocal8Bit(std::strerror(errno))));
    }
    // Each request takes two descriptors; the usual soft limit of 1024 is for programs that
    // select().
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    ::umask(077);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN); // it outlives the terminal it was started from
#ifdef SYS_close_range
    // Fails on kernels before 5.9; the starter opens everything close-on-exec anyway.
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
#endif
    return Done{};
}

} // namespace paddock::gateway
