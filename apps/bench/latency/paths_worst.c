/**
 * paths_worst.c - what somebody would do who wants an interrupt to wait: states that make the other
 * paths longer.
 */
#include "sweep.h"

#include <corm/kernel_calls.h>

#define PAGE         KIT_PAGE_BYTES
#define PAGES        64u
#define BYTES        (PAGES * PAGE)
#define LARGE        (1ull << 21)
#define BORDER       (1ull << 39) /* between two entries of the root */
#define WINDOW_BYTES (2ull << 30)
#define WINDOW       (BORDER - WINDOW_BYTES / 2)
#define RIGHTS_RW    (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define RIGHTS_ALL   0xffu

#define SPACE_SLOTS_LOG2 6u
#define SLOT_REGION      0u
#define SLOT_FIRST_CHUNK 1u
#define SLOT_NEXT        1u
#define SLOT_USED_LAST   2u
#define SLOT_FULL_CHUNK  3u
#define NODES_A_PAGE     3u  /* far from all others */
#define FULL_CHUNKS      60u /* of one node */
#define ROOT_STEP        (1ull << 39)
#define CHUNK_LOG2       17u
#define LARGE_LOG2       26u
#define AREA_LOG2        18u
#define DEEP             190u

static cap_t space, other, region, large, memory, chain, frame;
static volatile uint8_t *area;

static cap_t make(enum object_type type, uint64_t size_log2)
{
    cap_t slot = CAP_NONE;
    must(kit_make(stage_kit(), type, size_log2, 0, &slot), "an object of the stage");
    return slot;
}

static void donate(uint32_t slot, uint64_t size_log2)
{
    must(space_donate(space, slot, make(OBJECT_UNTYPED, size_log2)), "donating");
}

static void map(uint64_t vaddr, uint64_t bytes)
{
    must(kit_map_range(space, SLOT_REGION, 0, vaddr, bytes, RIGHTS_RW), "mapping");
}

static void begin(void)
{
    must(kit_make(hall_kit(), OBJECT_REGION, LARGE_LOG2, 0, &large), "a large Region");
    must(kit_make(hall_kit(), OBJECT_REGION, AREA_LOG2, 0, &region), "a Region");
}

/* A Space whose slots are all chunks without a node left, but for the one before the one that was
 * used last: it is found when all others have been looked at. */
static void prepare_full_chunks(cap_t attached)
{
    space = make(OBJECT_SPACE, SPACE_SLOTS_LOG2);
    must(space_attach(space, SLOT_REGION, attached, PAGE, 1ull << 46), "attaching");
    for (uint32_t i = 0; i < FULL_CHUNKS; i++)
        donate(SLOT_FULL_CHUNK + i, 12);
    for (uint32_t i = 0; i < FULL_CHUNKS / NODES_A_PAGE; i++)
        map((i + 4) * ROOT_STEP, PAGE);
    donate(SLOT_USED_LAST, 12);
    map(4 * ROOT_STEP + LARGE, PAGE); /* one node: of the lowest level */
    donate(SLOT_NEXT, CHUNK_LOG2);
}

static void prepare_map(void) { prepare_full_chunks(region); }
static void prepare_map_large(void) { prepare_full_chunks(large); }

static void map_border(void)
{
    uint64_t done;
    must(space_map(space, SLOT_REGION, 0, BORDER - BYTES / 2, BYTES, RIGHTS_RW, &done), "mapping");
}

/* A page, leaves of 2 MiB, and pages behind them. */
static void map_mixed(void)
{
    uint64_t done;
    must(space_map(space, SLOT_REGION, LARGE - PAGE, BORDER - PAGE, 15 * LARGE + 4 * PAGE,
                   RIGHTS_RW, &done),
         "mapping");
}

static void prepare_clone(void)
{
    prepare_full_chunks(region);
    other = make(OBJECT_SPACE, 2);
    must(space_attach(other, SLOT_REGION, region, WINDOW, WINDOW_BYTES), "attaching");
    must(space_donate(other, SLOT_FIRST_CHUNK, make(OBJECT_UNTYPED, CHUNK_LOG2)), "donating");
    must(kit_map_range(other, SLOT_REGION, 0, WINDOW, BYTES, RIGHTS_RW), "mapping");
}

static void clone(void)
{
    uint64_t done;
    must(space_clone_range(other, SLOT_REGION, space, WINDOW, BYTES, 1, &done), "cloning");
}

static uint64_t pair(uint64_t i) { return ((i * ROOT_STEP + BYTES) / PAGE) << 28 | i; }

static void map_list(void)
{
    uint64_t count;
    must(space_map_list(space, SLOT_REGION | RIGHTS_RW << 8, pair(1), pair(2), pair(3), 0, 0, 0, 0,
                        &count),
         "map_list");
}

static void make_small_space(void)
{
    space = make(OBJECT_SPACE, 2);
    must(space_attach(space, SLOT_REGION, region, WINDOW, WINDOW_BYTES), "attaching");
    donate(SLOT_FIRST_CHUNK, CHUNK_LOG2);
}

/* Nodes reach down to the last level but one. */
static void prepare_beside(void)
{
    make_small_space();
    map(WINDOW, PAGE);
}

static void harvest_beside(void)
{
    uint64_t present, accessed, dirty;
    must(space_harvest(space, WINDOW + LARGE, &present, &accessed, &dirty), "harvesting");
}

static void unmap_beside(void)
{
    uint64_t done;
    must(space_unmap(space, WINDOW + LARGE, WINDOW_BYTES / 2, &done), "unmapping");
}

/* In the Space that is in use, all accessed and written. */
static void begin_written(void)
{
    void *address = NULL;
    must(kit_memory(hall_kit(), AREA_LOG2, &memory, &address), "memory");
    area = address;
}

static void prepare_written(void)
{
    for (uint32_t i = 0; i < PAGES; i++)
        area[i * PAGE] = 1;
}

static void harvest_written(void)
{
    uint64_t present, accessed, dirty = 0;
    must(space_harvest(SLOT_SPACE, (uint64_t)(uintptr_t)area, &present, &accessed, &dirty),
         "harvesting");
    if (dirty != ~0ull)
        must(PROTOCOL, "64 pages that were written");
}

static void keep(void) {}

/* The last of many descendants is attached, and mapped all over its window. */
static void prepare_chain(void)
{
    cap_t slot = chain = make(OBJECT_REGION, AREA_LOG2);
    for (uint32_t i = 0; i < DEEP; i++)
        must(kit_mint(stage_kit(), slot, RIGHTS_ALL, 0, &slot), "a capability of the stage");
    space = make(OBJECT_SPACE, 2);
    must(space_attach(space, SLOT_REGION, slot, WINDOW, 2 * BYTES), "attaching");
    donate(SLOT_FIRST_CHUNK, CHUNK_LOG2);
    map(WINDOW, BYTES);
    must(kit_map_range(space, SLOT_REGION, 0, WINDOW + BYTES, BYTES, RIGHTS_RW), "mapping");
}

static void delete_chain(void) { must(table_delete(SLOT_TABLE, chain), "deleting"); }

/* A thread with vector state, a guest Space and a frame. */
static void prepare_vector(void)
{
    cap_t guest = CAP_NONE;
    must(kit_make(stage_kit(), OBJECT_THREAD, 0, 1, &chain), "a Thread");
    must(kit_make(stage_kit(), OBJECT_SPACE, 2, 1, &guest), "a guest Space");
    frame = make(OBJECT_REGION, 12);
    must(thread_set_guest(chain, guest, frame, 0), "its frame");
    must(thread_vector_out(chain), "what is valid");
}

static void vector_out(void) { must(thread_vector_out(chain), "copying out"); }
static void vector_in(void) { must(thread_vector_in(chain), "copying in"); }

const struct path paths_worst[] = {
    {.name = "map of 64 pages with new nodes behind full chunks",
     .stride = 7,
     .begin = begin,
     .prepare = prepare_map,
     .perform = map_border},
    {.name = "map of pages and large leaves behind full chunks",
     .stride = 7,
     .prepare = prepare_map_large,
     .perform = map_mixed},
    {.name = "map_list with new nodes behind full chunks",
     .stride = 7,
     .prepare = prepare_map,
     .perform = map_list},
    {.name = "clone_range with new nodes behind full chunks",
     .stride = 7,
     .prepare = prepare_clone,
     .perform = clone},
    {.name = "harvest of 64 pages beside mapped ones",
     .stride = 3,
     .prepare = prepare_beside,
     .perform = harvest_beside},
    {.name = "unmap of what is not mapped, beside what is",
     .stride = 3,
     .prepare = prepare_beside,
     .perform = unmap_beside},
    {.name = "harvest of 64 pages that were written",
     .stride = 1,
     .begin = begin_written,
     .prepare = prepare_written,
     .perform = harvest_written,
     .restore = keep},
    {.name = "delete of a chain of 190 Regions, the last one mapped",
     .stride = 101,
     .prepare = prepare_chain,
     .perform = delete_chain},
    {.name = "vector_out", .stride = 1, .prepare = prepare_vector, .perform = vector_out},
    {.name = "vector_in", .stride = 1, .prepare = prepare_vector, .perform = vector_in},
};
const uint32_t count_paths_worst = ARRAY_LENGTH(paths_worst);
