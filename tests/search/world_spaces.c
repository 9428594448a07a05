/**
 * world_spaces.c - two Spaces and one Region of two pages: attached, mapped, protected, cloned and
 * taken away; and the memory of their page tables, given and taken away, with pages of 2 MiB and
 * device memory.
 */
#include <corm/object.h>
#include <corm/operations.h>

#include "abi/bootinfo.h"
#include "tests/search/box.h"
#include "tests/search/search.h"

#define PAGE  0x1000ull
#define LARGE 0x200000ull

/* init's slots. */
enum {
    TABLE = 20,
    THREAD_A,
    THREAD_B,
    SPACE,
    GUESTS,
    REGION,
    CHUNK,
    CHUNK_GUESTS,
    SMALL,
    BIG,
    DEVICE,
    THREAD_X,
};

/* Slots of the threads' Table. */
enum { SELF = 1, S_SPACE, S_GUESTS, S_REGION, S_PART, S_FREE };
enum { N_SPACE = 2, N_CHUNK, N_SMALL, N_BIG, N_DEVICE, N_THREAD, N_TWIN };

/* And two Spaces; that of guests has 2^(@guests_log2 - 12) nodes. */
static void two_threads(uint64_t guests_log2)
{
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, 4, 0, TABLE);
    world_give(TABLE, TABLE, SELF, 0xff, 0);
    for (uint32_t thread = THREAD_A; thread <= THREAD_B; thread++) {
        world_make(BOX_SLOT_MEMORY, OBJECT_THREAD, 0, 0, thread);
        world_thread(thread, TABLE, 0, 0, INIT_SLOT_SCHED, 0);
    }
    world_make(BOX_SLOT_MEMORY, OBJECT_SPACE, 2, 0, SPACE);
    world_make(BOX_SLOT_MEMORY, OBJECT_SPACE, 2, 1, GUESTS);
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 14, 0, CHUNK);
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, guests_log2, 0, CHUNK_GUESTS);
    CALL(GUESTS, SPACE_OP_DONATE, 0, CHUNK_GUESTS);
}

/* ---- mapping ---- */

static void furnish_mapping(void)
{
    two_threads(14);
    CALL(SPACE, SPACE_OP_DONATE, 0, CHUNK);
    world_make(BOX_SLOT_MEMORY, OBJECT_REGION, 13, 0, REGION);
    world_give(REGION, TABLE, S_PART, REGION_RIGHT_READ | REGION_RIGHT_EXECUTE, 0);
    CALL(SPACE, SPACE_OP_ATTACH, 1, REGION, PAGE, 2 * PAGE);
    CALL(GUESTS, SPACE_OP_ATTACH, 1, REGION, PAGE, 2 * PAGE);
    world_move(SPACE, TABLE, S_SPACE);
    world_move(GUESTS, TABLE, S_GUESTS);
    world_move(REGION, TABLE, S_REGION);
    world_rest();
}

static void map_ways(unsigned space, unsigned slot)
{
    static const uint8_t rights[] = {1, 3, 7};
    for (unsigned i = 0; i < ARRAY_LENGTH(rights); i++) {
        ACT("map", space, SPACE_OP_MAP, slot, 0, PAGE, PAGE, rights[i]);
        ACT("map", space, SPACE_OP_MAP, slot, PAGE, PAGE, PAGE, rights[i]);
        ACT("map", space, SPACE_OP_MAP, slot, 0, PAGE, 2 * PAGE, rights[i]);
        ACT("map", space, SPACE_OP_MAP, slot, 0, 2 * PAGE, 2 * PAGE, rights[i]);
        ACT("protect", space, SPACE_OP_PROTECT, slot, PAGE, 2 * PAGE, rights[i]);
        ACT("protect", space, SPACE_OP_PROTECT, slot, 2 * PAGE, PAGE, rights[i]);
    }
    ACT("map list", space, SPACE_OP_MAP_LIST, slot | 3 << 8, 1ull << 28 | 1, 2ull << 28,
        3ull << 28);
    ACT("detach", space, SPACE_OP_DETACH, slot);
    unsigned target = space == S_SPACE ? S_GUESTS : S_SPACE;
    ACT("clone", space, SPACE_OP_CLONE_RANGE, slot, target, PAGE, 2 * PAGE, 0);
    ACT("clone", space, SPACE_OP_CLONE_RANGE, slot, target, PAGE, 2 * PAGE, 1);
    ACT("clone", space, SPACE_OP_CLONE_RANGE, slot, target, 2 * PAGE, PAGE, 1);
}

static void space_ways(unsigned space)
{
    for (unsigned slot = 1; slot <= 2; slot++) {
        for (unsigned region = S_REGION; region <= S_FREE; region++) {
            ACT("attach", space, SPACE_OP_ATTACH, slot, region, PAGE, 2 * PAGE);
            ACT("attach", space, SPACE_OP_ATTACH, slot, region, 2 * PAGE, 2 * PAGE);
        }
        map_ways(space, slot);
    }
    ACT("unmap", space, SPACE_OP_UNMAP, PAGE, PAGE);
    ACT("unmap", space, SPACE_OP_UNMAP, 2 * PAGE, 2 * PAGE);
    ACT("harvest", space, SPACE_OP_HARVEST, 0);
}

static void fill_mapping(void)
{
    space_ways(S_SPACE);
    space_ways(S_GUESTS);
    ACT("mint a part", S_REGION, REGION_OP_MINT, PAGE, 12, 3, SELF, S_FREE);
    ACT("mint a part", S_PART, REGION_OP_MINT, 0, 12, 1, SELF, S_FREE);
    for (unsigned slot = S_REGION; slot <= S_FREE; slot++) {
        ACT("delete", SELF, TABLE_OP_DELETE, slot);
        ACT("revoke", SELF, TABLE_OP_REVOKE, slot);
    }
    world_restarts();
}

const struct world world_mapping = {
    .name = "mapping",
    .sentence = "a page is mapped exactly while a capability in its Space says so",
    .furnish = furnish_mapping,
    .fill = fill_mapping,
    .transitions = 250000,
};

/* ---- page tables ---- */

static void furnish_nodes(void)
{
    two_threads(13); /* enough for pages of 2 MiB, not for small ones */
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 12, 0, SMALL);
    world_make(BOX_SLOT_MEMORY, OBJECT_THREAD, 0, 0, THREAD_X);
    world_make(BOX_SLOT_LARGE, OBJECT_REGION, 21, 0, BIG);
    world_make(BOX_SLOT_DEVICE, OBJECT_REGION, 12, 0, DEVICE);
    CALL(SPACE, SPACE_OP_DONATE, 0, CHUNK);
    CALL(SPACE, SPACE_OP_ATTACH, 2, BIG, LARGE, 2 * LARGE);
    CALL(SPACE, SPACE_OP_ATTACH, 3, DEVICE, PAGE, PAGE);
    world_move(CHUNK, TABLE, N_CHUNK);
    world_move(SMALL, TABLE, N_SMALL);
    world_move(BIG, TABLE, N_BIG);
    world_move(DEVICE, TABLE, N_DEVICE);
    world_move(THREAD_X, TABLE, N_THREAD);
    world_move(SPACE, TABLE, N_SPACE);
    world_move(GUESTS, TABLE, N_TWIN);
    world_rest();
}

static void node_ways(void)
{
    for (unsigned slot = 0; slot <= 1; slot++) {
        ACT("donate", N_SPACE, SPACE_OP_DONATE, slot, N_CHUNK);
        ACT("donate", N_SPACE, SPACE_OP_DONATE, slot, N_SMALL);
        ACT("donate", N_TWIN, SPACE_OP_DONATE, slot, N_SMALL);
    }
    for (unsigned slot = 0; slot <= 3; slot++) {
        ACT("detach", N_SPACE, SPACE_OP_DETACH, slot);
        ACT("detach", N_TWIN, SPACE_OP_DETACH, slot);
    }
    ACT("configure", N_THREAD, THREAD_OP_CONFIGURE, SELF, N_SPACE, 0);
    ACT("configure", N_THREAD, THREAD_OP_CONFIGURE, 0, N_TWIN, 0);
    ACT("set guest", N_THREAD, THREAD_OP_SET_GUEST, N_SPACE, 0, 0);
    ACT("set guest", N_THREAD, THREAD_OP_SET_GUEST, N_TWIN, 0, 0);
    ACT("retype", N_CHUNK, UNTYPED_OP_RETYPE, OBJECT_REGION, 12, 0, SELF, 9);
    ACT("attach", N_SPACE, SPACE_OP_ATTACH, 3, 9, PAGE, PAGE);
    ACT("reset", N_CHUNK, UNTYPED_OP_RESET);
    ACT("reset", N_SMALL, UNTYPED_OP_RESET);
}

static void fill_nodes(void)
{
    node_ways();
    for (unsigned space = N_SPACE; space <= N_TWIN; space += N_TWIN - N_SPACE) {
        ACT("attach", space, SPACE_OP_ATTACH, 2, N_BIG, LARGE, 2 * LARGE);
        ACT("attach", space, SPACE_OP_ATTACH, 3, N_DEVICE, PAGE, PAGE);
        ACT("map", space, SPACE_OP_MAP, 2, 0, LARGE, LARGE, 3);
        ACT("map", space, SPACE_OP_MAP, 2, 0, 2 * LARGE, LARGE, 1);
        ACT("map", space, SPACE_OP_MAP, 2, PAGE, LARGE, PAGE, 3);
        ACT("map", space, SPACE_OP_MAP, 3, 0, PAGE, PAGE, 3);
        ACT("map list", space, SPACE_OP_MAP_LIST, 2 | 3 << 8, (LARGE / PAGE) << 28 | 1);
        ACT("unmap", space, SPACE_OP_UNMAP, LARGE, PAGE);
        ACT("unmap", space, SPACE_OP_UNMAP, LARGE, LARGE);
        ACT("protect", space, SPACE_OP_PROTECT, 2, LARGE, LARGE, 1);
        ACT("protect", space, SPACE_OP_PROTECT, 2, LARGE, PAGE, 1);
    }
    ACT("clone", N_SPACE, SPACE_OP_CLONE_RANGE, 2, N_TWIN, LARGE, LARGE, 1);
    ACT("clone", N_SPACE, SPACE_OP_CLONE_RANGE, 2, N_TWIN, LARGE, PAGE, 0);
    ACT("clone", N_TWIN, SPACE_OP_CLONE_RANGE, 2, N_SPACE, LARGE, 2 * LARGE, 0);
    for (unsigned slot = N_SPACE; slot <= 9; slot++) {
        ACT("delete", SELF, TABLE_OP_DELETE, slot);
        ACT("revoke", SELF, TABLE_OP_REVOKE, slot);
    }
    world_restarts();
}

const struct world world_nodes = {
    .name = "nodes",
    .sentence = "memory of page tables is never mapped, and no page outlives its page table",
    .furnish = furnish_nodes,
    .fill = fill_nodes,
    .transitions = 250000,
};
