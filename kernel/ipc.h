/*
 * ipc.h - Endpoint: synchronous rendezvous, first come first served.
 *
 * `fast` is the one receiver if it meets every condition of the fast path, ENDPOINT_IDLE when
 * nobody waits, or ENDPOINT_SLOW when the lists must be asked. Invariant: at most one of callers
 * and receivers is not empty; with a fast receiver both are empty. Lock: the kernel lock.
 */
#pragma once

#include "kernel/thread.h"

/* What `fast` says if it is not a receiver: no thread, but something whose floor is as low as
 * nobody's, so that the fast path finds out when it compares floors. The last two are a
 * Notification's, whose `fast` is at the same place. */
extern struct thread fast_words[4];
#define ENDPOINT_IDLE      (&fast_words[0])
#define ENDPOINT_SLOW      (&fast_words[1])
#define NOTIFICATION_FREE  (&fast_words[2]) /* nobody listens: a signal only sets bits */
#define NOTIFICATION_HEARD (&fast_words[3])

static inline bool fast_is_receiver(const struct thread *fast)
{
    return fast->floor != FLOOR_NOBODY;
}

struct endpoint {
    struct object object;
    struct thread *fast;
    struct list callers;
    struct list receivers;
    nanos_t min_budget_ns;
};

status_t endpoint_invoke(struct slot *slot, uint32_t op, struct invocation *call);

/** endpoint_settle - put a fast receiver into the list, so that the lists are the whole truth. */
void endpoint_settle(struct endpoint *endpoint);

/** endpoint_remove - take a waiting thread out of the queue it is in. */
void endpoint_remove(struct thread *thread);

/**
 * ipc_call - @caller, which runs or is in no queue, calls @endpoint with its saved message.
 * @deadline_ns: until when it may wait in the queue
 */
status_t ipc_call(struct thread *caller, struct endpoint *endpoint, uint64_t badge,
                  nanos_t deadline_ns);

/** ipc_reply_wait - the running thread answers its caller, if any, then receives by @handle. */
void ipc_reply_wait(struct cpu *cpu, uint32_t handle);

/** ipc_fault - a fault of @thread, its message, becomes a call to its fault endpoint. */
void ipc_fault(struct thread *thread);
