/**
 * space.c - a Space's slots and its memory for page-table nodes: what is accepted, what refused.
 */
#include "test.h"

#define SPACE_SLOTS_LOG2 3
#define NODES_LOG2       16
#define WINDOW           0x10000000ull

static cap_t bare_space(void) { return env_make(OBJECT_SPACE, SPACE_SLOTS_LOG2, 0); }

static cap_t space_with_nodes(void)
{
    const cap_t space = bare_space();
    CHECK_OK(space_donate(space, 0, env_make(OBJECT_UNTYPED, NODES_LOG2, 0)));
    return space;
}

static uint64_t free_nodes(cap_t space)
{
    uint64_t free = 0, all = 0;
    CHECK_OK(space_info(space, &free, &all));
    return free;
}

static void attach_refuses(void)
{
    const struct {
        uint64_t window, bytes;
    } bad[] = {{1, PAGE},          {WINDOW, 0},           {WINDOW, PAGE + 1},
               {USER_END, PAGE},   {0, ~0ull << 12},      {~0ull << 12, PAGE},
               {1ull << 47, PAGE}, {WINDOW, ~0ull << 12}, {USER_END - PAGE, 2 * PAGE}};
    const cap_t space = bare_space();
    const cap_t region = env_make(OBJECT_REGION, 12, 0);
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++)
        CHECK_STATUS(space_attach(space, 1, region, bad[i].window, bad[i].bytes), RANGE);
    CHECK_STATUS(space_attach(space, 1u << SPACE_SLOTS_LOG2, region, WINDOW, PAGE), RANGE);
    CHECK_STATUS(space_attach(space, ~0ull, region, WINDOW, PAGE), RANGE);
    CHECK_STATUS(space_attach(space, 1, space, WINDOW, PAGE), TYPE);
    CHECK_STATUS(space_attach(space, 1, env_slot(), WINDOW, PAGE), BAD_HANDLE);
    CHECK_OK(space_attach(space, 1, region, USER_END - PAGE, PAGE));
    CHECK_STATUS(space_attach(space, 1, region, WINDOW, PAGE), SLOT_BUSY);
}

static void donate_refuses(void)
{
    const cap_t space = bare_space();
    const cap_t chunk = env_make(OBJECT_UNTYPED, 12, 0);
    const cap_t used = env_make(OBJECT_UNTYPED, 13, 0);
    CHECK_OK(untyped_retype(used, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, env_slot()));
    CHECK_STATUS(space_donate(space, 1u << SPACE_SLOTS_LOG2, chunk), RANGE);
    CHECK_STATUS(space_donate(space, 0, used), BUSY);
    CHECK_STATUS(space_donate(space, 0, env_make(OBJECT_UNTYPED, 21, 0)), RANGE);
    CHECK_STATUS(space_donate(space, 0, env_make(OBJECT_REGION, 12, 0)), TYPE);
    CHECK_STATUS(space_donate(space, 0, env_slot()), BAD_HANDLE);
    CHECK_OK(space_donate(space, 0, chunk));
    CHECK_STATUS(space_donate(space, 0, env_make(OBJECT_UNTYPED, 12, 0)), SLOT_BUSY);
    CHECK_STATUS(space_donate(space, 1, chunk), BUSY);
    CHECK_STATUS(untyped_retype(chunk, OBJECT_REGION, 12, 0, SLOT_TABLE, env_slot()), NO_MEMORY);
}

static void nodes_are_counted(void)
{
    const cap_t space = bare_space();
    uint64_t free = 1, all = 1;
    CHECK_OK(space_info(space, &free, &all));
    CHECK_EQUAL(free + all, 0);
    CHECK_OK(space_donate(space, 0, env_make(OBJECT_UNTYPED, NODES_LOG2, 0)));
    CHECK_OK(space_info(space, &free, &all));
    CHECK_EQUAL(all, BIT(NODES_LOG2) / PAGE);
    CHECK_EQUAL(free, all);
    CHECK_OK(space_donate(space, 1, env_make(OBJECT_UNTYPED, 12, 0)));
    CHECK_EQUAL(free_nodes(space), all + 1);
}

static status_t map_page(cap_t space, uint32_t slot, uint64_t vaddr)
{
    uint64_t done = 0;
    return space_map(space, slot, 0, vaddr, PAGE, RIGHTS_RW, &done);
}

/* Below the root: of 512 entries each, over pages of 4 KiB. */
static uint32_t nodes_for_page(void) { return (bits_highest(USER_END) - 12) / 9; }

static void nodes_run_out(void)
{
    const cap_t space = bare_space();
    const cap_t region = env_make(OBJECT_REGION, 12, 0);
    CHECK_OK(space_attach(space, 1, region, 0, USER_END));
    for (uint32_t i = 0; i < nodes_for_page(); i++) {
        CHECK_STATUS(map_page(space, 1, WINDOW), NO_MEMORY);
        CHECK_OK(space_donate(space, 2 + i, env_make(OBJECT_UNTYPED, 12, 0)));
    }
    CHECK_OK(map_page(space, 1, WINDOW));
    CHECK_EQUAL(free_nodes(space), 0);
    CHECK_OK(map_page(space, 1, WINDOW + PAGE));
    CHECK_STATUS(map_page(space, 1, WINDOW + (1ull << 21)), NO_MEMORY);
}

static void map_refuses(void)
{
    static const struct {
        uint64_t offset, vaddr, bytes;
        status_t status;
    } bad[] = {
        {0, WINDOW - PAGE, PAGE, RANGE},
        {0, WINDOW, 3 * PAGE, RANGE},
        {0, WINDOW + 2 * PAGE, PAGE, RANGE},
        {2 * PAGE, WINDOW, PAGE, RANGE},
        {PAGE, WINDOW, 2 * PAGE, RANGE},
        {1, WINDOW, PAGE, RANGE},
        {0, WINDOW + 1, PAGE, RANGE},
        {0, WINDOW, 0, RANGE},
        {0, WINDOW, 1, RANGE},
        {~0ull << 12, WINDOW, PAGE, RANGE},
        {0, ~0ull << 12, PAGE, RANGE},
        {0, WINDOW, ~0ull << 12, RANGE},
    };
    const cap_t space = space_with_nodes();
    uint64_t done = 0;
    CHECK_OK(space_attach(space, 1, env_make(OBJECT_REGION, 13, 0), WINDOW, 2 * PAGE));
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++)
        CHECK_STATUS(
            space_map(space, 1, bad[i].offset, bad[i].vaddr, bad[i].bytes, RIGHTS_R, &done),
            bad[i].status);
    CHECK_STATUS(space_map(space, 2, 0, WINDOW, PAGE, RIGHTS_R, &done), EMPTY);
    CHECK_STATUS(space_map(space, 0, 0, WINDOW, PAGE, RIGHTS_R, &done), EMPTY);
    CHECK_STATUS(space_map(space, 8, 0, WINDOW, PAGE, RIGHTS_R, &done), RANGE);
    CHECK_EQUAL(free_nodes(space), BIT(NODES_LOG2) / PAGE);
}

static void map_rights(void)
{
    const cap_t space = space_with_nodes();
    const cap_t region = env_make(OBJECT_REGION, 12, 0);
    const cap_t read_only = env_slot();
    uint64_t done = 0;
    CHECK_OK(region_mint(region, 0, 12, RIGHTS_R, SLOT_TABLE, read_only));
    CHECK_OK(space_attach(space, 1, read_only, WINDOW, PAGE));
    CHECK_STATUS(space_map(space, 1, 0, WINDOW, PAGE, RIGHTS_RW, &done), RIGHTS);
    CHECK_STATUS(space_map(space, 1, 0, WINDOW, PAGE, RIGHTS_RX, &done), RIGHTS);
    CHECK_STATUS(space_map(space, 1, 0, WINDOW, PAGE, 0, &done), RIGHTS);
    CHECK_STATUS(space_map(space, 1, 0, WINDOW, PAGE, RIGHTS_R | 8, &done), RIGHTS);
    CHECK_STATUS(space_map(space, 1, 0, WINDOW, PAGE, RIGHTS_R | 1ull << 40, &done), RIGHTS);
    CHECK_OK(space_map(space, 1, 0, WINDOW, PAGE, RIGHTS_R, &done));
    CHECK_STATUS(space_protect(space, 1, WINDOW, PAGE, RIGHTS_RW, &done), RIGHTS);
}

static void write_or_execute(void)
{
    const cap_t native = space_with_nodes();
    const cap_t guest = env_make(OBJECT_SPACE, SPACE_SLOTS_LOG2, 1);
    const cap_t region = env_make(OBJECT_REGION, 12, 0);
    uint64_t done = 0;
    CHECK_OK(space_donate(guest, 0, env_make(OBJECT_UNTYPED, NODES_LOG2, 0)));
    CHECK_OK(space_attach(native, 1, region, WINDOW, PAGE));
    CHECK_OK(space_attach(guest, 1, region, WINDOW, PAGE));
    CHECK_STATUS(space_map(native, 1, 0, WINDOW, PAGE, RIGHTS_RW | RIGHTS_RX, &done), RIGHTS);
    CHECK_OK(space_map(native, 1, 0, WINDOW, PAGE, RIGHTS_RX, &done));
    CHECK_STATUS(space_protect(native, 1, WINDOW, PAGE, RIGHTS_RW | RIGHTS_RX, &done), RIGHTS);
    CHECK_STATUS(space_map_list(native, 1 | (RIGHTS_RW | RIGHTS_RX) << 8, WINDOW / PAGE << 28, 0, 0,
                                0, 0, 0, 0, &done),
                 RIGHTS);
    CHECK_OK(space_map(guest, 1, 0, WINDOW, PAGE, RIGHTS_RW | RIGHTS_RX, &done));
    CHECK_STATUS(space_clone_range(guest, 1, native, WINDOW, PAGE, 0, &done), RANGE);
}

static void detach_frees_the_slot(void)
{
    const cap_t space = space_with_nodes();
    const cap_t region = env_make(OBJECT_REGION, 12, 0);
    CHECK_OK(space_attach(space, 1, region, WINDOW, PAGE));
    CHECK_OK(map_page(space, 1, WINDOW));
    CHECK_OK(space_detach(space, 1));
    CHECK_STATUS(map_page(space, 1, WINDOW), EMPTY);
    CHECK_OK(space_attach(space, 1, region, WINDOW, PAGE));
    CHECK_STATUS(space_detach(space, 8), RANGE);
}

static void chunk_is_everything(void)
{
    const cap_t space = space_with_nodes();
    uint64_t present = 0, accessed = 0, dirty = 0;
    CHECK_OK(space_donate(space, 2, env_make(OBJECT_UNTYPED, 12, 0)));
    CHECK_OK(space_attach(space, 1, env_make(OBJECT_REGION, 12, 0), WINDOW, PAGE));
    CHECK_OK(map_page(space, 1, WINDOW));
    CHECK_OK(space_detach(space, 2));
    CHECK_OK(space_harvest(space, WINDOW, &present, &accessed, &dirty));
    CHECK_EQUAL(present, 0);
    CHECK_EQUAL(free_nodes(space), BIT(NODES_LOG2) / PAGE);
    CHECK_OK(map_page(space, 1, WINDOW));
    CHECK_OK(space_detach(space, 0));
    CHECK_STATUS(map_page(space, 1, WINDOW), NO_MEMORY);
    CHECK_OK(space_donate(space, 0, env_make(OBJECT_UNTYPED, NODES_LOG2, 0)));
    CHECK_OK(map_page(space, 1, WINDOW));
}

static void chunk_goes_with_its_untyped(void)
{
    const cap_t space = bare_space();
    const cap_t pool = env_make(OBJECT_UNTYPED, 17, 0);
    const cap_t chunk = env_slot();
    uint64_t free = 1, all = 1;
    CHECK_OK(untyped_retype(pool, OBJECT_UNTYPED, NODES_LOG2, 0, SLOT_TABLE, chunk));
    CHECK_OK(space_donate(space, 0, chunk));
    CHECK_OK(space_attach(space, 1, env_make(OBJECT_REGION, 12, 0), WINDOW, PAGE));
    CHECK_OK(map_page(space, 1, WINDOW));
    CHECK_OK(table_revoke(SLOT_TABLE, pool));
    CHECK_OK(untyped_reset(pool));
    CHECK_OK(space_info(space, &free, &all));
    CHECK_EQUAL(free + all, 0);
    CHECK_STATUS(map_page(space, 1, WINDOW), NO_MEMORY);
}

TEST_SUITE(space, {"attaching refuses bad windows, slots and capabilities", attach_refuses},
           {"only whole, unused memory up to 1 MiB can become page-table nodes", donate_refuses},
           {"nodes are counted; the root is not among them", nodes_are_counted},
           {"mapping without a node left answers NO_MEMORY; donating more helps", nodes_run_out},
           {"mapping refuses what is outside window or Region, or unaligned", map_refuses},
           {"mapping refuses rights that the Region lacks, and mapping without rights", map_rights},
           {"a native Space never maps writable and executable; a guest Space may",
            write_or_execute},
           {"detaching a Region frees its slot", detach_frees_the_slot},
           {"taking a chunk of nodes away empties the whole Space, which can be filled again",
            chunk_is_everything},
           {"revoking donated memory takes the nodes back", chunk_goes_with_its_untyped});
