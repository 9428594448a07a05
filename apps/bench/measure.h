/**
 * measure.h - counting instructions.
 *
 * The machine runs with -icount shift=0: the counter advances by one an instruction, the counts
 * repeat exactly. What disturbs a round (somebody else's timer) only adds, so the least of several
 * rounds counts; the first warms up what is made on demand. The loop's own cost is measured with an
 * empty statement and taken off.
 *
 * A `struct ipc` call loses all registers but the stack pointer, so the loop's counter is in memory
 * in either case: both loops are the same instructions.
 */
#pragma once

#include "lib/base/types.h"
#include "machine/bench.h"

#define ROUNDS     5u
#define ITERATIONS 256u

/** MEASURE_LOOP - the least instructions of ITERATIONS times STATEMENT, the loop included. */
#define MEASURE_LOOP(statement)                                                                    \
    __extension__({                                                                                \
        uint64_t least = UINT64_MAX;                                                               \
        for (uint32_t round = 0; round < ROUNDS; round++) {                                        \
            volatile uint32_t left = ITERATIONS;                                                   \
            const uint64_t start = insn_read();                                                    \
            do {                                                                                   \
                statement;                                                                         \
            } while (--left != 0);                                                                 \
            const uint64_t taken = insn_read() - start;                                            \
            least = taken < least ? taken : least;                                                 \
        }                                                                                          \
        least;                                                                                     \
    })

/** MEASURE_EACH - the least instructions of one STATEMENT; UNDO makes it possible again. */
#define MEASURE_EACH(statement, undo)                                                              \
    __extension__({                                                                                \
        uint32_t least = UINT32_MAX;                                                               \
        for (uint32_t round = 0; round < ROUNDS; round++) {                                        \
            const uint32_t start = insn_read_low();                                                \
            statement;                                                                             \
            const uint32_t taken = insn_read_low() - start;                                        \
            undo;                                                                                  \
            least = taken < least ? taken : least;                                                 \
        }                                                                                          \
        least;                                                                                     \
    })

#define NOTHING __asm__ volatile("")

/** measure_per_iteration - what one of ITERATIONS cost, the empty loop taken off. */
uint64_t measure_per_iteration(uint64_t loop_insn);

/** measure_empty_each - what MEASURE_EACH counts for nothing. */
uint64_t measure_empty_each(void);

/** measure_report - the line that `corm bench` reads. */
void measure_report(const char *name, uint64_t insn);
