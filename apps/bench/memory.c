/**
 * memory.c - map_1, map_64_per_page, unmap_1: in the running Space itself, so that the translation
 * buffers must be flushed; 4 KiB pages; the page-table nodes are there.
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>

#define PAGES        64u
#define REGION_LOG2  18
#define REGION_BYTES (PAGES * KIT_PAGE_BYTES)
#define RIGHTS_RW    (REGION_RIGHT_READ | REGION_RIGHT_WRITE)

static uint64_t done_bytes;
static status_t status; /* of everything that is done here: one bad one is seen at the end */

static inline void map(uint32_t slot, uint64_t vaddr, uint64_t bytes)
{
    status |= space_map(SLOT_SPACE, slot, 0, vaddr, bytes, RIGHTS_RW, &done_bytes);
}

static inline void unmap(uint64_t vaddr, uint64_t bytes)
{
    status |= space_unmap(SLOT_SPACE, vaddr, bytes, &done_bytes);
}

/* A page that is in the translation buffers costs what a used page does. */
static void touch(uint64_t vaddr) { *(volatile uint64_t *)(uintptr_t)vaddr = 1; }

void bench_memory(struct bench *bench)
{
    const uint64_t empty = measure_empty_each();
    const uint32_t slot = bench->kit.next_space_slot;
    cap_t region = CAP_NONE;
    void *memory = NULL;
    must(kit_memory(&bench->kit, REGION_LOG2, &region, &memory), "a Region");
    const uint64_t vaddr = (uint64_t)(uintptr_t)memory;
    unmap(vaddr, REGION_BYTES);

    measure_report("map_1", MEASURE_EACH(map(slot, vaddr, KIT_PAGE_BYTES),
                                         (touch(vaddr), unmap(vaddr, KIT_PAGE_BYTES))) -
                                empty);
    map(slot, vaddr, KIT_PAGE_BYTES);
    touch(vaddr);
    measure_report("unmap_1", MEASURE_EACH(unmap(vaddr, KIT_PAGE_BYTES),
                                           (map(slot, vaddr, KIT_PAGE_BYTES), touch(vaddr))) -
                                  empty);
    unmap(vaddr, KIT_PAGE_BYTES);
    const uint64_t all =
        MEASURE_EACH(map(slot, vaddr, REGION_BYTES), unmap(vaddr, REGION_BYTES)) - empty;
    must(status, "mapping and unmapping");
    measure_report("map_64_per_page", (all + PAGES - 1) / PAGES);
}
