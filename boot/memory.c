/*
 * memory.c - the machine's memory while the system is being laid out.
 */
#include "boot/boot.h"
#include "lib/base/bits.h"
#include "lib/base/copy.h"

#define PIECE_LOG2_MAX 36u

static void set(struct ranges *free, const struct range *range, bool member)
{
    ranges_set(free, align_down(range->base, PAGE_BYTES), align_up(range_end(range), PAGE_BYTES),
               member);
}

void memory_init(struct ranges *free, const struct machine *machine)
{
    *free = machine->ram;
    set(free, &machine->image, false);
    set(free, &machine->bundle, false);
    set(free, &machine->own, false);
    set(free, &machine->device_tree, false);
}

/* The smallest range that fits, so that large ones stay whole; NULL when none fits. */
static const struct range *best_range(const struct ranges *free, uint64_t bytes, uint64_t alignment)
{
    const struct range *best = NULL;
    for (uint32_t i = 0; i < free->count; i++) {
        const struct range *range = &free->items[i];
        uint64_t skip = align_up(range->base, alignment) - range->base;
        bool fits = range->size_bytes >= skip && range->size_bytes - skip >= bytes &&
                    range_within(range->base + skip, bytes, boot_reach);
        if (fits && (best == NULL || range->size_bytes < best->size_bytes))
            best = range;
    }
    return best;
}

paddr_t memory_take(struct ranges *free, uint64_t bytes, uint64_t alignment)
{
    bytes = align_up(bytes, PAGE_BYTES);
    const struct range *range = best_range(free, bytes, alignment);
    if (range == NULL)
        boot_refuse("not enough memory: %lu KiB are needed in one piece", bytes >> 10);
    paddr_t base = align_up(range->base, alignment);
    ranges_set(free, base, base + bytes, false);
    memset(boot_memory(base), 0, bytes);
    return base;
}

bool memory_next_piece(struct range *range, paddr_t *base, unsigned *size_log2)
{
    if (range->size_bytes < PAGE_BYTES)
        return false;
    unsigned log2 = bits_highest(range->size_bytes);
    if (range->base != 0 && bits_lowest(range->base) < log2)
        log2 = bits_lowest(range->base);
    if (log2 > PIECE_LOG2_MAX)
        log2 = PIECE_LOG2_MAX;
    *base = range->base;
    *size_log2 = log2;
    range->base += 1ull << log2;
    range->size_bytes -= 1ull << log2;
    return true;
}
