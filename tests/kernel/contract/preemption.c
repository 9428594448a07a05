/**
 * preemption.c - operations that take long let a higher priority in, and then go on.
 *
 * A helper above the worker sleeps for short spans, over and over, and notes how late it wakes.
 * What the worker does meanwhile is one system call at a time.
 */
#include "test.h"

#include "lib/base/string.h"
#include "sdk/rt/time.h"

#define US        NANOS_PER_US
#define SPAN_NS   (5 * US)
#define LATE_NS   (10 * US) /* an instruction is a nanosecond */
#define POOL_LOG2 21
#define CAPS      300u

static volatile uint64_t wakes, running;
static volatile nanos_t worst_late;

static void sleeper(void *unused)
{
    (void)unused;
    while (running) {
        const nanos_t deadline = time_now() + SPAN_NS;
        sleep_until(deadline);
        const nanos_t late = time_now() - deadline;
        worst_late = late > worst_late ? late : worst_late;
        wakes++;
    }
}

static void begin(void)
{
    wakes = worst_late = 0;
    running = 1;
    helper_high(sleeper, NULL);
}

/* What was done since begin() took @least wake-ups, and none was late. */
static void end(const char *what, uint64_t least)
{
    const uint64_t count = wakes;
    const nanos_t worst = worst_late;
    running = 0;
    test_note("%s: %lu wake-ups, late by %lu ns at most", what, count, worst);
    CHECK(count >= least);
    CHECK(worst < LATE_NS);
}

static void reset(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    const cap_t region = env_slot();
    uint64_t base = 0, size = 0, used = 1, device = 0;
    CHECK_OK(untyped_retype(pool, OBJECT_REGION, POOL_LOG2, 0, SLOT_TABLE, region));
    CHECK_OK(table_delete(SLOT_TABLE, region));
    begin();
    CHECK_OK(untyped_reset(pool));
    end("reset of 2 MiB", 3);
    CHECK_OK(untyped_info(pool, &base, &size, &used, &device));
    CHECK_EQUAL(used, 0);
}

static void retype(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, 22, 0);
    const cap_t table = env_slot();
    begin();
    CHECK_OK(untyped_retype(pool, OBJECT_TABLE, 15, 0, SLOT_TABLE, table));
    end("retype of a Table of 32768 slots", 0);
    CHECK_EQUAL(slot_type(table), OBJECT_TABLE);
    begin();
    CHECK_OK(table_delete(SLOT_TABLE, table));
    end("delete of a Table of 32768 slots", 3);
}

static void revoke(void)
{
    const cap_t parent = env_notification();
    const cap_t table = env_make(OBJECT_TABLE, 9, 0);
    uint64_t type = 1, rights = 0, badge = 0;
    for (uint32_t i = 1; i <= CAPS; i++)
        CHECK_OK(table_mint(SLOT_TABLE, parent, table, i, ~0ull, i));
    begin();
    CHECK_OK(table_revoke(SLOT_TABLE, parent));
    end("revoke of 300 capabilities", 1);
    for (uint32_t i = 1; i <= CAPS; i++) {
        CHECK_OK(table_inspect(table, i, &type, &rights, &badge));
        CHECK_EQUAL(type, 0);
    }
}

static void revoke_mapped(void)
{
    const cap_t region = env_make(OBJECT_REGION, POOL_LOG2, 0);
    const cap_t space = env_make(OBJECT_SPACE, 3, 0);
    uint64_t present = 0, accessed = 0, dirty = 0;
    CHECK_OK(space_donate(space, 0, env_make(OBJECT_UNTYPED, 16, 0)));
    CHECK_OK(space_attach(space, 1, region, PAGE, 1ull << POOL_LOG2));
    CHECK_OK(kit_map_range(space, 1, 0, PAGE, BIT(POOL_LOG2), RIGHTS_RW));
    begin();
    CHECK_OK(table_revoke(SLOT_TABLE, region));
    end("revoke of 512 mapped pages", 1);
    CHECK_OK(space_harvest(space, PAGE, &present, &accessed, &dirty));
    CHECK_EQUAL(present, 0);
}

static void range_operations(void)
{
    const uint64_t bytes = BIT(POOL_LOG2);
    const cap_t region = env_make(OBJECT_REGION, POOL_LOG2, 0);
    const cap_t space = env_make(OBJECT_SPACE, 3, 0);
    const cap_t twin = env_make(OBJECT_SPACE, 3, 0);
    CHECK_OK(space_donate(space, 0, env_make(OBJECT_UNTYPED, 16, 0)));
    CHECK_OK(space_donate(twin, 0, env_make(OBJECT_UNTYPED, 16, 0)));
    CHECK_OK(space_attach(space, 1, region, PAGE, bytes));
    CHECK_OK(space_attach(twin, 1, region, PAGE, bytes));
    begin();
    CHECK_OK(kit_map_range(space, 1, 0, PAGE, bytes, RIGHTS_RW));
    for (uint64_t at = 0, done = 0; at < bytes; at += done)
        CHECK_OK(space_clone_range(space, 1, twin, PAGE + at, bytes - at, 1, &done));
    for (uint64_t at = 0, done = 0; at < bytes; at += done)
        CHECK_OK(space_protect(space, 1, PAGE + at, bytes - at, RIGHTS_R, &done));
    for (uint64_t at = 0, done = 0; at < bytes; at += done)
        CHECK_OK(space_unmap(space, PAGE + at, bytes - at, &done));
    end("mapping, cloning, protecting, unmapping 512 pages", 4);
}

static void death_of_many(void)
{
    const cap_t pool = env_make(OBJECT_UNTYPED, 20, 0);
    struct kit_limits limits = env.limits;
    struct kit kit;
    limits.first_slot = env.next_slot;
    env.next_slot += 200;
    kit_init(&kit, pool, &limits);
    for (uint32_t i = 0; i < 60; i++) {
        cap_t thread = CAP_NONE, sched = CAP_NONE, endpoint = CAP_NONE;
        CHECK_OK(kit_make(&kit, OBJECT_THREAD, 0, 0, &thread));
        CHECK_OK(kit_make(&kit, OBJECT_ENDPOINT, 0, 0, &endpoint));
        CHECK_OK(kit_sched(&kit, env_sched, NANOS_PER_MS, 1000 * NANOS_PER_MS, 1, &sched));
        CHECK_OK(thread_configure(thread, SLOT_TABLE, SLOT_SPACE, endpoint));
        CHECK_OK(sched_bind(sched, thread));
    }
    begin();
    CHECK_OK(table_revoke(SLOT_TABLE, pool));
    end("revoke of 180 objects", 1);
    CHECK_OK(untyped_reset(pool));
}

TEST_SUITE(preemption, {"a reset lets a higher priority in", reset},
           {"making and deleting a large Table let a higher priority in", retype},
           {"a revoke of many capabilities lets a higher priority in", revoke},
           {"a revoke of much mapped memory lets a higher priority in", revoke_mapped},
           {"no range operation keeps a higher priority waiting", range_operations},
           {"the death of many objects lets a higher priority in", death_of_many});
