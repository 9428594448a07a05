/*
 * load_hogs.c - all there is of one thing: the limit is an error or the end of whoever went too
 * far, and afterwards the rest goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "apps/linux-fuzz/actor.h"
#include "apps/linux-fuzz/load.h"

#define PAGE      4096
#define MIB       (1u << 20)
#define PIPE_MOST MIB
#define ENDLESS   2000000u

static void wait_forever(unsigned argument)
{
    (void)argument;
    for (;;)
        pause();
}

/* Ends with the last that could not be had; @call must set errno. */
#define UNTIL_LIMIT(made, call)                                                                    \
    do {                                                                                           \
        for (made = 0; made < ENDLESS && (call); made++)                                           \
            ;                                                                                      \
        LOAD_NEED(made < ENDLESS && load_is_limit(errno));                                         \
    } while (0)

static void take_all_descriptors(void)
{
    struct rlimit limit;
    LOAD_NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    LOAD_NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* ---- processes and threads ---------------------------------------------------------------------
 */

static void bomb(unsigned depth)
{
    while (depth > 0 && fork() >= 0)
        depth--;
    wait_forever(0);
}

/* It fills the world; whoever is there already can still do what needs no process. */
static void fork_bomb(unsigned seconds)
{
    int file = open("/tmp/file", O_RDWR | O_CREAT, 0600);
    pid_t child = load_child(bomb, 1000000);

    LOAD_NEED(child > 0 && file >= 0);
    for (unsigned i = 0; i < seconds * 10; i++) {
        usleep(100000);
        LOAD_NEED(pwrite(file, "x", 1, i) == 1);
    }
    load_note("%u s of it", seconds);
}

static void zombies(unsigned amount)
{
    unsigned made;

    (void)amount;
    for (made = 0; made < 40000; made++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0)
            break;
    }
    LOAD_NEED(made >= 100 && load_is_limit(errno));
    load_note("%u zombies", made);
}

static void *sleep_on(void *context)
{
    for (;;)
        pause();
    return context;
}

static void thread_hog(unsigned amount)
{
    pthread_attr_t attributes;
    pthread_t thread;
    unsigned made;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 16384);
    for (made = 0; made < amount; made++)
        if ((errno = pthread_create(&thread, &attributes, sleep_on, NULL)) != 0)
            break;
    LOAD_NEED(made == amount || load_is_limit(errno));
    LOAD_NEED(fork() < 0 && load_is_limit(errno));
    load_note("%u threads and no more process", made);
}

/* ---- memory ------------------------------------------------------------------------------------
 */

static void touch_without_end(unsigned argument)
{
    (void)argument;
    for (;;) {
        char *at = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED)
            _exit(7);
        for (unsigned i = 0; i < MIB; i += PAGE)
            at[i] = 1;
    }
}

/* It is killed, or refused; a neighbour that has little keeps it. */
static void memory_hog(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        int status;
        pid_t neighbour = load_child(wait_forever, 0);
        pid_t hog = load_child(touch_without_end, 0);
        LOAD_NEED(neighbour > 0 && hog > 0 && waitpid(hog, &status, 0) == hog);
        LOAD_NEED((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) || WEXITSTATUS(status) == 7);
        LOAD_NEED(waitpid(neighbour, &status, WNOHANG) == 0);
        LOAD_NEED(kill(neighbour, SIGKILL) == 0 && waitpid(neighbour, &status, 0) == neighbour);
    }
    load_note("%u times", times);
}

/* Many that share it evenly: none is the obvious one. */
static void memory_crowd(unsigned amount)
{
    unsigned killed = 0, refused = 0;

    for (unsigned i = 0; i < amount; i++)
        LOAD_NEED(load_child(touch_without_end, i) > 0);
    for (unsigned i = 0; i < amount; i++) {
        int status;
        LOAD_NEED(wait(&status) > 0);
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        refused += WIFEXITED(status) && WEXITSTATUS(status) == 7;
    }
    LOAD_NEED(killed + refused == amount);
    load_note("%u killed, %u refused", killed, refused);
}

static void map_hog(unsigned amount)
{
    unsigned made;

    for (made = 0; made < amount; made++)
        if (mmap(NULL, PAGE, made % 2 ? PROT_READ : PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
            break;
    LOAD_NEED(made == amount || errno == ENOMEM);
    pid_t child = fork(); /* has as many, or is refused */
    if (child == 0)
        _exit(0);
    LOAD_NEED(child > 0 || load_is_limit(errno));
    load_note("%u ranges", made);
}

/* Page tables without pages: one page in each 2 MiB, or in each 1 GiB. */
static void sparse_hog(unsigned amount)
{
    const size_t bytes = (size_t)1 << 42;
    volatile char *at =
        mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED) {
        LOAD_NEED(errno == ENOMEM);
        at = mmap(NULL, 64 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        LOAD_NEED(at != MAP_FAILED);
        amount = 32;
    }
    for (unsigned i = 0; i < amount; i++)
        LOAD_NEED(at[(size_t)i * 2 * MIB % bytes] == 0);
    load_note("%u pages far from each other", amount);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void tmpfs_hog(unsigned most_mib)
{
    static char piece[64 * 1024];
    int file = open("/tmp/hog", O_RDWR | O_CREAT, 0600);
    ssize_t done = 1;
    uint64_t written = 0;
    char back;

    LOAD_NEED(file >= 0);
    memset(piece, 'x', sizeof(piece));
    for (; done > 0 && written<(uint64_t)most_mib * MIB; written += done> 0 ? (uint64_t)done : 0)
        done = write(file, piece, sizeof(piece));
    LOAD_NEED(done > 0 || errno == ENOSPC || errno == ENOMEM);
    LOAD_NEED(pread(file, &back, 1, 1000) == 1 && back == 'x');
    LOAD_NEED(ftruncate(file, 0) == 0);
    LOAD_NEED(write(file, piece, sizeof(piece)) == sizeof(piece));
    load_note("%lu MiB", (unsigned long)(written / MIB));
}

static void small_files(unsigned amount)
{
    char path[40];
    unsigned made;

    LOAD_NEED(mkdir("/tmp/many", 0700) == 0 && chdir("/tmp/many") == 0);
    for (made = 0; made < amount; made++) {
        snprintf(path, sizeof(path), "a-name-that-is-not-so-short-%u", made);
        int file = open(path, O_RDWR | O_CREAT, 0600);
        if (file < 0)
            break;
        close(file);
    }
    LOAD_NEED(made == amount || load_is_limit(errno));
    load_note("%u files in a folder", made);
}

static void descriptor_hog(unsigned amount)
{
    unsigned made, all = 0;

    for (unsigned i = 0; i < amount; i++) {
        if (fork() != 0)
            continue;
        take_all_descriptors();
        UNTIL_LIMIT(made, open("/dev/null", O_RDONLY) >= 0);
        wait_forever(0);
    }
    take_all_descriptors();
    UNTIL_LIMIT(all, open("/dev/zero", O_RDONLY) >= 0);
    load_note("%u in one process, beside %u others", all, amount);
}

static void pipe_hog(unsigned amount)
{
    static char piece[PAGE];
    unsigned made;
    uint64_t bytes = 0;

    take_all_descriptors();
    for (made = 0; made < amount; made++) {
        int ends[2];
        ssize_t done;
        if (pipe2(ends, O_NONBLOCK) < 0)
            break;
        fcntl(ends[1], F_SETPIPE_SZ, PIPE_MOST);
        while ((done = write(ends[1], piece, sizeof(piece))) > 0)
            bytes += (uint64_t)done;
        LOAD_NEED(load_is_limit(errno));
    }
    LOAD_NEED(made == amount || load_is_limit(errno));
    load_note("%u pipes, %lu KiB in them", made, (unsigned long)(bytes / 1024));
}

static void deep_folders(unsigned depth)
{
    static char path[PAGE];
    unsigned made;

    LOAD_NEED(chdir("/tmp") == 0);
    for (made = 0; made < depth; made++)
        if (mkdir("d", 0700) < 0 || chdir("d") < 0)
            break;
    LOAD_NEED(made == depth || load_is_limit(errno));
    LOAD_NEED(made < 3000 || (!getcwd(path, sizeof(path)) && errno == ERANGE));
    for (unsigned i = 0; i < made; i++)
        LOAD_NEED(chdir("..") == 0 && rmdir("d") == 0);
    load_note("%u folders in each other", made);
}

static void symlink_loops(unsigned amount)
{
    char name[32], target[64];

    LOAD_NEED(chdir("/tmp") == 0 && symlink("self", "self") == 0);
    LOAD_NEED(symlink("pong", "ping") == 0 && symlink("ping", "pong") == 0);
    LOAD_NEED(symlink("grow/grow", "grow") == 0);
    LOAD_NEED(open("self", O_RDONLY) < 0 && errno == ELOOP);
    LOAD_NEED(open("ping/x", O_RDONLY) < 0 && errno == ELOOP);
    LOAD_NEED(open("grow", O_RDONLY) < 0 && errno == ELOOP);
    LOAD_NEED(open("0", O_RDWR | O_CREAT, 0600) >= 0);
    for (unsigned i = 1; i <= amount; i++) {
        snprintf(name, sizeof(name), "%u", i);
        snprintf(target, sizeof(target), "%u", i - 1);
        LOAD_NEED(symlink(target, name) == 0);
        int file = open(name, O_RDONLY);
        LOAD_NEED(i <= 40 ? file >= 0 : file < 0 && errno == ELOOP);
    }
    load_note("a chain of %u", amount);
}

/* ---- arguments ---------------------------------------------------------------------------------
 */

static int execute_with(char *one, unsigned count)
{
    char **arguments = calloc(count + 3, sizeof(*arguments));
    int status;

    LOAD_NEED(arguments);
    for (unsigned i = 0; i < count + 2; i++)
        arguments[i] = one;
    char program[] = ACTOR_PROGRAM, nothing[] = "--nothing";
    arguments[0] = program;
    arguments[1] = nothing;
    pid_t child = fork();
    if (child == 0) {
        execv(ACTOR_PROGRAM, arguments);
        _exit(errno == E2BIG ? 70 : errno == ENOMEM ? 71 : 72);
    }
    free(arguments);
    LOAD_NEED(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void huge_arguments(unsigned amount)
{
    static char text[33 * PAGE];

    memset(text, 'x', sizeof(text) - 1);
    LOAD_NEED(execute_with(text, 1) == 70); /* a single string of more than 32 pages */
    text[31 * PAGE] = 0;
    LOAD_NEED(execute_with(text, 1) == 0);
    LOAD_NEED(execute_with(text, amount) == 70);
    text[1] = 0;
    LOAD_NEED(execute_with(text, 20000) == 0);
    LOAD_NEED(execute_with(text, 1000000) == 70);
    load_note("refused where Linux refuses them");
}

/* ---- things of the server ----------------------------------------------------------------------
 */

static void signal_queue(unsigned amount)
{
    unsigned made;
    sigset_t all;

    (void)amount;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    UNTIL_LIMIT(made, sigqueue(getpid(), SIGRTMIN + 2, (union sigval){0}) == 0);
    LOAD_NEED(kill(getpid(), SIGUSR1) == 0); /* one that needs no room in the queue */
    load_note("%u queued", made);
}

static void timer_hog(unsigned amount)
{
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    unsigned made;
    timer_t timer;

    (void)amount;
    UNTIL_LIMIT(made, timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    load_note("%u timers", made);
}

static void event_hog(unsigned amount)
{
    struct epoll_event event = {.events = EPOLLIN};
    int outer = epoll_create1(0), inner = epoll_create1(0), notify = inotify_init1(IN_NONBLOCK);
    char path[40];
    unsigned depth, i;

    LOAD_NEED(outer >= 0 && inner >= 0 && notify >= 0);
    for (depth = 0; depth < 20 && epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) == 0; depth++) {
        inner = outer;
        LOAD_NEED((outer = epoll_create1(0)) >= 0);
    }
    LOAD_NEED(depth < 20 && (errno == ELOOP || errno == EINVAL));
    LOAD_NEED(mkdir("/tmp/watched", 0700) == 0 && chdir("/tmp/watched") == 0);
    LOAD_NEED(inotify_add_watch(notify, ".", IN_ALL_EVENTS) > 0);
    for (i = 0; i < amount; i++) { /* more events than the queue takes, and nobody reads */
        snprintf(path, sizeof(path), "%u", i % 7);
        int file = open(path, O_RDWR | O_CREAT, 0600);
        LOAD_NEED(file >= 0 && close(file) == 0 && unlink(path) == 0);
    }
    load_note("epolls %u deep, %u files nobody was told of", depth, amount);
}

static void lock_hog(unsigned amount)
{
    int file = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
    unsigned made;

    LOAD_NEED(file >= 0);
    for (made = 0; made < amount; made++) {
        struct flock lock = {.l_type = F_WRLCK, .l_start = made * 2, .l_len = 1};
        if (fcntl(file, F_SETLK, &lock) < 0)
            break;
    }
    LOAD_NEED(made == amount || errno == ENOLCK || errno == ENOMEM);
    load_note("%u locks", made);
}

static void segment_hog(unsigned amount)
{
    unsigned made;

    for (made = 0; made < amount; made++) {
        int id = shmget(IPC_PRIVATE, MIB, IPC_CREAT | 0600);
        char *at = id < 0 ? (char *)-1 : shmat(id, NULL, 0);
        if (at == (char *)-1)
            break;
        at[0] = 1;
    }
    LOAD_NEED(made == amount || load_is_limit(errno));
    load_note("%u segments", made);
}

static void semaphore_hog(unsigned amount)
{
    unsigned made;

    for (made = 0; made < amount; made++)
        if (semget(IPC_PRIVATE, 32000, IPC_CREAT | 0600) < 0)
            break;
    LOAD_NEED(made == amount || load_is_limit(errno));
    load_note("%u sets", made);
}

/* Names and attributes take memory without a page of a file. */
static void name_hog(unsigned amount)
{
    static char value[30000];
    char path[200];
    unsigned made, with = 0;

    LOAD_NEED(mkdir("/tmp/names", 0700) == 0 && chdir("/tmp/names") == 0);
    LOAD_NEED(open("first", O_RDWR | O_CREAT, 0600) >= 0);
    for (made = 0; made < amount; made++) {
        snprintf(path, sizeof(path), "a%0150u", made);
        if (link("first", path) < 0)
            break;
    }
    LOAD_NEED(made == amount || load_is_limit(errno) || errno == EMLINK);
    for (; with < amount; with++) {
        snprintf(path, sizeof(path), "b%u", with);
        if (mkdir(path, 0700) < 0 || setxattr(path, "trusted.a", value, sizeof(value), 0) < 0)
            break;
    }
    LOAD_NEED(with == amount || load_is_limit(errno));
    load_note("%u links, %u attributes of %zu bytes", made, with, sizeof(value));
}

/* Descriptors in flight that nobody receives, sockets that are in flight in themselves. */
static void flight_hog(unsigned amount)
{
    unsigned sent = 0;

    take_all_descriptors();
    for (unsigned i = 0; i < amount; i++) {
        int pair[2];
        char data = 0, space[CMSG_SPACE(2 * sizeof(int))] = {0};
        struct iovec vector = {&data, 1};
        struct msghdr message = {.msg_iov = &vector,
                                 .msg_iovlen = 1,
                                 .msg_control = space,
                                 .msg_controllen = sizeof(space)};
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) < 0)
            break;
        *rights = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(pair)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(rights), pair, sizeof(pair));
        while (sendmsg(pair[0], &message, 0) == 1)
            sent++;
        LOAD_NEED(load_is_limit(errno) || errno == ETOOMANYREFS);
        if (i % 2) {
            close(pair[0]);
            close(pair[1]);
        }
    }
    load_note("%u messages with descriptors", sent);
}

const struct load load_hogs[] = {
    {"fork_bomb", fork_bomb, 2, 30},
    {"zombies", zombies, 1, 1},
    {"thread_hog", thread_hog, 20000, 20000},
    {"memory_hog", memory_hog, 1, 20},
    {"memory_crowd", memory_crowd, 10, 60},
    {"map_hog", map_hog, 5000, 100000},
    {"sparse_hog", sparse_hog, 2000, 100000},
    {"tmpfs_hog", tmpfs_hog, 4096, 4096},
    {"small_files", small_files, 5000, 200000},
    {"descriptor_hog", descriptor_hog, 1, 40},
    {"pipe_hog", pipe_hog, 300, 3000},
    {"deep_folders", deep_folders, 3500, 50000},
    {"symlink_loops", symlink_loops, 45, 45},
    {"huge_arguments", huge_arguments, 400, 400},
    {"signal_queue", signal_queue, 1, 1},
    {"timer_hog", timer_hog, 1, 1},
    {"event_hog", event_hog, 8000, 200000},
    {"lock_hog", lock_hog, 1000, 5000},
    {"segment_hog", segment_hog, 1000, 1000},
    {"semaphore_hog", semaphore_hog, 1000, 1000},
    {"name_hog", name_hog, 8000, 1000000},
    {"flight_hog", flight_hog, 50, 1000},
    {0},
};
