/*
 * proc_self.c - what a program reads about itself and its children in /proc, against what it knows.
 */
#include "show.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define TEXT_MAX (256 << 10)
#define PAGE     4096
#define MAPPED   (1 << 20)
#define THREADS  3
#define LISTINGS 40

static char text[TEXT_MAX], again[TEXT_MAX];

/* Reads all of an open file in pieces of that size, from where it is. */
static size_t read_pieces(int fd, char *to, size_t piece)
{
    size_t length = 0;
    ssize_t count;
    while ((count = read(fd, to + length, piece)) > 0)
        length += (size_t)count;
    NEED(count == 0 && length < TEXT_MAX);
    to[length] = 0;
    return length;
}

static const char *all_of(const char *path)
{
    int fd = open(path, O_RDONLY);
    NEED(fd >= 0);
    read_pieces(fd, text, TEXT_MAX - 1);
    close(fd);
    return text;
}

/* The number behind a name at the start of a line; -1: there is no such line. */
static long number_after(const char *path, const char *name)
{
    const char *line = all_of(path);
    for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            return strtol(line + strlen(name), NULL, 10);
    return -1;
}

/* ---- reading ------------------------------------------------------------------------------ */

static void pieces_of(const char *path)
{
    int fd = open(path, O_RDONLY);
    NEED(fd >= 0);
    size_t length = read_pieces(fd, text, TEXT_MAX - 1);
    printf("%s\n", path);
    SHOW(length > 0);
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(read_pieces(fd, again, 1) == length && memcmp(text, again, length) == 0);
    SHOW(lseek(fd, 5, SEEK_SET));
    SHOW(read_pieces(fd, again, 7) == length - 5 && memcmp(text + 5, again, length - 5) == 0);
    SHOW(pread(fd, again, 9, 3) == 9 && memcmp(text + 3, again, 9) == 0);
    SHOW(pread(fd, again, 9, (off_t)length));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(lseek(fd, -1, SEEK_SET));
    close(fd);
}

/* ---- memory ------------------------------------------------------------------------------- */

/* The line of maps (or smaps) of the range that begins here, and in `again` all up to the next. */
static const char *range_at(const char *path, const void *start)
{
    char head[40];
    snprintf(head, sizeof(head), "%08lx-", (unsigned long)start);
    const char *line = strstr(all_of(path), head);
    NEED(line);
    snprintf(again, sizeof(again), "%s", line);
    return again;
}

static long smaps_kib(const void *start, const char *name)
{
    const char *at = strstr(range_at("/proc/self/smaps", start), name);
    NEED(at);
    return strtol(at + strlen(name), NULL, 10);
}

static void memory(void)
{
    SECTION("memory");
    long size = number_after("/proc/self/status", "VmSize:");
    long resident = number_after("/proc/self/status", "VmRSS:");
    char *all = mmap(NULL, MAPPED + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(all != MAP_FAILED);
    char *inner = all + PAGE;
    NEED(mprotect(inner, MAPPED, PROT_READ | PROT_WRITE) == 0);
    SHOW(number_after("/proc/self/status", "VmSize:") - size == (MAPPED + 2 * PAGE) / 1024);
    printf("%.5s\n", range_at("/proc/self/maps", inner) + 25);
    SHOW(smaps_kib(inner, "Size:"));
    SHOW(smaps_kib(inner, "Rss:"));
    memset(inner, 1, 64 * PAGE);
    long touched = smaps_kib(inner, "Rss:");
    SHOW(touched >= 256 && touched < 256 + 64); /* there may be some in advance */
    SHOW(smaps_kib(inner, "Private_Dirty:") == touched);
    SHOW(smaps_kib(inner, "Anonymous:") == touched);
    memset(inner, 1, MAPPED);
    long grown = number_after("/proc/self/status", "VmRSS:") - resident;
    SHOW(grown >= MAPPED / 1024 && grown < MAPPED / 1024 + 256);
    SHOW(number_after("/proc/self/smaps_rollup", "Rss:") >= MAPPED / 1024);
    NEED(mprotect(inner, MAPPED, PROT_READ) == 0);
    printf("%.5s\n", range_at("/proc/self/maps", inner) + 25);
    munmap(all, MAPPED + 2 * PAGE);
    SHOW(number_after("/proc/self/status", "VmRSS:") - resident < 256);
    SHOW(number_after("/proc/self/status", "VmHWM:") >= resident + MAPPED / 1024 - 256);
    int fd = memfd_create("mine", 0);
    NEED(fd >= 0 && ftruncate(fd, PAGE) == 0);
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    NEED(shared != MAP_FAILED);
    *shared = 1;
    printf("%.5s%.22s\n", range_at("/proc/self/maps", shared) + 25, again + 73);
    close(fd);
    SHOW(strstr(all_of("/proc/self/maps"), "[stack]\n") != NULL);
    SHOW(strstr(all_of("/proc/self/maps"), "[vdso]\n") != NULL);
    unsigned long pair[2] = {0, 0};
    fd = open("/proc/self/auxv", O_RDONLY);
    while (read(fd, pair, sizeof(pair)) == sizeof(pair) && pair[0] != AT_PAGESZ)
        continue;
    close(fd);
    SHOW(pair[1]);
}

/* ---- files -------------------------------------------------------------------------------- */

/* The bit of O_LARGEFILE is another one on each architecture. */
static void show_info(int fd)
{
    char path[64];
    unsigned flags = 0;
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    SHOW(number_after(path, "pos:"));
    NEED(sscanf(strstr(all_of(path), "flags:"), "flags:\t0%o\nmnt_", &flags) == 1);
    SHOW((flags & ~O_CLOEXEC) == (unsigned)fcntl(fd, F_GETFL));
    SHOW((flags & O_CLOEXEC) != 0);
    SHOW(flags & O_ACCMODE);
}

static void files(void)
{
    char path[64], target[256] = "";

    SECTION("files");
    int fd = open("some_file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    NEED(fd >= 0 && write(fd, "0123456789", 10) == 10);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    SHOW(length > 10 && strcmp(target + length - 10, "/some_file") == 0);
    show_info(fd);
    SHOW(lseek(fd, 4, SEEK_SET));
    NEED(fcntl(fd, F_SETFD, 0) == 0);
    show_info(fd);
    unlink("some_file");
    length = readlink(path, target, sizeof(target) - 1);
    SHOW(strcmp(target + length - 10, " (deleted)"));
    close(fd);
    SHOW(readlink(path, target, sizeof(target)));
    long calls = number_after("/proc/self/io", "syscw:");
    long bytes = number_after("/proc/self/io", "wchar:");
    fd = open("/dev/null", O_WRONLY);
    for (int i = 0; i < 10; i++)
        NEED(write(fd, text, 1000) == 1000);
    SHOW(number_after("/proc/self/io", "syscw:") - calls >= 10);
    SHOW(number_after("/proc/self/io", "wchar:") - bytes >= 10000);
    close(fd);
    struct rlimit limit = {100, 200};
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    printf("%.78s|\n", strstr(all_of("/proc/self/limits"), "Max open files"));
    printf("%.78s|\n", strstr(all_of("/proc/self/limits"), "Max nice"));
}

/* ---- names and numbers -------------------------------------------------------------------- */

static long write_to(const char *path, const char *what)
{
    int fd = open(path, O_WRONLY);
    long result = fd < 0 ? -1 : write(fd, what, strlen(what));
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return result;
}

static void names(void)
{
    char name[32], state;
    int pid, parent, group, session, fields = 0;

    SECTION("names");
    NEED(prctl(PR_SET_NAME, "a) (b c") == 0);
    NEED(sscanf(all_of("/proc/self/stat"), "%d (%31[^\n]", &pid, name) == 2);
    const char *rest = strrchr(text, ')');
    NEED(sscanf(rest, ") %c %d %d %d", &state, &parent, &group, &session) == 4);
    printf("%.8s|%c\n", name, state);
    SHOW(pid == getpid() && parent == getppid());
    SHOW(group == getpgrp() && session == getsid(0));
    for (const char *at = rest; *at; at++)
        fields += *at == ' ';
    SHOW(fields);
    SHOW(write_to("/proc/self/comm", "another name that is long"));
    printf("%s", all_of("/proc/self/comm"));
    SHOW(write_to("/proc/self/oom_score_adj", "300\n"));
    printf("%s", all_of("/proc/self/oom_score_adj"));
    SHOW(write_to("/proc/self/oom_score_adj", "1001"));
    SHOW(write_to("/proc/self/oom_score_adj", "many"));
    SHOW(mkdir("/proc/new", 0700));
    SHOW(open("/proc/new", O_CREAT | O_WRONLY, 0600));
    SHOW(unlink("/proc/self/stat"));
    umask(027);
    SHOW(number_after("/proc/self/status", "Umask:"));
    SHOW(number_after("/proc/self/status", "Threads:"));
    SHOW(number_after("/proc/self/status", "Seccomp:"));
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {1, &allow};
    NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    NEED(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    SHOW(number_after("/proc/self/status", "Seccomp:"));
    SHOW(number_after("/proc/self/status", "NoNewPrivs:"));
}

static void dead_child(void)
{
    char path[64], exe[64], state = 0;

    SECTION("a child that has ended");
    pid_t child = fork();
    if (child == 0)
        _exit(3);
    siginfo_t info;
    NEED(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
    snprintf(path, sizeof(path), "/proc/%d/stat", child);
    snprintf(exe, sizeof(exe), "/proc/%d/exe", child);
    int fd = open(path, O_RDONLY);
    NEED(fd >= 0 && sscanf(strrchr(all_of(path), ')'), ") %c", &state) == 1);
    printf("%c\n", state);
    SHOW(readlink(exe, text, 10));
    snprintf(exe, sizeof(exe), "/proc/%d/cmdline", child);
    SHOW(strlen(all_of(exe)));
    snprintf(exe, sizeof(exe), "/proc/%d/maps", child);
    SHOW(strlen(all_of(exe)));
    NEED(waitpid(child, NULL, 0) == child);
    SHOW(read(fd, text, 10));
    SHOW(open(path, O_RDONLY));
    close(fd);
}

/* ---- lists, while what they list comes and goes --------------------------------------------- */

/* How often a number is in a directory; -1: they do not rise, or one is there twice. */
static int times_listed(const char *path, long wanted)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    long last = 0;
    int times = 0;

    NEED(directory);
    while ((entry = readdir(directory))) {
        long number = strtol(entry->d_name, NULL, 10);
        if (number == 0)
            continue;
        if (number <= last)
            times = -1000;
        last = number;
        times += number == wanted;
    }
    closedir(directory);
    return times < 0 ? -1 : times;
}

static void *waits(void *until)
{
    while (!__atomic_load_n((int *)until, __ATOMIC_RELAXED))
        usleep(1000);
    return NULL;
}

static void *ends(void *nothing) { return nothing; }

static void *comes_and_goes(void *until)
{
    while (!__atomic_load_n((int *)until, __ATOMIC_RELAXED)) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, ends, NULL) == 0)
            pthread_join(thread, NULL);
    }
    return NULL;
}

static void lists(void)
{
    pthread_t threads[THREADS];
    int over = 0, good = 0;

    SECTION("lists");
    for (int i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, waits, &over) == 0);
    SHOW(number_after("/proc/self/status", "Threads:"));
    SHOW(times_listed("/proc/self/task", getpid()));
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    over = 0;
    NEED(pthread_create(&threads[0], NULL, comes_and_goes, &over) == 0);
    for (int i = 0; i < LISTINGS; i++)
        good += times_listed("/proc/self/task", getpid()) == 1;
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    pthread_join(threads[0], NULL);
    SHOW(good == LISTINGS);
    pid_t forks = fork();
    if (forks == 0) {
        for (;;) {
            pid_t child = fork();
            if (child == 0)
                _exit(0);
            waitpid(child, NULL, 0);
        }
    }
    good = 0;
    for (int i = 0; i < LISTINGS; i++)
        good += times_listed("/proc", getpid()) == 1 && times_listed("/proc", forks) == 1;
    kill(forks, SIGKILL);
    waitpid(forks, NULL, 0);
    SHOW(good == LISTINGS);
    SHOW(times_listed("/proc", forks));
}

int main(void)
{
    SECTION("reading");
    pieces_of("/proc/self/maps");
    pieces_of("/proc/self/limits");
    pieces_of("/proc/filesystems");
    memory();
    files();
    names();
    dead_child();
    lists();
    return 0;
}
