/*
 * odd_clones.c - combinations of clone's flags that nobody uses, and that must not leave anybody
 * behind.
 */
#include "show.h"

#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/resource.h>

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define STACK_BYTES  65536

static char stack[STACK_BYTES] __attribute__((aligned(16)));
static volatile int ran;

static int child(void *context)
{
    (void)context;
    for (volatile int i = 0; i < 1000000; i++)
        ;
    ran++;
    return 7;
}

static void try(const char *what, int flags)
{
    int status = -1;
    pid_t made = clone(child, stack + STACK_BYTES, flags, NULL);
    int at_once = ran;
    pid_t ended = made > 0 ? waitpid(made, &status, __WALL) : -1;
    printf("%s: made %d, ran before we went on %d, waited for %d, status %d\n", what, made > 0,
           at_once, ended > 0, status);
    fflush(stdout);
    ran = 0;
}

/* What a sibling has it has from its maker, not from the parent that both have. */
static int tell_inherited(void *context)
{
    struct rlimit limit;
    const int *maker = context;

    getrlimit(RLIMIT_FSIZE, &limit);
    printf("a sibling: parent the same %d, session %d, group %d, limit %lu, personality %x\n",
           getppid() == maker[1], getsid(0) == maker[0], getpgrp() == maker[0],
           (unsigned long)limit.rlim_cur, (unsigned)personality(0xffffffff));
    fflush(stdout);
    return 0;
}

static void try_sibling(void)
{
    pid_t maker = fork();

    if (maker == 0) {
        const struct rlimit limit = {4096, 4096};
        int ids[2] = {getpid(), getppid()};
        setsid();
        setrlimit(RLIMIT_FSIZE, &limit);
        personality(ADDR_NO_RANDOMIZE);
        _exit(clone(tell_inherited, stack + STACK_BYTES, CLONE_PARENT | SIGCHLD, ids) < 0);
    }
    while (wait(NULL) > 0)
        ;
}

int main(void)
{
    try_sibling();
    try("a thread for which its process waits", THREAD_FLAGS | CLONE_VFORK);
    try("a process in the same memory", CLONE_VM | CLONE_VFORK | SIGCHLD);
    try("with everything shared", CLONE_VM | CLONE_VFORK | CLONE_SIGHAND | CLONE_FILES | SIGURG);
    try("with memory of its own", CLONE_VFORK | SIGCHLD);
    return 0;
}
