/**
 * terms.c - the terms of a Sched: their limits, and changing them.
 */
#include "test.h"

#include "native/counter.h"
#include "sdk/rt/time.h"

#define MS       NANOS_PER_MS
#define HOUR     (3600 * NANOS_PER_S)
#define LEAST_NS 10000ull /* of periods and slices */

static volatile uint64_t spins;

static void spin(void *unused)
{
    (void)unused;
    for (;;)
        spins++;
}

struct terms {
    uint64_t budget_ns, period_ns, slice_ns, priority;
};

static const struct terms good_terms[] = {
    {1, LEAST_NS, LEAST_NS, 0},
    {1, HOUR, HOUR, PRIORITY_CASE},
    {MS, 100 * MS, LEAST_NS, 1},
    {MS, 100 * MS, HOUR, 1},
};

static const struct terms bad_terms[] = {
    {1, LEAST_NS - 1, LEAST_NS, 1},      {1, HOUR + 1, LEAST_NS, 1}, {1, 10 * MS, LEAST_NS - 1, 1},
    {1, 10 * MS, HOUR + 1, 1},           {0, 10 * MS, MS, 1},        {10 * MS + 1, 10 * MS, MS, 1},
    {1, 10 * MS, MS, PRIORITY_CASE + 1}, {1, 10 * MS, MS, ~0ull},
};

static status_t split(cap_t child, struct terms t)
{
    return sched_split(env_sched, child, t.budget_ns, t.period_ns, t.slice_ns, t.priority);
}

static status_t configure(cap_t sched, struct terms t)
{
    return sched_configure(sched, t.budget_ns, t.period_ns, t.slice_ns, t.priority);
}

static void split_limits(void)
{
    for (uint32_t i = 0; i < ARRAY_LENGTH(good_terms); i++)
        CHECK_OK(split(env_make(OBJECT_SCHED, 0, 0), good_terms[i]));
    const cap_t child = env_make(OBJECT_SCHED, 0, 0);
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad_terms); i++)
        CHECK_STATUS(split(child, bad_terms[i]), RANGE);
    CHECK_STATUS(sched_split(env_sched, env_slot(), MS, 100 * MS, MS, 1), BAD_HANDLE);
    CHECK_STATUS(sched_split(env_sched, 0, MS, 100 * MS, MS, 1), BAD_HANDLE);
    CHECK_OK(split(child, good_terms[0]));
}

static void configure_limits(void)
{
    const cap_t sched = env_sched_split(20 * MS, 100 * MS, PRIORITY_CASE);
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad_terms); i++)
        CHECK_STATUS(configure(sched, bad_terms[i]), RANGE);
    CHECK_STATUS(configure(sched, (struct terms){21 * MS, 100 * MS, MS, 1}), BUDGET);
    CHECK_STATUS(configure(sched, (struct terms){HOUR, HOUR, MS, 1}), BUDGET);
    for (uint32_t i = 0; i < ARRAY_LENGTH(good_terms); i++) {
        const cap_t other = env_sched_split(2 * MS, 100 * MS, PRIORITY_CASE);
        CHECK_OK(configure(other, good_terms[i]));
    }
}

static void configure_fresh(void)
{
    CHECK_STATUS(configure(env_make(OBJECT_SCHED, 0, 0), good_terms[0]), BUSY);
}

static void configure_gives_back(void)
{
    const cap_t sched = env_sched_split(30 * MS, 100 * MS, PRIORITY_CASE);
    const cap_t other = env_make(OBJECT_SCHED, 0, 0);
    const struct terms twenty = {20 * MS, 100 * MS, MS, 1};
    CHECK_STATUS(split(other, twenty), BUDGET);
    CHECK_OK(configure(sched, (struct terms){10 * MS, 100 * MS, MS, PRIORITY_LOW}));
    CHECK_OK(split(other, twenty));
    CHECK_STATUS(configure(sched, (struct terms){11 * MS, 100 * MS, MS, 1}), BUDGET);
    CHECK_STATUS(configure(sched, (struct terms){10 * MS, 100 * MS, MS, PRIORITY_LOW + 1}), RANGE);
    CHECK_OK(configure(sched, (struct terms){1 * MS, 10 * MS, MS, PRIORITY_LOW}));
}

static nanos_t consumed(cap_t sched, nanos_t *left)
{
    uint64_t consumed_ns = 0, left_ns = 0;
    CHECK_OK(sched_consumed(sched, &consumed_ns, &left_ns));
    *left = left_ns;
    return consumed_ns;
}

static void configure_takes_effect(void)
{
    const cap_t sched = env_sched_split(4 * MS, 20 * MS, PRIORITY_LOW);
    const struct helper low = {.run = spin, .sched = sched};
    nanos_t left = 0;
    helper_run(&low);
    sleep_until(time_now() + 40 * MS);
    CHECK_OK(configure(sched, (struct terms){MS, 20 * MS, MS, PRIORITY_LOW}));
    sleep_until(time_now() + 20 * MS); /* the period that had begun */
    const nanos_t before = consumed(sched, &left);
    sleep_until(time_now() + 100 * MS);
    const nanos_t used = consumed(sched, &left) - before;
    CHECK(used >= 5 * MS - MS / 10 && used <= 6 * MS);
}

static void left_is_what_remains(void)
{
    const cap_t sched = env_sched_split(10 * MS, 1000 * MS, PRIORITY_LOW);
    const struct helper low = {.run = spin, .sched = sched};
    nanos_t fresh = 0, left = 0;
    CHECK_EQUAL(consumed(sched, &fresh), 0);
    CHECK(fresh > 0 && fresh <= 10 * MS);
    helper_run(&low);
    sleep_until(time_now() + fresh / 2);
    const nanos_t used = consumed(sched, &left);
    CHECK(used > 0 && used + left >= fresh - 1 && used + left <= fresh + 1);
    sleep_until(time_now() + fresh);
    const nanos_t all = consumed(sched, &left);
    CHECK_EQUAL(left, 0);
    CHECK(all >= fresh && all < fresh + 100 * NANOS_PER_US);
}

static void parked_until_the_period_ends(void)
{
    const cap_t sched = env_sched_split(MS, 50 * MS, PRIORITY_LOW);
    const struct helper low = {.run = spin, .sched = sched};
    spins = 0;
    const cap_t thread = helper_run(&low);
    sleep_until(time_now() + 10 * MS);
    const uint64_t seen = spins;
    CHECK(seen > 0);
    CHECK_EQUAL(thread_state(thread), STATE_READY);
    sleep_until(time_now() + 10 * MS);
    CHECK_EQUAL(spins, seen);
    sleep_until(time_now() + 50 * MS);
    CHECK(spins > seen);
}

static void one_dries_up_for_all(void)
{
    const cap_t sched = env_sched_split(2 * MS, 50 * MS, PRIORITY_LOW);
    const struct helper low = {.run = spin, .sched = sched};
    helper_run(&low);
    sleep_until(time_now() + 10 * MS);
    spins = 0;
    helper_run(&low);
    sleep_until(time_now() + 10 * MS);
    CHECK_EQUAL(spins, 0);
}

TEST_SUITE(terms,
           {"splitting takes budgets, periods, slices and priorities up to their limits",
            split_limits},
           {"configuring refuses what splitting refuses, and more time than the Sched has",
            configure_limits},
           {"a Sched that was not split off cannot be configured", configure_fresh},
           {"configuring gives time and priority up for good: time goes to the parent",
            configure_gives_back},
           {"a new budget counts from the next period on", configure_takes_effect},
           {"consumed says what is left of the period's budget", left_is_what_remains},
           {"a thread that used up its budget is parked until the period ends",
            parked_until_the_period_ends},
           {"a Sched that one thread used up is used up for all who share it",
            one_dries_up_for_all});
