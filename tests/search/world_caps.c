/**
 * world_caps.c - capabilities: copied, minted, moved, deleted and revoked by two threads in two
 * Tables, and broken off wherever they can be; and memory, made into objects and taken back.
 */
#include <corm/object.h>
#include <corm/operations.h>

#include "abi/bootinfo.h"
#include "tests/search/box.h"
#include "tests/search/search.h"

#define PAGE 4096u

/* init's slots. */
enum { TABLE = 20, THREAD_A, THREAD_B, ENDPOINT, NOTIFICATION, REGION, OTHER, UNTYPED };

/* Slots of the threads' Table. */
enum { SELF = 1, S_ENDPOINT, S_REGION, S_OTHER, FREE_FIRST, FREE_LAST = 7 };
enum { S_UNTYPED = 2, M_FREE_FIRST = 3, M_FREE_LAST = 5 };

static void two_threads(void)
{
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, 4, 0, TABLE);
    for (uint32_t thread = THREAD_A; thread <= THREAD_B; thread++) {
        world_make(BOX_SLOT_MEMORY, OBJECT_THREAD, 0, 0, thread);
        world_thread(thread, TABLE, 0, 0, INIT_SLOT_SCHED, 0);
    }
}

static void delete_and_revoke(unsigned first, unsigned last)
{
    for (unsigned slot = first; slot <= last; slot++) {
        ACT("delete", SELF, TABLE_OP_DELETE, slot);
        ACT("revoke", SELF, TABLE_OP_REVOKE, slot);
    }
}

/* ---- delegation ---- */

static void furnish_caps(void)
{
    two_threads();
    world_make(BOX_SLOT_MEMORY, OBJECT_ENDPOINT, 0, 0, ENDPOINT);
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, 4, 0, OTHER);
    world_make(BOX_SLOT_MEMORY, OBJECT_REGION, 13, 0, REGION);
    world_move(ENDPOINT, TABLE, S_ENDPOINT);
    world_move(REGION, TABLE, S_REGION);
    world_move(OTHER, TABLE, S_OTHER);
    CALL(INIT_SLOT_TABLE, TABLE_OP_DELETE, OTHER + 1); /* of an empty slot */
    world_move(TABLE, TABLE, SELF);                    /* nobody else has it */
    world_rest();
}

static void derivations(unsigned from, unsigned to)
{
    ACT("copy", SELF, TABLE_OP_COPY, from, SELF, to, 0xff);
    ACT("copy", SELF, TABLE_OP_COPY, from, SELF, to, 1);
    ACT("mint", SELF, TABLE_OP_MINT, from, SELF, to, 0xff, 0);
    ACT("mint", SELF, TABLE_OP_MINT, from, SELF, to, 1, 5);
    ACT("mint", SELF, TABLE_OP_MINT, from, SELF, to, 6, 0);
    ACT("move", SELF, TABLE_OP_MOVE, from, SELF, to);
}

static void fill_caps(void)
{
    for (unsigned to = FREE_FIRST; to <= FREE_LAST; to++) {
        for (unsigned from = SELF; from <= FREE_LAST; from++)
            if (from != to)
                derivations(from, to);
        ACT("mint a part", S_REGION, REGION_OP_MINT, PAGE, 12, 3, SELF, to);
        ACT("mint a part", to, REGION_OP_MINT, 0, 12, 1, SELF, to == FREE_LAST ? 5 : to + 1);
        ACT("mint a part", to, REGION_OP_MINT, 0, 13, 7, SELF, to == FREE_LAST ? 5 : to + 1);
        ACT("move out", SELF, TABLE_OP_MOVE, to, S_OTHER, 1);
        ACT("mint out", SELF, TABLE_OP_MINT, to, S_OTHER, 1, 0xff, 0);
        ACT("copy back", S_OTHER, TABLE_OP_COPY, 1, SELF, to, 0xff);
        ACT("invoke a copy", to, TABLE_OP_MINT, 1, SELF, FREE_LAST, 0xff, 0);
    }
    delete_and_revoke(SELF, FREE_LAST);
    ACT("delete", S_OTHER, TABLE_OP_DELETE, 1);
    ACT("delete slot 0", SELF, TABLE_OP_DELETE, 0);
    ACT("mint beyond the end", SELF, TABLE_OP_MINT, S_ENDPOINT, SELF, 16, 0xff, 0);
    world_restarts();
}

const struct world world_caps = {
    .name = "caps",
    .sentence = "no capability operations give anybody what was not granted, or lose what was",
    .furnish = furnish_caps,
    .fill = fill_caps,
    .transitions = 250000,
};

/* ---- memory ---- */

static void furnish_memory(void)
{
    two_threads();
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 14, 0, UNTYPED);
    world_move(UNTYPED, TABLE, S_UNTYPED);
    world_move(TABLE, TABLE, SELF);
    world_rest();
}

static void retypes(unsigned from, unsigned to)
{
    static const uint8_t makes[][2] = {
        {OBJECT_REGION, 12},  {OBJECT_REGION, 13}, {OBJECT_UNTYPED, 12},     {OBJECT_UNTYPED, 13},
        {OBJECT_ENDPOINT, 0}, {OBJECT_TABLE, 6},   {OBJECT_TABLE, 4},        {OBJECT_SPACE, 2},
        {OBJECT_THREAD, 0},   {OBJECT_SCHED, 0},   {OBJECT_NOTIFICATION, 0},
    };
    for (unsigned i = 0; i < ARRAY_LENGTH(makes); i++)
        ACT("retype", from, UNTYPED_OP_RETYPE, makes[i][0], makes[i][1], 0, SELF, to);
    ACT("retype", from, UNTYPED_OP_RETYPE, OBJECT_TABLE, 6, 0, SELF, to);
    ACT("retype", from, UNTYPED_OP_RETYPE, OBJECT_THREAD, 0, 1, SELF, to);
    ACT("retype into another Table", from, UNTYPED_OP_RETYPE, OBJECT_ENDPOINT, 0, 0, to, 1);
    ACT("retype into another Table", from, UNTYPED_OP_RETYPE, OBJECT_UNTYPED, 12, 0, to, 1);
}

static void fill_memory(void)
{
    for (unsigned to = M_FREE_FIRST; to <= M_FREE_LAST; to++) {
        for (unsigned from = S_UNTYPED; from <= M_FREE_LAST; from++)
            if (from != to)
                retypes(from, to);
        ACT("mint", SELF, TABLE_OP_MINT, to, SELF, 3 + (to - 2) % 3, 0xff, 0);
        ACT("copy", SELF, TABLE_OP_COPY, S_UNTYPED, SELF, to, 0xff);
        ACT("move", SELF, TABLE_OP_MOVE, S_UNTYPED, SELF, to);
        ACT("mint out", SELF, TABLE_OP_MINT, to, 3 + (to - 2) % 3, 2, 0xff, 0);
    }
    for (unsigned slot = S_UNTYPED; slot <= M_FREE_LAST; slot++)
        ACT("reset", slot, UNTYPED_OP_RESET);
    delete_and_revoke(SELF, M_FREE_LAST);
    world_restarts();
}

const struct world world_memory = {
    .name = "memory",
    .sentence = "memory has one use at a time, and comes back clean from every object made of it",
    .furnish = furnish_memory,
    .fill = fill_memory,
    .transitions = 250000,
};
