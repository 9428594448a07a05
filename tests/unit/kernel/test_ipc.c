/**
 * test_ipc.c - calls, replies, queues, deadlines, capabilities in messages. Every test runs on the
 * fast path and without it: what a thread sees must not differ.
 */
#include "tests/unit/kernel/both.h"

TEST_BOTH("a call brings label, words and badge to the server, and the answer back")
{
    setup(fast);
    run(init_thread);
    uint32_t badged = mint(endpoint, ENDPOINT_RIGHT_CALL, 0x1234);
    run(thread_at(client));
    unsigned before = host_fast_count;
    trap(HANDLE(badged, ENDPOINT_OP_CALL), TAG(17, 8) | 0xbeefull << TAG_GENERATION_SHIFT,
         (const uint64_t[MESSAGE_WORDS]){1, 2, 3, 4, 5, 6, 7, ~0ull}, DEADLINE_NEVER);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(seen_result(running()), 0x1234);
    CHECK_EQUAL(seen_label(running()), 17);
    CHECK_EQUAL(tag_count_words(running()->context.seen.tag), 8);
    CHECK_EQUAL(running()->context.seen.tag >> TAG_GENERATION_SHIFT & 0xffff, 0xbeef);
    for (unsigned i = 0; i < 7; i++)
        CHECK_EQUAL(running()->context.seen.words[i], i + 1);
    CHECK_EQUAL(running()->context.seen.words[7], ~0ull);
    reply_wait(endpoint, 5, 99);
    REQUIRE(running() == thread_at(client));
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK_EQUAL(seen_label(running()), 5);
    CHECK_EQUAL(seen_word(running()), 99);
    CHECK_EQUAL(host_fast_count - before, fast ? 2 : 0);
}

TEST_BOTH("a poll takes the bits that are there, and then finds none")
{
    setup(fast);
    run(init_thread);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 4);
    uint64_t poll = HANDLE(notification, NOTIFICATION_OP_RECEIVE_DEADLINE);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    trap(poll, 0, (uint64_t[MESSAGE_WORDS]){0}, DEADLINE_POLL);
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 4);
    trap(poll, 0, (uint64_t[MESSAGE_WORDS]){0}, DEADLINE_POLL);
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
}

TEST_BOTH("a poll needs the right to receive")
{
    setup(fast);
    run(init_thread);
    uint32_t bit = mint(make(OBJECT_NOTIFICATION, 0, 0), NOTIFICATION_RIGHT_SIGNAL, 4);
    trap(HANDLE(bit, NOTIFICATION_OP_RECEIVE_DEADLINE), 0, (uint64_t[MESSAGE_WORDS]){0},
         DEADLINE_POLL);
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | BAD_HANDLE);
}

TEST_BOTH("a server that was called from below yields to others there, whomever it served before")
{
    boot();
    host_fast_enabled = fast;
    endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t nowhere = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t high = spawn_equal();
    server = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 10));
    client = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 10));
    uint32_t other = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 10));
    REQUIRE(INVOKE(server, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 10) == OK);
    reply_wait(nowhere, 0, 0);
    REQUIRE(running() == thread_at(high));
    ipc(endpoint, 0, 0);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0); /* it serves above */
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    REQUIRE(running() == thread_at(high));
    reply_wait(nowhere, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    yield();
    CHECK(running() == thread_at(other));
}

TEST_BOTH("a floor that is raised during a call holds when the answer comes")
{
    setup(fast);
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(client, THREAD_OP_SET_FLOOR), 0, (uint64_t[MESSAGE_WORDS]){INIT_SLOT_SCHED, 255},
         0);
    CHECK_EQUAL(thread_at(client)->floor, 255);
    reply_wait(endpoint, 1, 0);
    run(thread_at(client));
    CHECK_EQUAL(seen_label(running()), 1);
}

TEST_BOTH("a floor that is lowered during a call lets others pass when the answer comes")
{
    boot();
    host_fast_enabled = fast;
    endpoint = make(OBJECT_ENDPOINT, 0, 0);
    server = spawn_equal();
    client = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 10));
    uint32_t other = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 100));
    REQUIRE(INVOKE(server, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, PRIORITIES - 1) == OK);
    REQUIRE(INVOKE(client, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 200) == OK);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    reply_wait(make(OBJECT_ENDPOINT, 0, 0), 0, 0);
    REQUIRE(running() == thread_at(client));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(INVOKE(client, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 0), OK);
    reply_wait(endpoint, 0, 0);
    CHECK(running() == thread_at(other));
}

TEST_BOTH("queued calls are taken in the order in which they came")
{
    setup(fast);
    struct thread *third;
    run(init_thread);
    third = thread_at(spawn_equal());
    run(thread_at(client));
    ipc(endpoint, 1, 0); /* the server has it now and is busy */
    run(third);
    ipc(endpoint, 2, 0);
    run(init_thread);
    CHECK_EQUAL(third->state, THREAD_QUEUED);
    ipc(endpoint, 3, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(seen_label(running()), 1);
    reply_wait(endpoint, 0, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_label(running()), 2);
    reply_wait(endpoint, 0, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_label(running()), 3);
    reply_wait(endpoint, 0, 0);
    run(init_thread);
    CHECK_EQUAL(seen_result(init_thread), OK);
}

TEST_BOTH("a queued call ends with TIMEOUT at its deadline, not before, and is gone")
{
    setup(fast);
    ipc(endpoint, 1, 0);
    run(init_thread);
    ipc_until(endpoint, 2, host_now + 100000);
    CHECK_EQUAL(init_thread->state, THREAD_QUEUED);
    elapse(100000 - 1);
    CHECK_EQUAL(init_thread->state, THREAD_QUEUED);
    elapse(2000);
    run(init_thread);
    CHECK_EQUAL(seen_result(init_thread), TIMEOUT);
    CHECK_EQUAL(init_thread->context.seen.tag, 0);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    CHECK_EQUAL(thread_at(server)->state, THREAD_RECEIVING);
}

TEST_BOTH("a deadline holds only while the call is queued: a call that is served may take longer")
{
    setup(fast);
    ipc_until(endpoint, 1, host_now + 1000);
    REQUIRE(running() == thread_at(server));
    elapse(50000);
    run(thread_at(server));
    reply_wait(endpoint, 9, 0);
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK_EQUAL(seen_label(running()), 9);
}

TEST_BOTH("a queued call that is taken before its deadline may be served beyond it")
{
    setup(fast);
    ipc(endpoint, 1, 0);
    run(init_thread);
    ipc_until(endpoint, 2, host_now + 1000);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(server));
    REQUIRE(init_thread->state == THREAD_CALLING);
    elapse(2000);
    CHECK_EQUAL(init_thread->state, THREAD_CALLING);
    run(thread_at(server));
    reply_wait(endpoint, 9, 0);
    run(init_thread);
    CHECK_EQUAL(seen_result(init_thread), OK);
    CHECK_EQUAL(seen_label(init_thread), 9);
}

TEST_BOTH("a call with deadline 0 does not wait for a busy server, but calls a waiting one")
{
    setup(fast);
    ipc_until(endpoint, 1, DEADLINE_POLL);
    REQUIRE(running() == thread_at(server));
    run(init_thread);
    ipc_until(endpoint, 1, DEADLINE_POLL);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), TIMEOUT);
}

TEST_BOTH("a receive with a deadline ends with TIMEOUT, one with deadline 0 at once")
{
    setup(fast);
    uint32_t other;
    run(init_thread);
    other = make(OBJECT_ENDPOINT, 0, 0);
    receive_until(other, DEADLINE_POLL);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | TIMEOUT);
    receive_until(other, host_now + 5000);
    CHECK_EQUAL(init_thread->state, THREAD_RECEIVING);
    elapse(7000);
    run(init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | TIMEOUT);
    receive_until(other, 1);
    elapse(2000);
    run(init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | TIMEOUT);
}

TEST_BOTH("only the right capability calls or receives, with every value of the operation field")
{
    setup(fast);
    run(init_thread);
    uint32_t call_only = mint(endpoint, ENDPOINT_RIGHT_CALL, 0);
    uint32_t receive_only = mint(endpoint, ENDPOINT_RIGHT_RECEIVE, 0);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    for (uint32_t op = 0; op < 64; op++) {
        uint64_t bad = handle_receives(op) ? RECEIVED_ERROR | BAD_HANDLE : RIGHTS;
        CHECK_EQUAL(INVOKE(handle_receives(op) ? call_only : receive_only, op), bad);
        CHECK(running() == init_thread);
    }
    reply_wait(call_only, 0, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | BAD_HANDLE);
    reply_wait(0, 0, 0);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | BAD_HANDLE);
    reply_wait(fresh(), 0, 0);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | BAD_HANDLE);
    reply_wait(INIT_SLOT_TABLE, 0, 0);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | BAD_HANDLE);
    CHECK_EQUAL(INVOKE(notification, NOTIFICATION_OP_SIGNAL), RANGE); /* it has no badge */
}

TEST_BOTH("whatever operation a call names goes to the server, so that objects can be interposed")
{
    setup(fast);
    trap(HANDLE(endpoint, 42), TAG(3, 1), (const uint64_t[MESSAGE_WORDS]){8}, DEADLINE_NEVER);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(seen_label(running()), 3);
    CHECK_EQUAL(seen_word(running()), 8);
}

TEST_BOTH("the call that a dying server was executing answers GONE; a queued one waits on")
{
    setup(fast);
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    struct thread *second;
    run(init_thread);
    uint32_t other = spawn_equal();
    second = thread_at(other);
    run(second);
    ipc(endpoint, 2, 0);
    run(init_thread);
    del(server);
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), GONE);
    CHECK(cpu_first.sched == running()->home);
    CHECK_EQUAL(second->state, THREAD_QUEUED);
    run(init_thread);
    uint32_t next = spawn_equal();
    run(thread_at(next));
    reply_wait(endpoint, 0, 0);
    run(thread_at(next));
    CHECK_EQUAL(seen_label(running()), 2);
}

TEST_BOTH("the death of the caller leaves the server working; its answer goes nowhere")
{
    setup(fast);
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    run(init_thread);
    del(client);
    run(thread_at(server));
    CHECK(!thread_serves(running()));
    reply_wait(endpoint, 0, 7);
    run(init_thread);
    ipc(endpoint, 4, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(seen_label(running()), 4);
}

TEST_BOTH("when an Endpoint goes, who is queued at it or receives from it finds GONE")
{
    setup(fast);
    struct thread *receiver = thread_at(server);
    run(init_thread);
    uint32_t other = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(client));
    ipc(other, 1, 0);
    run(init_thread);
    CHECK_EQUAL(thread_at(client)->state, THREAD_QUEUED);
    del(other);
    del(endpoint);
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), GONE);
    run(receiver);
    CHECK_EQUAL(seen_result(receiver), RECEIVED_ERROR | GONE);
}

TEST_BOTH("a capability travels with a call into the slot that the server offers, as a child")
{
    setup(fast);
    run(init_thread);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t gift = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 8);
    uint32_t to = fresh();
    uint32_t back = fresh();
    run(thread_at(client));
    ipc(endpoint, 0, 0);
    trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE), TAG(0, 0) | (uint64_t)to << TAG_RECEIVE_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
    run(thread_at(client));
    trap(HANDLE(endpoint, ENDPOINT_OP_CALL),
         TAG(1, 0) | (uint64_t)gift << TAG_SEND_SLOT_SHIFT |
             (uint64_t)back << TAG_RECEIVE_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(tag_send_slot(running()->context.seen.tag), to);
    CHECK_EQUAL(slot_at(to)->value, 8);
    CHECK_EQUAL(slot_at(to)->depth, slot_at(gift)->depth + 1);
    CHECK_EQUAL(INVOKE(to, NOTIFICATION_OP_SIGNAL), OK);
    trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE), TAG(0, 0) | (uint64_t)to << TAG_SEND_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
    REQUIRE(running() == thread_at(client));
    CHECK_EQUAL(tag_send_slot(running()->context.seen.tag), back);
    CHECK_EQUAL(slot_at(back)->value, 8);
    run(init_thread);
    del(gift);
    CHECK(slot_empty(slot_at(to)) && slot_empty(slot_at(back)));
}

static void send_capability(uint32_t index)
{
    trap(HANDLE(endpoint, ENDPOINT_OP_CALL), TAG(1, 0) | (uint64_t)index << TAG_SEND_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
}

TEST_BOTH("no capability travels into no slot, an occupied slot, out of an empty one, or too deep")
{
    setup(fast);
    run(init_thread);
    uint32_t deep = make(OBJECT_ENDPOINT, 0, 0);
    while (slot_can_derive(slot_at(deep)))
        deep = mint(deep, ENDPOINT_RIGHT_CALL, 0);
    run(thread_at(client));
    uint32_t sent[] = {INIT_SLOT_SCHED, INIT_SLOTS - 1, MEMORY_SLOT,    INIT_SLOT_SCHED,
                       0xffff,          deep,           INIT_SLOT_SCHED};
    uint32_t offered[] = {
        0, INIT_SLOTS - 2, INIT_SLOTS - 2, INIT_SLOT_TABLE, INIT_SLOTS - 2, INIT_SLOTS - 2, 0xffff};
    ipc(endpoint, 0, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(sent); i++) {
        run(thread_at(server));
        trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE),
             TAG(0, 0) | (uint64_t)offered[i] << TAG_RECEIVE_SLOT_SHIFT,
             (uint64_t[MESSAGE_WORDS]){0}, 0);
        run(thread_at(client));
        send_capability(sent[i]);
        REQUIRE(running() == thread_at(server));
        CHECK_EQUAL(tag_send_slot(running()->context.seen.tag), 0);
        CHECK(slot_empty(slot_at(INIT_SLOTS - 2)));
    }
}

TEST_BOTH("a capability that came with a message can be called and received from as any other")
{
    setup(fast);
    run(init_thread);
    uint32_t gift = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t to = fresh();
    run(thread_at(client));
    ipc(endpoint, 0, 0);
    trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE), TAG(0, 0) | (uint64_t)to << TAG_RECEIVE_SLOT_SHIFT,
         (uint64_t[MESSAGE_WORDS]){0}, 0);
    run(thread_at(client));
    send_capability(gift);
    REQUIRE(running() == thread_at(server));
    reply_wait(to, 0, 0);
    run(thread_at(client));
    CHECK_EQUAL(thread_at(server)->state, THREAD_RECEIVING);
    unsigned before = host_fast_count;
    ipc(to, 5, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(seen_label(running()), 5);
    CHECK_EQUAL(host_fast_count - before, fast ? 1 : 0);
}

TEST_BOTH("a slot that was offered in an earlier message is not taken in a later one")
{
    setup(fast);
    run(init_thread);
    uint32_t offered = fresh();
    uint32_t nobody = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(client));
    trap(HANDLE(nobody, ENDPOINT_OP_CALL_DEADLINE),
         TAG(0, 0) | (uint64_t)offered << TAG_RECEIVE_SLOT_SHIFT, (uint64_t[MESSAGE_WORDS]){0},
         DEADLINE_POLL);
    CHECK_EQUAL(seen_result(running()), TIMEOUT);
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE),
         TAG(0, 0) | (uint64_t)INIT_SLOT_SCHED << TAG_SEND_SLOT_SHIFT, (uint64_t[MESSAGE_WORDS]){0},
         0);
    run(thread_at(client));
    CHECK_EQUAL(tag_send_slot(running()->context.seen.tag), 0);
    CHECK(slot_empty(slot_at(offered)));
}

TEST_BOTH("a slot that was offered in an earlier receive is not taken in a later one")
{
    setup(fast);
    run(init_thread);
    uint32_t offered = fresh();
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(endpoint, ENDPOINT_OP_RECEIVE),
         TAG(0, 0) | (uint64_t)offered << TAG_RECEIVE_SLOT_SHIFT, (uint64_t[MESSAGE_WORDS]){0}, 0);
    run(thread_at(client));
    ipc(endpoint, 2, 0); /* sends nothing, so the offer is over */
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    trap(HANDLE(endpoint, ENDPOINT_OP_CALL),
         TAG(3, 0) | (uint64_t)INIT_SLOT_SCHED << TAG_SEND_SLOT_SHIFT, (uint64_t[MESSAGE_WORDS]){0},
         DEADLINE_NEVER);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(tag_send_slot(running()->context.seen.tag), 0);
    CHECK(slot_empty(slot_at(offered)));
}

TEST_BOTH("a server that answers and finds a signal goes on on its own time, not the caller's")
{
    setup(fast);
    run(init_thread);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 4);
    CHECK_EQUAL(INVOKE(server, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    reply_wait(endpoint, 0, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 4);
    CHECK(cpu_first.sched == running()->home);
}

TEST_BOTH("a server that answers into a bad handle goes on on its own time, not the caller's")
{
    setup(fast);
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    reply_wait(INIT_SLOT_TABLE, 0, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | BAD_HANDLE);
    CHECK(cpu_first.sched == running()->home);
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), OK);
}

TEST_BOTH("calls nest: the time of the first caller reaches the last server and comes back")
{
    setup(fast);
    run(init_thread);
    uint32_t inner = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t last = spawn_equal();
    run(thread_at(last));
    reply_wait(inner, 0, 0);
    run(thread_at(client));
    struct sched *lent = cpu_first.sched;
    ipc(endpoint, 1, 0);
    ipc(inner, 2, 0);
    REQUIRE(running() == thread_at(last));
    CHECK(cpu_first.sched == lent);
    reply_wait(inner, 3, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(seen_label(running()), 3);
    reply_wait(endpoint, 4, 0);
    REQUIRE(running() == thread_at(client));
    CHECK_EQUAL(seen_label(running()), 4);
    CHECK(cpu_first.sched == lent);
}

/** `server` waits at `endpoint`, another one at the Endpoint that this returns. */
static uint32_t setup_nested(bool fast, uint32_t *last)
{
    setup(fast);
    run(init_thread);
    uint32_t inner = make(OBJECT_ENDPOINT, 0, 0);
    *last = spawn_equal();
    REQUIRE(INVOKE(*last, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, PRIORITIES - 1) == OK);
    run(thread_at(*last));
    reply_wait(inner, 0, 0);
    return inner;
}

TEST_BOTH("a server whose own call finds nobody any more goes on with what it was lent")
{
    uint32_t last;
    uint32_t inner = setup_nested(fast, &last);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    ipc(inner, 2, 0);
    REQUIRE(running() == thread_at(last));
    trap(HANDLE(last, THREAD_OP_SUSPEND), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), GONE);
    CHECK(cpu_first.sched == thread_at(client)->home);
}

TEST_BOTH("a server that polls a Notification on its own time answers its caller first, too")
{
    uint32_t notification = setup_served(fast);
    host_now += EQUAL_BUDGET_NS;
    interrupts();
    run(thread_at(server));
    CHECK(cpu_first.sched == running()->home);
    trap(HANDLE(notification, NOTIFICATION_OP_RECEIVE_DEADLINE), TAG(6, 0),
         (const uint64_t[MESSAGE_WORDS]){0}, DEADLINE_POLL);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(thread_at(client)->state, THREAD_READY);
    CHECK_EQUAL(tag_label(thread_at(client)->message.tag), 6);
}

TEST_BOTH("a server that polls a Notification answers its caller first")
{
    uint32_t notification = setup_served(fast);
    trap(HANDLE(notification, NOTIFICATION_OP_RECEIVE_DEADLINE), TAG(6, 1),
         (const uint64_t[MESSAGE_WORDS]){66}, DEADLINE_POLL);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK_EQUAL(seen_label(running()), 6);
    CHECK_EQUAL(seen_word(running()), 66);
}

TEST_BOTH("polling an Endpoint finds a caller that waits, or TIMEOUT")
{
    setup(fast);
    run(init_thread);
    uint32_t other = make(OBJECT_ENDPOINT, 0, 0);
    receive_until(other, DEADLINE_POLL);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | TIMEOUT);
    run(thread_at(client));
    ipc(other, 3, 33);
    run(init_thread);
    receive_until(other, DEADLINE_POLL);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_label(init_thread), 3);
    CHECK_EQUAL(seen_word(init_thread), 33);
}

TEST_BOTH("a demand of budget looks at what the caller runs on, not at what is its own")
{
    uint32_t last;
    uint32_t inner = setup_nested(fast, &last);
    run(init_thread);
    CHECK_EQUAL(INVOKE(inner, ENDPOINT_OP_DEMAND_BUDGET, EQUAL_BUDGET_NS / 2), OK);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    host_now += EQUAL_BUDGET_NS * 3 / 4; /* of the client's */
    ipc(inner, 2, 0);
    REQUIRE(running() == thread_at(server));
    CHECK_EQUAL(seen_result(running()), BUDGET);
}
