/*
 * clock_time.c - converting between the times of guests and the server's nanoseconds.
 */
#include "servers/linux/clock.h"

#define SECONDS_MAX (INT64_MAX / (int64_t)NANOS_PER_S)
#define NANOS_LAST  (NANOS_NEVER - 1)

struct linux_timespec clock_timespec(nanos_t nanos)
{
    return (struct linux_timespec){(int64_t)(nanos / NANOS_PER_S), (int64_t)(nanos % NANOS_PER_S)};
}

nanos_t clock_add(nanos_t a, nanos_t b)
{
    nanos_t sum;
    return __builtin_add_overflow(a, b, &sum) || sum > NANOS_LAST ? NANOS_LAST : sum;
}

int clock_nanos_of(const struct linux_timespec *from, nanos_t *nanos)
{
    if (from->tv_sec < 0 || (uint64_t)from->tv_nsec >= NANOS_PER_S)
        return -EINVAL;
    *nanos = from->tv_sec >= SECONDS_MAX
                 ? (nanos_t)INT64_MAX
                 : (nanos_t)from->tv_sec * NANOS_PER_S + (nanos_t)from->tv_nsec;
    return 0;
}

int clock_read_nanos(uaddr_t from, nanos_t *nanos)
{
    struct linux_timespec value;
    return user_read(&value, from, sizeof(value)) < 0 ? -EFAULT : clock_nanos_of(&value, nanos);
}

int clock_read_timeout(uaddr_t from, nanos_t *deadline_ns)
{
    nanos_t span;
    int error = clock_read_nanos(from, &span);
    if (error == 0)
        *deadline_ns = span == 0 ? 0 : clock_add(time_now_monotonic(), span);
    return error;
}

int clock_to_monotonic(uint64_t clock, nanos_t at, nanos_t *monotonic)
{
    switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *monotonic = at;
        return 0;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI: {
        int64_t offset = clock_real_offset();
        *monotonic = offset > 0 && at < (nanos_t)offset ? 0 : at - (uint64_t)offset;
        return 0;
    }
    default:
        return -EINVAL;
    }
}

nanos_t clock_next_period(nanos_t last, nanos_t interval_ns, uint64_t *missed)
{
    return clock_period_after(last, interval_ns, time_now_monotonic(), missed);
}

nanos_t clock_period_after(nanos_t last, nanos_t interval_ns, nanos_t now, uint64_t *missed)
{
    nanos_t late = now > last ? now - last : 0;

    *missed = late / interval_ns;
    return clock_add(last, (*missed + 1) * interval_ns);
}
