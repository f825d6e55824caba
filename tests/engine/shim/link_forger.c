// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an agent may try against its supervisor; static, for any image.
//
//   link_forger dial SOCKET     sends standard input, then says "closed" or "open" (after three
//   seconds) link_forger kill PID SIGNAL says "sent" or the error link_forger ptrace PID attaches;
//   says "attached" or the error link_forger read FILE       says "read N" or the error link_forger
//   wait            waits for ever

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
    return 0;
}

static int dial(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char buffer[65536];
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    // The socket may not be there yet.
    int tries = 0;
    while (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (++tries > 3000)
            return say(strerror(errno));
        usleep(1000);
    }
    for (ssize_t size; (size = read(0, buffer, sizeof buffer)) > 0;) {
        if (send(fd, buffer, (size_t)size, MSG_NOSIGNAL) < 0)
            break;
    }
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    while (poll(&ready, 1, 3000) == 1) {
        if (recv(fd, buffer, sizeof buffer, 0) <= 0)
            return say("closed");
    }
    return say("open");
}

static int attach(pid_t pid)
{
    if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
        return say(strerror(errno));
    waitpid(pid, NULL, __WALL);
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return say("attached");
}

static int readFile(const char *path)
{
    char buffer[4096];
    const int fd = open(path, O_RDONLY);
    const ssize_t size = fd < 0 ? -1 : read(fd, buffer, sizeof buffer);
    if (size < 0)
        return say(strerror(errno));
    printf("read %zd\n", size);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "dial") == 0)
        return dial(argv[2]);
    if (argc == 4 && strcmp(argv[1], "kill") == 0)
        return say(kill((pid_t)atoi(argv[2]), atoi(argv[3])) == 0 ? "sent" : strerror(errno));
    if (argc == 3 && strcmp(argv[1], "ptrace") == 0)
        return attach((pid_t)atoi(argv[2]));
    if (argc == 3 && strcmp(argv[1], "read") == 0)
        return readFile(argv[2]);
    // To be traced also where the kernel asks for the victim's consent (Yama).
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    for (;;)
        pause();
}
