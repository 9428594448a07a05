/**
 * test_offer.c - how long the slot stands open that a call offers for a capability.
 */
#include "tests/unit/kernel/machine.h"

static void offer_once(bool fast)
{
    boot();
    host_fast_enabled = fast;
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t gift = mint(make(OBJECT_NOTIFICATION, 0, 0), NOTIFICATION_RIGHT_SIGNAL, 8);
    uint32_t offered = fresh();
    uint32_t server = spawn_equal();
    uint32_t client = spawn_equal();
    REQUIRE(INVOKE(server, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, PRIORITIES - 1) == OK);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    trap(HANDLE(endpoint, ENDPOINT_OP_CALL),
         TAG(1, 0) | (uint64_t)offered << TAG_RECEIVE_SLOT_SHIFT, (uint64_t[MESSAGE_WORDS]){0}, 0);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    REQUIRE(running() == thread_at(client));
    ipc(endpoint, 1, 0); /* offers none */
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE), TAG(0, 0) | (uint64_t)gift << TAG_SEND_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
    REQUIRE(running() == thread_at(client));
    CHECK_EQUAL(tag_send_slot(running()->context.seen.tag), 0);
    CHECK(slot_empty(slot_at(offered)));
}

TEST("the slot that a call offers takes no capability after that call was answered (fast path)")
{
    offer_once(true);
}

TEST("the slot that a call offers takes no capability after that call was answered (slow path)")
{
    offer_once(false);
}
