/**
 * checked.h - arithmetic on numbers that came from outside, which may be too large for it.
 */
#pragma once

#include "lib/base/bits.h"

static inline bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/** align_up_checked - as align_up() into *@result; false, and *@result untouched, on overflow. */
MUST_USE static inline bool align_up_checked(uint64_t value, uint64_t alignment, uint64_t *result)
{
    if (value > UINT64_MAX - (alignment - 1))
        return false;
    *result = align_up(value, alignment);
    return true;
}

/** range_end_checked - @start + @size into *@end; false, and *@end untouched, on overflow. */
MUST_USE static inline bool range_end_checked(uint64_t start, uint64_t size, uint64_t *end)
{
    if (size > UINT64_MAX - start)
        return false;
    *end = start + size;
    return true;
}
