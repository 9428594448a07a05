/*
 * clean.c - see clean.h.
 */
#include "apps/linux-fuzz/clean.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES    2000
#define PAUSE_NS 2000000
#define STATUS   120

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

void clean_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY);
    if (folder >= 0)
        empty(folder);
}

void clean_segments(void)
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
