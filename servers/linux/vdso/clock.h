/*
 * clock.h - the clocks of the vDSO, in the C of all architectures (arch/ARCH/vdso.c).
 *
 * Runs in the guest: no server headers, no writable data. Clocks that it does not know go to the
 * system call.
 */
#pragma once

#include <stdint.h>

#include "machine/vdso.h"
#include "servers/linux/syscall_numbers.h"
#include "servers/linux/vdso/data.h"

#define EXPORT __attribute__((visibility("default")))

#define CLOCK_REALTIME         0
#define CLOCK_MONOTONIC        1
#define CLOCK_MONOTONIC_RAW    4
#define CLOCK_REALTIME_COARSE  5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME         7

#define NANOS 1000000000ull

struct timespec {
    int64_t seconds;
    int64_t nanos;
};

struct timeval {
    int64_t seconds;
    int64_t micros;
};

/* Lies in the page in front of us; vdso.ld says where. */
extern const volatile struct vdso_data vdso_data __attribute__((visibility("hidden")));

static inline uint64_t clock_now(int real)
{
    uint64_t count = vdso_read_counter();
    uint64_t nanos = (uint64_t)((unsigned __int128)count * vdso_data.multiplier >> 32);

    nanos += (uint64_t)vdso_data.monotonic_offset_ns;
    if (real)
        nanos += (uint64_t)__atomic_load_n(&vdso_data.real_offset_ns, __ATOMIC_RELAXED);
    return nanos;
}

static inline int clock_get(int clock, struct timespec *to)
{
    uint64_t nanos;

    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        nanos = clock_now(1);
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        nanos = clock_now(0);
        break;
    default:
        return vdso_system_call(NR_clock_gettime, clock, to);
    }
    to->seconds = (int64_t)(nanos / NANOS);
    to->nanos = (int64_t)(nanos % NANOS);
    return 0;
}

static inline int clock_get_of_day(struct timeval *to, void *zone)
{
    uint64_t nanos = clock_now(1);

    if (to) {
        to->seconds = (int64_t)(nanos / NANOS);
        to->micros = (int64_t)(nanos % NANOS / 1000);
    }
    if (zone)
        *(uint64_t *)zone = 0;
    return 0;
}

/* Where there is one, no thread has to ask on which it is. */
static inline int clock_processor(unsigned *cpu, unsigned *node)
{
    if (vdso_data.processors > 1)
        return vdso_system_call(NR_getcpu, (long)cpu, node);
    if (cpu)
        *cpu = 0;
    if (node)
        *node = 0;
    return 0;
}
