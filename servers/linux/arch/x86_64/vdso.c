/*
 * vdso.c - the functions of the vDSO by the names that vdso(7) gives them on x86_64.
 */
#include "servers/linux/vdso/clock.h"

EXPORT int __vdso_clock_gettime(int clock, struct timespec *to);
EXPORT int __vdso_clock_getres(int clock, struct timespec *to);
EXPORT int __vdso_gettimeofday(struct timeval *to, void *zone);
EXPORT int64_t __vdso_time(int64_t *to);
EXPORT int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

int __vdso_clock_gettime(int clock, struct timespec *to) { return clock_get(clock, to); }

int __vdso_clock_getres(int clock, struct timespec *to)
{
    return vdso_system_call(NR_clock_getres, clock, to);
}

int __vdso_gettimeofday(struct timeval *to, void *zone) { return clock_get_of_day(to, zone); }

int64_t __vdso_time(int64_t *to)
{
    int64_t seconds = (int64_t)(clock_now(1) / NANOS);
    if (to)
        *to = seconds;
    return seconds;
}

int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
    (void)unused;
    return clock_processor(cpu, node);
}
