/*
 * ipc.h - Endpoint: synchronous rendezvous, first come first served.
 *
 * `fast` is its server: the thread that answers and receives there on the fast path, whether it
 * waits just now or works. It is that until another receives there, or a call must queue, or it
 * receives elsewhere. Invariant: at most one of callers and receivers is not empty; with a server
 * both are, no budget is demanded, and while the server waits it meets every condition of the fast
 * path. Lock: the kernel lock.
 */
#pragma once

#include "kernel/thread.h"

/* What `fast` says if it is not a server: no thread, but something that never receives, so that the
 * fast path finds out when it looks how that stands. The last two are a Notification's, whose
 * `fast` is at the same place. */
extern struct thread fast_words[3];
#define ENDPOINT_NOBODY (&fast_words[0])
/* Nobody listens: a signal only sets bits. Of all that `fast` names it alone has a `standing` of 0,
 * and HEARD alone a floor of FLOOR_HEARD, which some ports look for: no server is THREAD_NEW. */
#define NOTIFICATION_FREE  (&fast_words[1])
#define NOTIFICATION_HEARD (&fast_words[2])

struct endpoint {
    struct object object;
    struct thread *fast;
    struct list callers;
    struct list receivers;
    nanos_t min_budget_ns;
};

status_t endpoint_invoke(struct slot *slot, uint32_t op, struct invocation *call);

/** endpoint_step_down - @server is no Endpoint's server any more; if it waits, then in the list. */
void endpoint_step_down(struct thread *server);

/** endpoint_unlink - take a thread that is QUEUED or RECEIVING, and no server, out of its queue. */
void endpoint_unlink(struct thread *thread);

/**
 * ipc_call - @caller, which runs or is in no queue, calls @endpoint with its saved message.
 * @deadline_ns: until when it may wait in the queue
 */
status_t ipc_call(struct thread *caller, struct endpoint *endpoint, uint64_t badge,
                  nanos_t deadline_ns);

/** ipc_reply_wait - the running thread answers its caller, if any, then receives by @handle. */
void ipc_reply_wait(struct cpu *cpu, uint32_t handle);

/**
 * ipc_fault_server - the common case of a fault of @thread, the running one: as on the fast path, a
 * server that waits takes over, on the time of @thread. Returns it; the caller writes its message
 * and makes it the running one. NULL and nothing has changed if ipc_fault() has to do it.
 */
struct thread *ipc_fault_server(struct cpu *cpu, struct thread *thread);

/** ipc_fault - a fault of @thread, its message, becomes a call to its fault endpoint. */
void ipc_fault(struct thread *thread);
