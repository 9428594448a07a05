/*
 * sysv_shm.c - shared memory segments of System V between processes.
 */
#include "show.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#define KEY   0x636f726d
#define BYTES 10000

static int exit_status(pid_t child)
{
    int status;
    NEED(waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status);
}

static void show_segment(int id, pid_t creator)
{
    struct shmid_ds told;
    SHOW(shmctl(id, IPC_STAT, &told));
    printf("%lu bytes, %lu attached, mode %o, creator %d, times %d %d %d\n",
           (unsigned long)told.shm_segsz, (unsigned long)told.shm_nattch, told.shm_perm.mode,
           told.shm_cpid == creator, told.shm_atime != 0, told.shm_dtime != 0, told.shm_ctime != 0);
}

int main(void)
{
    int old = shmget(KEY, 0, 0);
    if (old >= 0)
        shmctl(old, IPC_RMID, NULL);
    SHOW(shmget(KEY, BYTES, 0600));
    SHOW(shmget(KEY, 0, IPC_CREAT | 0600));
    int id = shmget(KEY, BYTES, IPC_CREAT | IPC_EXCL | 0640);
    SHOW(id >= 0);
    SHOW(shmget(KEY, BYTES, IPC_CREAT | IPC_EXCL | 0600));
    SHOW(shmget(KEY, BYTES, 0) == id);
    SHOW(shmget(KEY, BYTES + 1, 0));
    show_segment(id, getpid());
    char *at = shmat(id, NULL, 0);
    NEED(at != (void *)-1);
    SHOW(at[BYTES - 1]);
    strcpy(at, "from the parent");
    show_segment(id, getpid());
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        strcpy(at + 5000, "from the child");
        char *twice = shmat(id, NULL, SHM_RDONLY);
        _exit(twice != (void *)-1 && strcmp(twice, "from the parent") == 0 ? 3 : 4);
    }
    SHOW(exit_status(child));
    printf("%s\n", at + 5000);
    show_segment(id, getpid());
    char *second = shmat(id, NULL, SHM_RDONLY);
    printf("%s\n", second + 5000);
    SHOW(shmat(id, at + 4096, 0) == (void *)-1 ? -1 : 0);
    SHOW(shmat(id, at + 1, 0) == (void *)-1 ? -1 : 0);
    SHOW(shmat(id + 1, NULL, 0) == (void *)-1 ? -1 : 0);
    SHOW(shmdt(at + 4096));
    SHOW(shmdt(second));
    SHOW(shmdt(second));
    struct shmid_ds set;
    NEED(shmctl(id, IPC_STAT, &set) == 0);
    set.shm_perm.mode = 0604;
    SHOW(shmctl(id, IPC_SET, &set));
    SHOW(shmctl(id, IPC_RMID, NULL));
    show_segment(id, getpid());
    SHOW(shmget(KEY, BYTES, 0));
    printf("still there: %s\n", at);
    SHOW(shmdt(at));
    SHOW(shmctl(id, IPC_STAT, &set));
    SHOW(shmat(id, NULL, 0) == (void *)-1 ? -1 : 0);
    int private = shmget(IPC_PRIVATE, 1 << 20, 0600);
    SHOW(private >= 0);
    at = shmat(private, NULL, 0);
    SHOW(shmctl(private, IPC_RMID, NULL));
    memset(at, 7, 1 << 20);
    fflush(stdout);
    if ((child = fork()) == 0)
        _exit(at[12345]);
    SHOW(exit_status(child));
    SHOW(shmctl(private, 99, NULL));
    return 0;
}
