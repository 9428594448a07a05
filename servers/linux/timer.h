/*
 * timer.h - something to do at a time, on the timer thread, under process_mutex.
 */
#pragma once

#include "lib/base/wheel.h"
#include "servers/linux/base.h"

struct timer {
    struct wheel_entry entry;
    void (*fire)(struct timer *timer); /* called with process_mutex held; may arm it again */
    nanos_t deadline_ns;
};

/* Protects timers, and everything of processes (process.h). */
extern struct mutex process_mutex;

/* Starts the timer thread. */
void timers_start(void);

/* Makes it look around (usage_poll). Any context. */
void timers_poll(void);

/* Both: caller holds process_mutex. Arming an armed timer moves it. */
void timer_arm(struct timer *timer, nanos_t deadline_ns);
void timer_disarm(struct timer *timer);

static inline bool timer_armed(const struct timer *timer)
{
    return wheel_entry_active(&timer->entry);
}
