/**
 * test_wheel.c - the timing wheel, and against an array of deadlines as a model.
 */
#include "lib/base/wheel.h"

#include <string.h>

#include "lib/base/bits.h"
#include "tests/unit/unit.h"

#define TICK BIT(WHEEL_TICK_SHIFT)

static struct wheel wheel;

/** Advance to @now in as many small calls as it takes; returns how many that was. */
static unsigned advance_fully(nanos_t now, unsigned steps_max)
{
    unsigned calls = 1;
    while (wheel_advance(&wheel, now, steps_max))
        calls++;
    return calls;
}

/** How many entries have expired by @now; they are taken out. */
static unsigned expire(nanos_t now)
{
    unsigned count = 0;
    advance_fully(now, 100);
    while (wheel_take_expired(&wheel) != NULL)
        count++;
    return count;
}

TEST("an empty wheel never expires and takes any jump of the clock in one step")
{
    wheel_init(&wheel, 0);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(wheel_next_expiry(&wheel, 5), NANOS_NEVER);
    CHECK(!wheel_advance(&wheel, UINT64_MAX, 1));
    CHECK(wheel_take_expired(&wheel) == NULL);
    CHECK(wheel_valid(&wheel));
}

TEST("a zeroed entry is in no wheel and removing it does nothing")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 0);
    CHECK(!wheel_entry_active(&entry));
    wheel_remove(&wheel, &entry);
    CHECK(!wheel_entry_active(&entry));
    CHECK(wheel_valid(&wheel));
}

TEST("an entry expires not before its deadline and at most one tick after it, at every distance")
{
    for (unsigned exponent = 0; exponent < 64; exponent++)
        for (int offset = -1; offset <= 1; offset++) {
            struct wheel_entry entry = {0};
            nanos_t start = 12345;
            nanos_t deadline = start + BIT(exponent) + (nanos_t)(int64_t)offset;
            wheel_init(&wheel, start);
            wheel_insert(&wheel, &entry, deadline);
            CHECK(wheel_entry_active(&entry));
            CHECK(wheel_next_expiry(&wheel, start) >= deadline);
            CHECK(wheel_next_expiry(&wheel, start) < deadline + TICK);
            if (deadline > start)
                CHECK_EQUAL(expire(deadline - 1), 0);
            CHECK(wheel_valid(&wheel));
            CHECK_EQUAL(expire(deadline + TICK - 1), 1);
            CHECK(!wheel_entry_active(&entry));
            CHECK_EQUAL(wheel_next_expiry(&wheel, deadline), NANOS_NEVER);
            CHECK(wheel_valid(&wheel));
        }
}

TEST("a deadline in the past expires at the next advance")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 1000 * TICK);
    wheel_insert(&wheel, &entry, 3);
    CHECK_EQUAL(wheel_next_expiry(&wheel, 1000 * TICK), 1000 * TICK);
    CHECK_EQUAL(expire(1000 * TICK), 1);
}

TEST("the last microsecond of time counts as its own beginning")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entry, UINT64_MAX);
    CHECK_EQUAL(wheel_next_expiry(&wheel, 0), UINT64_MAX - TICK + 1);
    CHECK_EQUAL(expire(UINT64_MAX - TICK), 0);
    CHECK_EQUAL(expire(UINT64_MAX - TICK + 1), 1);
}

TEST("a clock that goes backwards changes nothing")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 100 * TICK);
    wheel_insert(&wheel, &entry, 200 * TICK);
    CHECK_EQUAL(expire(150 * TICK), 0);
    CHECK_EQUAL(expire(10 * TICK), 0);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(wheel_next_expiry(&wheel, 10 * TICK), 200 * TICK);
    CHECK_EQUAL(expire(200 * TICK), 1);
}

TEST("entries with one deadline expire in the order of insertion")
{
    struct wheel_entry entries[5] = {{0}};
    wheel_init(&wheel, 0);
    for (size_t at = 0; at < ARRAY_LENGTH(entries); at++)
        wheel_insert(&wheel, &entries[at], 5000 * TICK);
    advance_fully(5000 * TICK, 3);
    for (size_t at = 0; at < ARRAY_LENGTH(entries); at++)
        CHECK(wheel_take_expired(&wheel) == &entries[at]);
}

TEST("an expired entry can still be removed, and inserted anew")
{
    struct wheel_entry entries[2] = {{0}};
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entries[0], TICK);
    wheel_insert(&wheel, &entries[1], TICK);
    advance_fully(TICK, 100);
    CHECK_EQUAL(wheel_next_expiry(&wheel, TICK), TICK);
    wheel_remove(&wheel, &entries[0]);
    wheel_insert(&wheel, &entries[0], 9 * TICK);
    CHECK(wheel_take_expired(&wheel) == &entries[1]);
    CHECK(wheel_take_expired(&wheel) == NULL);
    CHECK_EQUAL(wheel_next_expiry(&wheel, TICK), 9 * TICK);
    CHECK(wheel_valid(&wheel));
    wheel_remove(&wheel, &entries[0]);
    CHECK_EQUAL(wheel_next_expiry(&wheel, TICK), NANOS_NEVER);
}

TEST("inserting an entry that is in a wheel breaks an ASSERT")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entry, 7);
    CHECK_ASSERTS(wheel_insert(&wheel, &entry, 8));
    wheel_remove(&wheel, &entry);
}

TEST("advancing does no more than the steps asked for and says that more remains")
{
    enum { COUNT = 300 };
    static struct wheel_entry entries[COUNT];
    nanos_t far = BIT(40);
    unsigned moved = 0;
    memset(entries, 0, sizeof entries);
    wheel_init(&wheel, 0);
    for (unsigned at = 0; at < COUNT; at++)
        wheel_insert(&wheel, &entries[at], far + at * TICK);
    unsigned calls = advance_fully(far + COUNT * TICK, 4);
    CHECK(calls >= COUNT / 4);
    CHECK(calls <= COUNT * (WHEEL_LEVELS + 1) / 4);
    while (wheel_take_expired(&wheel) != NULL)
        moved++;
    CHECK_EQUAL(moved, COUNT);
}

TEST("entries that wait in the cascading slot can be removed, and new ones inserted")
{
    struct wheel_entry entries[3] = {{0}};
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entries[0], 70 * TICK);
    wheel_insert(&wheel, &entries[1], 75 * TICK);
    CHECK(wheel_advance(&wheel, 66 * TICK, 1)); /* opens the slot of 64..127, moves none */
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(wheel_next_expiry(&wheel, 66 * TICK), 66 * TICK);
    wheel_remove(&wheel, &entries[0]);
    wheel_insert(&wheel, &entries[2], 68 * TICK);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(expire(67 * TICK), 0);
    CHECK_EQUAL(wheel_next_expiry(&wheel, 67 * TICK), 68 * TICK);
    CHECK_EQUAL(expire(68 * TICK), 1);
    CHECK_EQUAL(expire(75 * TICK), 1);
}

TEST("jumping from expiry to expiry needs no wake-up between when nothing was removed")
{
    struct wheel_entry entries[64] = {{0}};
    nanos_t now = 777;
    unsigned wakeups = 0, expired = 0;
    wheel_init(&wheel, now);
    for (size_t at = 0; at < ARRAY_LENGTH(entries); at++)
        wheel_insert(&wheel, &entries[at], now + (unit_random() >> (4 + at % 50)));
    while ((now = wheel_next_expiry(&wheel, now)) != NANOS_NEVER) {
        unsigned count = expire(now);
        CHECK(count > 0);
        expired += count;
        wakeups++;
    }
    CHECK_EQUAL(expired, ARRAY_LENGTH(entries));
    CHECK(wakeups <= ARRAY_LENGTH(entries));
}

/* The model: deadlines in an array, NANOS_NEVER where an entry is not in the wheel. */

enum { MODEL_COUNT = 48 };

struct model {
    struct wheel_entry entries[MODEL_COUNT];
    nanos_t deadlines[MODEL_COUNT];
    nanos_t now;
};

static nanos_t model_soonest(const struct model *model)
{
    nanos_t soonest = NANOS_NEVER;
    for (size_t at = 0; at < MODEL_COUNT; at++)
        if (model->deadlines[at] < soonest)
            soonest = model->deadlines[at];
    return soonest;
}

static void model_toggle(struct model *model)
{
    size_t at = unit_random_below(MODEL_COUNT);
    if (model->deadlines[at] != NANOS_NEVER) {
        REQUIRE(wheel_entry_active(&model->entries[at]));
        wheel_remove(&wheel, &model->entries[at]);
        model->deadlines[at] = NANOS_NEVER;
    } else {
        nanos_t distance = unit_random() >> (10 + unit_random_below(50));
        nanos_t deadline = model->now + distance;
        if (unit_random_below(8) == 0)
            deadline = model->now > distance ? model->now - distance : 0;
        wheel_insert(&wheel, &model->entries[at], deadline);
        model->deadlines[at] = deadline;
    }
}

/** Take what the wheel gives out; each must be due, and if @complete nothing overdue may stay. */
static void model_take(struct model *model, bool complete)
{
    struct wheel_entry *entry;
    while ((entry = wheel_take_expired(&wheel)) != NULL) {
        size_t at = (size_t)(entry - model->entries);
        REQUIRE(at < MODEL_COUNT && model->deadlines[at] != NANOS_NEVER);
        CHECK(model->deadlines[at] <= model->now);
        model->deadlines[at] = NANOS_NEVER;
    }
    nanos_t soonest = model_soonest(model);
    if (complete && soonest <= model->now)
        CHECK(model->now - soonest < TICK);
}

static void model_advance(struct model *model)
{
    bool to_next = unit_random_below(3) == 0;
    nanos_t next = wheel_next_expiry(&wheel, model->now);
    if (to_next && next != NANOS_NEVER)
        model->now = next;
    else
        model->now += unit_random() >> (16 + unit_random_below(47));
    bool more = wheel_advance(&wheel, model->now, 1 + (unsigned)unit_random_below(20));
    model_take(model, !more);
}

TEST("random inserts, removals and small advances agree with an array of deadlines")
{
    static struct model model;
    for (int run = 0; run < 40; run++) {
        memset(&model, 0, sizeof model);
        memset(model.deadlines, 0xff, sizeof model.deadlines);
        model.now = unit_random() >> (2 + unit_random_below(60));
        wheel_init(&wheel, model.now);
        for (int round = 0; round < 3000; round++) {
            if (unit_random_below(3) > 0)
                model_toggle(&model);
            else
                model_advance(&model);
            REQUIRE(wheel_valid(&wheel));
            nanos_t soonest = model_soonest(&model);
            nanos_t next = wheel_next_expiry(&wheel, model.now);
            if (soonest == NANOS_NEVER)
                CHECK(next == NANOS_NEVER || next == model.now);
            else if (soonest > model.now)
                CHECK(next < soonest + TICK);
        }
    }
}
