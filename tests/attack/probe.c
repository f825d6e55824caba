/* SPDX-FileCopyrightText: Paddock contributors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A static program that tries from inside a container what it must not be able to do, and says how
 * the kernel answered: one "name=answer" per line, where the answer is "ok" or the name of the
 * error. Whether that is good or bad is for the test to say.
 *
 *   probe run            stays as PID 1, reaps, ends at SIGTERM
 *   probe calls          system calls a filter or a missing capability stops
 *   probe works          system calls that compilers, node and debuggers need
 *   probe connect HOST:PORT | abstract NAME
 *   probe openw PATH...  opens for writing, writes nothing
 *   probe euid           the effective user, for a setuid file
 *   probe listen HOST:PORT   in the background, keeps what connects
 *   probe daemonise      leaves a process behind that ignores SIGTERM
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#define SYS_fspick 433
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static const char *error_name(long result)
{
    static char other[24];
    if (result >= 0)
        return "ok";
    const char *name = strerrorname_np(errno);
    if (name)
        return name;
    snprintf(other, sizeof other, "errno%d", errno);
    return other;
}

static void say(const char *name, long result)
{
    printf("%s=%s\n", name, error_name(result));
    fflush(stdout);
}

#define TRY(name, call) \
    do { \
        errno = 0; \
        long result_ = (long)(call); \
        say(name, result_); \
    } while (0)

/* In a child, for what would change or kill this process. Exit code 0: ok, else errno; a signal is
 * shown as its name. */
static void in_child(const char *name, long (*attempt)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        errno = 0;
        long result = attempt();
        _exit(result >= 0 ? 0 : errno & 0xff);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        printf("%s=SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
    } else {
        errno = WEXITSTATUS(status);
        say(name, WEXITSTATUS(status) == 0 ? 0 : -1);
    }
    fflush(stdout);
}

static long unshare_user(void) { return syscall(SYS_unshare, CLONE_NEWUSER); }
static long unshare_net(void) { return syscall(SYS_unshare, CLONE_NEWNET); }
static long unshare_mount(void) { return syscall(SYS_unshare, CLONE_NEWNS); }
static long clone_user(void)
{
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    return child;
}
static long clone3_plain(void)
{
    struct { unsigned long long f[11]; } arguments = {{0}};
    arguments.f[4] = SIGCHLD;
    long child = syscall(SYS_clone3, &arguments, 64);
    if (child == 0)
        _exit(0);
    return child;
}
static long setns_self(void)
{
    int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -1 : syscall(SYS_setns, fd, 0);
}
static long io_uring(void)
{
    char parameters[256] = {0};
    return syscall(SYS_io_uring_setup, 4, parameters);
}
static long bpf_map(void)
{
    struct { unsigned type, key, value, entries; char rest[100]; } attribute = {2, 4, 4, 1, {0}};
    return syscall(SYS_bpf, 0, &attribute, sizeof attribute);
}
static long perf_event(void)
{
    char attribute[128] = {0};
    ((unsigned *)attribute)[0] = 1;   /* software */
    ((unsigned *)attribute)[1] = 64;  /* size of the first version */
    ((unsigned long long *)attribute)[5] = 1ULL << 5 | 1ULL << 6; /* not kernel, not hypervisor */
    return syscall(SYS_perf_event_open, attribute, 0, -1, -1, 0);
}
static long odd_personality(void) { return syscall(SYS_personality, 0x0400000UL /* READ_IMPLIES_EXEC */); }
static long handle_of_root(void)
{
    struct { unsigned bytes; int type; unsigned char data[128]; } handle = {128, 0, {0}};
    int mount_id = 0;
    return syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount_id, 0);
}
static long open_handle(void)
{
    /* The inode of the host's root on most file systems. */
    struct { unsigned bytes; int type; unsigned char data[8]; } handle = {8, 1, {2, 0, 0, 0, 0, 0, 0, 0}};
    int fd = open("/", O_RDONLY | O_CLOEXEC);
    return syscall(SYS_open_by_handle_at, fd, &handle, O_RDONLY);
}
static long clone_tree(void) { return syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */); }
static long device_node(void) { return mknod("/workspace/device", S_IFBLK | 0600, makedev(8, 0)); }
static long setuid_chmod(void)
{
    int fd = open("/workspace/setuid", O_CREAT | O_WRONLY, 0755);
    return fd < 0 ? -1 : fchmod(fd, 04755);
}
static long setuid_create(void)
{
    unlink("/workspace/setuid-new");
    return open("/workspace/setuid-new", O_CREAT | O_WRONLY, 04755);
}
static long setuid_chmodat2(void)
{
    close(open("/workspace/setuid-2", O_CREAT | O_WRONLY, 0755));
    return syscall(SYS_fchmodat2, AT_FDCWD, "/workspace/setuid-2", 04755, 0);
}
static long chown_root(void)
{
    close(open("/workspace/owned", O_CREAT | O_WRONLY, 0755));
    return chown("/workspace/owned", 0, 0);
}
static long open2(void)
{
    unsigned long long how[3] = {0, 0, 0};
    return syscall(SYS_openat2, AT_FDCWD, "/", how, sizeof how);
}

/* A terminal of our own, to push input into. */
static long terminal_ioctl(unsigned long request)
{
    setsid();
    int master = posix_openpt(O_RDWR);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return -1;
    int slave = open(ptsname(master), O_RDWR);
    if (slave < 0)
        return -1;
    ioctl(slave, TIOCSCTTY, 0);
    return syscall(SYS_ioctl, slave, request, "x");
}
static long push_input(void) { return terminal_ioctl(TIOCSTI); }
static long push_input_high(void) { return terminal_ioctl(0x100000000UL | TIOCSTI); }
static long line_discipline(void)
{
    int discipline = 0;
    setsid();
    int master = posix_openpt(O_RDWR);
    return syscall(SYS_ioctl, master, TIOCSETD, &discipline);
}

#ifdef __x86_64__
/* The same kernel by its 32-bit door: unshare is 310 there, getpid 20. */
static long by_old_door(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}
static long by_x32(void) { return syscall(0x40000000 | SYS_getpid); }
#endif

static int calls(void)
{
    in_child("io_uring_setup", io_uring);
    in_child("bpf", bpf_map);
    TRY("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* user mode only */));
    TRY("keyctl", syscall(SYS_keyctl, 0 /* get ring */, -3, 0, 0, 0));
    TRY("add_key", syscall(SYS_add_key, "user", "paddock", "x", 1, -2));
    TRY("request_key", syscall(SYS_request_key, "user", "paddock", 0, 0));
    in_child("unshare_user", unshare_user);
    in_child("unshare_net", unshare_net);
    in_child("unshare_mount", unshare_mount);
    in_child("clone_user", clone_user);
    in_child("clone3", clone3_plain);
    in_child("setns", setns_self);
    TRY("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0));
    TRY("umount2", syscall(SYS_umount2, "/tmp", 0));
    TRY("pivot_root", syscall(SYS_pivot_root, "/", "/"));
    TRY("chroot", chroot("/tmp"));
    TRY("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    TRY("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0));
    TRY("fsmount", syscall(SYS_fsmount, -1, 0, 0));
    in_child("open_tree", clone_tree);
    TRY("move_mount", syscall(SYS_move_mount, -1, "", -1, "", 0));
    TRY("mount_setattr", syscall(SYS_mount_setattr, -1, "", 0, 0, 0));
    TRY("name_to_handle_at", handle_of_root());
    TRY("open_by_handle_at", open_handle());
    in_child("perf_event_open", perf_event);
    TRY("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
    TRY("kexec_file_load", syscall(SYS_kexec_file_load, -1, -1, 0, "", 0));
    TRY("init_module", syscall(SYS_init_module, "", 0, ""));
    TRY("finit_module", syscall(SYS_finit_module, -1, "", 0));
    TRY("delete_module", syscall(SYS_delete_module, "nothing", 0));
    TRY("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
    TRY("swapon", syscall(SYS_swapon, "/tmp/x", 0));
    TRY("acct", syscall(SYS_acct, 0));
    TRY("quotactl", syscall(SYS_quotactl, 0, "/", 0, 0));
    TRY("syslog", syscall(SYS_syslog, 3, 0, 0));
    TRY("settimeofday", syscall(SYS_settimeofday, 0, 0));
    TRY("sethostname", sethostname("x", 1));
    TRY("pidfd_getfd", syscall(SYS_pidfd_getfd, -1, 0, 0));
    TRY("socket_vsock", socket(40, SOCK_STREAM, 0));
    TRY("socket_alg", socket(38, SOCK_SEQPACKET, 0));
    TRY("socket_packet", socket(17, SOCK_RAW, 0));
    TRY("socket_raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    TRY("socket_uevent", socket(16, SOCK_RAW, 15));
    TRY("socket_sctp", socket(AF_INET, SOCK_STREAM, 132));
    in_child("tiocsti", push_input);
    in_child("tiocsti_high", push_input_high);
    in_child("tiocsetd", line_discipline);
    in_child("personality", odd_personality);
    in_child("openat2", open2);
    TRY("mknod_device", device_node());
    in_child("setuid_chmod", setuid_chmod);
    in_child("setuid_create", setuid_create);
    in_child("setuid_chmodat2", setuid_chmodat2);
    TRY("chown_root", chown_root());
#ifdef __x86_64__
    TRY("iopl", syscall(SYS_iopl, 3));
    TRY("ioperm", syscall(SYS_ioperm, 0x70, 1, 1));
    TRY("modify_ldt", syscall(SYS_modify_ldt, 0, 0, 0));
    in_child("old_door", by_old_door);
    in_child("x32", by_x32);
#endif
    return 0;
}

static void *thread_body(void *argument) { return argument; }

static long trace_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) {
        errno = EPERM;
        return -1;
    }
    long word = 0x1122334455667788;
    struct iovec here = {&(long){0}, sizeof(long)}, there = {&word, sizeof word};
    if (process_vm_readv(child, &here, 1, &there, 1, 0) != (ssize_t)sizeof word)
        return -1;
    return ptrace(PTRACE_CONT, child, 0, 0);
}

static long thread_works(void)
{
    pthread_t thread;
    int code = pthread_create(&thread, 0, thread_body, 0);
    if (code) {
        errno = code;
        return -1;
    }
    return pthread_join(thread, 0);
}

static long terminal_works(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    struct winsize size = {24, 80, 0, 0};
    return master < 0 || grantpt(master) || unlockpt(master) ? -1 : ioctl(master, TIOCSWINSZ, &size);
}

static int works(void)
{
    TRY("thread", thread_works());
    in_child("ptrace", trace_child);
    TRY("epoll", epoll_create1(0));
    TRY("memfd", memfd_create("x", 0));
    TRY("fifo", (unlink("/workspace/fifo"), mkfifo("/workspace/fifo", 0600)));
    TRY("terminal", terminal_works());
    TRY("socket_unix", socket(AF_UNIX, SOCK_STREAM, 0));
    TRY("socket_tcp", socket(AF_INET6, SOCK_STREAM, 0));
    TRY("socket_netlink", socket(16, SOCK_RAW, 0));
    TRY("execute_tmp", ({
            int from = open("/proc/self/exe", O_RDONLY), to = open("/tmp/copy", O_CREAT | O_WRONLY, 0755);
            char block[65536];
            ssize_t count;
            while ((count = read(from, block, sizeof block)) > 0 && write(to, block, (size_t)count) == count) {
            }
            close(to);
            int status = system("/tmp/copy true");
            WIFEXITED(status) && WEXITSTATUS(status) == 127 ? 0 : status == 0 ? 0 : -1;
        }));
    TRY("jit", mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    TRY("write_workspace", open("/workspace/written", O_CREAT | O_WRONLY, 0644));
    TRY("write_home", open("/home/agent/written", O_CREAT | O_WRONLY, 0644));
    return 0;
}

static int address_of(const char *where, struct sockaddr_in *address)
{
    char host[64];
    unsigned port = 0;
    memset(address, 0, sizeof *address);
    if (sscanf(where, "%63[^:]:%u", host, &port) != 2)
        return 0;
    address->sin_family = AF_INET;
    address->sin_port = htons((unsigned short)port);
    return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

static int connect_to(const char *where)
{
    struct sockaddr_in address;
    if (!address_of(where, &address))
        return 2;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval limit = {5, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    TRY("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
    return 0;
}

static int connect_abstract(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    memcpy(address.sun_path + 1, name, length < 100 ? length : 100);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    TRY("connect", connect(fd, (struct sockaddr *)&address,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)));
    return 0;
}

static void stay(void)
{
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    fclose(stdin);
    fclose(stdout);
    fclose(stderr);
}

static int daemonise(void)
{
    if (fork() != 0)
        return 0;
    stay();
    for (;;)
        pause();
}

static int listen_on(const char *where)
{
    struct sockaddr_in address;
    if (!address_of(where, &address))
        return 2;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    TRY("listen", bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4) ? -1 : 0);
    if (fork() != 0)
        return 0;
    stay();
    for (;;)
        accept(fd, 0, 0);
}

static int run(void)
{
    sigset_t waited;
    sigemptyset(&waited);
    sigaddset(&waited, SIGTERM);
    sigaddset(&waited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &waited, 0);
    for (;;) {
        int number = 0;
        sigwait(&waited, &number);
        if (number == SIGTERM)
            return 0;
        while (waitpid(-1, 0, WNOHANG) > 0) {
        }
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "run"))
        return run();
    if (!strcmp(what, "true"))
        return 0;
    if (!strcmp(what, "calls"))
        return calls();
    if (!strcmp(what, "works"))
        return works();
    if (!strcmp(what, "connect") && argc == 3)
        return connect_to(argv[2]);
    if (!strcmp(what, "abstract") && argc == 3)
        return connect_abstract(argv[2]);
    if (!strcmp(what, "openw")) {
        for (int i = 2; i < argc; ++i)
            TRY(argv[i], open(argv[i], O_WRONLY | O_CLOEXEC));
        return 0;
    }
    if (!strcmp(what, "euid")) {
        printf("euid=%u\n", (unsigned)geteuid());
        return 0;
    }
    if (!strcmp(what, "listen") && argc == 3)
        return listen_on(argv[2]);
    if (!strcmp(what, "daemonise"))
        return daemonise();
    fprintf(stderr, "probe: unknown word\n");
    return 2;
}
