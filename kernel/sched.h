/*
 * sched.h - Sched: processor time as an object; run queues; who runs.
 *
 * A Sched grants `budget_ns` in each `period_ns`, at one priority on one processor. Time has a
 * root: the kernel makes one Sched a processor with all of it; split only divides. A thread runs on
 * the Sched it holds: its home, or one that a caller lent. Running dry parks the threads that hold
 * it until the refill.
 *
 * Lending is lazy. While a thread runs, cpu->sched is the truth and thread->sched may be stale; the
 * slow path writes it back. thread->sched is right for every thread that does not run, except one
 * that waits to receive: it holds nothing until it is woken. On a Sched that is being reaped
 * (dying) nobody runs, and nobody is lent it.
 *
 * Invariants: a thread is in a run queue exactly if its state is THREAD_READY and it is not the one
 * that runs and not parked; cpu->ready_map has bit p exactly if queue p is not empty; the sum of
 * what the children were given plus what is left is what the parent had. Lock: the kernel lock
 * (form one: one lock); each cpu's queues are touched under it only.
 */
#pragma once

#include "kernel/cap.h"
#include "kernel/message.h"
#include "lib/base/list.h"
#include "kernel/timer.h"

#define PRIORITIES            256u
#define SCHED_PERIOD_MIN_NS   10000ull
#define SCHED_PERIOD_MAX_NS   (3600ull * 1000000000ull)
#define SCHED_UTILISATION_ONE (1ull << 20) /* all of a processor */

struct sched {
    struct object object;
    uint64_t utilisation; /* of a processor, SCHED_UTILISATION_ONE = all: what is left to split off
                             or use */
    nanos_t budget_ns;
    nanos_t period_ns;
    nanos_t slice_ns;
    nanos_t left_ns;       /* of the current period */
    nanos_t period_end_ns; /* refill time, when left_ns is 0 */
    nanos_t consumed_ns;
    struct sched *parent; /* gets the utilisation back */
    struct list children; /* of sibling */
    struct list sibling;
    struct list parked; /* threads (ready_link) that wait for the refill */
    struct list homes;  /* threads (home_link) whose home it is */
    struct timer refill;
    uint32_t cpu;
    uint32_t priority;
    uint32_t reap_left; /* threads that the reaper has yet to look at */
    bool dying;         /* being reaped: nobody runs on it, nobody is lent it any more */
};

struct cpu;
struct thread;

/** sched_init_root - make @sched, new, all the time of @cpu. */
void sched_init_root(struct sched *sched, uint32_t cpu, nanos_t slice_ns);

enum queue_end { QUEUE_TAIL, QUEUE_HEAD };

/** sched_enqueue - @thread, READY and not running, joins its queue at that end. O(1). */
void sched_enqueue(struct thread *thread, enum queue_end end);

/** sched_dequeue - take @thread out of run queue or parking place, if it is in one. O(1). */
void sched_dequeue(struct thread *thread);

/** sched_charge - book the time since the last charge to the Sched in use. */
void sched_charge(struct cpu *cpu);

/**
 * sched_reschedule - decide who runs now; on return cpu->current is runnable and has budget.
 * Waits (idle) while nobody is. The caller holds the kernel lock and is about to return to user
 * level.
 */
void sched_reschedule(struct cpu *cpu);

/**
 * sched_make_ready - @thread, blocked until now, can run; it holds thread->sched. Without one it is
 * suspended.
 */
void sched_make_ready(struct thread *thread, enum queue_end end);

/** sched_leave - @thread, not the running one, holds a Sched that goes away: on at home, or stop.
 */
void sched_leave(struct thread *thread);

/** sched_begin_period - a new period for @sched, if its last one is over. */
void sched_begin_period(struct sched *sched, nanos_t now);

/** sched_left - what is left of this period's budget; NANOS_NEVER where there is no limit. */
nanos_t sched_left(struct sched *sched, nanos_t now);

/** sched_block - @thread, in no queue, is in @state; if it ran, on this processor or one that
 * attends, somebody else must be chosen there. */
void sched_block(struct thread *thread, uint32_t state);

/** sched_wake - as sched_make_ready; if @thread is the one to run now, it takes over at once. */
void sched_wake(struct thread *thread, enum queue_end end);

/** sched_refill_due - the timer `refill` of a Sched expired. */
void sched_refill_due(struct timer *timer);

/* Rank: a thread's effective priority, that of the Sched it holds or its floor. */

/* The floor of nobody, below any, and of NOTIFICATION_HEARD. */
#define FLOOR_NOBODY (-1)
#define FLOOR_HEARD  (-2)

/** sched_current_rank - of the thread that runs on @cpu. */
uint64_t sched_current_rank(const struct cpu *cpu);
