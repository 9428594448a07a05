/*
 * clock.h - the time stamp counter, and the timer of the local APIC, which counts down.
 */
#pragma once

#include "kernel/arch/x86_64/parts.h"
#include "lib/base/x86_64/instructions.h"

#define TIMER_TICKS_MAX 0xfffffff0ull

static inline uint64_t counter_read(void) { return tsc_read(); }

static inline void timer_start(uint64_t ticks)
{
    if (ticks > TIMER_TICKS_MAX)
        ticks = TIMER_TICKS_MAX;
    LAPIC[LAPIC_TIMER_START] = (uint32_t)ticks;
}
