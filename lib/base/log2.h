/**
 * log2.h - sizes as powers of two.
 */
#pragma once

#include "lib/base/bits.h"

/** bits_log2_ceil - the smallest n with 2^n >= @value; 0 for 0 and 1; 64 above 2^63. */
static inline unsigned bits_log2_ceil(uint64_t value)
{
    return value <= 1 ? 0 : bits_highest(value - 1) + 1;
}
