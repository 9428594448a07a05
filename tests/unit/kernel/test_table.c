/**
 * test_table.c - copying, minting, moving, deleting and revoking capabilities; handles.
 */
#include "tests/unit/kernel/machine.h"

static uint64_t copy_op(uint64_t source, uint64_t table, uint64_t index, uint64_t rights)
{
    return INVOKE(INIT_SLOT_TABLE, TABLE_OP_COPY, source, table, index, rights);
}

static uint64_t mint_op(uint64_t source, uint64_t index, uint64_t rights, uint64_t badge)
{
    return INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, source, INIT_SLOT_TABLE, index, rights, badge);
}

TEST("a handle of slot 0, of an empty slot, or outside the Table names nothing")
{
    boot();
    uint32_t empty = fresh();
    for (uint32_t op = 3; op < 64; op++)
        CHECK_EQUAL(INVOKE(0, op), op >= 3 && op <= 5 ? OK : bad_handle(op));
    for (uint32_t op = 0; op < 64; op++) {
        CHECK_EQUAL(INVOKE(empty, op), bad_handle(op));
        CHECK_EQUAL(INVOKE(INIT_SLOTS, op), bad_handle(op));
        CHECK_EQUAL(INVOKE(HANDLE_INDEX_LIMIT - 1, op), bad_handle(op));
    }
}

TEST("an index beyond the Table does not wrap around to a slot in it")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    for (uint64_t wrap = INIT_SLOTS; wrap < 1ull << 40; wrap <<= 5) {
        if (wrap < HANDLE_INDEX_LIMIT)
            CHECK_EQUAL(INVOKE(wrap + INIT_SLOT_SCHED, SCHED_OP_CONSUMED), BAD_HANDLE);
        CHECK_EQUAL(copy_op(endpoint, wrap + INIT_SLOT_TABLE, fresh(), 7), BAD_HANDLE);
        CHECK_EQUAL(copy_op(wrap + endpoint, INIT_SLOT_TABLE, fresh(), 7), RANGE);
        CHECK_EQUAL(copy_op(endpoint, INIT_SLOT_TABLE, wrap + fresh(), 7), RANGE);
    }
    reply_wait(INIT_SLOTS + endpoint, 0, 0);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | BAD_HANDLE);
}

TEST("an operation that an object does not have is refused")
{
    boot();
    for (uint32_t op = 12; op < 64; op++) {
        CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, op), bad_handle(op));
        CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, op), bad_handle(op));
        CHECK_EQUAL(INVOKE(MEMORY_SLOT, op), bad_handle(op));
        CHECK_EQUAL(INVOKE(INIT_SLOT_SPACE, op), bad_handle(op));
        CHECK_EQUAL(INVOKE(INIT_SLOT_IRQ_CONTROL, op), bad_handle(op));
        CHECK_EQUAL(INVOKE(INIT_SLOT_IOPORT, op), bad_handle(op));
        if (op > 13)
            CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, op), bad_handle(op));
    }
}

TEST("a copy is a sibling: it survives its original, and dies with their parent")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t twin = fresh();
    CHECK_EQUAL(copy_op(notification, INIT_SLOT_TABLE, twin, 1), OK);
    CHECK_EQUAL(slot_at(twin)->rights, 1);
    CHECK_EQUAL(slot_at(twin)->depth, slot_at(notification)->depth);
    CHECK_EQUAL(slot_at(twin)->object->references, 2);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, notification), OK);
    CHECK(!slot_empty(slot_at(twin)));
    del(notification);
    CHECK_EQUAL(slot_at(twin)->object->references, 1);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, MEMORY_SLOT), OK);
    CHECK(slot_empty(slot_at(twin)));
}

TEST("a minted capability is a child: revoking the parent deletes it")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t child = mint(endpoint, ENDPOINT_RIGHT_CALL, 5);
    uint32_t grandchild = mint(child, ENDPOINT_RIGHT_CALL, 0);
    uint32_t other = mint(endpoint, ENDPOINT_RIGHT_CALL, 6);
    CHECK_EQUAL(slot_at(grandchild)->value, 5);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, child), OK);
    CHECK(slot_empty(slot_at(grandchild)));
    CHECK(!slot_empty(slot_at(child)));
    del(child);
    CHECK(slot_empty(slot_at(child)));
    CHECK(!slot_empty(slot_at(other)));
    del(endpoint);
    CHECK(slot_empty(slot_at(other)));
}

TEST("rights only shrink, by copying and by minting")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t weak = mint(endpoint, ENDPOINT_RIGHT_CALL, 0);
    uint32_t again = mint(weak, 0xff, 0);
    CHECK_EQUAL(slot_at(again)->rights, ENDPOINT_RIGHT_CALL);
    uint32_t copy = fresh();
    CHECK_EQUAL(copy_op(weak, INIT_SLOT_TABLE, copy, ~0ull), OK);
    CHECK_EQUAL(slot_at(copy)->rights, ENDPOINT_RIGHT_CALL);
}

TEST("a badge is given once, to Endpoints and Notifications, in 62 bits")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t child = mint(endpoint, 7, 1);
    CHECK_EQUAL(mint_op(child, fresh(), 7, 2), RANGE);
    CHECK_EQUAL(mint_op(child, fresh(), 7, 1), RANGE);
    CHECK_EQUAL(mint_op(endpoint, fresh(), 7, RECEIVED_ERROR), RANGE);
    CHECK_EQUAL(mint_op(endpoint, fresh(), 7, RECEIVED_SIGNAL), RANGE);
    CHECK_EQUAL(mint_op(endpoint, fresh(), 7, BADGE_MASK), OK);
    CHECK_EQUAL(mint_op(INIT_SLOT_THREAD, fresh(), 7, 1), RANGE);
    CHECK_EQUAL(mint_op(INIT_SLOT_THREAD, fresh(), 7, 0), OK);
}

TEST("an Untyped has one owner: it is neither copied nor minted, but it can be moved")
{
    boot();
    uint32_t to = fresh();
    CHECK_EQUAL(copy_op(MEMORY_SLOT, INIT_SLOT_TABLE, to, 1), TYPE);
    CHECK_EQUAL(mint_op(MEMORY_SLOT, to, 1, 0), TYPE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, MEMORY_SLOT, INIT_SLOT_TABLE, to), OK);
    CHECK(slot_empty(slot_at(MEMORY_SLOT)));
    CHECK_EQUAL(slot_at(to)->size_log2, MEMORY_LOG2);
}

TEST("moving keeps the place in the derivation tree and the reference")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t child = mint(endpoint, 7, 9);
    uint32_t grandchild = mint(child, 7, 0);
    uint32_t to = fresh();
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, child, INIT_SLOT_TABLE, to), OK);
    CHECK(slot_empty(slot_at(child)));
    CHECK_EQUAL(slot_at(to)->value, 9);
    CHECK_EQUAL(slot_at(to)->object->references, 3);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, to), OK);
    CHECK(slot_empty(slot_at(grandchild)));
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, to, INIT_SLOT_TABLE, endpoint), SLOT_BUSY);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, child, INIT_SLOT_TABLE, fresh()), EMPTY);
}

TEST("sources and destinations outside a Table, empty or occupied are refused")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t empty = fresh();
    CHECK_EQUAL(copy_op(0, INIT_SLOT_TABLE, empty, 7), RANGE);
    CHECK_EQUAL(copy_op(INIT_SLOTS, INIT_SLOT_TABLE, empty, 7), RANGE);
    CHECK_EQUAL(copy_op(empty, INIT_SLOT_TABLE, fresh(), 7), EMPTY);
    CHECK_EQUAL(copy_op(endpoint, INIT_SLOT_TABLE, endpoint, 7), SLOT_BUSY);
    CHECK_EQUAL(copy_op(endpoint, INIT_SLOT_TABLE, 0, 7), RANGE);
    CHECK_EQUAL(copy_op(endpoint, endpoint, empty, 7), TYPE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_DELETE, 0), RANGE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_DELETE, INIT_SLOTS), RANGE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_DELETE, empty), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, empty), EMPTY);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, 0), RANGE);
}

TEST("a Table without the manage right yields nothing and takes nothing")
{
    boot();
    uint32_t weak = mint(INIT_SLOT_TABLE, 0, 0);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    CHECK_EQUAL(INVOKE(weak, TABLE_OP_COPY, endpoint, INIT_SLOT_TABLE, fresh(), 7), RIGHTS);
    CHECK_EQUAL(INVOKE(weak, TABLE_OP_DELETE, endpoint), RIGHTS);
    CHECK_EQUAL(INVOKE(weak, TABLE_OP_INSPECT, endpoint), RIGHTS);
    CHECK_EQUAL(copy_op(endpoint, weak, fresh(), 7), RIGHTS);
}

TEST("inspect tells type, rights and badge, but not where memory is")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t badged = mint(endpoint, ENDPOINT_RIGHT_CALL, 77);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_INSPECT, badged), OK);
    CHECK_EQUAL(results[0], OBJECT_ENDPOINT);
    CHECK_EQUAL(results[1], ENDPOINT_RIGHT_CALL);
    CHECK_EQUAL(results[2], 77);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_INSPECT, MEMORY_SLOT), OK);
    CHECK_EQUAL(results[2], 0);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_INSPECT, fresh()), OK);
    CHECK_EQUAL(results[0], 0);
}

TEST("derivation has a depth limit, and a chain of that depth can be deleted")
{
    boot();
    uint32_t first = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t last = first;
    uint32_t child = fresh();
    while (mint_op(last, child, 7, 0) == OK) {
        last = child;
        child = fresh();
    }
    CHECK_EQUAL(slot_at(last)->depth, SLOT_DEPTH_MAX);
    CHECK_EQUAL(mint_op(last, child, 7, 0), RANGE);
    CHECK_EQUAL(slot_at(first)->object->references, SLOT_DEPTH_MAX - slot_at(first)->depth + 1);
    del(first);
    CHECK(slot_empty(slot_at(last)));
}

/* The last of a chain of capabilities to what @index names, as deep as it goes. */
static uint32_t deepest(uint32_t index)
{
    uint32_t child = fresh();
    while (mint_op(index, child, slot_at(index)->rights, 0) == OK) {
        index = child;
        child = fresh();
    }
    REQUIRE(slot_at(index)->depth == SLOT_DEPTH_MAX);
    return index;
}

TEST("at the depth limit no object is made of an Untyped")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 12, 0);
    uint32_t child = fresh();
    while (INVOKE(untyped, UNTYPED_OP_RETYPE, OBJECT_UNTYPED, 12, 0, INIT_SLOT_TABLE, child) ==
           OK) {
        untyped = child;
        child = fresh();
    }
    CHECK_EQUAL(slot_at(untyped)->depth, SLOT_DEPTH_MAX);
    CHECK_EQUAL(slot_at(untyped)->a, 0);
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RETYPE, OBJECT_ENDPOINT, 0, 0, INIT_SLOT_TABLE, child),
                RANGE);
}

TEST("at the depth limit no part is made of a Region, and it is not sent")
{
    boot();
    uint32_t region = deepest(make(OBJECT_REGION, 13, 0));
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn_equal();
    uint32_t to = fresh();
    CHECK_EQUAL(INVOKE(region, REGION_OP_MINT, 0, 12, 1, INIT_SLOT_TABLE, to), RANGE);
    run(thread_at(server));
    trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE), TAG(0, 0) | (uint64_t)to << TAG_RECEIVE_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
    run(init_thread);
    trap(HANDLE(endpoint, ENDPOINT_OP_CALL), TAG(1, 0) | (uint64_t)region << TAG_SEND_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(tag_send_slot(running()->context.seen.tag), 0);
    CHECK(slot_empty(slot_at(to)));
}

TEST("at the depth limit no ports are made of ports")
{
    boot();
    uint32_t ports = deepest(INIT_SLOT_IOPORT);
    CHECK_EQUAL(INVOKE(ports, IOPORT_OP_MINT, 0x3f8, 8, INIT_SLOT_TABLE, fresh()), RANGE);
}

TEST("at the depth limit no line is issued")
{
    boot();
    uint32_t control = deepest(INIT_SLOT_IRQ_CONTROL);
    CHECK_EQUAL(INVOKE(control, IRQ_CONTROL_OP_ISSUE, 5, 1, 0, INIT_SLOT_TABLE, fresh()), RANGE);
}

TEST("a capability that an operation needs is not left out")
{
    boot();
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, 0), BAD_HANDLE);
}

TEST("a Table that holds itself goes away when its memory is revoked")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    uint32_t table = make_from(untyped, OBJECT_TABLE, 6, 0);
    CHECK_EQUAL(copy_op(table, table, 5, 1), OK);
    CHECK_EQUAL(copy_op(INIT_SLOT_SCHED, table, 6, 1), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, table, table, 7), OK);
    CHECK_EQUAL(slot_at(INIT_SLOT_SCHED)->object->references, 2);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, untyped), OK);
    CHECK_EQUAL(slot_at(INIT_SLOT_SCHED)->object->references, 1);
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
}

/** 200 capabilities below one Untyped, in Tables that lie in the same memory. */
static uint32_t build_tree(void)
{
    uint32_t untyped = make(OBJECT_UNTYPED, 19, 0);
    for (int i = 0; i < 4; i++) {
        uint32_t table = make_from(untyped, OBJECT_TABLE, 6, 0);
        uint32_t endpoint = make_from(untyped, OBJECT_ENDPOINT, 0, 0);
        for (uint64_t at = 1; at < 50; at++)
            REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, endpoint, table, at, 7, at) == OK);
    }
    return untyped;
}

TEST("revoking a large tree lets interrupts in every few steps")
{
    boot();
    uint32_t untyped = build_tree();
    unsigned before = 1000000;
    host_window_countdown = before;
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, untyped), OK);
    CHECK(before - host_window_countdown >= 200);
}

TEST("a revoke that is interrupted at every step restarts and ends with nothing left")
{
    boot();
    uint32_t untyped = build_tree();
    host_window_countdown = host_window_every = 1;
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, untyped), OK);
    CHECK(!slot_has_children(slot_at(untyped)));
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
    CHECK_EQUAL(slot_at(untyped)->a, 0);
}

TEST("a Table that goes takes all with it of which it had the last capability")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 14, 0);
    uint32_t table = make(OBJECT_TABLE, 4, 0);
    for (uint32_t i = 1; i < 8; i++) {
        uint32_t endpoint = make_from(untyped, OBJECT_ENDPOINT, 0, 0);
        CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, endpoint, table, i), OK);
    }
    CHECK(slot_has_children(slot_at(untyped)));
    del(table);
    CHECK(!slot_has_children(slot_at(untyped)));
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
}
