/**
 * test_wheel.c - the timing wheel, and against an array of deadlines as a model.
 */
#include "lib/base/wheel.h"

#include <string.h>

#include "lib/base/bits.h"
#include "tests/unit/unit.h"

static struct wheel wheel;

/** The next entry that is due at @now, or NULL; counts its steps. */
static struct wheel_entry *take(nanos_t now, unsigned *steps)
{
    struct wheel_entry *due = NULL;
    while (wheel_step(&wheel, now, &due)) {
        ++*steps;
        REQUIRE(wheel_valid(&wheel));
        if (due != NULL)
            return due;
    }
    return NULL;
}

/** How many entries are due at @now; they are taken out. */
static unsigned expire(nanos_t now)
{
    unsigned count = 0, steps = 0;
    while (take(now, &steps) != NULL)
        count++;
    return count;
}

TEST("an empty wheel has nothing due and takes any jump of the clock")
{
    struct wheel_entry *due;
    wheel_init(&wheel, 0);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(wheel_next_expiry(&wheel), NANOS_NEVER);
    CHECK(!wheel_step(&wheel, UINT64_MAX, &due));
    CHECK(wheel_valid(&wheel));
}

TEST("a zeroed entry is in no wheel and removing it does nothing")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 0);
    CHECK(!wheel_entry_active(&entry));
    wheel_remove(&entry);
    CHECK(!wheel_entry_active(&entry));
    CHECK(wheel_valid(&wheel));
}

TEST("an entry is due exactly at its deadline, at every distance, without a wake-up before")
{
    for (unsigned exponent = 0; exponent < 64; exponent++)
        for (int offset = -1; offset <= 1; offset++) {
            struct wheel_entry entry = {0};
            nanos_t start = 12345;
            nanos_t deadline = start + BIT(exponent) + (nanos_t)(int64_t)offset;
            if (deadline <= start)
                continue;
            wheel_init(&wheel, start);
            wheel_insert(&wheel, &entry, deadline);
            CHECK(wheel_entry_active(&entry));
            CHECK_EQUAL(wheel_next_expiry(&wheel), deadline);
            CHECK_EQUAL(expire(deadline - 1), 0);
            CHECK(wheel_valid(&wheel));
            CHECK_EQUAL(wheel_next_expiry(&wheel), deadline);
            CHECK_EQUAL(expire(deadline), 1);
            CHECK(!wheel_entry_active(&entry));
            CHECK_EQUAL(wheel_next_expiry(&wheel), NANOS_NEVER);
            CHECK(wheel_valid(&wheel));
        }
}

TEST("a deadline that is not in the future is due at once")
{
    struct wheel_entry entries[2] = {0};
    wheel_init(&wheel, 1000);
    wheel_insert(&wheel, &entries[0], 3);
    wheel_insert(&wheel, &entries[1], 1000);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(wheel_next_expiry(&wheel), 1001);
    CHECK_EQUAL(expire(1001), 2);
    wheel_insert(&wheel, &entries[0], 5000);
    CHECK_EQUAL(expire(4000), 0);
    wheel_insert(&wheel, &entries[1], 3000);
    CHECK_EQUAL(wheel_next_expiry(&wheel), 3000);
    CHECK_EQUAL(expire(4000), 1);
}

TEST("the last nanosecond of time can be waited for")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entry, UINT64_MAX);
    CHECK_EQUAL(expire(UINT64_MAX - 1), 0);
    CHECK_EQUAL(expire(UINT64_MAX), 1);
}

TEST("a clock that goes backwards changes nothing")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 100);
    wheel_insert(&wheel, &entry, 200);
    CHECK_EQUAL(expire(150), 0);
    CHECK_EQUAL(expire(10), 0);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(wheel_next_expiry(&wheel), 200);
    CHECK_EQUAL(expire(200), 1);
}

TEST("entries with one deadline are due in the order of insertion")
{
    struct wheel_entry entries[5] = {0}, sooner = {0};
    unsigned steps = 0;
    wheel_init(&wheel, 0);
    for (size_t at = 0; at < ARRAY_LENGTH(entries); at++)
        wheel_insert(&wheel, &entries[at], 5000);
    wheel_insert(&wheel, &sooner, 4999); /* the others move on */
    CHECK(take(4999, &steps) == &sooner);
    for (size_t at = 0; at < ARRAY_LENGTH(entries); at++)
        CHECK(take(5000, &steps) == &entries[at]);
}

TEST("inserting an entry that is in a wheel breaks an ASSERT")
{
    struct wheel_entry entry = {0};
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entry, 7);
    CHECK_ASSERTS(wheel_insert(&wheel, &entry, 8));
    wheel_remove(&entry);
}

TEST("no entry takes part in more steps than there are levels")
{
    enum { COUNT = 300 };
    static struct wheel_entry entries[COUNT];
    unsigned steps = 0;
    memset(entries, 0, sizeof entries);
    wheel_init(&wheel, 0);
    for (unsigned at = 0; at < COUNT; at++)
        wheel_insert(&wheel, &entries[at], BIT(50) + (BIT(50) - 1) / (at + 1));
    for (unsigned at = COUNT; at-- > 0;)
        CHECK(take(entries[at].deadline, &steps) == &entries[at]);
    CHECK(steps > 3 * COUNT);
    CHECK(steps <= WHEEL_LEVELS * COUNT);
}

TEST("while a level is open its entries can be removed, and new ones inserted")
{
    struct wheel_entry entries[5] = {0}, *due;
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entries[0], 77);
    wheel_insert(&wheel, &entries[1], 70);
    wheel_insert(&wheel, &entries[2], 75);
    CHECK(wheel_step(&wheel, 72, &due)); /* opens the level of 64 to 127, moves 77 */
    CHECK(due == NULL);
    CHECK(wheel_valid(&wheel));
    CHECK(wheel_next_expiry(&wheel) <= 72); /* call again */
    wheel_remove(&entries[1]);
    wheel_insert(&wheel, &entries[3], 73);
    wheel_insert(&wheel, &entries[4], 3);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(expire(72), 1);
    CHECK_EQUAL(wheel_next_expiry(&wheel), 73);
    CHECK_EQUAL(expire(73), 1);
    CHECK_EQUAL(expire(75), 1);
    CHECK_EQUAL(expire(77), 1);
}

TEST("the open level may be emptied by removals and its entries inserted anew")
{
    struct wheel_entry entries[3] = {0}, *due;
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entries[0], 70);
    wheel_insert(&wheel, &entries[1], 99);
    wheel_insert(&wheel, &entries[2], 200);
    CHECK(wheel_step(&wheel, 70, &due));
    CHECK(due == &entries[0]);
    wheel_remove(&entries[1]);
    wheel_insert(&wheel, &entries[1], 130);
    CHECK(wheel_valid(&wheel));
    CHECK_EQUAL(expire(99), 0);
    CHECK_EQUAL(expire(130), 1);
    CHECK_EQUAL(expire(200), 1);
}

TEST("a removed entry leaves at most wake-ups that come too early")
{
    struct wheel_entry entries[2] = {0};
    wheel_init(&wheel, 0);
    wheel_insert(&wheel, &entries[0], 70);
    wheel_insert(&wheel, &entries[1], 99);
    wheel_remove(&entries[0]);
    CHECK(wheel_next_expiry(&wheel) >= 64);
    CHECK(wheel_next_expiry(&wheel) <= 99);
    CHECK_EQUAL(expire(98), 0);
    CHECK_EQUAL(wheel_next_expiry(&wheel), 99);
    wheel_remove(&entries[1]);
    CHECK_EQUAL(wheel_next_expiry(&wheel), NANOS_NEVER);
}

TEST("jumping from expiry to expiry needs no wake-up between when nothing was removed")
{
    struct wheel_entry entries[64] = {0};
    nanos_t now = 777;
    unsigned wakeups = 0, expired = 0;
    wheel_init(&wheel, now);
    for (size_t at = 0; at < ARRAY_LENGTH(entries); at++)
        wheel_insert(&wheel, &entries[at], now + (unit_random() >> (4 + at % 50)));
    while ((now = wheel_next_expiry(&wheel)) != NANOS_NEVER) {
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
        wheel_remove(&model->entries[at]);
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

/** Do at most @steps_max steps: what comes out is due, and nothing overdue stays behind the last.
 */
static void model_take(struct model *model, unsigned steps_max)
{
    struct wheel_entry *due;
    for (unsigned steps = 0; steps < steps_max; steps++) {
        if (!wheel_step(&wheel, model->now, &due)) {
            CHECK(model_soonest(model) > model->now);
            return;
        }
        if (due == NULL)
            continue;
        size_t at = (size_t)(due - model->entries);
        REQUIRE(at < MODEL_COUNT && model->deadlines[at] != NANOS_NEVER);
        CHECK(model->deadlines[at] <= model->now);
        model->deadlines[at] = NANOS_NEVER;
    }
}

static void model_advance(struct model *model)
{
    bool to_next = unit_random_below(3) == 0;
    nanos_t next = wheel_next_expiry(&wheel);
    if (to_next && next > model->now && next != NANOS_NEVER)
        model->now = next;
    else
        model->now += 1 + (unit_random() >> (16 + unit_random_below(47)));
    model_take(model, 1 + (unsigned)unit_random_below(60));
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
            nanos_t next = wheel_next_expiry(&wheel);
            if (soonest == NANOS_NEVER)
                CHECK_EQUAL(next, NANOS_NEVER);
            else if (soonest > model.now)
                CHECK(next <= soonest);
            else
                CHECK(next <= model.now + 1);
        }
    }
}
