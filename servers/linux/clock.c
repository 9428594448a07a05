/*
 * clock.c - reading clocks, and converting what guests pass.
 *
 * The offset of real time is one 64-bit word, read and written atomically.
 */
#include "servers/linux/clock.h"

#include <corm/clock_client.h>

#include "sdk/rt/time.h"
#include "servers/linux/vdso.h"

#define SECONDS_MAX (INT64_MAX / (int64_t)NANOS_PER_S)
#define NANOS_LAST  (NANOS_NEVER - 1)

static int64_t real_offset_ns;

nanos_t time_now_monotonic(void) { return time_now(); }

int64_t clock_real_offset(void) { return __atomic_load_n(&real_offset_ns, __ATOMIC_RELAXED); }

struct linux_timespec clock_timespec(nanos_t nanos)
{
    return (struct linux_timespec){(int64_t)(nanos / NANOS_PER_S), (int64_t)(nanos % NANOS_PER_S)};
}

void time_now_real(struct linux_timespec *now)
{
    *now = clock_timespec(time_now() + (uint64_t)clock_real_offset());
}

static void set_offset(int64_t offset_ns)
{
    __atomic_store_n(&real_offset_ns, offset_ns, __ATOMIC_RELAXED);
    vdso_set_real_offset(offset_ns);
}

void clock_init(const struct component_info *info)
{
    struct session session;
    uint64_t unix_ns, kernel_ns;
    status_t status = session_open(&session, info, "clock");

    if (status == OK)
        status = clock_read(&session, &unix_ns, &kernel_ns);
    if (status == OK)
        set_offset((int64_t)(unix_ns - kernel_ns));
    else
        log_line("no time of day (status %d): real time starts at 1970", (int)status);
}

nanos_t clock_add(nanos_t a, nanos_t b)
{
    nanos_t sum;
    return __builtin_add_overflow(a, b, &sum) || sum > NANOS_LAST ? NANOS_LAST : sum;
}

static int nanos_of(const struct linux_timespec *from, nanos_t *nanos)
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
    return user_read(&value, from, sizeof(value)) < 0 ? -EFAULT : nanos_of(&value, nanos);
}

int clock_read_timeout(uaddr_t from, nanos_t *deadline_ns)
{
    nanos_t span;
    int error = clock_read_nanos(from, &span);
    if (error == 0)
        *deadline_ns = span == 0 ? 0 : clock_add(time_now(), span);
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

int clock_set_real(const struct linux_timespec *to)
{
    nanos_t nanos;
    int error = nanos_of(to, &nanos);
    if (error == 0)
        set_offset((int64_t)(nanos - time_now()));
    return error;
}
