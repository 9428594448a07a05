/*
 * clock.h - the virtual counter, and its timer (Arm ARM D12.2).
 */
#pragma once

#include "lib/base/aarch64/instructions.h"

#define TIMER_ENABLE 1u

static inline uint64_t counter_read(void) { return SYSTEM_READ(cntvct_el0); }

static inline void timer_start(uint64_t ticks)
{
    SYSTEM_WRITE(cntv_cval_el0, counter_read() + ticks);
    SYSTEM_WRITE(cntv_ctl_el0, TIMER_ENABLE);
}
