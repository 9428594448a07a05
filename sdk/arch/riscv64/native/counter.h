/**
 * counter.h - the counter that the kernel's clock is made of.
 */
#pragma once

#include <stdint.h>

/** counter_read - the counter that struct component_info's clock fields scale. */
static inline uint64_t counter_read(void)
{
    uint64_t value;
    __asm__ volatile("rdtime %0" : "=r"(value));
    return value;
}

/** counter_pause - a waiting loop: `pause` of the extension Zihintpause, elsewhere a hint that does
 * nothing. */
static inline void counter_pause(void) { __asm__ volatile(".4byte 0x0100000f"); }
