/**
 * world_sched.c - processor time: split, changed, bound, used up, refilled, lent and deleted.
 */
#include <corm/object.h>
#include <corm/operations.h>
#include <corm/syscall.h>

#include "abi/bootinfo.h"
#include "tests/search/box.h"
#include "tests/search/search.h"

#define UNIT_NS   (NANOS_PER_MS / 4)
#define PERIOD_NS (8 * UNIT_NS)

/* init's slots. */
enum { TABLE = 20, THREAD_A, THREAD_B, SCHED_A, SCHED_B, ENDPOINT, UNTYPED };

/* Slots of the threads' Table. */
enum { SELF = 1, S_SCHED, S_BACKGROUND, S_UNTYPED, S_ENDPOINT, S_A, S_B, S_CHILD, S_OTHER };

static void furnish(void)
{
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, 4, 0, TABLE);
    world_make(BOX_SLOT_MEMORY, OBJECT_ENDPOINT, 0, 0, ENDPOINT);
    world_make(BOX_SLOT_MEMORY, OBJECT_SCHED, 0, 0, SCHED_A);
    world_make(BOX_SLOT_MEMORY, OBJECT_SCHED, 0, 0, SCHED_B);
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 12, 0, UNTYPED);
    CALL(INIT_SLOT_SCHED, SCHED_OP_SPLIT, SCHED_A, 2 * UNIT_NS, PERIOD_NS, UNIT_NS, 100);
    CALL(INIT_SLOT_SCHED, SCHED_OP_SPLIT, SCHED_B, 4 * UNIT_NS, PERIOD_NS, UNIT_NS, 50);
    world_give(TABLE, TABLE, SELF, 0xff, 0);
    world_move(ENDPOINT, TABLE, S_ENDPOINT);
    world_move(UNTYPED, TABLE, S_UNTYPED);
    for (uint32_t i = 0; i < 2; i++) {
        world_make(BOX_SLOT_MEMORY, OBJECT_THREAD, 0, 0, THREAD_A + i);
        world_thread(THREAD_A + i, TABLE, 0, 0, SCHED_A + i, 0);
        world_move(THREAD_A + i, TABLE, S_A + i);
    }
    world_move(SCHED_A, TABLE, S_SCHED);
    world_move(SCHED_B, TABLE, S_BACKGROUND);
    world_rest();
}

static void time_of(unsigned from, unsigned child)
{
    ACT("split", from, SCHED_OP_SPLIT, child, UNIT_NS, PERIOD_NS, UNIT_NS, 100);
    ACT("split", from, SCHED_OP_SPLIT, child, UNIT_NS, PERIOD_NS / 2, UNIT_NS, 40);
    ACT("split", from, SCHED_OP_SPLIT, child, 2 * UNIT_NS, 2 * PERIOD_NS, UNIT_NS, 50);
}

static void fill(void)
{
    time_of(S_SCHED, S_CHILD);
    time_of(S_BACKGROUND, S_CHILD);
    ACT("split", S_CHILD, SCHED_OP_SPLIT, S_OTHER, UNIT_NS / 2, PERIOD_NS, UNIT_NS, 40);
    for (unsigned to = S_CHILD; to <= S_OTHER; to++)
        ACT("retype", S_UNTYPED, UNTYPED_OP_RETYPE, OBJECT_SCHED, 0, 0, SELF, to);
    for (unsigned sched = S_SCHED; sched <= S_OTHER; sched++) {
        if (sched != S_SCHED && sched != S_BACKGROUND && sched < S_CHILD)
            continue;
        ACT("configure", sched, SCHED_OP_CONFIGURE, UNIT_NS, PERIOD_NS, UNIT_NS, 100);
        ACT("configure", sched, SCHED_OP_CONFIGURE, UNIT_NS, 2 * PERIOD_NS, UNIT_NS, 50);
        ACT("consumed", sched, SCHED_OP_CONSUMED, 0);
        ACT("bind", sched, SCHED_OP_BIND, S_A);
        ACT("bind", sched, SCHED_OP_BIND, S_B);
        ACT("floor", S_A, THREAD_OP_SET_FLOOR, sched, 100);
        ACT("delete", SELF, TABLE_OP_DELETE, sched);
    }
    ACT("revoke", SELF, TABLE_OP_REVOKE, S_UNTYPED);
    ACT("reset", S_UNTYPED, UNTYPED_OP_RESET);
    for (unsigned thread = S_A; thread <= S_B; thread++) {
        ACT("suspend", thread, THREAD_OP_SUSPEND);
        ACT("resume", thread, THREAD_OP_RESUME);
    }
    ACT("demand", S_ENDPOINT, ENDPOINT_OP_DEMAND_BUDGET, 3 * UNIT_NS);
    world_act(&(struct action){.name = "call", .handle = HANDLE(S_ENDPOINT, ENDPOINT_OP_CALL)});
    world_act(&(struct action){.name = "reply and wait",
                               .handle = HANDLE(S_ENDPOINT, ENDPOINT_OP_RECEIVE)});
    world_act(&(struct action){.name = "time", .kind = ACTION_TIME, .words = {UNIT_NS}});
    world_act(&(struct action){.name = "time", .kind = ACTION_TIME, .words = {PERIOD_NS}});
    ACT("yield", 0, SYSCALL_YIELD, 0);
    world_restarts();
}

/* ---- division: few actions, to come deep ---- */

static void fill_division(void)
{
    ACT("split", S_SCHED, SCHED_OP_SPLIT, S_CHILD, UNIT_NS, PERIOD_NS, UNIT_NS, 100);
    ACT("split", S_SCHED, SCHED_OP_SPLIT, S_CHILD, 2 * UNIT_NS, 2 * PERIOD_NS, UNIT_NS, 100);
    ACT("retype", S_UNTYPED, UNTYPED_OP_RETYPE, OBJECT_SCHED, 0, 0, SELF, S_CHILD);
    ACT("bind", S_CHILD, SCHED_OP_BIND, S_A);
    ACT("bind", S_SCHED, SCHED_OP_BIND, S_A);
    ACT("suspend", S_A, THREAD_OP_SUSPEND);
    ACT("resume", S_A, THREAD_OP_RESUME);
    ACT("revoke", SELF, TABLE_OP_REVOKE, S_UNTYPED);
    ACT("reset", S_UNTYPED, UNTYPED_OP_RESET);
    world_act(&(struct action){.name = "time", .kind = ACTION_TIME, .words = {UNIT_NS}});
}

const struct world world_division = {
    .name = "division",
    .sentence = "dividing time, using it up and giving it back makes none",
    .furnish = furnish,
    .fill = fill_division,
    .transitions = 250000,
};

const struct world world_sched = {
    .name = "sched",
    .sentence = "nobody uses more time than was granted, however it is divided and given back",
    .furnish = furnish,
    .fill = fill,
    .transitions = 250000,
};
