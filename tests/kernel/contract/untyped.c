/**
 * untyped.c - making objects of memory, and getting the memory back.
 */
#include "test.h"

#include "lib/base/string.h"

#define POOL_LOG2 16

static uint64_t used_of(cap_t untyped)
{
    uint64_t base = 0, size = 0, used = 0, device = 0;
    CHECK_OK(untyped_info(untyped, &base, &size, &used, &device));
    return used;
}

static void makes_every_object(void)
{
    static const struct {
        enum object_type type;
        uint32_t size_log2, flags;
    } made[] = {{OBJECT_UNTYPED, 12, 0}, {OBJECT_REGION, 12, 0},     {OBJECT_SPACE, 2, 0},
                {OBJECT_SPACE, 6, 1},    {OBJECT_TABLE, 4, 0},       {OBJECT_TABLE, 8, 0},
                {OBJECT_THREAD, 0, 0},   {OBJECT_THREAD, 0, 1},      {OBJECT_SCHED, 0, 0},
                {OBJECT_ENDPOINT, 0, 0}, {OBJECT_NOTIFICATION, 0, 0}};
    for (uint32_t i = 0; i < ARRAY_LENGTH(made); i++) {
        const cap_t slot = env_make(made[i].type, made[i].size_log2, made[i].flags);
        CHECK_EQUAL(slot_type(slot), made[i].type);
    }
}

static void refuses_sizes(void)
{
    static const struct {
        uint64_t type, size_log2;
    } bad[] = {{OBJECT_UNTYPED, 11},
               {OBJECT_UNTYPED, 48},
               {OBJECT_REGION, 0},
               {OBJECT_REGION, 11},
               {OBJECT_REGION, 63},
               {OBJECT_REGION, 64},
               {OBJECT_REGION, ~0ull},
               {OBJECT_TABLE, 3},
               {OBJECT_TABLE, 17},
               {OBJECT_SPACE, 1},
               {OBJECT_SPACE, 7},
               {OBJECT_TABLE, 1ull << 32 | 4},
               {OBJECT_IRQ_CONTROL, 0},
               {OBJECT_IRQ, 0},
               {OBJECT_IOPORT, 0},
               {0, 0},
               {12, 0},
               {255, 12},
               {1ull << 32 | OBJECT_ENDPOINT, 0}};
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++)
        CHECK_STATUS(
            untyped_retype(env_untyped, bad[i].type, bad[i].size_log2, 0, SLOT_TABLE, env_slot()),
            RANGE);
}

static void refuses_destinations(void)
{
    const cap_t endpoint = env_endpoint();
    const cap_t slot = env_slot();
    const uint64_t used = used_of(env_untyped);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, endpoint),
                 SLOT_BUSY);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, 0), RANGE);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE,
                                1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS),
                 RANGE);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, ~0ull), RANGE);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, endpoint, slot), TYPE);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, slot, slot), BAD_HANDLE);
    CHECK_STATUS(untyped_retype(env_untyped, OBJECT_ENDPOINT, 0, 0, 0, slot), BAD_HANDLE);
    CHECK_EQUAL(used_of(env_untyped), used);
}

static void no_room(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, 12, 0);
    const cap_t slot = env_slot();
    CHECK_STATUS(untyped_retype(pool, OBJECT_REGION, 13, 0, SLOT_TABLE, slot), NO_MEMORY);
    CHECK_STATUS(untyped_retype(pool, OBJECT_REGION, 47, 0, SLOT_TABLE, slot), NO_MEMORY);
    CHECK_STATUS(untyped_retype(pool, OBJECT_TABLE, 16, 0, SLOT_TABLE, slot), NO_MEMORY);
    CHECK_EQUAL(used_of(pool), 0);
    CHECK_OK(untyped_retype(pool, OBJECT_REGION, 12, 0, SLOT_TABLE, slot));
    CHECK_STATUS(untyped_retype(pool, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, env_slot()), NO_MEMORY);
    CHECK_EQUAL(used_of(pool), PAGE);
}

static void pieces_are_apart(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    uint64_t pool_base = 0, size = 0, used = 0, device = 0, end = 0;
    CHECK_OK(untyped_info(pool, &pool_base, &size, &used, &device));
    end = pool_base;
    for (uint32_t log2 = 12; log2 < 15; log2++) {
        const cap_t region = env_slot();
        uint64_t base = 0, size_log2 = 0, rights = 0;
        CHECK_OK(untyped_retype(pool, OBJECT_REGION, log2, 0, SLOT_TABLE, region));
        CHECK_OK(region_info(region, &base, &size_log2, &rights, &device));
        CHECK_EQUAL(size_log2, log2);
        CHECK(is_aligned(base, BIT(log2)) && base >= end);
        end = base + BIT(log2);
    }
    CHECK(end <= pool_base + BIT(POOL_LOG2));
    CHECK_EQUAL(used_of(pool), end - pool_base);
}

static void reset_needs_no_children(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    const cap_t slot = env_slot();
    CHECK_OK(untyped_retype(pool, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, slot));
    CHECK_STATUS(untyped_reset(pool), BUSY);
    CHECK(used_of(pool) > 0);
    CHECK_OK(table_delete(SLOT_TABLE, slot));
    CHECK(used_of(pool) > 0);
    CHECK_OK(untyped_reset(pool));
    CHECK_EQUAL(used_of(pool), 0);
}

/* Is all of a fresh Region of @pool zero? Leaves it dirty, and its capabilities deleted. */
static void check_zero_then_dirty(cap_t pool)
{
    const cap_t region = env_slot();
    void *memory = NULL;
    CHECK_OK(untyped_retype(pool, OBJECT_REGION, POOL_LOG2, 0, SLOT_TABLE, region));
    CHECK_OK(kit_map(&env, region, POOL_LOG2, RIGHTS_RW, &memory));
    const uint64_t *words = memory;
    for (uint64_t i = 0; i < BIT(POOL_LOG2) / sizeof(*words); i++)
        CHECK(words[i] == 0);
    memset(memory, 0xa5, BIT(POOL_LOG2));
    CHECK_OK(table_revoke(SLOT_TABLE, pool));
    CHECK_OK(untyped_reset(pool));
}

static void reset_zeroes(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    check_zero_then_dirty(pool);
    check_zero_then_dirty(pool);
}

static void objects_of_dirty_memory(void)
{
    const cap_t parent = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    const cap_t region = env_slot();
    const cap_t child = env_slot();
    const cap_t table = env_slot();
    void *memory = NULL;
    CHECK_OK(untyped_retype(parent, OBJECT_UNTYPED, 13, 0, SLOT_TABLE, child));
    CHECK_OK(untyped_retype(child, OBJECT_REGION, 13, 0, SLOT_TABLE, region));
    CHECK_OK(kit_map(&env, region, 13, RIGHTS_RW, &memory));
    memset(memory, 0xff, BIT(13));
    CHECK_OK(table_revoke(SLOT_TABLE, child));
    CHECK_OK(untyped_reset(child));
    CHECK_OK(untyped_retype(child, OBJECT_TABLE, 6, 0, SLOT_TABLE, table));
    for (uint64_t index = 1; index < 64; index++) {
        uint64_t type = 1, rights = 0, badge = 0;
        CHECK_OK(table_inspect(table, index, &type, &rights, &badge));
        CHECK_EQUAL(type, 0);
    }
}

static void revoke_reaches_all(void)
{
    const cap_t top = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    const cap_t middle = env_slot(), leaf = env_slot(), copy = env_slot(), minted = env_slot();
    CHECK_OK(untyped_retype(top, OBJECT_UNTYPED, 14, 0, SLOT_TABLE, middle));
    CHECK_OK(untyped_retype(middle, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, leaf));
    CHECK_OK(table_copy(SLOT_TABLE, leaf, SLOT_TABLE, copy, ~0ull));
    CHECK_OK(table_mint(SLOT_TABLE, copy, SLOT_TABLE, minted, ~0ull, 5));
    CHECK_OK(table_revoke(SLOT_TABLE, top));
    CHECK_EQUAL(slot_type(middle) | slot_type(leaf) | slot_type(copy) | slot_type(minted), 0);
    CHECK_EQUAL(slot_type(top), OBJECT_UNTYPED);
}

static void one_owner(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, 12, 0);
    CHECK_STATUS(table_copy(SLOT_TABLE, pool, SLOT_TABLE, env_slot(), ~0ull), TYPE);
    CHECK_STATUS(table_mint(SLOT_TABLE, pool, SLOT_TABLE, env_slot(), ~0ull, 0), TYPE);
}

static void info_says(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    uint64_t base = 1, size_log2 = 0, used = 1, device = 1;
    CHECK_OK(untyped_info(pool, &base, &size_log2, &used, &device));
    CHECK(is_aligned(base, BIT(POOL_LOG2)));
    CHECK_EQUAL(size_log2, POOL_LOG2);
    CHECK_EQUAL(used, 0);
    CHECK_EQUAL(device, 0);
}

static void meaningless_arguments(void)
{
    static const enum object_type plain[] = {OBJECT_THREAD, OBJECT_SCHED, OBJECT_ENDPOINT,
                                             OBJECT_NOTIFICATION};
    for (uint32_t i = 0; i < ARRAY_LENGTH(plain); i++) {
        env_make(plain[i], 0, 0);
        const uint64_t first = used_of(env_untyped);
        env_make(plain[i], 77, 0);
        const uint64_t second = used_of(env_untyped);
        env_make(plain[i], 0, 0);
        CHECK_EQUAL(second - first, used_of(env_untyped) - second);
    }
}

TEST_SUITE(
    untyped, {"an Untyped makes every kind of object", makes_every_object},
    {"retype answers RANGE to sizes and types out of range", refuses_sizes},
    {"retype does not look at the size of objects that have only one", meaningless_arguments},
    {"retype refuses a bad destination and takes no memory", refuses_destinations},
    {"a piece that does not fit answers NO_MEMORY and takes nothing", no_room},
    {"pieces are aligned to their size and do not overlap", pieces_are_apart},
    {"a reset answers BUSY while anything made of the Untyped exists", reset_needs_no_children},
    {"memory is zero after a reset", reset_zeroes},
    {"an object made of memory that was used before starts empty", objects_of_dirty_memory},
    {"revoking an Untyped deletes all that was made of it, copies included", revoke_reaches_all},
    {"an Untyped has one owner: copies and children are refused", one_owner},
    {"an Untyped tells its base, its size and how much is given out", info_says});
