/*
 * wait_time.h - time-outs as guests give them, to deadlines.
 */
#ifndef LINUX_WAIT_TIME_H
#define LINUX_WAIT_TIME_H

#include "servers/linux/base.h"

enum time_unit { TIME_IN_NANOSECONDS, TIME_IN_MICROSECONDS };

struct wait_time {
    uint64_t address; /* 0: no time-out */
    enum time_unit unit;
    nanos_t deadline_ns; /* 0: do not wait */
};

/* Reads a struct timespec or timeval; 0, -EFAULT or -EINVAL. */
MUST_USE int wait_time_read(struct wait_time *time, uint64_t address, enum time_unit unit);

/* Leaves the remaining time where the guest gave the whole (Linux does; POSIX allows). A fault is
   nobody's business any more. */
void wait_time_write_back(const struct wait_time *time);

/* Negative: for ever; 0: do not wait. */
nanos_t deadline_of_ms(int64_t timeout_ms);

#endif
