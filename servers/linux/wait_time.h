/*
 * wait_time.h - time-outs as guests give them, to deadlines.
 */
#pragma once

#include "servers/linux/base.h"

enum time_unit { TIME_IN_NANOSECONDS, TIME_IN_MICROSECONDS };

struct wait_time {
    uint64_t address; /* where the guest keeps it; 0: no time-out, or given in milliseconds */
    enum time_unit unit;
    bool counts_from_now; /* deadline_ns is still a duration: the clock has not been read yet */
    nanos_t deadline_ns;  /* 0: do not wait */
};

/* Reads a struct timespec or timeval; 0, -EFAULT or -EINVAL. */
MUST_USE int wait_time_read(struct wait_time *time, uint64_t address, enum time_unit unit);

/* Negative: for ever; 0: do not wait. */
static inline struct wait_time wait_time_of_ms(int64_t timeout_ms)
{
    if (timeout_ms < 0)
        return (struct wait_time){.deadline_ns = NANOS_NEVER};
    return (struct wait_time){.deadline_ns = (nanos_t)timeout_ms * NANOS_PER_MS,
                              .counts_from_now = timeout_ms > 0};
}

/* When the wait ends. Reads the clock the first time, so that a call that need not wait does not.
 */
nanos_t wait_time_deadline(struct wait_time *time);

static inline bool wait_time_is_zero(const struct wait_time *time)
{
    return time->deadline_ns == 0;
}

/* Leaves the remaining time where the guest gave the whole (Linux does; POSIX allows). A fault is
   nobody's business any more. */
void wait_time_write_back(struct wait_time *time);
