/**
 * failing.c - tests that must fail, each in its own way, and two that must pass.
 *
 * check.py compares what this program prints with expected.tap.
 */
#include <signal.h>
#include <stdlib.h>

#include "lib/base/check.h"
#include "tests/unit/unit.h"

TEST("passes") { CHECK(true); }

TEST("fails a check and goes on to fail the next")
{
    CHECK(1 + 1 == 3);
    CHECK_EQUAL(6 * 9, 42);
    CHECK_TEXT("one", "two");
}

TEST("fails because it executes no check") {}

TEST("fails and ends at a requirement")
{
    REQUIRE(1 > 2);
    CHECK(3 > 4);
}

TEST("fails because code under test breaks an ASSERT")
{
    CHECK(true);
    ASSERT(2 + 2 == 5);
}

TEST("fails because an expected ASSERT holds") { CHECK_ASSERTS(ASSERT(true)); }

TEST("shows only the first ten of many failures")
{
    for (int round = 0; round < 12; round++)
        CHECK(round < 0);
}

TEST("fails because it dies of a signal")
{
    CHECK(true);
    raise(SIGTERM);
}

TEST("fails because it leaks memory") { CHECK(malloc(100) != NULL); }

TEST("passes after all these") { CHECK_ASSERTS(ASSERT(false)); }
