/**
 * test_unit.c - the framework itself, and the assertions that it catches.
 */
#include "lib/base/check.h"
#include "tests/unit/unit.h"

TEST("a broken ASSERT reaches whoever expects it")
{
    int zero = 0;
    CHECK_ASSERTS(ASSERT(zero == 1));
}

TEST("a broken INVARIANT is caught in debug builds")
{
    int zero = 0;
    CHECK_ASSERTS(INVARIANT(zero == 1));
}

TEST("an ASSERT that holds evaluates its condition once and goes on")
{
    int count = 0;
    ASSERT(++count == 1);
    CHECK_EQUAL(count, 1);
}

TEST("random numbers below a limit stay below it and reach every value")
{
    uint64_t seen = 0;
    for (int round = 0; round < 1000; round++) {
        uint64_t number = unit_random_below(8);
        REQUIRE(number < 8);
        seen |= UINT64_C(1) << number;
    }
    CHECK_EQUAL(seen, 0xff);
}
