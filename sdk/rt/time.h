/**
 * time.h - the kernel's clock, read without a system call.
 */
#pragma once

#include "lib/base/types.h"

/** time_scale - kernel time of counter reading @counter: (@counter * @multiplier >> 32) + offset.
 */
static inline nanos_t time_scale(uint64_t counter, uint64_t multiplier, int64_t offset_ns)
{
    return (nanos_t)((unsigned __int128)counter * multiplier >> 32) + (uint64_t)offset_ns;
}

/** time_now - nanoseconds since boot, the clock of all deadlines. Any thread. */
nanos_t time_now(void);
