/**
 * words.h - the inner loops of string.c, which a port may replace (words.c, ARCH/words.c).
 */
#pragma once

#include "lib/base/types.h"

/** Eight bytes at any address, of objects of any type. */
struct word {
    uint64_t value;
} PACKED __attribute__((may_alias));

/** words_copy - copy @count words upwards; the ranges may overlap only if @to is below @from. */
void words_copy(struct word *to, const struct word *from, size_t count);

/** words_fill - store @value @count times. */
void words_fill(struct word *to, uint64_t value, size_t count);
