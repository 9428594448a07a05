/*
 * ranges.c - adding and removing stretches of physical memory.
 */
#include "kernel/arch/x86_64/parts.h"
#include "lib/base/string.h"

static void append(struct ranges list, paddr_t base, paddr_t end)
{
    if (base < end && *list.count < list.limit)
        list.items[(*list.count)++] = (struct boot_range){base, end - base};
}

void ranges_set(struct ranges list, paddr_t base, paddr_t end, bool member)
{
    struct boot_range old[BOOT_RANGES_MAX];
    uint32_t count = *list.count, at = 0;
    if (base >= end)
        return;
    memcpy(old, list.items, count * sizeof(*old));
    *list.count = 0;
    for (; at < count && range_end(&old[at]) < base; at++)
        append(list, old[at].base, range_end(&old[at]));
    paddr_t first = base, last = end; /* with all that it touches */
    for (; at < count && old[at].base <= end; at++) {
        first = old[at].base < first ? old[at].base : first;
        last = range_end(&old[at]) > last ? range_end(&old[at]) : last;
    }
    append(list, first, member ? last : base);
    append(list, member ? last : end, last);
    for (; at < count; at++)
        append(list, old[at].base, range_end(&old[at]));
}
