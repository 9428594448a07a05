/*
 * clock.h - the clocks that guests see, and times as they pass them.
 *
 * Monotonic time is the kernel's clock. Real time is that plus an offset, taken from the clock
 * service at the start and changed by clock_settime. The vDSO's data page has the same numbers.
 */
#pragma once

#include "servers/linux/base.h"

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_REALTIME_ALARM     8
#define CLOCK_BOOTTIME_ALARM     9
#define CLOCK_TAI                11

#define TIMER_ABSTIME 1

struct component_info;

/* Asks the clock service; without an answer real time starts at the epoch, and the log says so. */
void clock_init(const struct component_info *info);

/* Real minus monotonic, in nanoseconds. */
int64_t clock_real_offset(void);

/* A duration or point in time from the guest; -EFAULT, -EINVAL. Saturates below NANOS_NEVER. */
MUST_USE int clock_read_nanos(uaddr_t from, nanos_t *nanos);
MUST_USE int clock_nanos_of(const struct linux_timespec *from, nanos_t *nanos); /* -EINVAL */
struct linux_timespec clock_timespec(nanos_t nanos);

/* A relative timeout from the guest as a deadline; 0 for a timeout of 0. */
MUST_USE int clock_read_timeout(uaddr_t from, nanos_t *deadline_ns);

/* a + b without wrapping, below NANOS_NEVER. */
nanos_t clock_add(nanos_t a, nanos_t b);

/* clock_settime(CLOCK_REALTIME). -EINVAL. */
MUST_USE int clock_set_real(const struct linux_timespec *to);

/* A point of a clock on the monotonic one. -EINVAL for a clock that cannot be waited for. */
MUST_USE int clock_to_monotonic(uint64_t clock, nanos_t at, nanos_t *monotonic);

/* Would its timers wake a machine that sleeps? Setting one up takes CAP_WAKE_ALARM. */
static inline bool clock_wakes(uint64_t clock)
{
    return clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
}

/* The next point of a periodic timer that lies ahead; *missed: those that do not. */
nanos_t clock_next_period(nanos_t last, nanos_t interval_ns, uint64_t *missed);
/* The same of a clock that shows `now`. */
nanos_t clock_period_after(nanos_t last, nanos_t interval_ns, nanos_t now, uint64_t *missed);

struct linux_itimerspec {
    struct linux_timespec interval;
    struct linux_timespec value;
};
