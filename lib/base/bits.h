/**
 * bits.h - scanning and aligning.
 */
#pragma once

#include "lib/base/types.h"

#define BIT(index) (UINT64_C(1) << (index))

/** bits_lowest - index of the lowest bit set in @word, which is not 0. */
static inline unsigned bits_lowest(uint64_t word) { return (unsigned)__builtin_ctzll(word); }

/** bits_highest - index of the highest bit set in @word, which is not 0. */
static inline unsigned bits_highest(uint64_t word) { return 63u ^ (unsigned)__builtin_clzll(word); }

/** is_aligned - @value is a multiple of @alignment, a power of two. */
static inline bool is_aligned(uint64_t value, uint64_t alignment)
{
    return (value & (alignment - 1)) == 0;
}

/** align_down - the largest multiple of @alignment (a power of two) not above @value. */
static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
    return value & ~(alignment - 1);
}

/**
 * align_up - the smallest multiple of @alignment (a power of two) not below @value.
 *
 * For values that the program itself made: wraps to 0 where the result does not fit. Use
 * align_up_checked() (checked.h) for a value that came from outside.
 */
static inline uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + (alignment - 1)) & ~(alignment - 1);
}

/** range_within - [@start, +@size) lies in [0, @limit). Safe for any values. */
static inline bool range_within(uint64_t start, uint64_t size, uint64_t limit)
{
    return start <= limit && size <= limit - start;
}
