/**
 * measure.c - the cost of measuring, and the report.
 */
#include "measure.h"

#include "sdk/rt/log.h"

uint64_t measure_per_iteration(uint64_t loop_insn)
{
    const uint64_t empty = MEASURE_LOOP(NOTHING);
    return (loop_insn - empty + ITERATIONS / 2) / ITERATIONS;
}

uint64_t measure_empty_each(void) { return MEASURE_EACH(NOTHING, NOTHING); }

void measure_report(const char *name, uint64_t insn) { log_line("BENCH %s %lu", name, insn); }
