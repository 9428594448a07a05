/**
 * range.c - the range operations of a Space: what they refuse, argument by argument.
 */
#include "test.h"

#define NODES_LOG2 16
#define WINDOW     0x10000000ull
#define LARGE      (1ull << 21)
#define SLOTS_LOG2 3
#define SLOTS      (1u << SLOTS_LOG2)

/* Slot 0 has nodes, slot 1 two pages at WINDOW, the others nothing. */
static cap_t region;

static cap_t plain_space(uint64_t flags)
{
    const cap_t space = env_make(OBJECT_SPACE, SLOTS_LOG2, flags);
    CHECK_OK(space_donate(space, 0, env_make(OBJECT_UNTYPED, NODES_LOG2, 0)));
    return space;
}

static cap_t filled_space(void)
{
    const cap_t space = plain_space(0);
    region = env_make(OBJECT_REGION, 13, 0);
    CHECK_OK(space_attach(space, 1, region, WINDOW, 2 * PAGE));
    CHECK_OK(kit_map_range(space, 1, 0, WINDOW, 2 * PAGE, RIGHTS_RW));
    return space;
}

static uint64_t present(cap_t space, uint64_t vaddr)
{
    uint64_t mapped = 0, accessed = 0, dirty = 0;
    CHECK_OK(space_harvest(space, vaddr, &mapped, &accessed, &dirty));
    return mapped;
}

#define COUNT_BAD_RANGES 14u

struct bad_range {
    uint64_t vaddr, bytes;
};

static struct bad_range bad_range(uint32_t i)
{
    const struct bad_range all[] = {
        {WINDOW, 0},           {WINDOW, 1},
        {WINDOW, PAGE - 1},    {WINDOW + 1, PAGE},
        {WINDOW + 8, PAGE},    {USER_END, PAGE},
        {USER_END, 0},         {USER_END - PAGE, 2 * PAGE},
        {1ull << 47, PAGE},    {~0ull << 12, PAGE},
        {WINDOW, ~0ull << 12}, {1ull << 63, PAGE},
        {0, 1ull << 63},       {WINDOW, 1ull << 47},
    };
    STATIC_ASSERT(ARRAY_LENGTH(all) == COUNT_BAD_RANGES, "all are tried");
    return all[i];
}

static void unmap_refuses(void)
{
    const cap_t space = filled_space();
    uint64_t done = 0;
    for (uint32_t i = 0; i < COUNT_BAD_RANGES; i++)
        CHECK_STATUS(space_unmap(space, bad_range(i).vaddr, bad_range(i).bytes, &done), RANGE);
    CHECK_EQUAL(present(space, WINDOW), 3);
    CHECK_OK(space_unmap(space, USER_END - PAGE, PAGE, &done));
    CHECK_EQUAL(done, PAGE);
    CHECK_OK(space_unmap(space, WINDOW, 2 * PAGE, &done));
    CHECK_EQUAL(present(space, WINDOW), 0);
}

static void protect_refuses(void)
{
    const cap_t space = filled_space();
    uint64_t done = 0;
    for (uint32_t i = 0; i < COUNT_BAD_RANGES; i++)
        CHECK_STATUS(
            space_protect(space, 1, bad_range(i).vaddr, bad_range(i).bytes, RIGHTS_R, &done),
            RANGE);
    CHECK_STATUS(space_protect(space, 1, WINDOW - PAGE, PAGE, RIGHTS_R, &done), RANGE);
    CHECK_STATUS(space_protect(space, 1, WINDOW + PAGE, 2 * PAGE, RIGHTS_R, &done), RANGE);
    CHECK_STATUS(space_protect(space, 0, WINDOW, PAGE, RIGHTS_R, &done), EMPTY);
    CHECK_STATUS(space_protect(space, 2, WINDOW, PAGE, RIGHTS_R, &done), EMPTY);
    CHECK_STATUS(space_protect(space, SLOTS, WINDOW, PAGE, RIGHTS_R, &done), RANGE);
    CHECK_STATUS(space_protect(space, ~0ull, WINDOW, PAGE, RIGHTS_R, &done), RANGE);
    CHECK_STATUS(space_protect(space, 1, WINDOW, PAGE, 0, &done), RIGHTS);
    CHECK_STATUS(space_protect(space, 1, WINDOW, PAGE, RIGHTS_R | 8, &done), RIGHTS);
    CHECK_OK(space_protect(space, 1, WINDOW, 2 * PAGE, RIGHTS_R, &done));
    CHECK_EQUAL(done, 2 * PAGE);
}

static uint64_t pair(uint64_t vaddr, uint64_t offset) { return vaddr / PAGE << 28 | offset / PAGE; }

static status_t map_one(cap_t space, uint64_t control, uint64_t one)
{
    uint64_t done = 0;
    return space_map_list(space, control, one, 0, 0, 0, 0, 0, 0, &done);
}

static void map_list_refuses(void)
{
    const cap_t space = filled_space();
    const cap_t bare = env_make(OBJECT_SPACE, SLOTS_LOG2, 0);
    const uint64_t good = pair(WINDOW, PAGE), control = 1 | RIGHTS_RW << 8;
    CHECK_STATUS(map_one(space, 0 | RIGHTS_RW << 8, good), EMPTY);
    CHECK_STATUS(map_one(space, 2 | RIGHTS_RW << 8, good), EMPTY);
    CHECK_STATUS(map_one(space, SLOTS | RIGHTS_RW << 8, good), RANGE);
    CHECK_STATUS(map_one(space, 0xff | RIGHTS_RW << 8, good), RANGE);
    CHECK_STATUS(map_one(space, 1, good), RIGHTS);
    CHECK_STATUS(map_one(space, 1 | REGION_RIGHT_WRITE << 8, good), RIGHTS);
    CHECK_STATUS(map_one(space, control | 1ull << 11, good), RIGHTS);
    CHECK_STATUS(map_one(space, control | 1ull << 63, good), RIGHTS);
    CHECK_STATUS(map_one(space, control, pair(WINDOW - PAGE, 0)), RANGE);
    CHECK_STATUS(map_one(space, control, pair(WINDOW + 2 * PAGE, 0)), RANGE);
    CHECK_STATUS(map_one(space, control, pair(WINDOW, 2 * PAGE)), RANGE);
    CHECK_STATUS(map_one(space, control, pair(WINDOW, 0xfffffff * PAGE)), RANGE);
    CHECK_OK(space_attach(bare, 1, region, WINDOW, 2 * PAGE));
    CHECK_STATUS(map_one(bare, control, good), NO_MEMORY);
    CHECK_OK(map_one(space, control, good));
}

static void map_list_of_nothing(void)
{
    const cap_t space = filled_space();
    uint64_t done = 1;
    CHECK_OK(space_map_list(space, 1 | RIGHTS_RW << 8, 0, pair(WINDOW, 0), 0, 0, 0, 0, 0, &done));
    CHECK_EQUAL(done, 0);
}

static void map_list_of_seven(void)
{
    const cap_t space = plain_space(0);
    const cap_t memory = env_make(OBJECT_REGION, 15, 0);
    uint64_t done = 0;
    CHECK_OK(space_attach(space, 1, memory, WINDOW, 8 * PAGE));
    CHECK_OK(space_map(space, 1, 0, WINDOW + 7 * PAGE, PAGE, RIGHTS_RW, &done)); /* makes nodes */
    CHECK_OK(space_map_list(space, 1 | RIGHTS_RW << 8, pair(WINDOW, 0), pair(WINDOW + PAGE, 0),
                            pair(WINDOW + 2 * PAGE, 0), pair(WINDOW + 3 * PAGE, 0),
                            pair(WINDOW + 4 * PAGE, 7 * PAGE), pair(WINDOW + 5 * PAGE, 0),
                            pair(WINDOW + 6 * PAGE, 0), &done));
    CHECK_EQUAL(done, 7);
    CHECK_EQUAL(present(space, WINDOW), 0xff);
}

static void large_pages_are_in_the_way(void)
{
    const cap_t space = plain_space(0), twin = plain_space(0);
    const cap_t memory = env_make(OBJECT_REGION, 21, 0);
    uint64_t done = 0;
    CHECK_OK(space_attach(space, 1, memory, LARGE, LARGE));
    CHECK_OK(space_attach(twin, 1, memory, LARGE, LARGE));
    CHECK_OK(space_map(space, 1, 0, LARGE, LARGE, RIGHTS_RW, &done));
    CHECK_EQUAL(done, LARGE);
    CHECK_STATUS(map_one(space, 1 | RIGHTS_RW << 8, pair(LARGE + PAGE, 0)), OVERLAP);
    CHECK_STATUS(space_map(space, 1, 0, LARGE, PAGE, RIGHTS_RW, &done), OVERLAP);
    CHECK_EQUAL(present(space, LARGE), 0);
}

static status_t clone(cap_t space, uint64_t slot, cap_t target, uint64_t vaddr, uint64_t bytes)
{
    uint64_t done = 0;
    return space_clone_range(space, slot, target, vaddr, bytes, 0, &done);
}

static void clone_refuses(void)
{
    const cap_t space = filled_space();
    const cap_t twin = plain_space(0), bare = env_make(OBJECT_SPACE, SLOTS_LOG2, 0);
    CHECK_STATUS(clone(space, 1, twin, WINDOW, PAGE), EMPTY);
    CHECK_OK(space_attach(twin, 1, region, WINDOW, 2 * PAGE));
    CHECK_OK(space_attach(bare, 1, region, WINDOW, 2 * PAGE));
    for (uint32_t i = 0; i < COUNT_BAD_RANGES; i++)
        CHECK_STATUS(clone(space, 1, twin, bad_range(i).vaddr, bad_range(i).bytes), RANGE);
    CHECK_STATUS(clone(space, 0, twin, WINDOW, PAGE), EMPTY);
    CHECK_STATUS(clone(space, 2, twin, WINDOW, PAGE), EMPTY);
    CHECK_STATUS(clone(space, SLOTS, twin, WINDOW, PAGE), RANGE);
    CHECK_STATUS(clone(space, ~0ull, twin, WINDOW, PAGE), RANGE);
    CHECK_STATUS(clone(space, 1, twin, WINDOW + 2 * PAGE, PAGE), RANGE);
    CHECK_STATUS(clone(space, 1, bare, WINDOW, PAGE), NO_MEMORY);
    CHECK_STATUS(clone(space, 1, space, WINDOW, PAGE), RANGE);
    CHECK_STATUS(clone(space, 1, SLOT_TABLE, WINDOW, PAGE), TYPE);
    CHECK_STATUS(clone(space, 1, env_slot(), WINDOW, PAGE), BAD_HANDLE);
    CHECK_STATUS(clone(space, 1, 0, WINDOW, PAGE), BAD_HANDLE);
    CHECK_STATUS(clone(space, 1, env_copy(twin, 0), WINDOW, PAGE), RIGHTS);
    CHECK_EQUAL(present(twin, WINDOW), 0);
    CHECK_OK(clone(space, 1, twin, WINDOW, 2 * PAGE));
    CHECK_EQUAL(present(twin, WINDOW), 3);
}

/* A target whose slot holds another piece of memory, or the same with fewer rights. */
static void clone_needs_a_twin(void)
{
    const cap_t space = filled_space();
    const cap_t half = env_slot(), weak = env_slot();
    const cap_t sources[] = {env_make(OBJECT_REGION, 13, 0), half, weak};
    CHECK_OK(region_mint(region, 0, 12, RIGHTS_RW | RIGHTS_RX, SLOT_TABLE, half));
    CHECK_OK(region_mint(region, 0, 13, RIGHTS_R, SLOT_TABLE, weak));
    for (uint32_t i = 0; i < ARRAY_LENGTH(sources); i++) {
        const cap_t target = plain_space(0);
        CHECK_OK(space_attach(target, 1, sources[i], WINDOW, 2 * PAGE));
        CHECK_STATUS(clone(space, 1, target, WINDOW, PAGE), RANGE);
    }
}

static void clone_without_nodes(void)
{
    const cap_t space = filled_space();
    const cap_t target = env_make(OBJECT_SPACE, SLOTS_LOG2, 0);
    CHECK_OK(space_donate(target, 0, env_make(OBJECT_UNTYPED, 12, 0)));
    CHECK_OK(space_attach(target, 1, region, WINDOW, 2 * PAGE));
    CHECK_STATUS(clone(space, 1, target, WINDOW, PAGE), NO_MEMORY);
    CHECK_OK(space_donate(target, 2, env_make(OBJECT_UNTYPED, 14, 0)));
    CHECK_OK(clone(space, 1, target, WINDOW, PAGE));
}

static void harvest_refuses(void)
{
    const uint64_t bad[] = {1, WINDOW + 8, USER_END, USER_END - 63 * PAGE, ~0ull << 12};
    const cap_t space = filled_space();
    const cap_t bare = env_make(OBJECT_SPACE, SLOTS_LOG2, 0);
    uint64_t mapped = 1, accessed = 0, dirty = 0;
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++)
        CHECK_STATUS(space_harvest(space, bad[i], &mapped, &accessed, &dirty), RANGE);
    CHECK_EQUAL(present(space, USER_END - 64 * PAGE), 0);
    CHECK_EQUAL(present(space, WINDOW - 63 * PAGE), 1ull << 63);
    CHECK_EQUAL(present(bare, WINDOW), 0);
}

static void unreadable_memory(void)
{
    static const uint64_t rights[] = {0, REGION_RIGHT_WRITE, REGION_RIGHT_EXECUTE};
    const cap_t space = filled_space();
    uint64_t done = 0;
    for (uint32_t i = 0; i < ARRAY_LENGTH(rights); i++) {
        const cap_t part = env_slot();
        CHECK_OK(region_mint(region, 0, 12, rights[i], SLOT_TABLE, part));
        CHECK_OK(space_attach(space, 2 + i, part, 2 * WINDOW, PAGE));
        CHECK_STATUS(space_map(space, 2 + i, 0, 2 * WINDOW, PAGE, rights[i], &done), RIGHTS);
        CHECK_STATUS(space_map(space, 2 + i, 0, 2 * WINDOW, PAGE, RIGHTS_R, &done), RIGHTS);
    }
}

static void detach_of_nothing(void)
{
    const cap_t space = filled_space();
    CHECK_OK(space_detach(space, 2));
    CHECK_STATUS(space_detach(space, SLOTS), RANGE);
    CHECK_STATUS(space_detach(space, ~0ull), RANGE);
    CHECK_EQUAL(present(space, WINDOW), 3);
    CHECK_OK(space_detach(space, 1));
    CHECK_EQUAL(present(space, WINDOW), 0);
}

TEST_SUITE(
    range, {"unmap refuses ranges that are empty, unaligned or not user level's", unmap_refuses},
    {"protect refuses bad ranges, what is outside its window, slots without a Region, and rights "
     "that the Region lacks",
     protect_refuses},
    {"map_list refuses slots without a Region, rights that it lacks, and pairs outside",
     map_list_refuses},
    {"map_list of no pair has done nothing", map_list_of_nothing},
    {"map_list takes seven pairs", map_list_of_seven},
    {"a page in the way of a large one answers OVERLAP", large_pages_are_in_the_way},
    {"clone_range refuses bad ranges, slots and targets, and copies nothing then", clone_refuses},
    {"clone_range refuses a target whose slot holds other memory, or fewer rights",
     clone_needs_a_twin},
    {"clone_range without a node left answers NO_MEMORY; donating more helps", clone_without_nodes},
    {"harvest looks at 64 pages, all of them user level's", harvest_refuses},
    {"memory without the read right is not mapped at all", unreadable_memory},
    {"detaching an empty slot changes nothing", detach_of_nothing});
