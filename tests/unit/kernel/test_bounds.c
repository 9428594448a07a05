/**
 * test_bounds.c - no path of the kernel is as long as user level makes it: what can take long is
 * done in pieces, and between two of them interrupts are let in.
 */
#include <string.h>

#include "tests/unit/kernel/spaces.h"

#define MANY (1u << 30)

/** How often @index of init's Table lets interrupts in while it is deleted. */
static unsigned windows_of_delete(uint32_t index)
{
    host_window_countdown = MANY;
    del(index);
    unsigned count = MANY - host_window_countdown;
    host_window_countdown = 0;
    return count;
}

static unsigned count_state(const uint32_t *threads, size_t count, uint32_t state)
{
    unsigned found = 0;
    for (size_t i = 0; i < count; i++)
        found += thread_at(threads[i])->state == state;
    return found;
}

TEST("taking a Table apart lets interrupts in at least every 64 empty slots")
{
    boot();
    CHECK(windows_of_delete(make(OBJECT_TABLE, 12, 0)) >= 4096 / 64 - 1);
}

TEST("deleting much lets interrupts in at least once an object")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    for (int i = 0; i < 100; i++)
        make_from(untyped, OBJECT_ENDPOINT, 0, 0);
    CHECK(windows_of_delete(untyped) >= 100);
}

TEST("zeroing memory for an object lets interrupts in at least every page")
{
    boot();
    memset(host_ram(slot_at(MEMORY_SLOT)->value), 0xff, 1 << 20);
    host_window_countdown = MANY;
    make(OBJECT_TABLE, 12, 0);
    CHECK(MANY - host_window_countdown >= (4096 * sizeof(struct slot)) / 4096 - 1);
    host_window_countdown = 0;
}

TEST("a Sched that goes away lets interrupts in at least every 32 threads")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 10);
    for (int i = 0; i < 100; i++)
        make(OBJECT_THREAD, 0, 0);
    CHECK(windows_of_delete(sched) >= 3);
}

TEST("choosing who runs lets interrupts in at least every 16 threads that are dry")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 40 * NANOS_PER_MS, 255);
    uint32_t first = spawn(sched);
    for (int i = 0; i < 50; i++)
        spawn(sched);
    run(thread_at(first));
    host_now += NANOS_PER_MS;
    host_window_countdown = MANY;
    yield();
    CHECK(MANY - host_window_countdown >= 3);
    host_window_countdown = 0;
}

TEST("one timer interrupt wakes at most eight threads; the others follow at once")
{
    boot();
    const nanos_t deadline = 10 * NANOS_PER_MS;
    uint32_t sched = make_sched(2 * NANOS_PER_MS, 100 * NANOS_PER_MS, 255);
    uint32_t sleepers[80];
    for (size_t i = 0; i < ARRAY_LENGTH(sleepers); i++) {
        sleepers[i] = spawn(sched);
        uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
        run(thread_at(sleepers[i]));
        receive_until(notification, deadline);
        run(init_thread);
    }
    host_now = deadline;
    host_interrupt();
    unsigned left = count_state(sleepers, ARRAY_LENGTH(sleepers), THREAD_LISTENING);
    CHECK(left >= ARRAY_LENGTH(sleepers) - 8);
    elapse(1000);
    CHECK_EQUAL(count_state(sleepers, ARRAY_LENGTH(sleepers), THREAD_LISTENING), 0);
    CHECK_EQUAL(host_now, deadline + 1000);
}

static unsigned count_parked(const uint32_t *threads, size_t count)
{
    unsigned parked = 0;
    for (size_t i = 0; i < count; i++)
        parked += thread_at(threads[i])->queue == QUEUE_PARKED;
    return parked;
}

TEST("one refill releases at most 16 threads; the others follow at once")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 40 * NANOS_PER_MS, 255);
    uint32_t threads[40];
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        threads[i] = spawn(sched);
    run(thread_at(threads[0]));
    host_now += NANOS_PER_MS;
    yield(); /* the others are found dry */
    REQUIRE(running() == init_thread);
    unsigned parked = count_parked(threads, ARRAY_LENGTH(threads));
    REQUIRE(parked > 32);
    host_now = sched_at(sched)->period_end_ns;
    host_interrupt();
    CHECK_EQUAL(count_parked(threads, ARRAY_LENGTH(threads)), parked - 16);
    elapse(1000);
    CHECK_EQUAL(count_parked(threads, ARRAY_LENGTH(threads)), 0);
}

TEST("a refill that releases all who wait at once is not set again")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 40 * NANOS_PER_MS, 255);
    uint32_t threads[16];
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        threads[i] = spawn(sched);
    run(thread_at(threads[0]));
    host_now += NANOS_PER_MS;
    for (int i = 0; i < 2; i++) { /* the first one stood in line behind init */
        yield();
        REQUIRE(running() == init_thread);
    }
    REQUIRE(count_parked(threads, ARRAY_LENGTH(threads)) == ARRAY_LENGTH(threads));
    const struct sched *refilled = sched_at(sched);
    CHECK(wheel_entry_active(&refilled->refill.entry));
    host_now = refilled->period_end_ns;
    host_interrupt();
    CHECK_EQUAL(count_parked(threads, ARRAY_LENGTH(threads)), 0);
    CHECK(!wheel_entry_active(&refilled->refill.entry));
}

TEST("a call changes at most 64 pages, copies at most 32, and passes at most 16 larger entries")
{
    const uint64_t page = 4096, most = 64 * page, all = 256 * page, huge = 1ull << 39;
    boot();
    uint32_t space = make_space(false);
    uint32_t copy = make_space(false);
    uint32_t region = make(OBJECT_REGION, 20, 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, 0, USER_LIMIT), OK);
    CHECK_EQUAL(INVOKE(copy, SPACE_OP_ATTACH, 1, region, 0, USER_LIMIT), OK);
    for (uint64_t done = 0; done < all; done += results[0]) {
        REQUIRE(map(space, 1, done, WINDOW + done, all - done, RW) == OK);
        CHECK(results[0] <= most);
    }
    for (uint64_t done = 0; done < all; done += results[0]) {
        REQUIRE(INVOKE(space, SPACE_OP_CLONE_RANGE, 1, copy, WINDOW + done, all - done, 0) == OK);
        CHECK(results[0] <= most / 2);
    }
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, all, R), OK);
    CHECK_EQUAL(results[0], most);
    CHECK(!reaches(space, WINDOW, W) && reaches(space, WINDOW + most, W));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, all), OK);
    CHECK_EQUAL(results[0], most);
    CHECK(!reaches(space, WINDOW, R) && reaches(space, WINDOW + most, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, huge, 100 * huge), OK);
    CHECK_EQUAL(results[0], 16 * huge);
}
