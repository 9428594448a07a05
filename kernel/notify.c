/*
 * notify.c - Notification: signals that merge.
 */
#include "kernel/notify.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/ipc.h"

COLD void notification_init(struct notification *notification)
{
    notification->object.type = OBJECT_NOTIFICATION;
    notification->fast = NOTIFICATION_FREE;
}

static void update_fast(struct notification *notification)
{
    bool heard = notification->waiter != NULL || notification->bound != NULL;
    notification->fast = heard ? NOTIFICATION_HEARD : NOTIFICATION_FREE;
}

void notify_no_waiter(struct notification *notification)
{
    notification->waiter->wait_notification = NULL;
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

/* @thread, which waits, gets all bits as the result of its wait. */
static void wake_with_bits(struct thread *thread, struct notification *notification)
{
    timer_disarm(&thread->deadline);
    thread->message.tag = 0;
    thread->result = RECEIVED_SIGNAL | notify_take(notification);
    thread->sched = thread->home;
    sched_wake(thread);
}

void notify_signal(struct notification *notification, uint64_t bits)
{
    struct thread *waiter = notification->waiter;
    struct thread *bound = notification->bound;
    notification->bits |= bits;
    if (waiter != NULL) {
        notify_no_waiter(notification);
        wake_with_bits(waiter, notification);
    } else if (bound != NULL) {
        if (bound->state == THREAD_RECEIVING) {
            endpoint_remove(bound);
            wake_with_bits(bound, notification);
        } else {
            bound->slow_word |= SLOW_SIGNAL_PENDING;
        }
    }
}

void notify_wait(struct cpu *cpu, struct notification *notification, nanos_t deadline_ns)
{
    struct thread *thread = cpu->current;
    thread->message = (struct message){0};
    if (notification->bits != 0) {
        thread->result = RECEIVED_SIGNAL | notify_take(notification);
        return;
    }
    if (deadline_ns == DEADLINE_POLL) {
        thread->result = RECEIVED_ERROR | TIMEOUT;
        return;
    }
    if (notification->waiter != NULL) {
        thread->result = RECEIVED_ERROR | BUSY;
        return;
    }
    sched_block_current(cpu, THREAD_LISTENING);
    notification->waiter = thread;
    update_fast(notification);
    thread->wait_notification = notification;
    if (deadline_ns != DEADLINE_NEVER)
        timer_arm(&thread->deadline, cpu->index, deadline_ns);
}

COLD void notify_bind(struct thread *thread, struct notification *notification)
{
    thread->bound = notification;
    notification->bound = thread;
    update_fast(notification);
    if (notification->bits != 0)
        notify_signal(notification, notification->bits);
}

COLD void notify_unbind(struct thread *thread)
{
    if (thread->bound == NULL)
        return;
    thread->bound->bound = NULL;
    update_fast(thread->bound);
    thread->bound = NULL;
    thread->slow_word &= (uint32_t)~SLOW_SIGNAL_PENDING;
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

COLD bool notification_reap_step(struct notification *notification)
{
    if (notification->waiter != NULL)
        thread_fail_wait(notification->waiter, GONE);
    return true;
}
