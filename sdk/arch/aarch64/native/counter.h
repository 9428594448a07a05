/**
 * counter.h - the virtual counter of the generic timer.
 */
#pragma once

#include <stdint.h>

/** counter_read - the counter that struct component_info's clock fields scale. */
static inline uint64_t counter_read(void)
{
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

/** counter_pause - tell the processor that this is a waiting loop. */
static inline void counter_pause(void) { __asm__ volatile("yield"); }
