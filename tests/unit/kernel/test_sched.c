/**
 * test_sched.c - dividing time, running out of it, priorities and turns.
 */
#include <corm/syscall.h>

#include "kernel/reap.h"
#include "tests/unit/kernel/machine.h"

TEST("splitting moves time from the parent to the child, and deletion moves it back")
{
    boot();
    uint32_t child = make_sched(NANOS_PER_MS, 4 * NANOS_PER_MS, 10);
    CHECK_EQUAL(sched_at(child)->utilisation, SCHED_UTILISATION_ONE / 4);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE * 3 / 4);
    CHECK_EQUAL(init_sched_object()->budget_ns, init_sched_object()->period_ns * 3 / 4);
    uint32_t grandchild = make(OBJECT_SCHED, 0, 0);
    CHECK_EQUAL(split(child, grandchild, NANOS_PER_MS, 8 * NANOS_PER_MS, NANOS_PER_MS, 10), OK);
    CHECK_EQUAL(sched_at(child)->utilisation, SCHED_UTILISATION_ONE / 8);
    del(child);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE * 7 / 8);
    CHECK(sched_at(grandchild)->parent == init_sched_object());
    del(grandchild);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE);
    CHECK_EQUAL(init_sched_object()->budget_ns, init_sched_object()->period_ns);
}

TEST("configure takes time and priority away, never gives any, and the rest goes back")
{
    const uint64_t ms = NANOS_PER_MS;
    boot();
    uint32_t child = make_sched(ms, 4 * ms, 10);
    CHECK_EQUAL(INVOKE(child, SCHED_OP_CONFIGURE, ms, 8 * ms, ms, 9), OK);
    CHECK_EQUAL(sched_at(child)->utilisation, SCHED_UTILISATION_ONE / 8);
    CHECK_EQUAL(sched_at(child)->priority, 9);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE * 7 / 8);
    CHECK_EQUAL(INVOKE(child, SCHED_OP_CONFIGURE, ms, 4 * ms, ms, 9), BUDGET);
    CHECK_EQUAL(INVOKE(child, SCHED_OP_CONFIGURE, ms, 8 * ms, ms, 10), RANGE);
    CHECK_EQUAL(INVOKE(child, SCHED_OP_CONFIGURE, 0, 8 * ms, ms, 9), RANGE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_CONFIGURE, ms, 8 * ms, ms, 9), BUSY);
    CHECK_EQUAL(INVOKE(make(OBJECT_SCHED, 0, 0), SCHED_OP_CONFIGURE, ms, 8 * ms, ms, 0), BUSY);
    CHECK_EQUAL(INVOKE(mint(child, 0, 0), SCHED_OP_CONFIGURE, ms, 8 * ms, ms, 9), RIGHTS);
    del(child);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE);
}

TEST("who configures a Sched to next to nothing leaves its parent no debt")
{
    boot();
    uint32_t child = make_sched(2 * NANOS_PER_MS, 4 * NANOS_PER_MS, 10);
    CHECK_EQUAL(INVOKE(child, SCHED_OP_CONFIGURE, 1, SCHED_PERIOD_MAX_NS, NANOS_PER_MS, 10), OK);
    CHECK(sched_at(child)->left_ns <= sched_at(child)->budget_ns);
    nanos_t end = init_sched_object()->period_end_ns;
    del(child);
    CHECK_EQUAL(init_sched_object()->period_end_ns, end);
}

TEST("a thread whose Sched was lowered while it was ready lets those pass who are higher now")
{
    boot();
    uint32_t lowered = make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 20);
    uint32_t first = spawn(lowered);
    uint32_t second = spawn(make_sched(EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, 20));
    uint32_t sleep = make(OBJECT_NOTIFICATION, 0, 0);
    REQUIRE(INVOKE(lowered, SCHED_OP_CONFIGURE, EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, NANOS_PER_MS,
                   10) == OK);
    receive_until(sleep, DEADLINE_NEVER);
    CHECK(running() == thread_at(second));
    CHECK_EQUAL(thread_at(first)->rank, 10);
}

TEST("deadlines that pass in masses let interrupts in between, and all of them pass")
{
    enum { SLEEPERS = 20 };
    uint32_t sleepers[SLEEPERS];
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    const nanos_t due = host_now + NANOS_PER_MS;
    for (unsigned i = 0; i < SLEEPERS; i++) {
        sleepers[i] = spawn(INIT_SLOT_SCHED);
        run(thread_at(sleepers[i]));
        receive_until(endpoint, due);
    }
    host_now = due;
    unsigned interrupted = 0;
    for (unsigned awake = 0, before = 0; awake < SLEEPERS; before = awake) {
        host_window_countdown = 1; /* something comes during the first of them */
        interrupts();
        awake = 0;
        for (unsigned i = 0; i < SLEEPERS; i++)
            awake += thread_at(sleepers[i])->state == THREAD_READY;
        REQUIRE(awake > before);
        CHECK(awake - before <= 2); /* the wheel's first step may only open a level */
        interrupted++;
    }
    CHECK(interrupted >= SLEEPERS / 2);
    host_window_countdown = 0;
}

TEST("a refill that is used up before all who wait are released does not release and park them for "
     "ever")
{
    enum { THREADS = 120 };
    const nanos_t budget = 10 * NANOS_PER_US;
    boot();
    uint32_t sched = make_sched(budget, 10 * NANOS_PER_MS, 255);
    host_now += 10 * NANOS_PER_MS; /* a whole period, not the first */
    for (unsigned i = 0; i < THREADS; i++)
        spawn(sched);
    for (unsigned i = 0; i < 2 * THREADS; i++) { /* each finds it dry, but for the first */
        yield();
        host_now += running() == init_thread ? 0 : 2 * budget;
        interrupts();
    }
    REQUIRE(running() == init_thread && !list_empty(&sched_at(sched)->parked));
    host_now = sched_at(sched)->period_end_ns;
    const nanos_t end = host_now + 5 * NANOS_PER_MS;
    unsigned turns = 0;
    while (host_timer < end && turns < 2 * THREADS) {
        host_now += budget; /* goes by while the processor is about it */
        interrupts();
        if (running() == init_thread)
            yield();
        turns++;
    }
    CHECK(turns < THREADS);
    CHECK(running() == init_thread);
}

TEST("split refuses budgets, periods, slices and priorities out of range")
{
    const uint64_t ms = NANOS_PER_MS;
    boot();
    uint32_t child = make(OBJECT_SCHED, 0, 0);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, 0, ms, ms, 1), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms + 1, ms, ms, 1), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, 10, 9999, ms, 1), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, SCHED_PERIOD_MAX_NS + 1, ms, 1), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, ~0ull, ms, 1), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, 2 * ms, 0, 1), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, 2 * ms, ~0ull, 1), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, 2 * ms, ms, 256), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, 2 * ms, ms, 1ull << 32), RANGE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, INIT_SLOT_SCHED, ms, 2 * ms, ms, 1), BUSY);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, MEMORY_SLOT, ms, 2 * ms, ms, 1), TYPE);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, mint(child, 0, 0), ms, 2 * ms, ms, 1), RIGHTS);
    CHECK_EQUAL(split(mint(INIT_SLOT_SCHED, 0, 0), child, ms, 2 * ms, ms, 1), RIGHTS);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, 2 * ms, ms, 100), OK);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, ms, 2 * ms, ms, 100), BUSY);
    uint32_t grandchild = make(OBJECT_SCHED, 0, 0);
    CHECK_EQUAL(split(child, grandchild, ms, 4 * ms, ms, 101), RANGE);
    CHECK_EQUAL(split(child, grandchild, ms, 2 * ms - 1, ms, 100), BUDGET);
}

TEST("no more time is given out than there is")
{
    boot();
    make_sched(NANOS_PER_MS * 6 / 10, NANOS_PER_MS, 1);
    uint32_t child = make(OBJECT_SCHED, 0, 0);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, NANOS_PER_MS / 2, NANOS_PER_MS, NANOS_PER_MS, 1),
                BUDGET);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, child, NANOS_PER_MS / 4, NANOS_PER_MS, NANOS_PER_MS, 1), OK);
}

TEST("a thread that is bound needs a Sched with time, and must not run meanwhile")
{
    boot();
    uint32_t thread = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(INVOKE(make(OBJECT_SCHED, 0, 0), SCHED_OP_BIND, thread), BUSY);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, INIT_SLOT_THREAD), BUSY);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, INIT_SLOT_SCHED), TYPE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, thread), OK);
    CHECK(thread_at(thread)->home == init_sched_object());
}

TEST("a budget that is used up parks its threads until the period is over")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 4 * NANOS_PER_MS, 255);
    uint32_t one = spawn(sched);
    uint32_t two = spawn(sched);
    run(thread_at(one));
    host_now += NANOS_PER_MS;
    interrupts();
    CHECK(running() == init_thread);
    yield();
    yield();
    CHECK(running() == init_thread);
    CHECK_EQUAL(thread_at(one)->queue, QUEUE_PARKED);
    CHECK_EQUAL(thread_at(two)->queue, QUEUE_PARKED);
    CHECK_EQUAL(sched_at(sched)->left_ns, 0);
    host_now = sched_at(sched)->period_end_ns - 1;
    interrupts();
    CHECK_EQUAL(thread_at(one)->queue, QUEUE_PARKED);
    host_now += 1025;
    interrupts();
    CHECK_EQUAL(thread_at(one)->queue, QUEUE_RUN);
    CHECK_EQUAL(thread_at(two)->queue, QUEUE_RUN);
    CHECK_EQUAL(sched_at(sched)->left_ns, NANOS_PER_MS);
}

TEST("many threads on one Sched get no more than its budget in any period")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 4 * NANOS_PER_MS, 255);
    for (int i = 0; i < 40; i++)
        spawn(sched);
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0); /* init sleeps */
    nanos_t start = host_now;
    for (int i = 0; i < 4000; i++)
        elapse(10000);
    nanos_t periods = (host_now - start) / (4 * NANOS_PER_MS) + 1;
    CHECK(sched_at(sched)->consumed_ns <= (periods + 1) * NANOS_PER_MS * 101 / 100);
    CHECK(sched_at(sched)->consumed_ns >= (periods - 2) * NANOS_PER_MS);
}

TEST("an interrupt in the middle of choosing who runs loses nobody")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t irq = fresh();
    CHECK_EQUAL(INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 5, 0, 0, INIT_SLOT_TABLE, irq),
                OK);
    CHECK_EQUAL(INVOKE(irq, IRQ_OP_BIND, mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1)), OK);
    uint32_t sched = make_sched(NANOS_PER_MS, 40 * NANOS_PER_MS, 200);
    uint32_t driver = spawn_equal();
    uint32_t first = spawn(sched);
    for (int i = 0; i < 40; i++)
        spawn(sched);
    run(thread_at(driver));
    reply_wait(notification, 0, 0);
    run(init_thread);
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0); /* init sleeps */
    run(thread_at(first));
    host_now += NANOS_PER_MS;
    host_irq_raise(5);
    yield(); /* forty-one threads are found dry, and the interrupt comes meanwhile */
    CHECK(running() == thread_at(driver));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 1);
}

TEST("consumed tells what was used since creation and what is left of the period")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 4 * NANOS_PER_MS, 255);
    uint32_t thread = spawn(sched);
    run(thread_at(thread));
    host_now += 300000;
    CHECK_EQUAL(INVOKE(sched, SCHED_OP_CONSUMED), OK);
    CHECK_EQUAL(results[0], 300000);
    CHECK_EQUAL(results[1], NANOS_PER_MS - 300000);
}

TEST("a thread of higher priority runs first, and lower ones only while it waits")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    uint32_t low = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 5));
    uint32_t middle = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 50));
    yield();
    CHECK(running() == init_thread);
    reply_wait(notification, 0, 0);
    CHECK(running() == thread_at(middle));
    yield();
    CHECK(running() == thread_at(middle));
    host_now += NANOS_PER_MS / 4;
    interrupts();
    CHECK(running() == thread_at(low));
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == init_thread);
}

TEST("yield answers OK, alone and after others ran")
{
    const uint64_t nothing[MESSAGE_WORDS] = {0};
    boot();
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, 31), BAD_HANDLE);
    trap(HANDLE(0, SYSCALL_YIELD), 0, nothing, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), OK);
    uint32_t other = spawn_equal();
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, 31), BAD_HANDLE);
    trap(HANDLE(0, SYSCALL_YIELD), 0, nothing, 0);
    REQUIRE(running() == thread_at(other));
    run(init_thread);
    CHECK_EQUAL(seen_result(init_thread), OK);
}

TEST("a floor lifts a thread above its Sched's priority, at once")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t low = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 5));
    uint32_t middle = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 50));
    CHECK_EQUAL(INVOKE(low, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 60), OK);
    reply_wait(notification, 0, 0);
    REQUIRE(running() == thread_at(low));
    trap(HANDLE(low, THREAD_OP_SET_FLOOR), 0, (uint64_t[MESSAGE_WORDS]){INIT_SLOT_SCHED, 0}, 0);
    CHECK(running() == thread_at(middle));
}

TEST("a server is outranked by whoever is above its present caller, though not above its last one")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 255));
    uint32_t middle = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 50));
    uint32_t low = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 5));
    REQUIRE(INVOKE(middle, THREAD_OP_SUSPEND) == OK);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    REQUIRE(running() == init_thread);
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0);
    REQUIRE(running() == thread_at(low));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(middle, THREAD_OP_RESUME), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == thread_at(middle));
}

TEST("an idle machine sleeps until the next deadline and wakes whom it concerns")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    nanos_t deadline = host_now + 50 * NANOS_PER_MS;
    receive_until(notification, deadline);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | TIMEOUT);
    CHECK(host_now >= deadline && host_now < deadline + 1024);
}

TEST("a server that goes on at home waits for those who outrank it there")
{
    const uint64_t nothing[MESSAGE_WORDS] = {0};
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 50));
    uint32_t client = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 100));
    uint32_t sleep = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t wake = mint(sleep, NOTIFICATION_RIGHT_SIGNAL, 1);
    CHECK_EQUAL(INVOKE(client, THREAD_OP_SUSPEND), OK);
    receive_until(sleep, host_now + 1);
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    REQUIRE(running() == init_thread);
    uint32_t middle = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 80));
    CHECK_EQUAL(INVOKE(client, THREAD_OP_RESUME), OK);
    reply_wait(sleep, 0, 0);
    REQUIRE(running() == thread_at(client));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    host_now += NANOS_PER_MS / 4; /* all of it; and at the same moment init wakes */
    trap(HANDLE(wake, NOTIFICATION_OP_SIGNAL), 0, nothing, 0);
    REQUIRE(running() == init_thread);
    reply_wait(sleep, 0, 0);
    CHECK(running() == thread_at(middle));
    CHECK(thread_at(server)->sched == thread_at(server)->home);
    host_now += NANOS_PER_MS / 4;
    interrupts();
    CHECK(running() == thread_at(server));
}

TEST("a thread that takes over from a lower one runs no longer than its budget")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    uint32_t waiter = spawn(make_sched(NANOS_PER_MS / 4, 10 * NANOS_PER_MS, 200));
    uint32_t low = spawn(make_sched(4 * NANOS_PER_MS, 10 * NANOS_PER_MS, 10));
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0); /* init sleeps */
    run(thread_at(waiter));
    reply_wait(notification, 0, 0);
    run(thread_at(low));
    elapse(2 * NANOS_PER_MS); /* no timer is left that comes before its budget's end */
    REQUIRE(running() == thread_at(low));
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    REQUIRE(running() == thread_at(waiter));
    elapse(NANOS_PER_MS);
    CHECK(running() == thread_at(low));
    CHECK_EQUAL(thread_at(waiter)->queue, QUEUE_PARKED);
}

TEST("a server that is interrupted while it deletes what it was lent goes on at home at once")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    for (unsigned i = 0; i < 40; i++)
        make(OBJECT_THREAD, 0, 0);
    uint32_t server = spawn_equal();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    uint32_t client = spawn(sched);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server) && cpu_first.sched == sched_at(sched));
    host_window_countdown = 2; /* after its homes, and the first batch of threads */
    struct message registers = {.words = {sched}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    REQUIRE(thread_at(server)->context.restart_handle != 0);
    thread_at(server)->context.restart_handle = 0;
    run(thread_at(server));
    CHECK(cpu_first.sched == thread_at(server)->home);
    run(init_thread);
    REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, fresh()) == EMPTY);
    CHECK(reap_drain());
}

TEST("when a home Sched goes away, its threads stop; those that serve go on on what they were lent")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    uint32_t server = spawn(sched);
    uint32_t other = spawn(sched);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(init_thread);
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), 0, (uint64_t[MESSAGE_WORDS]){sched}, 0);
    CHECK_EQUAL(thread_at(other)->state, THREAD_SUSPENDED);
    run(thread_at(server));
    CHECK(running()->home == NULL);
    reply_wait(endpoint, 5, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_label(init_thread), 5);
    ipc(endpoint, 6, 0);
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 7, 0);
    CHECK_EQUAL(seen_label(init_thread), 7);
}

TEST("when a lent Sched goes away, the server finishes on its own")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn_equal();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    uint32_t client = spawn(sched);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), 0, (uint64_t[MESSAGE_WORDS]){sched}, 0);
    run(thread_at(server));
    CHECK(cpu_first.sched == running()->home);
    reply_wait(endpoint, 2, 0);
    run(init_thread);
    CHECK_EQUAL(thread_at(client)->state, THREAD_SUSPENDED);
    CHECK_EQUAL(thread_at(server)->state, THREAD_RECEIVING);
}

TEST("a server that deletes the Sched that it was lent ends the deletion at home")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn_equal();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    uint32_t sched = make_from(untyped, OBJECT_SCHED, 0, 0);
    CHECK_EQUAL(split(INIT_SLOT_SCHED, sched, NANOS_PER_MS, 10 * NANOS_PER_MS, NANOS_PER_MS, 255),
                OK);
    uint32_t client = spawn(sched);
    uint32_t last = make_from(untyped, OBJECT_ENDPOINT, 0, 0);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    host_window_countdown = host_window_every = 1;
    trap(HANDLE(INIT_SLOT_TABLE, TABLE_OP_REVOKE), 0, (uint64_t[MESSAGE_WORDS]){untyped}, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK(slot_empty(slot_at(sched)) && slot_empty(slot_at(last)));
    CHECK(cpu_first.sched == running()->home);
    reply_wait(endpoint, 2, 0);
    run(init_thread);
    CHECK_EQUAL(thread_at(client)->state, THREAD_SUSPENDED);
}

TEST("a queued caller whose Sched went away is served at the server's expense, and then stops")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    uint32_t clients[3];
    for (int i = 0; i < 3; i++) {
        clients[i] = spawn(sched);
        run(thread_at(clients[i]));
        ipc(endpoint, (uint64_t)i, 0);
        run(init_thread);
    }
    uint32_t server = spawn_equal();
    del(sched);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    for (uint32_t i = 0; i < 3; i++) {
        run(thread_at(server));
        if (thread_at(clients[i])->state != THREAD_CALLING)
            break; /* it was sent away instead: also right */
        CHECK(cpu_first.sched == running()->home);
        reply_wait(endpoint, 0, 0);
    }
    run(init_thread);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(thread_at(clients[i])->state, THREAD_SUSPENDED);
    CHECK_EQUAL(thread_at(server)->state, THREAD_RECEIVING);
}

TEST("a queued caller whose Sched went away goes on on the home that it got meanwhile")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    uint32_t caller = spawn(sched);
    run(thread_at(caller));
    ipc_until(endpoint, 0, host_now + NANOS_PER_MS);
    run(init_thread);
    del(sched);
    uint32_t home = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    CHECK_EQUAL(INVOKE(home, SCHED_OP_BIND, caller), OK);
    elapse(2 * NANOS_PER_MS);
    run(thread_at(caller));
    CHECK_EQUAL(seen_result(running()), TIMEOUT);
    CHECK(cpu_first.sched == sched_at(home));
}

TEST("more deadlines than one interrupt handles expire all the same, at their time")
{
    boot();
    uint32_t threads[50];
    uint32_t sched = make_sched(4 * NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        threads[i] = spawn(sched);
        uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
        run(thread_at(threads[i]));
        receive_until(notification, 1000000 + i % 3);
        run(init_thread);
    }
    host_now = 999990;
    interrupts();
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        CHECK_EQUAL(thread_at(threads[i])->state, THREAD_LISTENING);
    elapse(2000);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        CHECK_EQUAL(thread_at(threads[i])->state, THREAD_READY);
}
