/**
 * sched.c - processor time as an object: dividing it, using it up, priorities and turns.
 */
#include "test.h"

#include "native/counter.h"
#include "sdk/rt/time.h"

#define MS NANOS_PER_MS

static volatile uint64_t spins[2];

static void spin(void *counter)
{
    for (;;)
        (*(volatile uint64_t *)counter)++;
}

static void split_refuses(void)
{
    static const struct {
        uint64_t budget_ns, period_ns, slice_ns, priority;
        status_t status;
    } bad[] = {
        {0, 10 * MS, MS, 1, RANGE},
        {11 * MS, 10 * MS, MS, 1, RANGE},
        {MS, 0, MS, 1, RANGE},
        {1, 1, MS, 1, RANGE},
        {MS, 10 * MS, 0, 1, RANGE},
        {MS, 10 * MS, MS, PRIORITY_CASE + 1, RANGE},
        {MS, 10 * MS, MS, 1ull << 32, RANGE},
        {MS, 3601 * NANOS_PER_S, MS, 1, RANGE},
        {MS, ~0ull, MS, 1, RANGE},
        {~0ull, ~0ull, MS, 1, RANGE},
        {MS, 10 * MS, ~0ull, 1, RANGE},
        {5 * MS, 10 * MS, MS, 1, BUDGET},
        {10 * MS, 10 * MS, MS, 1, BUDGET},
    };
    const cap_t child = env_make(OBJECT_SCHED, 0, 0);
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++)
        CHECK_STATUS(sched_split(env_sched, child, bad[i].budget_ns, bad[i].period_ns,
                                 bad[i].slice_ns, bad[i].priority),
                     bad[i].status);
    CHECK_STATUS(sched_split(env_sched, SLOT_TABLE, MS, 10 * MS, MS, 1), TYPE);
    CHECK_STATUS(sched_split(env_sched, env_sched, MS, 10 * MS, MS, 1), BUSY);
    CHECK_STATUS(sched_split(child, env_make(OBJECT_SCHED, 0, 0), MS, 10 * MS, MS, 0), BUDGET);
    CHECK_OK(sched_split(env_sched, child, MS, 10 * MS, MS, PRIORITY_CASE));
    CHECK_STATUS(sched_split(env_sched, child, MS, 10 * MS, MS, 1), BUSY);
}

static void time_is_divided(void)
{
    const cap_t third = env_make(OBJECT_SCHED, 0, 0);
    const cap_t first = env_sched_split(15 * MS, 100 * MS, 1);
    env_sched_split(15 * MS, 100 * MS, 1);
    CHECK_STATUS(sched_split(env_sched, third, 15 * MS, 100 * MS, MS, 1), BUDGET);
    CHECK_OK(table_delete(SLOT_TABLE, first));
    CHECK_OK(sched_split(env_sched, third, 15 * MS, 100 * MS, MS, 1));
}

static void children_of_the_dead(void)
{
    const cap_t middle = env_sched_split(20 * MS, 100 * MS, 10);
    const cap_t child = env_make(OBJECT_SCHED, 0, 0);
    const cap_t probe = env_make(OBJECT_SCHED, 0, 0);
    CHECK_OK(sched_split(middle, child, 10 * MS, 100 * MS, MS, 1));
    CHECK_OK(table_delete(SLOT_TABLE, middle));
    CHECK_STATUS(sched_split(env_sched, probe, 35 * MS, 100 * MS, MS, 1), BUDGET);
    CHECK_OK(table_delete(SLOT_TABLE, child));
    CHECK_OK(sched_split(env_sched, probe, 35 * MS, 100 * MS, MS, 1));
}

static void bind_refuses(void)
{
    const struct helper low = {.run = spin,
                               .argument = (void *)(uintptr_t)&spins[0],
                               .sched = env_sched_split(MS, 100 * MS, PRIORITY_LOW)};
    const cap_t ready = helper_run(&low);
    CHECK_STATUS(sched_bind(env_make(OBJECT_SCHED, 0, 0), env_make(OBJECT_THREAD, 0, 0)), BUSY);
    CHECK_STATUS(sched_bind(env_sched, ready), BUSY);
    CHECK_STATUS(sched_bind(env_sched, SLOT_TABLE), TYPE);
    CHECK_STATUS(sched_bind(env_sched, env_slot()), BAD_HANDLE);
}

/* Let @sched's threads run for @span_ns while the worker sleeps; how much they used. */
static nanos_t use_over(cap_t sched, nanos_t span_ns)
{
    const nanos_t before = env_consumed(sched);
    sleep_until(time_now() + span_ns);
    return env_consumed(sched) - before;
}

static void budget_holds(void)
{
    const cap_t sched = env_sched_split(2 * MS, 10 * MS, PRIORITY_LOW);
    const struct helper helper = {
        .run = spin, .argument = (void *)(uintptr_t)&spins[0], .sched = sched};
    helper_run(&helper);
    const nanos_t used = use_over(sched, 100 * MS);
    test_note("budget 20 ms in 100 ms: used %lu us", used / NANOS_PER_US);
    CHECK(used >= 10 * MS && used <= 24 * MS);
}

/* One thread counts in spins[0], another one in spins[1]. */
static void spin_two(cap_t sched)
{
    spins[0] = spins[1] = 0;
    for (uint32_t i = 0; i < 2; i++) {
        const struct helper helper = {
            .run = spin, .argument = (void *)(uintptr_t)&spins[i], .sched = sched};
        helper_run(&helper);
    }
}

static void shared_budget(void)
{
    const cap_t sched = env_sched_split(2 * MS, 10 * MS, PRIORITY_LOW);
    spin_two(sched);
    const nanos_t used = use_over(sched, 100 * MS);
    CHECK(used >= 10 * MS && used <= 24 * MS);
    CHECK(spins[0] > 0 && spins[1] > 0);
}

static void consumed_counts(void)
{
    const nanos_t before = env_consumed(env_sched);
    const nanos_t start = time_now();
    while (time_now() < start + 3 * MS)
        counter_pause();
    const nanos_t used = env_consumed(env_sched) - before;
    CHECK(used >= 2 * MS);
    const nanos_t idle = env_consumed(env_sched);
    sleep_until(time_now() + 5 * MS);
    CHECK(env_consumed(env_sched) - idle < 3 * MS);
}

static void higher_runs_first(void)
{
    uint64_t count = 0;
    const struct helper low = {
        .run = spin, .argument = &count, .sched = env_sched_split(10 * MS, 100 * MS, PRIORITY_LOW)};
    const cap_t thread = helper_run(&low);
    const nanos_t start = time_now();
    while (time_now() < start + 5 * MS)
        counter_pause();
    CHECK_EQUAL(*(volatile uint64_t *)&count, 0);
    sleep_until(time_now() + 5 * MS);
    CHECK(*(volatile uint64_t *)&count > 0);
    CHECK_OK(thread_suspend(thread));
}

static void floor_raises(void)
{
    uint64_t count = 0;
    const struct helper low = {
        .run = spin, .argument = &count, .sched = env_sched_split(MS, 10 * MS, PRIORITY_LOW)};
    const cap_t thread = helper_run(&low);
    CHECK_EQUAL(*(volatile uint64_t *)&count, 0);
    CHECK_OK(thread_set_floor(thread, SLOT_SCHED, PRIORITY_HIGH));
    CHECK(*(volatile uint64_t *)&count > 0);
    CHECK_OK(thread_suspend(thread));
}

static void equals_take_turns(void)
{
    const cap_t sched = env_make(OBJECT_SCHED, 0, 0);
    CHECK_OK(sched_split(env_sched, sched, 30 * MS, 100 * MS, MS, PRIORITY_LOW));
    spin_two(sched);
    sleep_until(time_now() + 60 * MS);
    const uint64_t least = spins[0] < spins[1] ? spins[0] : spins[1];
    const uint64_t most = spins[0] < spins[1] ? spins[1] : spins[0];
    CHECK(least > 0 && most / least < 20);
}

static void note_turn(void *turn) { *(volatile uint64_t *)turn = ++spins[0]; }

static void yield_passes_on(void)
{
    uint64_t turns[2] = {0, 0};
    const struct helper one = {.run = note_turn, .argument = &turns[0]};
    const struct helper two = {.run = note_turn, .argument = &turns[1]};
    spins[0] = 0;
    helper_run(&one);
    helper_run(&two);
    ipc_yield();
    CHECK_EQUAL(*(volatile uint64_t *)&turns[0], 1);
    CHECK_EQUAL(*(volatile uint64_t *)&turns[1], 2);
}

static void death_of_a_sched(void)
{
    const cap_t sched = env_sched_split(10 * MS, 100 * MS, PRIORITY_LOW);
    const struct helper low = {
        .run = spin, .argument = (void *)(uintptr_t)&spins[0], .sched = sched};
    const cap_t thread = helper_run(&low);
    CHECK_OK(table_delete(SLOT_TABLE, sched));
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
    CHECK_STATUS(thread_resume(thread), BUSY);
    CHECK_OK(sched_bind(env_sched, thread));
    CHECK_OK(thread_resume(thread));
    CHECK_EQUAL(thread_state(thread), STATE_READY);
    CHECK_OK(thread_suspend(thread));
}

TEST_SUITE(sched, {"splitting refuses what is out of range, too much, or not fresh", split_refuses},
           {"time is divided, never multiplied, and comes back", time_is_divided},
           {"the time of a dead Sched's children goes to its parent", children_of_the_dead},
           {"only a Sched that was split off is bound, and not to a thread that runs",
            bind_refuses},
           {"a thread gets its budget in each period and no more", budget_holds},
           {"threads that share a Sched share its budget", shared_budget},
           {"consumed counts running, not waiting", consumed_counts},
           {"a lower priority does not run while a higher one does", higher_runs_first},
           {"raising a floor makes a ready thread run at once", floor_raises},
           {"threads of one priority take turns by slices", equals_take_turns},
           {"yield lets the others of the same priority run, in order", yield_passes_on},
           {"a thread whose Sched is deleted stops until it is bound to another",
            death_of_a_sched});
