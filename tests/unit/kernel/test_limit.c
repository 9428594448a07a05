/**
 * test_limit.c - the longest that a thread may work on one call.
 */
#include "abi/fault.h"
#include "tests/unit/kernel/machine.h"

#define LIMIT_NS (50 * NANOS_PER_US)

/* Of a server that may work on one call for LIMIT_NS, its endpoints and its handler. */
static uint32_t limited_endpoint, limited_faults, limited_server, limited_handler;

static void make_limited(void)
{
    boot();
    limited_endpoint = make(OBJECT_ENDPOINT, 0, 0);
    limited_faults = make(OBJECT_ENDPOINT, 0, 0);
    limited_handler = spawn_equal();
    limited_server = spawn_equal();
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_LIMIT_REQUEST, LIMIT_NS), BUSY);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_SUSPEND), OK);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_CONFIGURE, 0, 0, limited_faults), OK);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_LIMIT_REQUEST, ~0ull), RANGE);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_LIMIT_REQUEST, LIMIT_NS), OK);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_RESUME), OK);
    run(thread_at(limited_handler));
    reply_wait(limited_faults, 0, 0);
    run(thread_at(limited_server));
    reply_wait(limited_endpoint, 0, 0);
}

TEST("a request that is answered within its limit is no fault, nor is the time between requests")
{
    make_limited();
    uint32_t client = spawn_equal();
    for (int i = 0; i < 3; i++) {
        run(thread_at(client));
        ipc(limited_endpoint, 0, 0);
        REQUIRE(running() == thread_at(limited_server));
        elapse(LIMIT_NS / 2);
        run(thread_at(limited_server));
        reply_wait(limited_endpoint, 7, 0);
        elapse(2 * LIMIT_NS);
        CHECK_EQUAL(thread_at(client)->context.seen_result, OK);
        CHECK_EQUAL(thread_at(limited_server)->state, THREAD_RECEIVING);
    }
    CHECK_EQUAL(thread_at(limited_handler)->state, THREAD_RECEIVING);
}

TEST("a server that works on one request for longer than its limit faults, and can be let go on")
{
    make_limited();
    uint32_t client = spawn_equal();
    run(thread_at(client));
    ipc(limited_endpoint, 0, 0);
    REQUIRE(running() == thread_at(limited_server));
    elapse(2 * LIMIT_NS);
    run(thread_at(limited_handler));
    CHECK_EQUAL(seen_label(running()), FAULT_TIMEOUT);
    CHECK_EQUAL(thread_at(client)->state, THREAD_CALLING);
    reply_wait(limited_faults, 0, 0);
    run(thread_at(limited_server));
    reply_wait(limited_endpoint, 9, 0);
    run(thread_at(client));
    CHECK_EQUAL(seen_label(running()), 9);
}

TEST("the limit holds while the server waits for somebody else; that wait finds CANCELLED")
{
    make_limited();
    uint32_t client = spawn_equal();
    uint32_t deaf = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(client));
    ipc(limited_endpoint, 0, 0);
    REQUIRE(running() == thread_at(limited_server));
    ipc(deaf, 0, 0);
    CHECK_EQUAL(thread_at(limited_server)->state, THREAD_QUEUED);
    elapse(2 * LIMIT_NS);
    run(thread_at(limited_handler));
    CHECK_EQUAL(seen_label(running()), FAULT_TIMEOUT);
    reply_wait(limited_faults, 0, 0);
    run(thread_at(limited_server));
    CHECK_EQUAL(seen_result(running()), CANCELLED);
}

TEST("a server whose request lasts too long and who has no fault endpoint stops")
{
    make_limited();
    uint32_t client = spawn_equal();
    del(limited_faults);
    run(thread_at(client));
    ipc(limited_endpoint, 0, 0);
    elapse(2 * LIMIT_NS);
    CHECK_EQUAL(thread_at(limited_server)->state, THREAD_FAULTED);
    CHECK_EQUAL(thread_at(client)->state, THREAD_CALLING);
    run(init_thread);
    del(limited_server);
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), GONE);
}

TEST("what a server was to receive is not lost when its request lasts too long before it runs")
{
    make_limited();
    uint32_t deaf = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t client = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 10));
    CHECK_EQUAL(INVOKE(client, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, PRIORITIES - 1), OK);
    CHECK_EQUAL(INVOKE(limited_handler, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, PRIORITIES - 1), OK);
    run(thread_at(client));
    ipc(limited_endpoint, 3, 99);
    REQUIRE(running() == init_thread);
    CHECK_EQUAL(thread_at(limited_server)->state, THREAD_READY);
    elapse(2 * LIMIT_NS);
    run(thread_at(limited_handler));
    CHECK_EQUAL(seen_label(running()), FAULT_TIMEOUT);
    reply_wait(limited_faults, OK, 0);
    run(init_thread);
    receive_until(deaf, arch_time_now() + NANOS_PER_MS);
    REQUIRE(running() == thread_at(limited_server));
    CHECK_EQUAL(seen_label(running()), 3);
    CHECK_EQUAL(seen_word(running()), 99);
}

TEST("a fault endpoint that demands budget looks at the budget of who faulted, not of who runs")
{
    make_limited();
    CHECK_EQUAL(INVOKE(limited_faults, ENDPOINT_OP_DEMAND_BUDGET, 2 * EQUAL_BUDGET_NS), OK);
    uint32_t client = spawn_equal();
    uint32_t deaf = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(client));
    ipc(limited_endpoint, 0, 0);
    REQUIRE(running() == thread_at(limited_server));
    ipc(deaf, 0, 0);
    run(init_thread); /* which has all the time of the processor */
    elapse(2 * LIMIT_NS);
    CHECK_EQUAL(thread_at(limited_server)->state, THREAD_FAULTED);
}

TEST("a server that has no time left when its request lasts too long stops, where time is demanded")
{
    make_limited();
    CHECK_EQUAL(INVOKE(limited_faults, ENDPOINT_OP_DEMAND_BUDGET, 1), OK);
    uint32_t lent = make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, PRIORITIES - 1);
    uint32_t home = make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, PRIORITIES - 1);
    uint32_t client = spawn(lent);
    CHECK_EQUAL(INVOKE(home, SCHED_OP_BIND, limited_server), OK);
    run(thread_at(client));
    ipc(limited_endpoint, 0, 0);
    REQUIRE(running() == thread_at(limited_server));
    run(init_thread);
    del(home);
    del(lent);
    CHECK_EQUAL(thread_at(limited_server)->state, THREAD_SUSPENDED);
    elapse(2 * LIMIT_NS);
    CHECK_EQUAL(thread_at(limited_server)->state, THREAD_FAULTED);
    CHECK_EQUAL(thread_at(limited_handler)->state, THREAD_RECEIVING);
    uint32_t other = make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, PRIORITIES - 1);
    CHECK_EQUAL(INVOKE(other, SCHED_OP_BIND, limited_server), OK);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_RESUME), OK);
    run(thread_at(limited_server));
}

TEST("a limit of zero is none: the server may work for as long as it has time")
{
    make_limited();
    uint32_t client = spawn_equal();
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_SUSPEND), OK);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_LIMIT_REQUEST, 0), OK);
    CHECK_EQUAL(INVOKE(limited_server, THREAD_OP_RESUME), OK);
    run(thread_at(limited_server));
    reply_wait(limited_endpoint, 0, 0);
    run(thread_at(client));
    ipc(limited_endpoint, 0, 0);
    REQUIRE(running() == thread_at(limited_server));
    elapse(3 * LIMIT_NS);
    run(thread_at(limited_server));
    reply_wait(limited_endpoint, 7, 0);
    run(thread_at(client));
    CHECK_EQUAL(seen_label(running()), 7);
}

TEST("a limit that a server is given while it is stopped at work holds from the next request on")
{
    boot();
    const struct served served = make_served();
    fault(FAULT_TRAP, 0);
    CHECK_EQUAL(thread_at(served.server)->state, THREAD_FAULTED);
    run(init_thread);
    CHECK_EQUAL(INVOKE(served.server, THREAD_OP_LIMIT_REQUEST, LIMIT_NS), OK);
    CHECK_EQUAL(INVOKE(served.server, THREAD_OP_RESUME), OK);
    run(thread_at(served.server));
    elapse(2 * LIMIT_NS);
    run(thread_at(served.server));
    reply_wait(served.endpoint, 7, 0);
    run(thread_at(served.client));
    CHECK_EQUAL(seen_label(running()), 7);
    ipc(served.endpoint, 0, 0);
    REQUIRE(running() == thread_at(served.server));
    elapse(2 * LIMIT_NS);
    CHECK_EQUAL(thread_at(served.server)->state, THREAD_FAULTED);
}
