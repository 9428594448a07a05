/**
 * test_dry.c - servers whose time runs dry, the first Sched's end, and a thread that is alone.
 */
#include "tests/unit/kernel/machine.h"

/* Two threads on one home Sched, of which one serves a client that has as much time. */
static uint32_t dry_endpoint, dry_home, dry_server, dry_client;

static void make_dry_server(void)
{
    boot();
    dry_endpoint = make(OBJECT_ENDPOINT, 0, 0);
    dry_home = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    dry_server = spawn(dry_home);
    dry_client = spawn_equal();
    run(thread_at(dry_server));
    reply_wait(dry_endpoint, 0, 0);
}

/* The running thread uses all of @budget_ns, and init finds that out. */
static void use_up(nanos_t budget_ns)
{
    host_now += budget_ns;
    interrupts();
    for (int i = 0; i < 3; i++) {
        run(init_thread);
        yield();
    }
}

/* The server works on a call until what it was lent is used up: it waits for the next period. */
static void serve_until_dry(void)
{
    run(thread_at(dry_client));
    ipc(dry_endpoint, 1, 0);
    REQUIRE(running() == thread_at(dry_server));
    use_up(EQUAL_BUDGET_NS);
    CHECK(thread_at(dry_server)->queue == QUEUE_PARKED);
    CHECK(thread_at(dry_server)->sched == thread_at(dry_client)->home);
    host_now += EQUAL_PERIOD_NS;
    interrupts();
    run(thread_at(dry_server));
    CHECK(cpu_first.sched == thread_at(dry_client)->home);
    reply_wait(dry_endpoint, 7, 0);
    run(thread_at(dry_client));
    CHECK_EQUAL(seen_label(running()), 7);
}

TEST("a server without a home that runs dry goes on with the next period of what it was lent")
{
    make_dry_server();
    run(init_thread);
    del(dry_home);
    serve_until_dry();
}

TEST("a server whose home is dry, too, goes on with the next period of what it was lent")
{
    make_dry_server();
    uint32_t spinner = spawn(dry_home);
    run(thread_at(spinner));
    use_up(NANOS_PER_MS);
    CHECK(thread_at(spinner)->queue == QUEUE_PARKED);
    serve_until_dry();
}

TEST("when the first Sched of all goes away, those that were split from it keep their time")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    uint32_t thread = spawn(sched);
    run(thread_at(thread));
    struct sched *child = sched_at(sched);
    REQUIRE(child->parent == init_sched_object());
    trap(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), 0, (uint64_t[MESSAGE_WORDS]){INIT_SLOT_SCHED},
         0);
    REQUIRE(running() == thread_at(thread));
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK(child->parent == NULL);
    elapse(20 * NANOS_PER_MS);
    CHECK(running() == thread_at(thread));
    CHECK_EQUAL(init_thread->state, THREAD_SUSPENDED);
}

TEST("a thread of priority 0 that is alone is not interrupted at the end of its slice")
{
    boot();
    uint32_t sched = make(OBJECT_SCHED, 0, 0);
    REQUIRE(INVOKE(INIT_SLOT_SCHED, SCHED_OP_SPLIT, sched, 5 * NANOS_PER_MS, 10 * NANOS_PER_MS,
                   NANOS_PER_MS, 0) == OK);
    uint32_t thread = spawn(sched);
    reply_wait(make(OBJECT_ENDPOINT, 0, 0), 0, 0);
    REQUIRE(running() == thread_at(thread));
    CHECK(host_timer > cpu_first.slice_end);
}

TEST("nobody waits for the next period of a Sched that is gone")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 13, 0);
    uint32_t index = make_from(untyped, OBJECT_SCHED, 0, 0);
    REQUIRE(INVOKE(INIT_SLOT_SCHED, SCHED_OP_SPLIT, index, NANOS_PER_MS, 10 * NANOS_PER_MS,
                   NANOS_PER_MS, 255) == OK);
    const struct sched *sched = sched_at(index);
    uint32_t thread = spawn(index);
    run(thread_at(thread));
    use_up(NANOS_PER_MS);
    REQUIRE(thread_at(thread)->queue == QUEUE_PARKED);
    REQUIRE(wheel_entry_active(&sched->refill.entry));
    del(index);
    CHECK(!wheel_entry_active(&sched->refill.entry));
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
    elapse(20 * NANOS_PER_MS);
    CHECK_EQUAL(thread_at(thread)->state, THREAD_SUSPENDED);
}
