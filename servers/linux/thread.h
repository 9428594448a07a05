/*
 * thread.h - server threads: each runs one Linux thread at a time, by turns in the guest (enter)
 * and in this server.
 *
 * A server thread is one kernel Thread, one Notification, one Endpoint (its gate), one 16 KiB stack
 * and one frame page. It
 * is made once and never destroyed: between two Linux threads it waits in a pool. Its TLS base is
 * the address of its struct thread.
 *
 * Locks: what lies under "signals" belongs to signal.h, under process_mutex. `work` is atomic. The
 * rest is written by the thread itself, or by its maker before thread_launch.
 */
#pragma once

#include "abi/message.h"

#include "native/self.h"
#include "servers/linux/base.h"
#include "servers/linux/guest.h"
#include "servers/linux/signal_types.h"
#include "servers/linux/usage.h"

#define THREAD_STACK_ORDER 2 /* 16 KiB */
#define THREAD_STACK_BYTES ((size_t)PAGE_BYTES << THREAD_STACK_ORDER)
#define THREAD_STACK_MAGIC 0x6b63617473706f74ull
#define THREAD_NAME_BYTES  16
#define TIMER_SLACK_NS     50000 /* what timer_slack_ns stands for when it is 0 */

struct mm;
struct process;
struct seccomp_filter;

/* Why a thread must look around before it goes back to its guest. */
enum thread_work {
    WORK_SIGNAL = 1, /* a signal may be deliverable (signal_pending) */
    WORK_EXIT = 2,   /* the process ends, or another thread executes a program */
    WORK_STOP = 4,   /* the process is stopped */
    /* Of these, none is a reason to end a sleep (thread_has_work). */
    WORK_TURN = 8,  /* hand the processor back */
    WORK_MOVE = 16, /* its affinity has changed */
    WORK_WAITS = WORK_TURN | WORK_MOVE,
};

enum thread_sleep_state {
    SLEEP_NONE = 0,
    SLEEP_TOKEN = 1, /* woken before it slept */
    SLEEP_WAITS = 2, /* waits on its Notification: the waker must signal */
};

struct thread {
    struct thread *self; /* at %fs:0 */
    struct guest_frame *frame;
    uint32_t work;           /* enum thread_work */
    uint32_t in_guest;       /* between `enter` and its return: a kick is needed to reach it */
    uint32_t sleep_state;    /* enum thread_sleep_state */
    uint32_t started;        /* 1: has a Linux thread to run */
    uint64_t syscall_number; /* of the call being served; NO_SYSCALL otherwise */
    uint64_t call_limit;     /* numbers from here on are looked at more closely (seccomp.h) */
    uint32_t seccomp_mode;   /* enum seccomp_mode */
    struct seccomp_filter *seccomp_filter; /* counted; the newest */
    struct process *process;
    struct mm *mm; /* counted */
    struct context context;
    struct signal_state signals;
    struct restart_block restart; /* what restart_syscall goes on with */
    struct guest_kept kept;       /* of the call being served */
    int tid;
    char name[THREAD_NAME_BYTES];
    uint64_t clear_child_tid; /* guest address, 0: none */
    uint64_t robust_list;     /* guest address, 0: none */
    uint64_t rseq_area;       /* guest address, 0: none (rseq.h) */
    uint32_t rseq_signature;
    struct vfork_wait *vfork; /* the parent that waits for our exec or exit */
    int policy;               /* SCHED_*; told, without effect (sched_calls.c) */
    int policy_priority;
    bool policy_resets;
    uint64_t affinity;       /* processors on which it may run; 0: all. Atomic */
    uint64_t timer_slack_ns; /* prctl; told, without effect. 0: the default */
    nanos_t start_ns;
    nanos_t consumed_ns;   /* tally: time it was runnable, but for the present stretch ... */
    nanos_t runs_since_ns; /* ... which began here; NANOS_NEVER: it sleeps, or handed over */
    nanos_t waited_ns;     /* tally: of that, others had the processor (usage.c) */
    nanos_t told_ns;       /* processor time that somebody was told of; usage.c, atomic */
    struct usage_split split;
    uint64_t faults; /* the counts of usage.h: tallies, its own to change */
    uint64_t switches;
    uint64_t preemptions;
    struct list process_link; /* process.threads */
    struct list id_link;      /* thread ids (pid.c) */
    /* The server thread itself; constant or private to thread.c. */
    cap_t cap;
    cap_t gate;           /* where it sleeps, called or signalled; CAP_NONE: runs no guests ... */
    cap_t notification;   /* ... and sleeps here */
    cap_t wake_signal;    /* to be signalled with */
    struct thread *owed;  /* asleep with a token from us: our hand-over lets it run (sleep.c) */
    uint32_t turn_since;  /* somebody handed over to it in that period (turn.h); 0: nobody waits */
    uint32_t processor;   /* its home; atomic, changes while it sleeps */
    uint32_t counted_on;  /* where it counts as awake: its home, as it last knew; atomic */
    uint64_t bound_space; /* number of the guest Space that set_guest was last told */
    struct page *frame_page;
    uint64_t *stack; /* lowest address; holds THREAD_STACK_MAGIC */
    void (*native)(void);
    struct lock_list locks; /* held */
    struct thread *next_free;
    struct thread *next_made;   /* of those that run guests */
    struct thread *next_native; /* of the server's own, the first one last */
};

#define NO_SYSCALL UINT64_MAX

/* The processor on which it lives, and runs. */
static inline uint32_t thread_processor(const struct thread *thread)
{
    return __atomic_load_n(&thread->processor, __ATOMIC_RELAXED);
}

static inline void thread_set_processor(struct thread *thread, uint32_t processor)
{
    __atomic_store_n(&thread->processor, processor, __ATOMIC_RELAXED);
}

/* As thread_current(), without a call. */
static inline struct thread *thread_self(void) { return self_tls(); }

/* Makes the component's first thread known; before anything else. Once there is memory it may
 * sleep. */
void thread_adopt_first(void);
void thread_first_may_sleep(void);

/**
 * thread_take - a server thread for a new Linux thread, from the pool or newly made.
 * Returns NULL if memory, kernel objects or the limit are exhausted. Everything of its former life
 * is cleared; the caller fills it in and calls thread_launch, or gives it back with thread_untake.
 */
struct thread *thread_take(void);
void thread_untake(struct thread *thread);
void thread_launch(struct thread *thread);

/* Of a thread that was taken: lets it live on @processor. If it does not sleep yet, it stays where
   it is; should it not be allowed there, it will move (move.h). */
void thread_give_home(struct thread *thread, uint32_t processor);

/* A thread of the server's own (timers). `main` never returns. NULL if there is no memory. */
MUST_USE struct thread *thread_create_native(void (*main)(void));

/* Ends the life of the current Linux thread: back to the pool. Everything else is released. */
NORETURN void thread_finish(void);

/* Something that ends an interruptible sleep. */
static inline bool thread_has_work(const struct thread *thread)
{
    return (__atomic_load_n(&thread->work, __ATOMIC_ACQUIRE) & ~(uint32_t)WORK_WAITS) != 0;
}

/* Before the current thread goes back to its guest: lets the thread run that it has woken. */
void thread_hand_over(struct thread *self);

/* WORK_TURN: lets whoever handed over to the current thread go on. */
void thread_hand_back(struct thread *self);

/* Between two lives: ends its account of time and of all else, and waits for a wake-up without one.
 */
void thread_end_account(struct thread *self);
void thread_rest(struct thread *self);

/**
 * thread_claim - nobody else wakes `thread` any more, which sleeps until thread_wake_claimed, but
 * for a signal that was meant for an earlier sleep. False: it does not sleep, or somebody wakes it.
 */
MUST_USE bool thread_claim(struct thread *thread);
void thread_wake_claimed(struct thread *thread);

/* Every thread that ever ran a guest: the first of those linked by next_made. */
struct thread *thread_first(void);

/* The server's own threads: the first of those linked by next_native. */
struct thread *thread_first_native(void);

/* Sets work bits and gets the thread out of its guest or its sleep. */
void thread_interrupt(struct thread *thread, uint32_t work);

/* How many Linux threads may exist, and exist. */
struct thread_totals {
    uint32_t limit;
    uint32_t running;
    uint32_t made; /* and kept for good */
};
struct thread_totals thread_totals_read(void);

/* Everything between enter and enter (guest.c). Returns when the thread's life is over. */
NORETURN void guest_run(struct thread *thread);
