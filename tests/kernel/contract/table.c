/**
 * table.c - copying, minting, moving, deleting; the derivation tree as user level sees it.
 */
#include "test.h"

#define BEYOND           (1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS) /* the end of our Table */
#define DEPTH_LIMIT_SEEN 300u

static void copy_is_a_sibling(void)
{
    const cap_t first = env_notification();
    const cap_t copy = env_copy(first, ~0ull);
    CHECK_OK(table_revoke(SLOT_TABLE, first));
    CHECK_EQUAL(slot_type(copy), OBJECT_NOTIFICATION);
    CHECK_OK(table_delete(SLOT_TABLE, first));
    CHECK_EQUAL(slot_type(copy), OBJECT_NOTIFICATION);
    CHECK_OK(ipc_signal(env_signal(copy, 4)));
    CHECK_EQUAL(notification_poll(copy), 4);
}

static void mint_is_a_child(void)
{
    const cap_t parent = env_notification();
    const cap_t child = env_mint(parent, ~0ull, 1);
    const cap_t grandchild = env_mint(child, ~0ull, 0);
    CHECK_OK(table_revoke(SLOT_TABLE, parent));
    CHECK_EQUAL(slot_type(child) | slot_type(grandchild), 0);
    CHECK_EQUAL(slot_type(parent), OBJECT_NOTIFICATION);
    CHECK_EQUAL(ipc_signal(child), BAD_HANDLE);
}

static void copy_of_child_is_child(void)
{
    const cap_t parent = env_notification();
    const cap_t copy = env_copy(env_mint(parent, ~0ull, 1), ~0ull);
    CHECK_OK(table_revoke(SLOT_TABLE, parent));
    CHECK_EQUAL(slot_type(copy), 0);
}

static void delete_takes_descendants(void)
{
    const cap_t parent = env_notification();
    const cap_t child = env_mint(parent, ~0ull, 1);
    const cap_t sibling = env_copy(parent, ~0ull);
    CHECK_OK(table_delete(SLOT_TABLE, parent));
    CHECK_EQUAL(slot_type(parent) | slot_type(child), 0);
    CHECK_EQUAL(slot_type(sibling), OBJECT_NOTIFICATION);
    CHECK_OK(table_delete(SLOT_TABLE, parent));
}

static void move_keeps_the_place(void)
{
    const cap_t parent = env_notification();
    const cap_t child = env_mint(parent, ~0ull, 8);
    const cap_t grandchild = env_mint(child, ~0ull, 0);
    const cap_t moved = env_slot();
    CHECK_OK(table_move(SLOT_TABLE, child, SLOT_TABLE, moved));
    CHECK_EQUAL(slot_type(child), 0);
    CHECK_EQUAL(ipc_signal(child), BAD_HANDLE);
    CHECK_OK(ipc_signal(moved));
    CHECK_EQUAL(notification_poll(parent), 8);
    CHECK_OK(table_delete(SLOT_TABLE, moved));
    CHECK_EQUAL(slot_type(grandchild), 0);
    CHECK_EQUAL(slot_type(parent), OBJECT_NOTIFICATION);
}

static void move_of_memory(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, 13, 0);
    const cap_t object = env_slot(), moved = env_slot();
    CHECK_OK(untyped_retype(pool, OBJECT_ENDPOINT, 0, 0, SLOT_TABLE, object));
    CHECK_OK(table_move(SLOT_TABLE, pool, SLOT_TABLE, moved));
    CHECK_STATUS(untyped_reset(moved), BUSY);
    CHECK_OK(table_revoke(SLOT_TABLE, moved));
    CHECK_EQUAL(slot_type(object), 0);
    CHECK_OK(untyped_reset(moved));
}

static void bad_arguments(void)
{
    const cap_t from = env_notification();
    const cap_t empty = env_slot();
    CHECK_STATUS(table_copy(SLOT_TABLE, empty, SLOT_TABLE, env_slot(), 0), EMPTY);
    CHECK_STATUS(table_mint(SLOT_TABLE, empty, SLOT_TABLE, env_slot(), 0, 0), EMPTY);
    CHECK_STATUS(table_move(SLOT_TABLE, empty, SLOT_TABLE, env_slot()), EMPTY);
    CHECK_STATUS(table_revoke(SLOT_TABLE, empty), EMPTY);
    CHECK_STATUS(table_copy(SLOT_TABLE, 0, SLOT_TABLE, empty, 0), RANGE);
    CHECK_STATUS(table_copy(SLOT_TABLE, BEYOND, SLOT_TABLE, empty, 0), RANGE);
    CHECK_STATUS(table_delete(SLOT_TABLE, 0), RANGE);
    CHECK_STATUS(table_delete(SLOT_TABLE, ~0ull), RANGE);
    CHECK_STATUS(table_copy(SLOT_TABLE, from, SLOT_TABLE, from, 0), SLOT_BUSY);
    CHECK_STATUS(table_move(SLOT_TABLE, from, SLOT_TABLE, from), SLOT_BUSY);
    CHECK_STATUS(table_copy(SLOT_TABLE, from, SLOT_TABLE, BEYOND, 0), RANGE);
    CHECK_STATUS(table_copy(SLOT_TABLE, from, from, empty, 0), TYPE);
    CHECK_STATUS(table_copy(SLOT_TABLE, from, empty, empty, 0), BAD_HANDLE);
    CHECK_EQUAL(slot_type(from), OBJECT_NOTIFICATION);
    CHECK_EQUAL(slot_type(empty), 0);
}

static void badges(void)
{
    const cap_t notification = env_notification();
    const cap_t badged = env_mint(notification, ~0ull, 6);
    uint64_t type = 0, rights = 0, badge = 0;
    CHECK_OK(table_inspect(SLOT_TABLE, badged, &type, &rights, &badge));
    CHECK_EQUAL(badge, 6);
    CHECK_OK(table_inspect(SLOT_TABLE, env_copy(badged, ~0ull), &type, &rights, &badge));
    CHECK_EQUAL(badge, 6);
    CHECK_STATUS(table_mint(SLOT_TABLE, badged, SLOT_TABLE, env_slot(), ~0ull, 2), RANGE);
    CHECK_STATUS(table_mint(SLOT_TABLE, SLOT_SCHED, SLOT_TABLE, env_slot(), ~0ull, 1), RANGE);
    CHECK_STATUS(
        table_mint(SLOT_TABLE, notification, SLOT_TABLE, env_slot(), ~0ull, RECEIVED_ERROR), RANGE);
    CHECK_STATUS(
        table_mint(SLOT_TABLE, notification, SLOT_TABLE, env_slot(), ~0ull, RECEIVED_SIGNAL | 1),
        RANGE);
    CHECK_OK(table_mint(SLOT_TABLE, notification, SLOT_TABLE, env_slot(), ~0ull, BADGE_MASK));
}

static void inspect_reveals_no_address(void)
{
    const cap_t caps[] = {SLOT_TABLE, SLOT_SPACE, SLOT_SCHED, env_untyped,
                          env_make(OBJECT_REGION, 12, 0)};
    for (uint32_t i = 0; i < ARRAY_LENGTH(caps); i++) {
        uint64_t type = 0, rights = 0, badge = 1;
        CHECK_OK(table_inspect(SLOT_TABLE, caps[i], &type, &rights, &badge));
        CHECK_EQUAL(badge, 0);
    }
}

static void other_tables(void)
{
    const cap_t table = env_make(OBJECT_TABLE, 4, 0);
    uint64_t type = 0, rights = 0, badge = 0;
    CHECK_OK(table_copy(SLOT_TABLE, SLOT_SCHED, table, 15, 0));
    CHECK_STATUS(table_copy(SLOT_TABLE, SLOT_SCHED, table, 16, 0), RANGE);
    CHECK_OK(table_inspect(table, 15, &type, &rights, &badge));
    CHECK_EQUAL(type, OBJECT_SCHED);
    CHECK_OK(table_move(table, 15, SLOT_TABLE, env_slot()));
    CHECK_OK(table_inspect(table, 15, &type, &rights, &badge));
    CHECK_EQUAL(type, 0);
}

static void table_takes_its_slots(void)
{
    const cap_t table = env_make(OBJECT_TABLE, 4, 0);
    const cap_t endpoint = env_endpoint();
    const cap_t child = env_slot();
    CHECK_OK(table_mint(SLOT_TABLE, endpoint, table, 1, ~0ull, 0));
    CHECK_OK(table_mint(table, 1, SLOT_TABLE, child, ~0ull, 1));
    CHECK_OK(table_delete(SLOT_TABLE, table));
    CHECK_EQUAL(slot_type(child), 0);
    CHECK_EQUAL(slot_type(endpoint), OBJECT_ENDPOINT);
}

static void table_in_itself(void)
{
    const cap_t table = env_make(OBJECT_TABLE, 4, 0);
    CHECK_OK(table_move(SLOT_TABLE, table, table, 1));
    CHECK_EQUAL(slot_type(table), 0);
}

static void depth_has_a_limit(void)
{
    cap_t slot = env_notification();
    for (uint32_t depth = 0; depth < DEPTH_LIMIT_SEEN; depth++) {
        const cap_t child = env_slot();
        const status_t status = table_mint(SLOT_TABLE, slot, SLOT_TABLE, child, ~0ull, 0);
        if (status != OK) {
            CHECK_STATUS(status, RANGE);
            CHECK(depth > 100);
            CHECK_OK(table_copy(SLOT_TABLE, slot, SLOT_TABLE, env_slot(), ~0ull));
            return;
        }
        slot = child;
    }
    CHECK(!"derivation never ends");
}

static void every_destination(void)
{
    const cap_t from = env_notification(), empty = env_slot(), full = env_endpoint();
    const cap_t bare = env_copy(SLOT_TABLE, 0);
    const struct {
        cap_t table;
        uint64_t index;
        status_t status;
    } bad[] = {
        {SLOT_TABLE, full, SLOT_BUSY}, {SLOT_TABLE, 0, RANGE},  {SLOT_TABLE, BEYOND, RANGE},
        {SLOT_TABLE, ~0ull, RANGE},    {from, empty, TYPE},     {empty, empty, BAD_HANDLE},
        {0, empty, BAD_HANDLE},        {BEYOND, 1, BAD_HANDLE}, {bare, empty, RIGHTS},
    };
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        CHECK_STATUS(table_copy(SLOT_TABLE, from, bad[i].table, bad[i].index, 0), bad[i].status);
        CHECK_STATUS(table_mint(SLOT_TABLE, from, bad[i].table, bad[i].index, 0, 1), bad[i].status);
        CHECK_STATUS(table_move(SLOT_TABLE, from, bad[i].table, bad[i].index), bad[i].status);
    }
    CHECK_EQUAL(slot_type(from), OBJECT_NOTIFICATION);
    CHECK_EQUAL(slot_type(full), OBJECT_ENDPOINT);
}

static void every_source(void)
{
    static const uint64_t outside[] = {0, BEYOND, BEYOND + SLOT_SCHED, 1ull << 32 | SLOT_SCHED,
                                       ~0ull};
    const cap_t to = env_slot();
    uint64_t type = 9, rights = 9, badge = 9;
    for (uint32_t i = 0; i < ARRAY_LENGTH(outside); i++) {
        CHECK_STATUS(table_copy(SLOT_TABLE, outside[i], SLOT_TABLE, to, 0), RANGE);
        CHECK_STATUS(table_mint(SLOT_TABLE, outside[i], SLOT_TABLE, to, 0, 0), RANGE);
        CHECK_STATUS(table_move(SLOT_TABLE, outside[i], SLOT_TABLE, to), RANGE);
        CHECK_STATUS(table_delete(SLOT_TABLE, outside[i]), RANGE);
        CHECK_STATUS(table_revoke(SLOT_TABLE, outside[i]), RANGE);
        CHECK_STATUS(table_inspect(SLOT_TABLE, outside[i], &type, &rights, &badge), RANGE);
    }
    CHECK_OK(table_inspect(SLOT_TABLE, to, &type, &rights, &badge));
    CHECK_EQUAL(type | rights | badge, 0);
}

TEST_SUITE(table, {"a copy is a sibling: it outlives its source", copy_is_a_sibling},
           {"a minted capability is a child: revoking the parent deletes it", mint_is_a_child},
           {"a copy of a child is a child of the same parent", copy_of_child_is_child},
           {"delete takes the descendants along and leaves the siblings", delete_takes_descendants},
           {"a moved capability works in its new place only, and keeps its place in the tree",
            move_keeps_the_place},
           {"a moved Untyped keeps its children", move_of_memory},
           {"bad sources and destinations are refused and change nothing", bad_arguments},
           {"copy, mint and move refuse every bad destination alike", every_destination},
           {"every operation refuses a source outside the Table; an empty slot inspects as nothing",
            every_source},
           {"a badge is given once, to Endpoints and Notifications, in 62 bits", badges},
           {"inspecting a capability shows no address", inspect_reveals_no_address},
           {"capabilities move between Tables", other_tables},
           {"deleting a Table deletes what is in its slots, and what was derived from that",
            table_takes_its_slots},
           {"a Table may hold the only capability to itself", table_in_itself},
           {"derivation has a depth limit, answered with RANGE", depth_has_a_limit});
