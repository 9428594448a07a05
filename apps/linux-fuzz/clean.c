/*
 * clean.c - see clean.h.
 */
#include "apps/linux-fuzz/clean.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES    2000
#define PAUSE_NS 2000000
#define STATUS   120
#define SOCKETS  2000

#define WARM_THREADS   5000 /* more than a world has */
#define WARM_PROCESSES 250
#define WARM_STACK     16384
#define WARM_FOLDERS   100
#define WARM_OWN_STACK 65536

static bool end_children(void)
{
    const struct timespec pause = {0, PAUSE_NS};

    for (unsigned i = 0; i < TRIES; i++) {
        pid_t child;
        kill(-1, SIGKILL);
        while ((child = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
            ;
        if (child < 0 && errno == ECHILD)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool read_line(const char *path, char *line)
{
    int fd = open(path, O_RDONLY);
    ssize_t bytes = fd < 0 ? -1 : read(fd, line, STATUS - 1);

    if (fd >= 0)
        close(fd);
    line[bytes > 0 ? bytes : 0] = 0;
    return bytes > 0;
}

/* The line of /proc/PID/stat of one that is still there, but for init and us: if there is one, of
   one that is not just waiting for its parent. */
static void name_survivor(char *text, unsigned long bytes)
{
    DIR *processes = opendir("/proc");

    snprintf(text, bytes, "nobody is in /proc");
    for (struct dirent *entry; processes && (entry = readdir(processes));) {
        char path[300], line[STATUS];
        int pid = atoi(entry->d_name);
        if (pid <= 1 || pid == getpid())
            continue;
        snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        if (read_line(path, line))
            snprintf(text, bytes, "%s", line);
        if (!strstr(line, ") Z "))
            break;
    }
    if (processes)
        closedir(processes);
}

bool clean_processes(char *text, unsigned long bytes)
{
    if (end_children())
        return true;
    name_survivor(text, bytes);
    return false;
}

/* By descriptors: paths may be longer than PATH_MAX. */
static void empty(int folder)
{
    DIR *list = fdopendir(folder);

    for (struct dirent *entry; list && (entry = readdir(list));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(list), entry->d_name, 0) == 0 ||
            unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR) == 0)
            continue;
        int inner = openat(dirfd(list), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (inner >= 0)
            empty(inner);
        unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR);
    }
    if (list)
        closedir(list);
    else
        close(folder);
}

/* In a child: what it takes of memory depends on what there is. */
void clean_folder(const char *path)
{
    pid_t child = fork();

    if (child == 0) {
        int folder = open(path, O_RDONLY | O_DIRECTORY);
        if (folder >= 0)
            empty(folder);
        _exit(0);
    }
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Sockets that are in flight in each other are looked for when others are closed. */
void clean_sockets(void)
{
    for (unsigned i = 0; i < SOCKETS; i++) {
        int one = socket(AF_UNIX, SOCK_DGRAM, 0);
        if (one >= 0)
            close(one);
    }
}

static void clean_shared_memory(void)
{
    struct shm_info info;
    struct shmid_ds segment;
    int last = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);

    for (int i = 0; i <= last; i++) {
        int id = shmctl(i, SHM_STAT, &segment);
        if (id >= 0)
            shmctl(id, IPC_RMID, NULL);
    }
}

static void clean_semaphores(void)
{
    struct seminfo info;
    struct semid_ds set;
    int last = semctl(0, 0, SEM_INFO, &info);

    for (int i = 0; i <= last; i++) {
        int id = semctl(i, 0, SEM_STAT, &set);
        if (id >= 0)
            semctl(id, 0, IPC_RMID);
    }
}

static void clean_queues(void)
{
    struct msqid_ds queue; /* room for what MSG_INFO writes, which is smaller */
    int last = msgctl(0, MSG_INFO, &queue);

    for (int i = 0; i <= last; i++) {
        int id = msgctl(i, MSG_STAT, &queue);
        if (id >= 0)
            msgctl(id, IPC_RMID, NULL);
    }
}

void clean_ipc(void)
{
    clean_shared_memory();
    clean_semaphores();
    clean_queues();
}

/* ---- warming up ------------------------------------------------------------------------------ */

static void *wait_for_the_end(void *context)
{
    (void)context;
    pause();
    return NULL;
}

/* As many threads as there can be: the server keeps them. */
static void make_threads(void)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, WARM_STACK);
    for (unsigned i = 0; i < WARM_THREADS; i++)
        if (pthread_create(&thread, &attributes, wait_for_the_end, NULL) != 0)
            break;
    _exit(0);
}

/* Folders do not become smaller again. */
static void make_folders(void)
{
    char path[32];

    for (unsigned i = 0; i < WARM_FOLDERS; i++) {
        snprintf(path, sizeof(path), "/tmp/%u", i);
        mkdir(path, 0700);
    }
    clean_folder("/tmp");
}

/* The server keeps what one signal needs while it waits. */
static void take_a_signal(void)
{
    sigset_t one, before;
    siginfo_t info;

    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigprocmask(SIG_BLOCK, &one, &before);
    kill(getpid(), SIGUSR1);
    sigwaitinfo(&one, &info);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* All of our own memory is there from now on: what is written to later takes no page more. */
static void touch_own_memory(void)
{
    extern char __data_start[], _end[];
    volatile char stack[WARM_OWN_STACK];

    for (volatile char *at = __data_start; at < _end; at++)
        *at = *at;
    for (size_t i = 0; i < sizeof(stack); i++)
        stack[i] = 1;
}

void clean_warm_up(void)
{
    touch_own_memory();
    take_a_signal();
    make_folders();
    for (unsigned i = 0; i < WARM_PROCESSES; i++)
        if (fork() == 0)
            for (;;)
                pause();
    end_children();
    if (fork() == 0)
        make_threads();
    while (waitpid(-1, NULL, 0) > 0)
        ;
}
