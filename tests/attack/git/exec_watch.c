/* SPDX-FileCopyrightText: Paddock contributors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stands in for the git program: runs /usr/bin/git with its own arguments and environment, and
 * appends a line for every program that is started from there on to the file "execs" beside
 * itself: path, a tab, the command line. It traces its children (no privilege is needed for that),
 * so nothing they do to their environment or file names hides a start. Ends when all of them have
 * ended, with git's exit code; when it is killed, they are killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int log_file = -1;

static void note(pid_t pid)
{
    char path[64];
    char line[4096];
    size_t size;
    ssize_t got;

    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    got = readlink(path, line, 1024);
    size = got > 0 ? (size_t)got : 0;
    line[size++] = '\t';
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    const int words = open(path, O_RDONLY | O_CLOEXEC);
    got = words < 0 ? 0 : read(words, line + size, 1024);
    if (words >= 0)
        close(words);
    for (ssize_t i = 0; i < got; ++i, ++size) {
        if ((unsigned char)line[size] < ' ')
            line[size] = ' ';
    }
    line[size++] = '\n';
    if (write(log_file, line, size) != (ssize_t)size)
        abort();
}

static pid_t start(char **argv)
{
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execv("/usr/bin/git", argv);
    _exit(127);
}

int main(int argc, char **argv)
{
    char self[1024];
    char name[1100];
    int status = 0;
    int answer = 127;
    (void)argc;

    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return 126;
    self[length] = '\0';
    snprintf(name, sizeof name, "%s/execs", dirname(self));
    log_file = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    const pid_t git = start(argv);
    if (log_file < 0 || git < 0 || waitpid(git, &status, __WALL) != git ||
        ptrace(PTRACE_SETOPTIONS,
               git,
               0,
               PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE) != 0)
        return 126;
    ptrace(PTRACE_CONT, git, 0, 0);
    for (;;) {
        const pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid < 0)
            return answer;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == git)
                answer = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        const int event = status >> 16;
        long signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_EXEC)
            note(pid);
        /* Stops of tracing itself, and the one every new child begins with, are not passed on. */
        if (event != 0 || signal == SIGSTOP || signal == SIGTRAP)
            signal = 0;
        ptrace(PTRACE_CONT, pid, 0, signal);
    }
}
