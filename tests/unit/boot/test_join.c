/*
 * test_join.c - the other processors are started: all, some, none; too early, too late, too many.
 */
#include <string.h>

#include "boot/join.h"
#include "tests/unit/boot/platform.h"
#include "tests/unit/unit.h"

#define FIRST 7u

/* What a processor that is started does. */
enum manner { COMES, NEVER_COMES, CANNOT_START, COMES_LATE };

static struct machine machine;
static enum manner manners[BOOT_CPUS_MAX + 2]; /* by identity */
static uint64_t started[64];
static unsigned count_started;
static uint64_t expected_by; /* the late one's */
static nanos_t now;

/* What join_entry.S does: claim the place, or give up. */
static bool claims(uint64_t id)
{
    return __atomic_compare_exchange_n(&join_expected, &id, JOIN_NOBODY, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

bool join_start(UNUSED const struct machine *of, uint64_t id)
{
    started[count_started++] = id;
    if (manners[id] == COMES) {
        CHECK(claims(id));
        join_arrived = join_index;
    }
    if (manners[id] == COMES_LATE)
        expected_by = id;
    return manners[id] != CANNOT_START;
}

nanos_t clock_now(UNUSED const struct machine *of)
{
    now += NANOS_PER_MS;
    return now;
}

static void begin(unsigned others)
{
    memset(&machine, 0, sizeof machine);
    memset(manners, 0, sizeof manners);
    count_started = 0;
    join_arrived = 0;
    machine.processors[0] = FIRST;
    machine.count_processors = 1;
    for (unsigned i = 0; i < others + 1; i++)
        join_add(&machine, i);
}

TEST("each processor is started once, the first one never, and all have an index")
{
    begin(9);
    join_add(&machine, 3);
    join_all(&machine);
    CHECK_EQUAL(machine.count_processors, 10);
    CHECK_EQUAL(count_started, 9);
    CHECK(!machine.has_stray);
    for (unsigned i = 0; i < count_started; i++) {
        CHECK_EQUAL(started[i], i < FIRST ? i : i + 1);
        CHECK_EQUAL(machine.processors[i + 1], started[i]);
    }
    CHECK_EQUAL(machine.processors[0], FIRST);
}

TEST("who does not come is left out of the list, told, and believed to come still")
{
    begin(9);
    manners[2] = NEVER_COMES;
    manners[5] = CANNOT_START;
    nanos_t before = now;
    join_all(&machine);
    CHECK(now - before < 3 * NANOS_PER_S);
    CHECK_EQUAL(machine.count_processors, 8);
    CHECK(machine.has_stray);
    CHECK_EQUAL(join_arrived, 7);
    for (unsigned i = 0; i < machine.count_processors; i++)
        CHECK(machine.processors[i] != 2 && machine.processors[i] != 5);
    CHECK(strstr(said, "processor 0x2 does not start") != NULL);
}

TEST("one that cannot be made to start is not believed to come")
{
    begin(2);
    manners[1] = CANNOT_START;
    nanos_t before = now;
    join_all(&machine);
    CHECK(now - before < NANOS_PER_S);
    CHECK_EQUAL(machine.count_processors, 3);
    CHECK(!machine.has_stray);
}

TEST("one that comes too late has no place, also when another one is expected")
{
    begin(1);
    manners[0] = COMES_LATE;
    join_all(&machine);
    CHECK(!claims(expected_by));
    __atomic_store_n(&join_expected, 1, __ATOMIC_RELEASE);
    CHECK(!claims(expected_by));
    CHECK(claims(1));
}

TEST("of 33 processors the last is left alone, and the log says so")
{
    begin(BOOT_CPUS_MAX);
    CHECK_EQUAL(machine.count_too_many, 1);
    join_all(&machine);
    CHECK_EQUAL(machine.count_processors, BOOT_CPUS_MAX);
    CHECK_EQUAL(count_started, BOOT_CPUS_MAX - 1);
    CHECK(!machine.has_stray);
    CHECK(strstr(said, "1 processors beyond the first 32") != NULL);
}
