/*
 * ranges.c - adding and removing stretches of physical memory.
 */
#include "kernel/arch/x86_64/ranges.h"

#include "lib/base/string.h"

/* Replace items [from, to) by one, or by none when base is end. */
static void replace(struct ranges list, uint32_t from, uint32_t to, paddr_t base, paddr_t end)
{
    uint32_t count_new = base < end ? 1 : 0;
    uint32_t count = *list.count - (to - from) + count_new;
    if (count > list.limit)
        return;
    memmove(&list.items[from + count_new], &list.items[to],
            (*list.count - to) * sizeof(*list.items));
    if (count_new > 0)
        list.items[from] = (struct boot_range){base, end - base};
    *list.count = count;
}

void ranges_add(struct ranges list, paddr_t base, paddr_t end)
{
    if (base >= end)
        return;
    uint32_t from = 0;
    while (from < *list.count && range_end(&list.items[from]) < base)
        from++;
    uint32_t to = from;
    while (to < *list.count && list.items[to].base <= end) {
        if (list.items[to].base < base)
            base = list.items[to].base;
        if (range_end(&list.items[to]) > end)
            end = range_end(&list.items[to]);
        to++;
    }
    replace(list, from, to, base, end);
}

void ranges_remove(struct ranges list, paddr_t base, paddr_t end)
{
    if (base >= end)
        return;
    for (uint32_t i = 0; i < *list.count;) {
        paddr_t item_base = list.items[i].base, item_end = range_end(&list.items[i]);
        if (item_end <= base || item_base >= end) {
            i++;
            continue;
        }
        replace(list, i, i + 1, item_base, base < item_end ? base : item_end);
        if (item_base < base)
            i++;
        if (item_end > end) {
            replace(list, i, i, end, item_end);
            i++;
        }
    }
}
