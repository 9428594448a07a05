/*
 * ranges.h - a sorted list of disjoint stretches of physical memory.
 */
#pragma once

#include "lib/base/types.h"

#define RANGES_MAX 64

struct range {
    paddr_t base;
    uint64_t size_bytes;
};

struct ranges {
    uint32_t count;
    struct range items[RANGES_MAX];
};

static inline paddr_t range_end(const struct range *range)
{
    return range->base + range->size_bytes;
}

/** ranges_set - [base, end) belongs to the list or does not; merges and splits. When the list is
 * full its uppermost parts are lost. */
void ranges_set(struct ranges *list, paddr_t base, paddr_t end, bool member);

/** ranges_meet - does any part of the list lie in [base, end)? */
MUST_USE bool ranges_meet(const struct ranges *list, paddr_t base, paddr_t end);

/** ranges_bytes - the sizes of all parts together. */
uint64_t ranges_bytes(const struct ranges *list);
