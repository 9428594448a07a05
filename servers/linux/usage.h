/*
 * usage.h - who used the processor, for what, and how busy the world was.
 *
 * The kernel knows one Sched of each processor for the whole world, and a thread knows when it
 * sleeps. What lies between, a timer samples while any thread runs: of those that want the same
 * processor at that moment each had an equal part of the time since the last look, in its program
 * or in the server.
 *
 * Lock: process_mutex, unless said.
 */
#pragma once

#include "servers/linux/base.h"
#include "servers/linux/processors.h"

struct process;
struct thread;

/* What a process, or a thread, has used. Sums add up; peak_pages is a maximum. */
struct usage {
    nanos_t user_ns;
    nanos_t system_ns;
    uint64_t faults;      /* of pages */
    uint64_t switches;    /* it slept, or handed the processor over */
    uint64_t preemptions; /* it was made to hand it back */
    uint64_t peak_pages;  /* resident at once */
};

/* How the time of a thread or a process divides: samples, and what was told last, for neither of
   the two may ever be less than it was. */
struct usage_split {
    nanos_t user_sampled, system_sampled;
    nanos_t user_told, system_told;
};

void usage_add_io(struct io_counts *sum, const struct io_counts *of);
void usage_add(struct usage *sum, const struct usage *of);

/* Divides `total_ns` into user and system time. */
void usage_divide(struct usage_split *split, nanos_t total_ns, struct usage *usage);

/* A thread begins to run: the samples are taken from now on, if they are not already. Any lock may
   be held. */
void usage_begin(void);

/* Of its present life. The current thread may ask for its own time without the lock. */
nanos_t usage_of_thread_ns(struct thread *thread);
struct usage usage_of_thread(struct thread *thread);

/* Of all its threads, living and ended. */
struct usage usage_of_process(struct process *process);

/* A thread leaves its process. */
void usage_end_thread(struct thread *thread);

#define LOAD_ONE 2048u /* 1.00 */

struct usage_processor {
    nanos_t user_ns, system_ns, idle_ns;
};

struct usage_totals {
    struct usage_processor processors[PROCESSORS_MAX];
    nanos_t uptime_ns;
    uint32_t running; /* threads */
    uint32_t load[3]; /* averages over 1, 5 and 15 minutes, in 1/LOAD_ONE */
    uint64_t switches, faults;
};
void usage_totals_read(struct usage_totals *totals);

/* The timer thread looks whether somebody has asked for samples. */
void usage_poll(void);
