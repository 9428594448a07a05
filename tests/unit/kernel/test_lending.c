/*
 * test_lending.c - on whose time a call is served, and what an Endpoint demands of it.
 */
#include "tests/unit/kernel/both.h"

TEST_BOTH("the server runs on the caller's time, and the caller gets it back")
{
    setup(fast);
    struct sched *lent = cpu_first.sched;
    CHECK(lent == thread_at(client)->home);
    nanos_t consumed = lent->consumed_ns;
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    CHECK(cpu_first.sched == lent);
    host_now += 1000;
    reply_wait(endpoint, 0, 0);
    REQUIRE(running() == thread_at(client));
    CHECK(cpu_first.sched == lent);
    host_now += 500;
    yield();
    CHECK(lent->consumed_ns - consumed >= 1500);
    CHECK_EQUAL(thread_at(server)->home->consumed_ns, 0);
}

TEST_BOTH("a server whose caller goes away polls on its own time")
{
    uint32_t notification = setup_served(fast);
    CHECK_EQUAL(INVOKE(client, THREAD_OP_SUSPEND), OK);
    trap(HANDLE(notification, NOTIFICATION_OP_RECEIVE_DEADLINE), 0, (uint64_t[MESSAGE_WORDS]){0},
         DEADLINE_POLL);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
    CHECK(cpu_first.sched == running()->home);
}

TEST_BOTH("a server on a dry borrowed Sched goes on on its own, and the caller keeps its own")
{
    setup(fast);
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    struct sched *lent = cpu_first.sched;
    host_now += EQUAL_BUDGET_NS;
    interrupts();
    run(thread_at(server));
    CHECK(cpu_first.sched == running()->home);
    CHECK_EQUAL(lent->left_ns, 0);
    reply_wait(endpoint, 6, 0);
    run(init_thread);
    yield();
    CHECK_EQUAL(thread_at(client)->state, THREAD_READY);
    CHECK_EQUAL(thread_at(client)->queue, QUEUE_PARKED);
    elapse(EQUAL_PERIOD_NS - EQUAL_BUDGET_NS); /* the period began with the call */
    run(thread_at(client));
    CHECK_EQUAL(seen_label(running()), 6);
    CHECK(cpu_first.sched == lent);
}

TEST_BOTH("an Endpoint that demands a budget refuses callers who bring less")
{
    setup(fast);
    run(init_thread);
    CHECK_EQUAL(INVOKE(endpoint, ENDPOINT_OP_DEMAND_BUDGET, EQUAL_BUDGET_NS / 2), OK);
    run(thread_at(client));
    host_now += EQUAL_BUDGET_NS * 3 / 4;
    ipc(endpoint, 1, 0);
    CHECK(running() == thread_at(client));
    CHECK_EQUAL(seen_result(running()), BUDGET);
    run(init_thread);
    host_now += EQUAL_PERIOD_NS;
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    CHECK(running() == thread_at(server));
}

TEST_BOTH("a caller who has all of the processor satisfies every demand of budget")
{
    boot();
    host_fast_enabled = fast;
    endpoint = make(OBJECT_ENDPOINT, 0, 0);
    server = spawn(INIT_SLOT_SCHED);
    CHECK_EQUAL(INVOKE(endpoint, ENDPOINT_OP_DEMAND_BUDGET, NANOS_PER_MS), OK);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    host_now += init_sched_object()->left_ns - 1000;
    ipc(endpoint, 1, 0);
    CHECK(running() == thread_at(server));
}

TEST_BOTH("a receive that ends without a message goes on at home, whoever was served before")
{
    setup(fast);
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    receive_until(endpoint, host_now + 1000);
    run(thread_at(client));
    elapse(2000);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
    CHECK(cpu_first.sched == running()->home);
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 2, 0);
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(init_thread);
    del(endpoint);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | GONE);
    CHECK(cpu_first.sched == running()->home);
}

TEST_BOTH("a caller whose Sched is lowered while it is served lets those pass who are higher now")
{
    setup(fast);
    run(init_thread);
    uint32_t nowhere = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t lowered = make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 20);
    uint32_t caller = spawn(lowered);
    uint32_t between = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 15));
    REQUIRE(INVOKE(server, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 200) == OK);
    receive_until(nowhere, DEADLINE_NEVER);
    run(thread_at(client));
    receive_until(nowhere, DEADLINE_NEVER);
    REQUIRE(running() == thread_at(caller));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    REQUIRE(INVOKE(lowered, SCHED_OP_CONFIGURE, EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, NANOS_PER_MS,
                   10) == OK);
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    CHECK(running() == thread_at(between));
    CHECK_EQUAL(thread_at(caller)->state, THREAD_READY);
}
