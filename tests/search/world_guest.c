/**
 * world_guest.c - a thread that enters its guest, and one that kicks it and takes away its Space,
 * its page tables and its frame.
 */
#include <corm/object.h>
#include <corm/operations.h>
#include <corm/syscall.h>

#include "abi/bootinfo.h"
#include "tests/search/box.h"
#include "tests/search/search.h"

#define PAGE 0x1000ull

/* init's slots. */
enum { TABLE = 20, THREAD_A, THREAD_B, GUESTS, SPACE, CHUNK, CHUNK_SPACE, REGION };

/* Slots of the threads' Table. */
enum { SELF = 1, S_A, S_B, S_GUESTS, S_CHUNK, S_REGION, S_FREE, S_SPACE };

static void furnish(void)
{
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, 4, 0, TABLE);
    world_make(BOX_SLOT_MEMORY, OBJECT_SPACE, 2, 1, GUESTS);
    world_make(BOX_SLOT_MEMORY, OBJECT_SPACE, 2, 0, SPACE);
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 14, 0, CHUNK);
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 14, 0, CHUNK_SPACE);
    world_make(BOX_SLOT_MEMORY, OBJECT_REGION, 13, 0, REGION);
    CALL(SPACE, SPACE_OP_DONATE, 0, CHUNK_SPACE);
    world_move(CHUNK, TABLE, S_CHUNK);
    world_give(TABLE, TABLE, SELF, 0xff, 0);
    world_move(GUESTS, TABLE, S_GUESTS);
    world_move(REGION, TABLE, S_REGION);
    for (uint32_t i = 0; i < 2; i++) {
        world_make(BOX_SLOT_MEMORY, OBJECT_THREAD, 0, i == 0, THREAD_A + i);
        world_thread(THREAD_A + i, TABLE, SPACE, 0, INIT_SLOT_SCHED, 0);
        world_move(THREAD_A + i, TABLE, S_A + i);
    }
    world_move(SPACE, TABLE, S_SPACE);
    world_rest();
}

static void thread_ways(unsigned thread)
{
    ACT("kick", thread, THREAD_OP_KICK);
    ACT("suspend", thread, THREAD_OP_SUSPEND);
    ACT("resume", thread, THREAD_OP_RESUME);
    ACT("start", thread, THREAD_OP_START, PAGE, PAGE, 0, 0);
    ACT("vector out", thread, THREAD_OP_VECTOR_OUT);
    ACT("vector in", thread, THREAD_OP_VECTOR_IN);
    ACT("set guest", thread, THREAD_OP_SET_GUEST, S_GUESTS, S_REGION, 0);
    ACT("set guest", thread, THREAD_OP_SET_GUEST, 0, S_REGION, PAGE);
    ACT("set guest", thread, THREAD_OP_SET_GUEST, S_GUESTS, 0, 0);
    ACT("set guest", thread, THREAD_OP_SET_GUEST, 0, S_FREE, 0);
    ACT("set guest", thread, THREAD_OP_SET_GUEST, S_SPACE, S_REGION, 2 * PAGE);
    ACT("set guest", thread, THREAD_OP_SET_GUEST, S_SPACE, S_REGION, 0);
    ACT("configure", thread, THREAD_OP_CONFIGURE, 0, S_SPACE, 0);
    ACT("configure", thread, THREAD_OP_CONFIGURE, 0, S_GUESTS, 0);
}

static void fill(void)
{
    ACT("enter", 0, SYSCALL_ENTER, 0);
    world_act(&(struct action){.name = "the guest calls", .kind = ACTION_GUEST_EXIT});
    for (unsigned thread = S_A; thread <= S_B; thread++)
        thread_ways(thread);
    ACT("donate", S_GUESTS, SPACE_OP_DONATE, 0, S_CHUNK);
    ACT("detach", S_GUESTS, SPACE_OP_DETACH, 0);
    ACT("detach", S_SPACE, SPACE_OP_DETACH, 0);
    ACT("mint a part", S_REGION, REGION_OP_MINT, PAGE, 12, 3, SELF, S_FREE);
    ACT("mint a part", S_REGION, REGION_OP_MINT, 0, 12, 1, SELF, S_FREE);
    for (unsigned slot = S_A; slot <= S_SPACE; slot++) {
        ACT("delete", SELF, TABLE_OP_DELETE, slot);
        ACT("revoke", SELF, TABLE_OP_REVOKE, slot);
    }
    world_restarts();
}

const struct world world_guest = {
    .name = "guest",
    .sentence = "a guest runs only in its Space and its frame, and leaves when one is taken away",
    .furnish = furnish,
    .fill = fill,
    .transitions = 250000,
};
