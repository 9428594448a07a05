/**
 * paths_memory.c - Untypeds: making objects in memory that must be zeroed, and taking it back.
 */
#include "sweep.h"

#include <corm/kernel_calls.h>

#define FRESH_LOG2  26u /* memory that nobody has used: each performance takes its own piece */
#define TABLE_LOG2  8u  /* 16 KiB */
#define USED_LOG2   14u
#define FLAG_VECTOR 1u

#define SPACE_LOG2_MOST 6u

static cap_t fresh, made, pool;

static void begin_fresh(void)
{
    must(kit_make(hall_kit(), OBJECT_UNTYPED, FRESH_LOG2, 0, &fresh), "fresh memory");
    must(kit_slot(hall_kit(), &made), "a slot");
}

static void retype_fresh(void)
{
    must(untyped_retype(fresh, OBJECT_TABLE, TABLE_LOG2, 0, SLOT_TABLE, made), "a Table");
}

static void delete_made(void) { must(table_delete(SLOT_TABLE, made), "deleting it"); }

static void prepare_slot(void) { must(kit_slot(stage_kit(), &made), "a slot"); }

static void retype_thread(void)
{
    must(untyped_retype(stage_all(), OBJECT_THREAD, 0, FLAG_VECTOR, SLOT_TABLE, made), "a Thread");
}

static void retype_space(void)
{
    must(untyped_retype(fresh, OBJECT_SPACE, SPACE_LOG2_MOST, 0, SLOT_TABLE, made), "a Space");
}

static void prepare_used(void)
{
    must(kit_make(stage_kit(), OBJECT_UNTYPED, USED_LOG2 + 1, 0, &pool), "a pool");
    prepare_slot();
    must(untyped_retype(pool, OBJECT_REGION, USED_LOG2, 0, SLOT_TABLE, made), "a Region");
    must(table_delete(SLOT_TABLE, made), "deleting it");
}

static void reset_pool(void) { must(untyped_reset(pool), "a reset"); }

const struct path paths_memory[] = {
    {.name = "retype of a Table of 16 KiB in memory to be zeroed",
     .stride = 3,
     .begin = begin_fresh,
     .perform = retype_fresh,
     .restore = delete_made},
    {.name = "retype of a Thread with vector state",
     .stride = 1,
     .prepare = prepare_slot,
     .perform = retype_thread},
    {.name = "retype of a Space in memory to be zeroed",
     .stride = 3,
     .perform = retype_space,
     .restore = delete_made},
    {.name = "reset of 16 KiB", .stride = 1, .prepare = prepare_used, .perform = reset_pool},
};
const uint32_t count_paths_memory = ARRAY_LENGTH(paths_memory);
