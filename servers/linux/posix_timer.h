/*
 * posix_timer.h - timers that send signals: timer_create.
 */
#pragma once

#include "servers/linux/process.h"

struct posix_timer {
    struct timer timer;   /* of a clock that always goes, or ... */
    struct cpu_timer cpu; /* ... of consumed time: its clock has a process, counted */
    struct process *process;
    int id;
    int signo;     /* 0: SIGEV_NONE */
    int thread_id; /* SIGEV_THREAD_ID, or 0 */
    uint64_t clock;
    uint64_t value; /* sigval */
    nanos_t interval_ns;
    uint32_t overrun;
};

/* At execve and at the end of a process; process_mutex held. */
void posix_timers_clear(struct process *process);
