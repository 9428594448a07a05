/*
 * measure.c - counts instructions of an operation.
 */
#include <stdlib.h>

#include "apps/linux-bench/measure.h"

#define CALIBRATION_TRIES 8

/* An instruction that does nothing, with bytes that nothing else has (tools/qemu/window.c). */
#define MARK __asm__ volatile("nopl 0x4b52414d(%%rax)" ::: "memory") /* "MARK" */

/* noinline: the loop around nothing and the loop around an operation are the same instructions. */
__attribute__((noinline)) static uint64_t batch(const struct measure *measure, unsigned count)
{
    uint64_t start = measure_now();
    for (unsigned i = 0; i < count; i++) {
        MARK;
        measure->operation(measure->context);
    }
    return measure_now() - start;
}

static void nothing(void *context) { (void)context; }

static int ascending(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t median_batch(const struct measure *measure, unsigned count)
{
    uint64_t taken[MEASURE_BATCHES];

    batch(measure, count); /* warm-up */
    for (unsigned i = 0; i < MEASURE_BATCHES; i++)
        taken[i] = batch(measure, count);
    qsort(taken, MEASURE_BATCHES, sizeof(taken[0]), ascending);
    return taken[MEASURE_BATCHES / 2];
}

uint64_t measure_run(const struct measure *measure, unsigned count)
{
    const struct measure empty = {.operation = nothing};
    uint64_t loop = median_batch(&empty, count);
    uint64_t all = median_batch(measure, count);

    uint64_t parts = (uint64_t)count * (measure->parts ? measure->parts : 1);

    return (all - loop + parts / 2) / parts;
}

/* Around as many instructions as @count says, which is part of the program's text. */
#define COUNTED_NOPS(count)                                                                        \
    ({                                                                                             \
        uint64_t start = measure_now();                                                            \
        __asm__ volatile(".rept " #count "\n\tnop\n\t.endr");                                      \
        measure_now() - start;                                                                     \
    })

uint64_t measure_calibrate(void)
{
    uint64_t few = UINT64_MAX, many = UINT64_MAX;

    for (unsigned i = 0; i < CALIBRATION_TRIES; i++) { /* an interrupt may come between */
        uint64_t taken = COUNTED_NOPS(1000);
        few = taken < few ? taken : few;
        taken = COUNTED_NOPS(2000);
        many = taken < many ? taken : many;
    }
    return many - few;
}
