/*
 * wait.c - wait queues and mutexes over thread_sleep and thread_wake.
 *
 * Invariant: an entry's queue pointer is set exactly while it is linked. A waiter's `woken` is set
 * before its thread is woken, under the queue's spin, and a thread leaves a queue under that spin
 * too; so a waker never touches a waiter that has gone.
 * A wake that a mutex's slow path swallows is not lost: waiter_sleep trusts `woken`, not the wake.
 */
#include "servers/linux/base.h"

COLD NOINLINE void spin_wait(struct spin *spin)
{
    do
        thread_yield();
    while (__atomic_exchange_n(&spin->held, 1, __ATOMIC_ACQUIRE));
}

void wait_init(struct waitqueue *queue) { *queue = (struct waitqueue){0}; }

void waiter_init(struct waiter *waiter)
{
    waiter->thread = thread_current();
    waiter->woken = 0;
}

void wait_add(struct waitqueue *queue, struct wait_entry *entry)
{
    spin_lock(&queue->spin, LOCK_WAITQUEUE);
    ASSERT(entry->queue == NULL);
    entry->queue = queue;
    entry->next = NULL;
    entry->previous = queue->last;
    if (queue->last)
        queue->last->next = entry;
    else
        __atomic_store_n(&queue->first, entry, __ATOMIC_RELEASE);
    queue->last = entry;
    spin_unlock(&queue->spin, LOCK_WAITQUEUE);
}

void wait_remove(struct wait_entry *entry)
{
    struct waitqueue *queue = entry->queue;

    if (!queue)
        return;
    spin_lock(&queue->spin, LOCK_WAITQUEUE);
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        __atomic_store_n(&queue->first, entry->next, __ATOMIC_RELEASE);
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        queue->last = entry->previous;
    entry->queue = NULL;
    spin_unlock(&queue->spin, LOCK_WAITQUEUE);
}

void wake_queue(struct waitqueue *queue, unsigned limit)
{
    spin_lock(&queue->spin, LOCK_WAITQUEUE);
    for (struct wait_entry *entry = queue->first; entry && limit > 0; entry = entry->next) {
        if (entry->notify) {
            entry->notify(entry);
            continue;
        }
        limit--;
        if (!__atomic_exchange_n(&entry->waiter->woken, 1, __ATOMIC_ACQ_REL))
            thread_wake(entry->waiter->thread);
    }
    spin_unlock(&queue->spin, LOCK_WAITQUEUE);
}

int waiter_sleep(struct waiter *waiter, nanos_t deadline_ns)
{
    lock_require_none();
    while (!__atomic_exchange_n(&waiter->woken, 0, __ATOMIC_ACQ_REL)) {
        int status = thread_sleep(deadline_ns, true);
        if (status < 0)
            return __atomic_exchange_n(&waiter->woken, 0, __ATOMIC_ACQ_REL) ? 0 : status;
    }
    return 0;
}

int wait_on(struct waitqueue *queue, struct mutex *held, nanos_t deadline_ns)
{
    struct waiter waiter;
    struct wait_entry entry = {.waiter = &waiter};

    waiter_init(&waiter);
    wait_add(queue, &entry);
    mutex_unlock(held);
    int status = waiter_sleep(&waiter, deadline_ns);
    wait_remove(&entry);
    mutex_lock(held);
    return status;
}

/*
 * The exchange marks the mutex as waited for even when it wins: the next unlock then looks into the
 * queue once in vain, which is cheaper than knowing.
 */
void mutex_lock_slow(struct mutex *mutex)
{
    struct waiter waiter;
    struct wait_entry entry = {.waiter = &waiter};

    waiter_init(&waiter);
    wait_add(&mutex->waiters, &entry);
    while (__atomic_exchange_n(&mutex->state, 2, __ATOMIC_ACQUIRE) != 0) {
        while (!__atomic_exchange_n(&waiter.woken, 0, __ATOMIC_ACQ_REL))
            thread_sleep(NANOS_NEVER, false);
    }
    wait_remove(&entry);
}

void mutex_unlock_slow(struct mutex *mutex) { wake_queue(&mutex->waiters, 1); }
