/*
 * scheduling.c - what programs ask of the scheduler, of memory nodes and of prctl.
 */
#include "show.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int main(void)
{
    struct sched_param param = {.sched_priority = 0};
    int mode = -1, status;
    unsigned long nodes = 0;

    SHOW(sched_getscheduler(0));
    SHOW(sched_setscheduler(0, SCHED_BATCH, &param));
    SHOW(sched_getscheduler(0));
    SHOW(sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &param));
    SHOW(sched_getscheduler(0));
    fflush(stdout);
    if (fork() == 0)
        _exit(sched_getscheduler(0));
    wait(&status);
    printf("a child has %d\n", WEXITSTATUS(status));
    SHOW(sched_setscheduler(0, SCHED_OTHER, &param));
    param.sched_priority = 5;
    SHOW(sched_setscheduler(0, SCHED_OTHER, &param));
    SHOW(sched_setscheduler(0, 77, &param));
    SHOW(sched_setscheduler(0, -1, &param));
    SHOW(sched_setparam(0, &param));
    SHOW(sched_getparam(0, &param));
    SHOW(param.sched_priority);
    SHOW(sched_getscheduler(999999));
    SHOW(sched_get_priority_max(SCHED_FIFO));
    SHOW(sched_get_priority_min(SCHED_RR));
    SHOW(sched_get_priority_max(SCHED_OTHER));
    SHOW(sched_get_priority_max(99));
    SHOW(syscall(SYS_get_mempolicy, &mode, &nodes, 64, 0, 0));
    SHOW(mode);
    SHOW(syscall(SYS_set_mempolicy, 0, NULL, 0));
    SHOW(syscall(SYS_set_mempolicy, 99, NULL, 0));
    SHOW(prctl(PR_GET_SECCOMP));
    SHOW(prctl(PR_GET_TIMERSLACK));
    SHOW(prctl(PR_SET_TIMERSLACK, 1234));
    SHOW(prctl(PR_GET_TIMERSLACK));
    SHOW(prctl(PR_SET_TIMERSLACK, 0));
    SHOW(prctl(PR_GET_TIMERSLACK));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 1, 0, 0));
    SHOW(prctl(PR_GET_KEEPCAPS));
    SHOW(prctl(PR_GET_TIMING));
    SHOW(prctl(12345));
    return 0;
}
