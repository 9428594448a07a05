/**
 * bitmap.h - a set of 256 small numbers with its highest member in O(1).
 *
 * Two levels. Invariant: bit w of `summary` is set exactly if words[w] is not 0. An all-zero map
 * is the empty set.
 */
#pragma once

#include "lib/base/bits.h"
#include "lib/base/check.h"

#define BITMAP_BITS  256u
#define BITMAP_WORDS (BITMAP_BITS / 64)

struct bitmap {
    uint64_t summary;
    uint64_t words[BITMAP_WORDS];
};

static inline bool bitmap_empty(const struct bitmap *map) { return map->summary == 0; }

static inline bool bitmap_test(const struct bitmap *map, uint8_t index)
{
    return map->words[index / 64] >> (index % 64) & 1;
}

static inline void bitmap_set(struct bitmap *map, uint8_t index)
{
    map->words[index / 64] |= BIT(index % 64);
    map->summary |= BIT(index / 64);
}

static inline void bitmap_clear(struct bitmap *map, uint8_t index)
{
    uint64_t rest = map->words[index / 64] & ~BIT(index % 64);
    map->words[index / 64] = rest;
    if (rest == 0)
        map->summary &= ~BIT(index / 64);
}

/** bitmap_highest - the largest member, or -1 when the set is empty. */
static inline int bitmap_highest(const struct bitmap *map)
{
    uint64_t summary = map->summary;
    if (summary == 0)
        return -1;
    unsigned word = bits_highest(summary) % BITMAP_WORDS;
    uint64_t bits = map->words[word];
    INVARIANT(bits != 0);
    return (int)(word * 64 + bits_highest(bits));
}

/** bitmap_valid - the invariant of the head comment holds. */
static inline bool bitmap_valid(const struct bitmap *map)
{
    for (unsigned word = 0; word < BITMAP_WORDS; word++)
        if ((map->words[word] != 0) != (map->summary >> word & 1))
            return false;
    return map->summary >> BITMAP_WORDS == 0;
}
