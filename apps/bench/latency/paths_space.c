/**
 * paths_space.c - ranges of pages, and address spaces that go away.
 *
 * The worst range crosses the border between two entries of the root: then each half needs nodes of
 * its own on all levels.
 */
#include "sweep.h"

#include <corm/kernel_calls.h>

#define PAGE         KIT_PAGE_BYTES
#define PAGES        64u
#define BYTES        (PAGES * PAGE)
#define REGION_LOG2  21u /* 512 pages */
#define NODES_LOG2   17u /* 32 nodes */
#define BORDER       (1ull << 39)
#define START        (BORDER - BYTES / 2)
#define WINDOW       (BORDER - (1ull << 30))
#define WINDOW_BYTES (2ull << 30)
#define LARGE_LOG2   27u /* 64 leaves of 2 MiB */
#define LARGE_BYTES  (1ull << LARGE_LOG2)
#define RIGHTS_RW    (REGION_RIGHT_READ | REGION_RIGHT_WRITE)

#define CHUNKS          16u
#define CHUNK_LOG2      18u
#define SPACE_LOG2_MOST 6u

enum { SLOT_NODES, SLOT_REGION, SLOT_CHUNKS };

static cap_t region, large, space, twin, chunks[CHUNKS];
static uint64_t done;

static cap_t make_space(struct kit *kit, uint64_t window, uint64_t bytes, cap_t memory)
{
    cap_t made = CAP_NONE, nodes = CAP_NONE;
    must(kit_make(kit, OBJECT_SPACE, SPACE_LOG2_MOST, 0, &made), "a Space");
    must(kit_make(kit, OBJECT_UNTYPED, NODES_LOG2, 0, &nodes), "its nodes");
    must(space_donate(made, SLOT_NODES, nodes), "donating them");
    must(space_attach(made, SLOT_REGION, memory, window, bytes), "attaching");
    return made;
}

static void begin_range(void)
{
    if (region == CAP_NONE)
        must(kit_make(hall_kit(), OBJECT_REGION, REGION_LOG2, 0, &region), "a Region");
    space = make_space(hall_kit(), WINDOW, WINDOW_BYTES, region);
    twin = make_space(hall_kit(), WINDOW, WINDOW_BYTES, region);
    must(kit_map_range(space, SLOT_REGION, 0, START, BYTES, RIGHTS_RW), "mapping");
    must(kit_map_range(twin, SLOT_REGION, 0, START, BYTES, RIGHTS_RW), "mapping");
}

static void all_done(status_t status)
{
    must(status, "a range operation");
    if (done != BYTES)
        must(PROTOCOL, "64 pages in one call");
}

static void map(void)
{
    status_t status = space_map(space, SLOT_REGION, 0, START, BYTES, RIGHTS_RW, &done);
    all_done(status);
}

static void map_some(void)
{
    must(space_map(space, SLOT_REGION, 0, START, BYTES, RIGHTS_RW, &done), "mapping");
}

static void unmap(void)
{
    status_t status = space_unmap(space, START, BYTES, &done);
    all_done(status);
}

static void protect(void)
{
    status_t status = space_protect(space, SLOT_REGION, START, BYTES, REGION_RIGHT_READ, &done);
    all_done(status);
}

static void clone(void)
{
    must(space_clone_range(space, SLOT_REGION, twin, START, BYTES, 1, &done), "cloning");
}

static void harvest(void)
{
    uint64_t present, accessed, dirty;
    must(space_harvest(space, START, &present, &accessed, &dirty), "harvesting");
}

static void prepare_bare(void) { space = make_space(stage_kit(), WINDOW, WINDOW_BYTES, region); }
static void prepare_bare_twin(void)
{
    twin = make_space(stage_kit(), WINDOW, WINDOW_BYTES, region);
}
static void keep(void) {}

static void prepare_scattered(void) { space = make_space(stage_kit(), PAGE, 1ull << 46, region); }

/* Each page in a part of the root of its own. */
static uint64_t pair(uint64_t i) { return ((i << 39 | BYTES) / PAGE) << 28 | i; }

static void map_list(void)
{
    uint64_t count = 0;
    must(space_map_list(space, SLOT_REGION | RIGHTS_RW << 8, pair(0), pair(1), pair(2), pair(3),
                        pair(4), pair(5), pair(6), &count),
         "map_list");
    if (count == 0)
        must(PROTOCOL, "a page at least in one call");
}

static void begin_large(void)
{
    must(kit_make(hall_kit(), OBJECT_REGION, LARGE_LOG2, 0, &large), "a large Region");
}

static void prepare_large(void)
{
    space = make_space(stage_kit(), BORDER - LARGE_BYTES / 2, LARGE_BYTES, large);
}

static void map_large(void)
{
    must(space_map(space, SLOT_REGION, 0, BORDER - LARGE_BYTES / 2, LARGE_BYTES, RIGHTS_RW, &done),
         "large leaves");
}

static void prepare_mapped_large(void)
{
    prepare_large();
    must(kit_map_range(space, SLOT_REGION, 0, BORDER - LARGE_BYTES / 2, LARGE_BYTES, RIGHTS_RW),
         "large leaves");
}

static void unmap_large(void)
{
    must(space_unmap(space, BORDER - LARGE_BYTES / 2, LARGE_BYTES, &done), "large leaves");
}

static void prepare_many(void)
{
    cap_t memory = CAP_NONE;
    must(kit_make(stage_kit(), OBJECT_REGION, 12, 0, &memory), "a Region");
    space = make_space(stage_kit(), WINDOW, WINDOW_BYTES, region);
    must(kit_map_range(space, SLOT_REGION, 0, BORDER - (1ull << 20), 1ull << 21, RIGHTS_RW),
         "mapping");
}

static void detach(void) { must(space_detach(space, SLOT_REGION), "detaching"); }

static void prepare_narrow(void)
{
    space = make_space(stage_kit(), BORDER - (1ull << 20), 1ull << 21, region);
    must(kit_map_range(space, SLOT_REGION, 0, BORDER - (1ull << 20), 1ull << 21, RIGHTS_RW),
         "mapping");
}

static void make_chunks(void)
{
    for (uint32_t i = 0; i < CHUNKS; i++)
        must(kit_make(stage_kit(), OBJECT_UNTYPED, CHUNK_LOG2, 0, &chunks[i]), "a chunk");
}

static void prepare_chunks(void)
{
    prepare_many();
    make_chunks();
    for (uint32_t i = 0; i < CHUNKS; i++)
        must(space_donate(space, SLOT_CHUNKS + i, chunks[i]), "donating");
}

static void prepare_donate(void)
{
    prepare_many();
    must(kit_make(stage_kit(), OBJECT_UNTYPED, 20, 0, &chunks[0]), "a chunk");
}

static void donate(void) { must(space_donate(space, SLOT_CHUNKS, chunks[0]), "donating"); }
static void take_chunk(void) { must(space_detach(space, SLOT_CHUNKS + 1), "taking a chunk back"); }
static void delete_space(void) { must(table_delete(SLOT_TABLE, space), "deleting a Space"); }

const struct path paths_space[] = {
    {.name = "map of 64 pages", .stride = 1, .begin = begin_range, .perform = map, .restore = keep},
    {.name = "protect of 64 pages", .stride = 1, .perform = protect, .restore = map},
    {.name = "clone_range, as far as one call goes", .stride = 1, .perform = clone, .restore = map},
    {.name = "harvest of 64 pages", .stride = 1, .perform = harvest, .restore = keep},
    {.name = "unmap of 64 pages", .stride = 1, .perform = unmap, .restore = map},
    {.name = "clone_range with new nodes",
     .stride = 3,
     .prepare = prepare_bare_twin,
     .perform = clone},
    {.name = "map of 64 pages with new nodes",
     .stride = 3,
     .prepare = prepare_bare,
     .perform = map_some},
    {.name = "harvest of 64 pages without nodes",
     .stride = 1,
     .prepare = prepare_bare,
     .perform = harvest},
    {.name = "map_list with new nodes",
     .stride = 5,
     .prepare = prepare_scattered,
     .perform = map_list},
    {.name = "map of leaves of 2 MiB",
     .stride = 3,
     .begin = begin_large,
     .prepare = prepare_large,
     .perform = map_large},
    {.name = "unmap of leaves of 2 MiB",
     .stride = 3,
     .prepare = prepare_mapped_large,
     .perform = unmap_large},
    {.name = "detach of a Region that is mapped 512 times",
     .stride = 11,
     .prepare = prepare_narrow,
     .perform = detach},
    {.name = "detach of a Region with a window of 2 GiB",
     .stride = 61,
     .prepare = prepare_many,
     .perform = detach},
    {.name = "donation of 1 MiB", .stride = 1, .prepare = prepare_donate, .perform = donate},
    {.name = "taking back one of 16 chunks of 64 nodes",
     .stride = 3,
     .prepare = prepare_chunks,
     .perform = take_chunk},
    {.name = "delete of a Space with 16 chunks",
     .stride = 31,
     .prepare = prepare_chunks,
     .perform = delete_space},
};
const uint32_t count_paths_space = ARRAY_LENGTH(paths_space);
