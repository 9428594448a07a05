/*
 * measure.h - how the rows are counted, and how a row says that it cannot be.
 *
 * The processor's time-stamp counter advances by one with each instruction where the machine was
 * started so (QEMU's -icount shift=0); measure_calibrate tells. It also advances while the machine
 * idles, so no row waits for anything but another process that is ready to run.
 */
#pragma once

#include <stdint.h>

#define MEASURE_BATCHES 11

/* What one row measures. */
struct measure {
    void (*operation)(void *context);
    void *context;
    unsigned parts; /* how many times it does what the row is about; 0: once */
};

static inline uint64_t measure_now(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* What the counter advances by for 1,000 instructions that do nothing. */
uint64_t measure_calibrate(void);

/*
 * Instructions of one part of an operation: the median of MEASURE_BATCHES batches of @count
 * operations, after a batch that does not count, less what the loop costs around an operation that
 * does nothing.
 *
 * The median leaves out what does not belong to the operation: a tick of the system's clock, or a
 * time in which the system gave the processor to nobody.
 */
uint64_t measure_run(const struct measure *measure, unsigned count);
