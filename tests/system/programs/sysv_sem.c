/*
 * sysv_sem.c - semaphores of System V: values, waiting, undo.
 */
#include "show.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <time.h>

#define KEY 0x73656d61

static int id;

static void show_all(void)
{
    unsigned short values[3];
    SHOW(semctl(id, 0, GETALL, values));
    printf("values %u %u %u, waiting %d %d, %d %d\n", values[0], values[1], values[2],
           semctl(id, 0, GETNCNT), semctl(id, 1, GETNCNT), semctl(id, 0, GETZCNT),
           semctl(id, 1, GETZCNT));
}

static int operate(int number, int change, int flags)
{
    struct sembuf operation = {number, change, flags};
    return semop(id, &operation, 1);
}

static int exit_status(pid_t child)
{
    int status;
    NEED(waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status);
}

/* A child that does one operation and says whether it could. */
static pid_t child_operates(int number, int change, int flags)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(operate(number, change, flags) == 0 ? 1 : errno);
    return child;
}

#define HELD_LOCKS 2000 /* the kernel looks at 2,048 at most */

static struct held_lock {
    struct robust_list link;
    uint32_t word;
} held_locks[HELD_LOCKS];

/* Ends with so many locks held that the kernel is at it for longer than a turn. */
static void *end_slowly(void *loops)
{
    static struct robust_list_head head = {.futex_offset = offsetof(struct held_lock, word)};
    uint32_t tid = (uint32_t)syscall(SYS_gettid);

    head.list.next = &held_locks[0].link;
    for (unsigned i = 0; i < HELD_LOCKS; i++) {
        held_locks[i].word = tid | FUTEX_WAITERS;
        held_locks[i].link.next = i + 1 < HELD_LOCKS ? &held_locks[i + 1].link : &head.list;
    }
    syscall(SYS_set_robust_list, &head, sizeof(head));
    for (volatile long i = (long)loops; i > 0; i--)
        ;
    syscall(SYS_exit, 0);
    return NULL;
}

/* A child whose first thread ends in the middle of the other's end. */
static pid_t child_ends_by_threads(int number, int change, long loops)
{
    pthread_t thread;

    fflush(stdout);
    pid_t child = fork();
    if (child != 0)
        return child;
    if (operate(number, change, SEM_UNDO) < 0 ||
        pthread_create(&thread, NULL, end_slowly, (void *)loops) != 0)
        _exit(errno);
    while (!(__atomic_load_n(&held_locks[0].word, __ATOMIC_ACQUIRE) & FUTEX_OWNER_DIED))
        ;
    syscall(SYS_exit, 1);
    return -1;
}

static void await_sleeper(int number, int command)
{
    for (int i = 0; i < 1000 && semctl(id, number, command) == 0; i++)
        usleep(1000);
}

static void alone(void)
{
    SECTION("alone");
    unsigned short values[3] = {1, 2, 3};
    SHOW(semctl(id, 0, SETALL, values));
    show_all();
    SHOW(semctl(id, 1, SETVAL, 5));
    SHOW(semctl(id, 1, GETPID) == getpid());
    SHOW(operate(0, 2, 0));
    SHOW(operate(0, -3, 0));
    SHOW(operate(0, -1, IPC_NOWAIT));
    SHOW(operate(0, 0, IPC_NOWAIT));
    SHOW(operate(1, 0, IPC_NOWAIT));
    SHOW(operate(1, 32767, 0));
    struct sembuf both[2] = {{1, -5, 0}, {2, -4, IPC_NOWAIT}};
    SHOW(semop(id, both, 2));
    show_all();
    both[1].sem_op = -3;
    SHOW(semop(id, both, 2));
    show_all();
    struct semid_ds told;
    SHOW(semctl(id, 0, IPC_STAT, &told));
    printf("%lu, mode %o, times %d %d\n", (unsigned long)told.sem_nsems, told.sem_perm.mode,
           told.sem_otime != 0, told.sem_ctime != 0);
}

static void refused(void)
{
    SECTION("what is refused");
    struct sembuf operation = {3, 1, 0};
    unsigned short values[3] = {40000, 0, 0};
    SHOW(semop(id, &operation, 1));
    SHOW(semop(id, &operation, 0));
    SHOW(semop(id, &operation, 501));
    SHOW(semop(id, (void *)8, 1));
    SHOW(semop(-1, &operation, 1));
    SHOW(semctl(id, 3, GETVAL));
    SHOW(semctl(id, 0, SETVAL, -1));
    SHOW(semctl(id, 0, SETVAL, 32768));
    SHOW(semctl(id, 0, SETALL, values));
    SHOW(semctl(id, 0, 99));
    SHOW(semget(KEY, 4, 0));
    SHOW(semget(KEY, 2, 0) == id);
    SHOW(semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600));
    SHOW(semget(IPC_PRIVATE, 0, 0600));
    SHOW(semget(IPC_PRIVATE, 40000, 0600));
    struct timespec bad = {0, 1000000000}, soon = {0, 20000000};
    operation.sem_num = 0;
    operation.sem_op = -1;
    SHOW(semtimedop(id, &operation, 1, &bad));
    SHOW(semtimedop(id, &operation, 1, &soon));
}

static void between(void)
{
    SECTION("between processes");
    NEED(semctl(id, 0, SETVAL, 0) == 0 && semctl(id, 1, SETVAL, 1) == 0);
    pid_t taker = child_operates(0, -2, 0);
    await_sleeper(0, GETNCNT);
    show_all();
    SHOW(operate(0, 1, 0));
    SHOW(operate(0, 1, 0));
    SHOW(exit_status(taker));
    pid_t watcher = child_operates(1, 0, 0);
    await_sleeper(1, GETZCNT);
    show_all();
    SHOW(operate(1, -1, 0));
    SHOW(exit_status(watcher));
    SECTION("undo");
    SHOW(exit_status(child_operates(2, 3, SEM_UNDO)));
    show_all();
    NEED(semctl(id, 2, SETVAL, 2) == 0);
    SHOW(exit_status(child_operates(2, -2, SEM_UNDO)));
    show_all();
    for (long loops = 0; loops < 10; loops++) /* so that a turn ends in the middle for some */
        exit_status(child_ends_by_threads(2, 1, loops * 30000)); /* that of whoever was last */
    show_all();
    SHOW(operate(2, -1, SEM_UNDO));
    SHOW(exit_status(child_operates(2, 1, 0)));
    show_all();
    SECTION("the end");
    taker = child_operates(0, -1, 0);
    await_sleeper(0, GETNCNT);
    SHOW(semctl(id, 0, IPC_RMID));
    SHOW(exit_status(taker) == EIDRM);
    SHOW(operate(0, 1, 0));
}

int main(void)
{
    int old = semget(KEY, 0, 0);
    if (old >= 0)
        semctl(old, 0, IPC_RMID);
    SHOW(semget(KEY, 3, 0600));
    id = semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600);
    NEED(id >= 0);
    show_all();
    alone();
    refused();
    between();
    return 0;
}
