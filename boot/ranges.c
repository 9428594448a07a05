/*
 * ranges.c - adding and removing stretches of physical memory.
 */
#include "boot/ranges.h"

static void append(struct ranges *list, paddr_t base, paddr_t end)
{
    if (base < end && list->count < RANGES_MAX)
        list->items[list->count++] = (struct range){base, end - base};
}

void ranges_set(struct ranges *list, paddr_t base, paddr_t end, bool member)
{
    const struct ranges old = *list;
    uint32_t at = 0;
    if (base >= end)
        return;
    list->count = 0;
    for (; at < old.count && range_end(&old.items[at]) < base; at++)
        append(list, old.items[at].base, range_end(&old.items[at]));
    paddr_t first = base, last = end; /* with all that it touches */
    for (; at < old.count && old.items[at].base <= end; at++) {
        paddr_t item_end = range_end(&old.items[at]);
        first = old.items[at].base < first ? old.items[at].base : first;
        last = item_end > last ? item_end : last;
    }
    append(list, first, member ? last : base);
    append(list, member ? last : end, last);
    for (; at < old.count; at++)
        append(list, old.items[at].base, range_end(&old.items[at]));
}

bool ranges_meet(const struct ranges *list, paddr_t base, paddr_t end)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].base < end && range_end(&list->items[i]) > base)
            return true;
    return false;
}

uint64_t ranges_bytes(const struct ranges *list)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < list->count; i++)
        bytes += list->items[i].size_bytes;
    return bytes;
}
