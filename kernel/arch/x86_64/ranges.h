/*
 * ranges.h - sorted lists of disjoint stretches of physical memory, in arrays of a fixed size.
 */
#ifndef X86_64_RANGES_H
#define X86_64_RANGES_H

#include "kernel/arch.h"

struct ranges {
    struct boot_range *items;
    uint32_t *count;
    uint32_t limit;
};

/** ranges_add - [base, end) belongs to the list; merges. Left out when the list is full. */
void ranges_add(struct ranges list, paddr_t base, paddr_t end);

/** ranges_remove - [base, end) does not; splits. When the list is full the upper part is lost. */
void ranges_remove(struct ranges list, paddr_t base, paddr_t end);

static inline paddr_t range_end(const struct boot_range *range)
{
    return range->base + range->size_bytes;
}

#endif
