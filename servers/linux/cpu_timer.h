/*
 * cpu_timer.h - clocks of consumed processor time, and what is to happen when one reaches a value.
 *
 * Who used how much is sampled (usage.h), so such timers are looked at whenever that is: they fire
 * up to a period of samples late, never early. A timer stands in the list of the process whose time
 * it waits for, and leaves it when that ends.
 *
 * Lock: process_mutex.
 */
#pragma once

#include "servers/linux/base.h"

struct process;
struct thread;

struct cpu_clock {
    struct process *process; /* its time, */
    int thread_id;           /* or this thread's; 0: all */
    bool user_only;          /* without what was spent in the server */
};

struct cpu_timer {
    struct list link; /* process.cpu_timers, while armed */
    struct cpu_clock clock;
    nanos_t expires_ns;
    void (*fire)(struct cpu_timer *timer, nanos_t now_ns); /* disarmed by then */
};

/* Is this the number of such a clock? Says nothing about whether there is one. */
bool clock_is_of_cpu(uint64_t number);

/* The clock with that number, as the current thread may use it: its own, one of another thread of
   its process, one of a whole process. -EINVAL. The process is not counted. */
MUST_USE int cpu_clock_find(uint64_t number, struct cpu_clock *clock);

/* What it shows; for a thread that has gone, 0. */
nanos_t cpu_clock_now(const struct cpu_clock *clock);

/* At a process's start, before it has threads. */
void cpu_timers_init(struct process *process);

/* Fires at once if the time has passed, and never if the process has ended. */
void cpu_timer_arm(struct cpu_timer *timer, nanos_t expires_ns);
/* For `fire`: the next time is looked at with the next sample. */
void cpu_timer_arm_again(struct cpu_timer *timer, nanos_t expires_ns);
void cpu_timer_disarm(struct cpu_timer *timer);
nanos_t cpu_timer_left(const struct cpu_timer *timer); /* 0: not armed */

/* A process, or one of its threads, has ended: nothing waits for its time any more. */
void cpu_timers_end(struct process *process);
void cpu_timers_end_thread(struct process *process, int thread_id);

/* Fires what is due. Called with every sample. */
void cpu_timers_look(void);

/* RLIMIT_CPU of a process has been set. */
void cpu_limit_changed(struct process *process);
