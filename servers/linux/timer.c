/*
 * timer.c - one timing wheel and the thread that runs it.
 *
 * The thread sleeps until the wheel's next expiry; whoever arms an earlier one wakes it.
 * Lock: process_mutex. Callbacks run under it.
 */
#include "servers/linux/process.h"
#include "servers/linux/timer.h"
#include "servers/linux/usage.h"

static struct {
    struct wheel wheel;
    struct thread *thread;
    nanos_t sleeps_until; /* what the thread's present sleep waits for; 0 while it works */
} timers;

void timer_arm(struct timer *timer, nanos_t deadline_ns)
{
    wheel_remove(&timer->entry);
    timer->deadline_ns = deadline_ns;
    wheel_insert(&timers.wheel, &timer->entry, deadline_ns);
    if (deadline_ns < timers.sleeps_until)
        thread_wake(timers.thread);
}

void timers_poll(void) { thread_wake(timers.thread); }

void timer_disarm(struct timer *timer) { wheel_remove(&timer->entry); }

static void fire_due(nanos_t now)
{
    struct wheel_entry *entry;
    while (wheel_step(&timers.wheel, now, &entry)) {
        if (entry == NULL)
            continue; /* only moved: not due yet */
        struct timer *timer = container_of(entry, struct timer, entry);
        timer->fire(timer);
    }
}

static void timer_main(void)
{
    for (;;) {
        nanos_t now = time_now_monotonic();
        mutex_lock(&process_mutex);
        fire_due(now);
        usage_poll();
        nanos_t next = wheel_next_expiry(&timers.wheel);
        timers.sleeps_until = next;
        mutex_unlock(&process_mutex);
        thread_sleep(next, false);
    }
}

void timers_start(void)
{
    wheel_init(&timers.wheel, time_now_monotonic());
    timers.thread = thread_create_native(timer_main);
    ASSERT(timers.thread != NULL);
}
