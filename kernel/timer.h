/*
 * timer.h - one deadline in the timing wheel of a processor.
 */
#pragma once

#include "lib/base/wheel.h"

/* Lies in the Thread or Sched that it belongs to. */
struct timer {
    struct wheel_entry entry;
    void (*due)(struct timer *timer); /* called once the deadline has passed, if armed still */
};

/** timer_arm - @timer, not armed, expires at @deadline, if ever, in the wheel of @cpu. */
void timer_arm(struct timer *timer, uint32_t cpu, nanos_t deadline);

/** timer_disarm - nothing happens if it is not armed. */
static inline void timer_disarm(struct timer *timer)
{
    if (UNLIKELY(wheel_entry_active(&timer->entry)))
        wheel_remove(&timer->entry);
}
