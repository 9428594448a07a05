/*
 * clock.h - the counter `time`, and its timer: the processor's own (extension Sstc: it comes when
 * `time` reaches stimecmp), or the firmware's (SBI 6.1), which does the same.
 */
#pragma once

#include "lib/base/riscv64/instructions.h"

extern bool clock_has_sstc;

static inline uint64_t counter_read(void) { return csr_read(time); }

/* Also takes back the interrupt of a time before. */
static inline void timer_write(uint64_t time)
{
    if (clock_has_sstc)
        csr_write(CSR_STIMECMP, time);
    else
        (void)sbi_call(SBI_TIMER, 0, time, 0); /* which has no errors */
}

static inline void timer_start(uint64_t ticks) { timer_write(counter_read() + ticks); }

static inline void timer_stop(void) { timer_write(UINT64_MAX); }
