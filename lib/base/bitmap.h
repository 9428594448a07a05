/**
 * bitmap.h - a set of 256 small numbers with its highest member in O(1).
 *
 * An all-zero map is the empty set. Four words are looked at one after the other: a summary of
 * them would cost more at each change than it saves.
 */
#pragma once

#include "lib/base/bits.h"

#define BITMAP_BITS  256u
#define BITMAP_WORDS (BITMAP_BITS / 64)

struct bitmap {
    uint64_t words[BITMAP_WORDS];
};

static inline bool bitmap_empty(const struct bitmap *map)
{
    return (map->words[0] | map->words[1] | map->words[2] | map->words[3]) == 0;
}

static inline void bitmap_set(struct bitmap *map, uint8_t index)
{
    uint64_t *word = map->words + index / 64;
    *word |= BIT(index % 64);
}

static inline void bitmap_clear(struct bitmap *map, uint8_t index)
{
    map->words[index / 64] &= ~BIT(index % 64);
}

/** bitmap_highest - the largest member, or -1 when the set is empty. */
static inline int bitmap_highest(const struct bitmap *map)
{
    for (unsigned word = BITMAP_WORDS; word-- > 0;)
        if (map->words[word] != 0)
            return (int)(word * 64 + bits_highest(map->words[word]));
    return -1;
}
