/*
 * wait_time.c - see wait_time.h.
 */
#include "servers/linux/wait_time.h"

#define SECONDS_MAX (INT64_MAX / (int64_t)NANOS_PER_S / 2) /* beyond: for ever */

int wait_time_read(struct wait_time *time, uint64_t address, enum time_unit unit)
{
    struct linux_timespec given; /* a timeval has the same shape */
    int64_t fraction_max =
        unit == TIME_IN_NANOSECONDS ? (int64_t)NANOS_PER_S : (int64_t)(NANOS_PER_S / NANOS_PER_US);

    *time = (struct wait_time){.address = address, .unit = unit, .deadline_ns = NANOS_NEVER};
    if (address == 0)
        return 0;
    if (user_read(&given, uaddr(address), sizeof(given)) < 0)
        return -EFAULT;
    if (given.tv_sec < 0 || given.tv_nsec < 0)
        return -EINVAL;
    if (given.tv_nsec >= fraction_max) {
        if (unit == TIME_IN_NANOSECONDS)
            return -EINVAL;
        given.tv_sec += given.tv_nsec / fraction_max; /* select normalises */
        given.tv_nsec %= fraction_max;
    }
    if (given.tv_sec > SECONDS_MAX)
        return 0;
    nanos_t fraction = (nanos_t)given.tv_nsec * (unit == TIME_IN_NANOSECONDS ? 1 : NANOS_PER_US);
    time->deadline_ns = (nanos_t)given.tv_sec * NANOS_PER_S + fraction;
    time->counts_from_now = time->deadline_ns != 0;
    return 0;
}

nanos_t wait_time_deadline(struct wait_time *time)
{
    if (time->counts_from_now)
        time->deadline_ns += time_now_monotonic();
    time->counts_from_now = false;
    return time->deadline_ns;
}

void wait_time_write_back(struct wait_time *time)
{
    if (time->address == 0 || time->deadline_ns == NANOS_NEVER || time->counts_from_now)
        return;
    nanos_t now = time->deadline_ns == 0 ? 0 : time_now_monotonic();
    nanos_t left = time->deadline_ns > now ? time->deadline_ns - now : 0;
    struct linux_timespec rest = {.tv_sec = (int64_t)(left / NANOS_PER_S),
                                  .tv_nsec = (int64_t)(left % NANOS_PER_S)};
    if (time->unit == TIME_IN_MICROSECONDS)
        rest.tv_nsec /= (int64_t)NANOS_PER_US;
    int ignored = user_write(uaddr(time->address), &rest, sizeof(rest));
    (void)ignored;
}
