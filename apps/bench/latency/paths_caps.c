/**
 * paths_caps.c - the derivation tree and Tables.
 */
#include "sweep.h"

#include <corm/kernel_calls.h>

#define WIDE       32u
#define DEEP       190u /* nearly as deep as the tree may be */
#define TABLE_LOG2 10u
#define TABLE_CAPS 16u
#define OBJECTS    12u
#define RIGHTS_ALL 0xffu

static cap_t first, table, last;

static cap_t make(enum object_type type, uint64_t size_log2)
{
    cap_t slot = CAP_NONE;
    must(kit_make(stage_kit(), type, size_log2, 0, &slot), "an object of the stage");
    return slot;
}

static cap_t mint(cap_t from)
{
    cap_t slot = CAP_NONE;
    must(kit_mint(stage_kit(), from, RIGHTS_ALL, 0, &slot), "a capability of the stage");
    return slot;
}

static void prepare_wide(void)
{
    first = make(OBJECT_ENDPOINT, 0);
    for (uint32_t i = 0; i < WIDE; i++)
        (void)mint(first);
}

static void prepare_deep(void)
{
    cap_t slot = first = make(OBJECT_ENDPOINT, 0);
    for (uint32_t i = 0; i < DEEP; i++)
        slot = mint(slot);
}

static void revoke_first(void) { must(table_revoke(SLOT_TABLE, first), "revoking"); }
static void delete_first(void) { must(table_delete(SLOT_TABLE, first), "deleting"); }

/* Far apart, so that there are long stretches of empty slots. */
static void prepare_table(void)
{
    const cap_t endpoint = make(OBJECT_ENDPOINT, 0);
    first = table = make(OBJECT_TABLE, TABLE_LOG2);
    for (uint32_t i = 1; i <= TABLE_CAPS; i++)
        must(table_copy(SLOT_TABLE, endpoint, table, i << (TABLE_LOG2 - 5), RIGHTS_ALL),
             "filling a Table");
}

static void prepare_objects(void)
{
    first = make(OBJECT_UNTYPED, 16);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        cap_t slot = CAP_NONE;
        must(kit_slot(stage_kit(), &slot), "a slot");
        must(untyped_retype(first, i & 1 ? OBJECT_NOTIFICATION : OBJECT_TABLE, i & 1 ? 0 : 4, 0,
                            SLOT_TABLE, slot),
             "an object");
    }
}

static void prepare_slot(void)
{
    first = make(OBJECT_ENDPOINT, 0);
    must(kit_slot(stage_kit(), &last), "a slot");
}

static void mint_one(void)
{
    must(table_mint(SLOT_TABLE, first, SLOT_TABLE, last, RIGHTS_ALL, 1), "minting");
}

const struct path paths_caps[] = {
    {.name = "mint", .stride = 1, .prepare = prepare_slot, .perform = mint_one},
    {.name = "revoke of 32 children",
     .stride = 5,
     .prepare = prepare_wide,
     .perform = revoke_first},
    {.name = "delete of a chain of 190 capabilities",
     .stride = 61,
     .prepare = prepare_deep,
     .perform = delete_first},
    {.name = "delete of a Table of 1024 slots with 16 capabilities",
     .stride = 7,
     .prepare = prepare_table,
     .perform = delete_first},
    {.name = "revoke of an Untyped with 12 objects",
     .stride = 3,
     .prepare = prepare_objects,
     .perform = revoke_first},
};
const uint32_t count_paths_caps = ARRAY_LENGTH(paths_caps);
