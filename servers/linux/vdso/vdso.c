/*
 * vdso.c - the code of the vDSO, linked alone as a shared object (vdso.ld).
 *
 * Runs in the guest: no server headers, no writable data. Clocks that it does not know go to the
 * system call.
 */
#include <stdint.h>

#include "servers/linux/vdso/data.h"

#define EXPORT __attribute__((visibility("default")))

#define CLOCK_REALTIME         0
#define CLOCK_MONOTONIC        1
#define CLOCK_MONOTONIC_RAW    4
#define CLOCK_REALTIME_COARSE  5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME         7

#define NR_clock_gettime 228
#define NR_clock_getres  229
#define NANOS            1000000000ull

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

EXPORT int __vdso_clock_gettime(int clock, struct timespec *to);
EXPORT int __vdso_clock_getres(int clock, struct timespec *to);
EXPORT int __vdso_gettimeofday(struct timeval *to, void *zone);
EXPORT int64_t __vdso_time(int64_t *to);
EXPORT int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

/* The load fence keeps the counter from being read before the sequence. */
static inline uint64_t read_counter(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t now(int real)
{
    uint32_t sequence;
    uint64_t nanos;

    do {
        sequence = vdso_data.sequence;
        nanos = (uint64_t)((unsigned __int128)read_counter() * vdso_data.multiplier >> 32);
        nanos += (uint64_t)vdso_data.monotonic_offset_ns;
        if (real)
            nanos += (uint64_t)vdso_data.real_offset_ns;
    } while (sequence & 1 || sequence != vdso_data.sequence);
    return nanos;
}

static int system_call(long number, long a, void *b)
{
    long result = number;
    __asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b) : "rcx", "r11", "memory");
    return (int)result;
}

int __vdso_clock_gettime(int clock, struct timespec *to)
{
    uint64_t nanos;

    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        nanos = now(1);
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        nanos = now(0);
        break;
    default:
        return system_call(NR_clock_gettime, clock, to);
    }
    to->seconds = (int64_t)(nanos / NANOS);
    to->nanos = (int64_t)(nanos % NANOS);
    return 0;
}

int __vdso_clock_getres(int clock, struct timespec *to)
{
    return system_call(NR_clock_getres, clock, to);
}

int __vdso_gettimeofday(struct timeval *to, void *zone)
{
    uint64_t nanos = now(1);

    if (to) {
        to->seconds = (int64_t)(nanos / NANOS);
        to->micros = (int64_t)(nanos % NANOS / 1000);
    }
    if (zone)
        *(uint64_t *)zone = 0;
    return 0;
}

int64_t __vdso_time(int64_t *to)
{
    int64_t seconds = (int64_t)(now(1) / NANOS);
    if (to)
        *to = seconds;
    return seconds;
}

int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
    (void)unused;
    if (cpu)
        *cpu = 0;
    if (node)
        *node = 0;
    return 0;
}
