/**
 * test_division.c - dividing time and giving it back makes none, whatever was used of it when.
 */
#include "tests/unit/kernel/machine.h"

TEST("a part of a period that has begun is taken from what is left of it")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 200);
    uint32_t child = make(OBJECT_SCHED, 0, 0);
    spawn(sched);
    receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + 400000);
    elapse(400000);
    REQUIRE(running() == init_thread);
    nanos_t left_ns = sched_at(sched)->left_ns;
    REQUIRE(left_ns > 0 && left_ns < NANOS_PER_MS);
    CHECK_EQUAL(split(sched, child, NANOS_PER_MS / 2, 10 * NANOS_PER_MS, NANOS_PER_MS, 200), OK);
    CHECK(sched_at(child)->left_ns > 0);
    CHECK_EQUAL(sched_at(sched)->left_ns + sched_at(child)->left_ns, left_ns);
}

TEST("dividing, using up and deleting again makes no time")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 200);
    uint32_t holder = make(OBJECT_SCHED, 0, 0);
    nanos_t used = 0;
    nanos_t start = host_now;
    for (int round = 0; round < 20; round++) {
        uint32_t child = make(OBJECT_SCHED, 0, 0);
        if (split(sched, child, NANOS_PER_MS, 11 * NANOS_PER_MS, NANOS_PER_MS, 200) != OK)
            break;
        uint32_t thread = spawn(child);
        receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + NANOS_PER_MS);
        for (int i = 0; i < 200 && running() != init_thread; i++)
            elapse(10000);
        run(init_thread);
        used += sched_at(child)->consumed_ns;
        del(thread);
        del(child);
    }
    nanos_t periods = (host_now - start) / (10 * NANOS_PER_MS) + 1;
    CHECK(used <= periods * NANOS_PER_MS + NANOS_PER_MS);
    (void)holder;
}

TEST("what a child used ahead of a long period its parent pays, out of periods to come too")
{
    const nanos_t round_ns = 16 * NANOS_PER_MS;
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 200);
    nanos_t used = 0;
    nanos_t start = host_now;
    for (int round = 0; round < 10; round++) {
        uint32_t child = make(OBJECT_SCHED, 0, 0);
        REQUIRE(split(sched, child, 5 * NANOS_PER_MS, 100 * NANOS_PER_MS, NANOS_PER_MS, 200) == OK);
        uint32_t thread = spawn(child);
        receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + round_ns);
        elapse(round_ns);
        run(init_thread);
        used += sched_at(child)->consumed_ns;
        del(thread);
        del(child);
    }
    CHECK(used >= 5 * NANOS_PER_MS);
    CHECK(used <= (host_now - start) / 10 + 5 * NANOS_PER_MS);
}

TEST("who has all time again runs on, though it owes what a part of it used ahead")
{
    boot();
    uint32_t sched = make_sched(50 * NANOS_PER_MS, 100 * NANOS_PER_MS, 255);
    uint32_t thread = spawn(sched);
    receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + 60 * NANOS_PER_MS);
    elapse(60 * NANOS_PER_MS);
    run(init_thread);
    del(thread);
    del(sched);
    const struct sched *all = init_sched_object();
    const nanos_t period_end_ns = all->period_end_ns;
    REQUIRE(all->budget_ns == all->period_ns && all->left_ns == 0);
    REQUIRE(period_end_ns > host_now + NANOS_PER_MS);
    receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + NANOS_PER_MS);
    CHECK(running() == init_thread);
    CHECK(host_now < period_end_ns);
    CHECK_EQUAL(all->left_ns, 0);
}

TEST("a parent pays at once what its child used ahead, as far as it has time left")
{
    const nanos_t period_ns = 10 * NANOS_PER_MS, ran_ns = 2 * NANOS_PER_MS;
    boot();
    uint32_t sched = make_sched(4 * NANOS_PER_MS, period_ns, 200);
    uint32_t child = make(OBJECT_SCHED, 0, 0);
    uint32_t never = make(OBJECT_NOTIFICATION, 0, 0);
    REQUIRE(split(sched, child, 8 * NANOS_PER_MS, 4 * period_ns, NANOS_PER_MS, 200) == OK);
    receive_until(never, host_now + period_ns); /* the first period is paid for */
    elapse(period_ns);
    run(init_thread);
    spawn(child);
    receive_until(never, host_now + ran_ns);
    elapse(ran_ns);
    run(init_thread);
    REQUIRE(sched_at(child)->consumed_ns >= ran_ns - 10000);
    del(child);
    CHECK(sched_at(sched)->budget_ns >= 4 * NANOS_PER_MS - 10);
    CHECK(sched_at(sched)->left_ns < 4 * NANOS_PER_MS - ran_ns * 3 / 4);
}
