/*
 * thread.h - Thread: registers, bindings, and its part in calls.
 *
 * A thread that waits is in exactly one place: an Endpoint's queue, a Notification, or the list of
 * its server
 * (`server`, THREAD_CALLING). Its deadline, if any, is in the wheel.
 * Invariants: thread->caller->server == thread and the other way round; a READY thread has no wait
 * object. Lock: the kernel lock.
 */
#pragma once

#include "kernel/sched.h"
#include "kernel/table.h"
#include "port/context.h"

enum thread_state {
    THREAD_NEW = 0,
    THREAD_READY = 1, /* runs, or could */
    THREAD_SUSPENDED = 2,
    THREAD_FAULTED = 3,   /* faulted with nobody to tell */
    THREAD_QUEUED = 4,    /* this and the following wait: its call, in an Endpoint's queue */
    THREAD_CALLING = 5,   /* a server works on its call */
    THREAD_LISTENING = 6, /* at a Notification */
    THREAD_RECEIVING = 7, /* at an Endpoint; the last, so that `standing` compares it */
};

enum thread_queue { QUEUE_NONE = 0, QUEUE_RUN = 1, QUEUE_PARKED = 2 };

/* What a thread is bound to: each binding is a capability in a slot of its own. */
enum thread_binding {
    BINDING_TABLE = 0,
    BINDING_SPACE = 1,
    BINDING_FAULT = 2,
    BINDING_NOTIFICATION = 3,
    BINDING_GUEST = 4,
    BINDING_FRAME = 5,
    BINDING_COUNT = 6,
};

/* slow_word: anything that keeps a thread from the fast path. First what a reply looks for: a mask
 * of neighbouring bits is an immediate operand on every port. */
enum thread_slow {
    SLOW_SIGNAL_PENDING = 1, /* its bound Notification has bits */
    SLOW_ANSWERING = 2,      /* answers on the general path: on its own Sched, or into a slot */
    SLOW_LIMITED = 4,        /* has a limit for one request */
    SLOW_FAULT_SERVED = 8,   /* the call that it serves is a fault message */
    SLOW_FAULT_CALL = 16,    /* its call is a fault message: the reply restarts it */
    SLOW_VECTOR = 32,        /* declared vector state */
    SLOW_KICKED = 64,        /* sticky: `enter` returns at once */
};

struct endpoint;
struct notification;

struct thread {
    struct object object;
    /* --- what the fast path reads, in two cache lines --- */
    union {
        struct {
            int32_t floor; /* the least rank at which it runs; FLOOR_NOBODY: not a thread */
            uint32_t state;
        };
        int64_t standing; /* both: at least cpu->standing_needed if it receives and may run next */
    };
    uint32_t slow_word;
    struct slot *table_base;     /* slots of its Table, or of the empty one */
    uint64_t table_mask;         /* handle & mask = offset of the slot */
    struct thread *caller;       /* whose call it serves; stale while RECEIVING */
    struct thread *server;       /* who serves its call; stale unless CALLING */
    struct sched *sched;         /* see sched.h: lending is lazy */
    uint64_t root;               /* arch_root_word of its Space's root, or of arch_root_none() */
    struct arch_context context; /* whose beginning is the end of those lines */
    /* --- what the entry code reaches from here --- */
    uint64_t result;        /* what rax (or its like) will be */
    struct message message; /* tag and words, in or out */
    uint64_t deadline_ns;
    /* --- the rest --- */
    struct sched *home;
    uint32_t queue;               /* enum thread_queue: where ready_link is */
    uint8_t rank;                 /* when it was last chosen or queued: that of its run queue */
    struct list ready_link;       /* run queue, or parking place */
    struct list wait_link;        /* Endpoint's queue */
    struct endpoint *receives_at; /* where it is RECEIVING, or whose server it is; else NULL */
    struct notification *wait_notification; /* stale unless LISTENING */
    struct timer deadline;
    struct timer request; /* while it serves a call, if it has a limit */
    nanos_t request_limit_ns;
    uint64_t badge;        /* of the capability through which its queued call goes */
    struct list home_link; /* sched->homes */
    struct list all_link;  /* every thread (thread_list) */
    struct slot bindings[BINDING_COUNT];
    uint64_t guest_root;       /* likewise of its guest Space, or 0 */
    struct guest_frame *frame; /* the kernel's mapping of the frame */
};

/* Memory of a Thread; vector state begins behind the first. */
#define THREAD_BYTES        2048u
#define THREAD_VECTOR_BYTES 8192u

STATIC_ASSERT(sizeof(struct thread) <= THREAD_BYTES, "a Thread fits its memory");

/* All threads, for those rare operations that must look at each; the reaper of a Sched rotates it.
 */
extern struct list thread_list;

/* The first thread. Nobody watches over it: when it faults, the machine starts again. */
extern const struct thread *boot_thread;

/* The caller of a thread that serves none. Its floor is too low, so the fast path need not ask for
 * it. */
extern struct thread thread_nobody;
extern uint32_t thread_count;

/** thread_unbind - binding @which was cleared (its capability is gone). */
void thread_unbind(struct thread *thread, enum thread_binding which);

/** thread_serves - does @thread work on somebody's call? */
static inline bool thread_serves(const struct thread *thread)
{
    return thread->state != THREAD_RECEIVING && thread->caller != &thread_nobody;
}

/** thread_serve_nobody - the call that @thread works on is over. */
static inline void thread_serve_nobody(struct thread *thread)
{
    thread->caller = &thread_nobody;
    thread->slow_word &= (uint32_t) ~(SLOW_ANSWERING | SLOW_FAULT_SERVED);
    timer_disarm(&thread->request);
}

/** thread_slot - slot @index of the Table of @thread; NULL for slot 0, out of range, or no Table.
 */
struct slot *thread_slot(struct thread *thread, uint64_t index);

/** thread_fail_wait - the wait or call of @thread ends with @status; it goes on. */
void thread_fail_wait(struct thread *thread, status_t status);
