/*
 * notify.c - Notification: signals that merge.
 */
#include "kernel/notify.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/ipc.h"

COLD void notification_init(struct object *object)
{
    ((struct notification *)object)->fast = NOTIFICATION_FREE;
}

static void update_fast(struct notification *notification)
{
    bool heard = notification->waiter != NULL || notification->bound != NULL;
    notification->fast = heard ? NOTIFICATION_HEARD : NOTIFICATION_FREE;
}

void notify_no_waiter(struct notification *notification)
{
    notification->waiter = NULL;
    update_fast(notification);
}

uint64_t notify_take(struct notification *notification)
{
    uint64_t bits = notification->bits;
    notification->bits = 0;
    if (notification->bound != NULL)
        notification->bound->slow_word &= (uint32_t)~SLOW_SIGNAL_PENDING;
    return bits;
}

/* @thread, which waits no more, gets @bits as the result of its wait. */
static ALWAYS_INLINE void wake_at_once(struct thread *thread, uint64_t bits)
{
    thread->result = RECEIVED_SIGNAL | bits;
    thread->sched = thread->home;
    sched_wake(thread, QUEUE_TAIL);
}

static NOINLINE void wake_before_deadline(struct thread *thread, uint64_t bits)
{
    timer_disarm(&thread->deadline);
    wake_at_once(thread, bits);
}

/* The bound thread gets all bits at once if it waits, or else when it receives. */
static NOINLINE void signal_bound(struct notification *notification, struct thread *thread)
{
    thread->slow_word |= SLOW_SIGNAL_PENDING;
    if (thread->state == THREAD_RECEIVING) {
        endpoint_step_down(thread);
        endpoint_unlink(thread);
        thread->message.tag = 0; /* who waits for a signal only has none */
        wake_before_deadline(thread, notify_take(notification));
    }
}

void notify_signal(struct notification *notification, uint64_t bits)
{
    struct thread *waiter = notification->waiter;
    if (LIKELY(waiter != NULL)) { /* there were no bits, or it would not wait */
        notification->waiter = NULL;
        if (LIKELY(notification->bound == NULL))
            notification->fast = NOTIFICATION_FREE;
        if (LIKELY(!wheel_entry_active(&waiter->deadline.entry)))
            wake_at_once(waiter, bits);
        else
            wake_before_deadline(waiter, bits);
        return;
    }
    notification->bits |= bits;
    if (notification->bound != NULL)
        signal_bound(notification, notification->bound);
}

uint64_t notify_wait(struct thread *thread, struct notification *notification, nanos_t deadline_ns)
{
    if (notification->bits != 0)
        return RECEIVED_SIGNAL | notify_take(notification);
    if (deadline_ns == DEADLINE_POLL)
        return RECEIVED_ERROR | TIMEOUT;
    if (notification->waiter != NULL)
        return RECEIVED_ERROR | BUSY;
    thread->message = (struct message){0}; /* a signal carries its bits and nothing else */
    sched_block(thread, THREAD_LISTENING);
    notification->waiter = thread;
    update_fast(notification);
    thread->wait_notification = notification;
    timer_arm(&thread->deadline, cpu_self()->index, deadline_ns);
    return RECEIVED_LATER;
}

COLD void notify_bind(struct notification *notification, struct thread *thread)
{
    notification->bound = thread;
    update_fast(notification);
    if (notification->bits != 0)
        signal_bound(notification, thread);
}

COLD void notify_unbind(struct notification *notification)
{
    notification->bound->slow_word &= (uint32_t)~SLOW_SIGNAL_PENDING;
    notification->bound = NULL;
    update_fast(notification);
}

status_t notification_signal(struct slot *slot)
{
    if (!(slot->rights & NOTIFICATION_RIGHT_SIGNAL))
        return RIGHTS;
    if (slot->value == 0)
        return RANGE; /* a badge says which bits; this capability has none */
    notify_signal((struct notification *)slot->object, slot->value);
    return OK;
}

COLD bool notification_reap_step(struct object *object)
{
    struct notification *notification = (struct notification *)object;
    if (notification->waiter != NULL)
        thread_fail_wait(notification->waiter, GONE);
    return true;
}
