/*
 * clock.c - the clocks themselves; what guests pass is converted in clock_time.c.
 *
 * The offset of real time is one 64-bit word, read atomically, here and in the vDSO's page.
 * Lock: offset_spin, for whoever sets both.
 */
#include "servers/linux/clock.h"

#include <corm/clock_client.h>

#include "sdk/rt/time.h"
#include "servers/linux/vdso.h"

static int64_t real_offset_ns;
static struct spin offset_spin;

nanos_t time_now_monotonic(void) { return time_now(); }

int64_t clock_real_offset(void) { return __atomic_load_n(&real_offset_ns, __ATOMIC_RELAXED); }

void time_now_real(struct linux_timespec *now)
{
    *now = clock_timespec(time_now() + (uint64_t)clock_real_offset());
}

static void set_offset(int64_t offset_ns)
{
    spin_lock(&offset_spin, LOCK_LEAF);
    __atomic_store_n(&real_offset_ns, offset_ns, __ATOMIC_RELAXED);
    vdso_set_real_offset(offset_ns);
    spin_unlock(&offset_spin, LOCK_LEAF);
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

int clock_set_real(const struct linux_timespec *to)
{
    nanos_t nanos;
    int error = clock_nanos_of(to, &nanos);
    if (error == 0)
        set_offset((int64_t)(nanos - time_now()));
    return error;
}
