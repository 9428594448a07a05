/*
 * notify.h - Notification: a word of bits, one waiter or one bound thread.
 *
 * Invariant: `fast` is NOTIFICATION_FREE exactly if there is neither waiter nor bound thread; a
 * waiter waits only while bits is 0; a bound thread has SLOW_SIGNAL_PENDING exactly if bits is not
 * 0. Lock: the kernel lock.
 */
#pragma once

#include "kernel/ipc.h"

struct notification {
    struct object object;
    struct thread *fast; /* NOTIFICATION_FREE or NOTIFICATION_HEARD */
    uint64_t bits;
    struct thread *waiter; /* LISTENING here */
    struct thread *bound;
};

STATIC_ASSERT(offsetof(struct notification, fast) == offsetof(struct endpoint, fast),
              "the fast path reads it before it knows what it has");

/** notification_signal - the operation `signal` through the capability in @slot. */
status_t notification_signal(struct slot *slot);

/**
 * notify_signal - set bits and wake the waiter if there is one.
 * @bits: bits to OR in; not 0
 *
 * Context: any, interrupt entry included. Never blocks or allocates. O(1). Signals merge.
 */
void notify_signal(struct notification *notification, uint64_t bits);

/* The result of a receive that ends some other time. */
#define RECEIVED_LATER 0ull

/** notify_wait - @thread, the running one, waits for bits until @deadline_ns. Returns what it
 * received, or RECEIVED_LATER. */
uint64_t notify_wait(struct thread *thread, struct notification *notification, nanos_t deadline_ns);

/** notify_no_waiter - the waiting thread waits no more. */
void notify_no_waiter(struct notification *notification);

/** notify_take - read and clear the bits. */
uint64_t notify_take(struct notification *notification);

/** notify_bind - make @notification, which nobody is bound to, the one of @thread. */
void notify_bind(struct notification *notification, struct thread *thread);

/** notify_unbind - end the binding of @notification and its thread. */
void notify_unbind(struct notification *notification);

/** notify_bound - the Notification that is bound to @thread, which has one. */
static inline struct notification *notify_bound(const struct thread *thread)
{
    return (struct notification *)thread->bindings[BINDING_NOTIFICATION].object;
}
