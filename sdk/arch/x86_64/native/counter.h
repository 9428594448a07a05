/**
 * counter.h - the processor's time-stamp counter.
 */
#pragma once

#include <stdint.h>

/** counter_read - the counter that struct component_info's clock fields scale. */
static inline uint64_t counter_read(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/** counter_pause - tell the processor that this is a waiting loop. */
static inline void counter_pause(void) { __asm__ volatile("pause"); }
