/*
 * interval_timer.h - the three timers that each process has: of real time, of its processor time,
 * and of the part of that which it did not spend in system calls.
 */
#pragma once

#include "servers/linux/cpu_timer.h"
#include "servers/linux/timer.h"

struct interval_timers {
    struct timer real;
    nanos_t real_interval_ns;
    struct cpu_interval {
        struct cpu_timer timer;
        nanos_t interval_ns;
        int signo;
    } user, all;
};

/* All by process_mutex. They live on through execve. */
void interval_timers_init(struct process *process);
void interval_timers_stop(struct process *process);
