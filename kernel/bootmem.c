/*
 * bootmem.c - memory at boot. Used once, by one processor, before there is a second thread of
 * control.
 */
#include "kernel/bootmem.h"

#include "kernel/panic.h"
#include "lib/base/bits.h"
#include "lib/base/string.h"

#define PAGE_BYTES      4096ull
#define FREE_RANGES_MAX (BOOT_RANGES_MAX * 2)
#define PIECE_LOG2_MAX  36u

static struct boot_range free_ranges[FREE_RANGES_MAX];
static unsigned count_free;
static uint64_t taken_bytes;

static void add_free(paddr_t base, paddr_t end)
{
    if (end - base < PAGE_BYTES || count_free == FREE_RANGES_MAX)
        return;
    free_ranges[count_free++] = (struct boot_range){.base = base, .size_bytes = end - base};
}

/* [base, end) without what is taken: taken is sorted, so one pass cuts it. */
static void add_untaken(const struct boot_description *boot, paddr_t base, paddr_t end)
{
    for (uint32_t i = 0; i < boot->count_taken && base < end; i++) {
        paddr_t hole = align_down(boot->taken[i].base, PAGE_BYTES);
        paddr_t hole_end = align_up(boot->taken[i].base + boot->taken[i].size_bytes, PAGE_BYTES);
        if (hole_end <= base || hole >= end)
            continue;
        if (hole > base)
            add_free(base, hole);
        base = hole_end;
    }
    if (base < end)
        add_free(base, end);
}

void bootmem_init(const struct boot_description *boot)
{
    count_free = 0;
    taken_bytes = 0;
    for (uint32_t i = 0; i < boot->count_ram; i++) {
        paddr_t end = align_down(boot->ram[i].base + boot->ram[i].size_bytes, PAGE_BYTES);
        paddr_t base = align_up(boot->ram[i].base, PAGE_BYTES);
        if (base == 0)
            base = PAGE_BYTES; /* physical 0 means "none" in page tables' chains */
        if (base < end)
            add_untaken(boot, base, end);
    }
}

/* The smallest range that fits, so that large ones stay whole. */
static struct boot_range *best_range(uint64_t bytes, uint64_t alignment)
{
    struct boot_range *best = NULL;
    for (unsigned i = 0; i < count_free; i++) {
        struct boot_range *range = &free_ranges[i];
        uint64_t skip = align_up(range->base, alignment) - range->base;
        bool fits = range->size_bytes >= skip && range->size_bytes - skip >= bytes;
        if (fits && (best == NULL || range->size_bytes < best->size_bytes))
            best = range;
    }
    return best;
}

paddr_t bootmem_take(uint64_t bytes, uint64_t alignment)
{
    bytes = align_up(bytes, PAGE_BYTES);
    struct boot_range *range = best_range(bytes, alignment);
    if (range == NULL)
        kernel_panic("not enough memory to start: %lu KiB are needed in one piece", bytes >> 10);
    paddr_t start = range->base;
    paddr_t end = range->base + range->size_bytes;
    paddr_t taken = align_up(start, alignment);
    range->base = taken + bytes;
    range->size_bytes = end - range->base;
    if (taken > start)
        add_free(start, taken);
    taken_bytes += bytes;
    memset(arch_phys_to_virt(taken), 0, bytes);
    return taken;
}

uint64_t bootmem_taken_bytes(void) { return taken_bytes; }

bool range_next_piece(struct boot_range *range, paddr_t *base, unsigned *size_log2)
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

bool bootmem_next_piece(paddr_t *base, unsigned *size_log2)
{
    for (unsigned i = 0; i < count_free; i++) {
        if (range_next_piece(&free_ranges[i], base, size_log2))
            return true;
    }
    return false;
}
