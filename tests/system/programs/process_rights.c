/*
 * process_rights.c - what every kind of user may do with every kind of process: signals,
 * priorities, limits, and what /proc shows of them.
 *
 * needs root
 */
#include "identities.h"
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>

/* ---- the processes --------------------------------------------------------------------------- */

static const struct victim {
    struct identity is;
    bool executes; /* has executed a program since it became what it is: may be looked into */
    bool session;  /* of its own */
} victims[] = {
    {{"root", 0, 0, 0, 0, KEEP, ALL, ALL}, true, true},
    {{"user", 1000, 1000, 1000, 1000, KEEP, 0, 0}, true, true},
    {{"same session", 1000, 1000, 1000, 1000, KEEP, 0, 0}, true, false},
    {{"guarded user", 1000, 1000, 1000, 1000, KEEP, 0, 0}, false, true},
    {{"other", 1001, 1001, 1001, 1000, KEEP, 0, 0}, true, false},
    {{"set-uid", 1000, 0, 0, 1000, KEEP, ALL, ALL}, false, true},
    {{"saved", 1001, 1001, 1000, 1000, KEEP, 0, 0}, false, true},
};
#define VICTIMS (sizeof(victims) / sizeof(victims[0]))

static pid_t pid;      /* of the one in question */
static int descriptor; /* a pidfd of it */

static pid_t start(const struct victim *victim)
{
    int ready[2];
    char byte;

    NEED(pipe(ready) == 0);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        if (victim->session)
            setsid();
        become(&victim->is);
        dup2(ready[1], 3);
        if (victim->executes)
            execl("victim", "victim", "waits", NULL);
        NEED(write(3, "", 1) == 1);
        for (;;)
            pause();
    }
    close(ready[1]);
    NEED(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    return child;
}

static void copy_self(const char *path)
{
    char command[64];

    snprintf(command, sizeof(command), "cat /proc/%d/exe > %s; chmod 755 %s", getpid(), path, path);
    NEED(system(command) == 0);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static long thread_kill(int signo) { return syscall(SYS_tgkill, pid, pid, signo); }

static long any_thread_kill(int signo) { return syscall(SYS_tkill, pid, signo); }

static long queue(int signo) { return sigqueue(pid, signo, (union sigval){0}); }

static long pidfd_signal(int signo)
{
    return syscall(SYS_pidfd_send_signal, descriptor, signo, NULL, 0);
}

static long limit(bool sets)
{
    const struct rlimit to = {100, 100};
    struct rlimit old;

    return prlimit(pid, RLIMIT_CORE, sets ? &to : NULL, &old);
}

static long policy(int which)
{
    const struct sched_param none = {0};
    return sched_setscheduler(pid, which, &none);
}

static long affinity(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return sched_setaffinity(pid, sizeof(set), &set);
}

static const char *file_of(const char *name)
{
    static char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    return path;
}

static long reads(const char *name)
{
    char byte[16];
    int fd = open(file_of(name), O_RDONLY);

    if (fd < 0)
        return -1;
    long result = read(fd, byte, sizeof(byte));
    int error = errno;
    close(fd);
    errno = error;
    return result < 0 ? -1 : result > 0;
}

static long lists(const char *name)
{
    DIR *folder = opendir(file_of(name));

    if (!folder)
        return -1;
    closedir(folder);
    return 0;
}

static long link_of(const char *name)
{
    char target[256];
    return readlink(file_of(name), target, sizeof(target)) < 0 ? -1 : 0;
}

static long enters(const char *name)
{
    int fd = open(file_of(name), O_RDONLY);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

/* Whose the entry is, and its mode. */
static long owner_of(const char *name)
{
    struct stat stat;

    if (lstat(file_of(name), &stat) < 0)
        return -1;
    return stat.st_uid * 0100000000l + stat.st_gid * 010000l + (stat.st_mode & 07777);
}

static long capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, pid};
    struct __user_cap_data_struct data[2];

    return syscall(SYS_capget, &header, data) < 0 ? -1 : (data[0].permitted != 0);
}

static long robust_list(void)
{
    void *head;
    size_t bytes;

    return syscall(SYS_get_robust_list, pid, &head, &bytes);
}

/* X(call): the call as it is printed. None does its victim any harm. */
#define CALLS                                                                                      \
    X(kill(pid, 0))                                                                                \
    X(kill(pid, SIGCONT))                                                                          \
    X(kill(pid, SIGURG))                                                                           \
    X(thread_kill(0))                                                                              \
    X(thread_kill(SIGCONT))                                                                        \
    X(any_thread_kill(SIGURG))                                                                     \
    X(queue(SIGURG))                                                                               \
    X(queue(0))                                                                                    \
    X(pidfd_signal(0))                                                                             \
    X(pidfd_signal(SIGCONT))                                                                       \
    X(getpriority(PRIO_PROCESS, pid))                                                              \
    X(setpriority(PRIO_PROCESS, pid, 0))                                                           \
    X(setpriority(PRIO_PROCESS, pid, -1))                                                          \
    X(sched_getscheduler(pid))                                                                     \
    X(policy(SCHED_OTHER))                                                                         \
    X(affinity())                                                                                  \
    X(limit(false))                                                                                \
    X(limit(true))                                                                                 \
    X(capabilities())                                                                              \
    X(robust_list())                                                                               \
    X(getsid(pid) >= 0)                                                                            \
    X(getpgid(pid) >= 0)                                                                           \
    X(setpgid(pid, pid))                                                                           \
    X(reads("stat"))                                                                               \
    X(reads("status"))                                                                             \
    X(reads("cmdline"))                                                                            \
    X(reads("comm"))                                                                               \
    X(reads("environ"))                                                                            \
    X(reads("maps"))                                                                               \
    X(lists("."))                                                                                  \
    X(lists("task"))                                                                               \
    X(lists("fd"))                                                                                 \
    X(lists("fdinfo"))                                                                             \
    X(link_of("exe"))                                                                              \
    X(link_of("cwd"))                                                                              \
    X(link_of("root"))                                                                             \
    X(link_of("fd/3"))                                                                             \
    X(enters("exe"))                                                                               \
    X(enters("cwd"))                                                                               \
    X(enters("root"))                                                                              \
    X(enters("fdinfo/3"))                                                                          \
    X(owner_of("."))                                                                               \
    X(owner_of("stat"))                                                                            \
    X(owner_of("environ"))                                                                         \
    X(owner_of("fd"))                                                                              \
    X(owner_of("exe"))                                                                             \
    X(owner_of("task"))

#define X(call) #call,
static const char *const names[] = {CALLS};
#undef X

#define ROWS (sizeof(names) / sizeof(names[0]))

/* All of them by one user, each into its field. */
static long all(void *argument)
{
    long *answer = argument;
#define X(call)                                                                                    \
    errno = 0;                                                                                     \
    *answer = call;                                                                                \
    *answer = *answer == -1 ? -errno : *answer;                                                    \
    answer++;
    CALLS
#undef X
    return 0;
}

static void show(const struct victim *victim, long (*answers)[ROWS])
{
    SECTION(victim->is.name);
    pid = start(victim);
    descriptor = syscall(SYS_pidfd_open, pid, 0);
    NEED(descriptor >= 0);
    for (unsigned i = 0; i < IDENTITIES; i++)
        as(&identities[i], all, answers[i]);
    for (unsigned row = 0; row < ROWS; row++) {
        printf("%s:", names[row]);
        for (unsigned i = 0; i < IDENTITIES; i++)
            print_answer(answers[i][row]);
        printf("\n");
    }
    close(descriptor);
    NEED(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

/* ---- groups, everybody, the dead --------------------------------------------------------------
 */

static long kill_group(void *group) { return kill(-*(pid_t *)group, 0); }

static long kill_dead(void *dead) { return kill(*(pid_t *)dead, 0); }

static void show_groups(void)
{
    pid_t one = start(&victims[1]), two;

    SECTION("a group of two users, and a zombie");
    two = fork();
    if (two == 0) {
        become(&identities[3]);
        _exit(0);
    }
    siginfo_t info;
    NEED(waitid(P_PID, two, &info, WEXITED | WNOWAIT) == 0);
    printf("SIGCHLD comes from user %u\n", info.si_uid);
    for (unsigned i = 0; i < IDENTITIES; i++) {
        print_answer(as(&identities[i], kill_group, &one));
        print_answer(as(&identities[i], kill_dead, &two));
    }
    printf("\n");
    NEED(waitpid(two, NULL, 0) == two && kill(one, SIGKILL) == 0 && waitpid(one, NULL, 0) == one);
}

/* ---- limits and priorities of one's own -------------------------------------------------------
 */

static long raise_hard(void *unused)
{
    struct rlimit limit;

    (void)unused;
    NEED(getrlimit(RLIMIT_CORE, &limit) == 0);
    limit.rlim_max++;
    return setrlimit(RLIMIT_CORE, &limit);
}

static long lower_then_raise(void *unused)
{
    const struct rlimit low = {10, 20}, back = {20, 20}, more = {20, 21};

    (void)unused;
    NEED(setrlimit(RLIMIT_CORE, &low) == 0 && setrlimit(RLIMIT_CORE, &back) == 0);
    return setrlimit(RLIMIT_CORE, &more);
}

static long nicer(void *unused)
{
    (void)unused;
    NEED(setpriority(PRIO_PROCESS, 0, 5) == 0);
    return setpriority(PRIO_PROCESS, 0, 4);
}

static long realtime(void *unused)
{
    const struct sched_param one = {1};

    (void)unused;
    return sched_setscheduler(0, SCHED_FIFO, &one);
}

static long host_name(void *unused)
{
    (void)unused;
    return sethostname("x", 1);
}

static long clock_set(void *unused)
{
    (void)unused;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return clock_settime(CLOCK_REALTIME, &now);
}

static long reboots(void *unused)
{
    (void)unused;
    return syscall(SYS_reboot, 0, 0, 0, NULL);
}

static long mounts(void *unused)
{
    (void)unused;
    return mount("none", ".", "tmpfs", 0, NULL);
}

static long swaps(void *unused)
{
    (void)unused;
    return syscall(SYS_swapoff, "victim");
}

static long wakes(void *unused)
{
    (void)unused;
    return timerfd_create(CLOCK_BOOTTIME_ALARM, 0);
}

static long types(void *unused)
{
    (void)unused;
    return syscall(SYS_vhangup);
}

static void show_own(void)
{
    static const struct {
        const char *name;
        long (*call)(void *);
    } rows[] = {{"raise_hard", raise_hard},
                {"lower_then_raise", lower_then_raise},
                {"nicer", nicer},
                {"realtime", realtime},
                {"host_name", host_name},
                {"clock_set", clock_set},
                {"reboots", reboots},
                {"mounts", mounts},
                {"swaps", swaps},
                {"types", types},
                {"wakes", wakes}};
    const struct rlimit limit = {100, 100};

    SECTION("oneself");
    NEED(setrlimit(RLIMIT_CORE, &limit) == 0);
    for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        printf("%s:", rows[row].name);
        for (unsigned i = 0; i < IDENTITIES; i++)
            print_answer(as(&identities[i], rows[row].call, NULL));
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) { /* a victim that has executed */
        NEED(write(3, argv[1], 1) == 1);
        for (;;)
            pause();
    }
    start_as_everywhere();
    copy_self("victim");
    long(*answers)[ROWS] = mmap(NULL, IDENTITIES * sizeof(*answers), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(answers != MAP_FAILED);
    for (unsigned i = 0; i < VICTIMS; i++)
        show(&victims[i], answers);
    show_groups();
    show_own();
    return 0;
}
