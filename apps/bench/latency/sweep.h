/**
 * sweep.h - an interrupt at every instruction of an operation of the kernel.
 *
 * A path is one operation that can be made again and again in the same state. For each offset x
 * the state is prepared, the board's alarm is set to raise its line x instructions after the
 * operation began, and the operation is performed. A driver thread of the highest priority waits
 * for the line; its first instruction reads the counter. The latency is what was executed in
 * between: from the instruction at which the line rose to the driver's first one. An instruction is
 * a nanosecond here (-icount shift=0), so both are known exactly: the alarm's start is a fixed
 * number of instructions behind a reading of the counter, which is calibrated once, against
 * interrupts at user level whose latency is counted directly (as irq_to_user is).
 *
 * The machine does the same until the line rises, whatever x is. So when an interrupt at x is
 * served late because the kernel looks for interrupts only at y, all from x to y are served at y,
 * and the latency falls by one from each x to the next. Hence offsets need to be tried in steps of
 * `stride` only: then each that may hide the maximum (a sample within a stride of it) is gone back
 * from, instruction by instruction, to the one at which the latency is greatest. What comes out is
 * the maximum over every instruction.
 */
#pragma once

#include "apps/bench/bench.h"

struct path {
    const char *name; /* of the operation, in words */
    uint32_t stride;
    void (*begin)(void);   /* once; or NULL */
    void (*prepare)(void); /* before each performance; or NULL */
    void (*perform)(void);
    void (*restore)(void); /* after each; or NULL: what stage_kit() made is revoked */
};

/** sweep_begin - start the driver and calibrate. */
void sweep_begin(struct bench *bench);

/** sweep_path - measure one path and report it. */
void sweep_path(const struct path *path);

/** sweep_end - report the maximum and the 99th percentile over all paths. */
void sweep_end(void);

/* --- what the paths are made of --- */

/** stage_kit - makes objects that are gone after each performance. */
struct kit *stage_kit(void);

/** stage_all - the Untyped that all these objects are made of. */
cap_t stage_all(void);

/** hall_kit - makes objects that stay. */
struct kit *hall_kit(void);

/** hall_bench - Scheds. */
struct bench *hall_bench(void);

/** sweep_spin - execute a number of instructions that rises by one with @count. */
void sweep_spin(uint64_t count);

extern const struct path paths_caps[], paths_memory[], paths_space[], paths_threads[],
    paths_worst[];
extern const uint32_t count_paths_caps, count_paths_memory, count_paths_space, count_paths_threads,
    count_paths_worst;
