/**
 * test_processors.c - on which processor a new thread lives.
 */
#include "servers/linux/processors.h"

#include "tests/unit/unit.h"

static void have(uint32_t count)
{
    const struct component_info info = {.count_processors = count};
    processors_init(&info);
}

TEST("a new thread lives where the fewest are awake, of equals on the first")
{
    have(3);
    CHECK_EQUAL(processors_all(), 7);
    CHECK_EQUAL(processor_choose(processors_all()), 0);
    processor_count_awake(0, 1);
    CHECK_EQUAL(processor_choose(processors_all()), 1);
    processor_count_awake(1, 1);
    CHECK_EQUAL(processor_choose(processors_all()), 2);
    processor_count_awake(2, 1);
    CHECK_EQUAL(processor_choose(processors_all()), 0);
    processor_count_awake(1, -1);
    CHECK_EQUAL(processor_choose(processors_all()), 1);
    processor_count_awake(0, -1);
    processor_count_awake(2, -1);
    have(1);
}

TEST("nobody lives where it is not allowed, however busy the others are")
{
    have(3);
    for (unsigned i = 0; i < 5; i++)
        processor_count_awake(2, 1);
    CHECK_EQUAL(processor_choose(4), 2);
    CHECK_EQUAL(processor_choose(6), 1);
    for (unsigned i = 0; i < 5; i++)
        processor_count_awake(2, -1);
    have(1);
}

TEST("each processor has a Sched of its own")
{
    CHECK_EQUAL(processor_sched(0), SLOT_SCHED);
    CHECK_EQUAL(processor_sched(1), SLOT_OTHER_SCHEDS);
    CHECK_EQUAL(processor_sched(PROCESSORS_MAX - 1), SLOT_FIRST_FREE - 2);
}
