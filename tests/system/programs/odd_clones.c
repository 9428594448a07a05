/*
 * odd_clones.c - combinations of clone's flags that nobody uses, and that must not leave anybody
 * behind.
 */
#include "show.h"

#include <sched.h>
#include <signal.h>

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

int main(void)
{
    try("a thread for which its process waits", THREAD_FLAGS | CLONE_VFORK);
    try("a process in the same memory", CLONE_VM | CLONE_VFORK | SIGCHLD);
    try("with everything shared", CLONE_VM | CLONE_VFORK | CLONE_SIGHAND | CLONE_FILES | SIGURG);
    try("with memory of its own", CLONE_VFORK | SIGCHLD);
    return 0;
}
