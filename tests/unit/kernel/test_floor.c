/**
 * test_floor.c - a floor is its thread's own: whom it calls or answers runs at another rank, and
 * those who are ready in between go first.
 */
#include "tests/unit/kernel/both.h"

static uint32_t notification, bit;

/* A thread on a Sched of @priority, with @floor. */
static uint32_t spawn_at(uint32_t priority, uint32_t floor)
{
    uint32_t index = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, priority));
    REQUIRE(INVOKE(index, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, floor) == OK);
    return index;
}

static void start_floors(bool fast)
{
    boot();
    host_fast_enabled = fast;
    endpoint = make(OBJECT_ENDPOINT, 0, 0);
    notification = make(OBJECT_NOTIFICATION, 0, 0);
    bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
}

static void leave_it_to_others(void) { reply_wait(make(OBJECT_ENDPOINT, 0, 0), 0, 0); }

static void signal_bit(void)
{
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
}

TEST_BOTH("who becomes ready while a server works goes before the caller that it outranks")
{
    start_floors(fast);
    server = spawn_at(10, 200);
    uint32_t other = spawn_at(100, 0);
    client = spawn_at(10, 0);
    leave_it_to_others();
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    REQUIRE(running() == thread_at(other));
    reply_wait(notification, 0, 0);
    REQUIRE(running() == thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    signal_bit();
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    CHECK(running() == thread_at(other));
}

TEST_BOTH("whom a thread calls that took over by its floor does not go before who was taken over")
{
    start_floors(fast);
    client = spawn_at(10, 200);
    uint32_t other = spawn_at(100, 0);
    server = spawn_at(10, 0);
    leave_it_to_others();
    REQUIRE(running() == thread_at(client));
    reply_wait(notification, 0, 0);
    REQUIRE(running() == thread_at(other));
    receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + 1000);
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(other));
    signal_bit();
    REQUIRE(running() == thread_at(client));
    ipc(endpoint, 1, 0);
    CHECK(running() == thread_at(other));
}
