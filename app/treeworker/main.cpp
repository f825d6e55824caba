// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// paddock-tree-worker: watches the files of one session for the owner, who started it with a socket
// as standard input, with limits, and kills it when it takes too long (worktrees::TreeWorkerLink).
#include "app/treeworker/Worker.h"

#include <cstdio>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int main()
{
    int kind = 0;
    socklen_t size = sizeof kind;
    if (::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_STREAM) {
        std::fputs("paddock-tree-worker is started by Paddock itself.\n", stderr);
        return 2;
    }
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::umask(077);
    return paddock::treeworker::Worker(STDIN_FILENO).run();
}
