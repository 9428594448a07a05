/**
 * test_bits.c - bits.h against plain loops.
 */
#include "lib/base/checked.h"
#include "tests/unit/unit.h"
#include "lib/base/log2.h"

TEST("scanning finds the lowest and the highest bit of every one-bit and two-bit word")
{
    for (unsigned high = 0; high < 64; high++)
        for (unsigned low = 0; low <= high; low++) {
            CHECK_EQUAL(bits_lowest(BIT(high) | BIT(low)), low);
            CHECK_EQUAL(bits_highest(BIT(high) | BIT(low)), high);
        }
}

TEST("the ceiling of the binary logarithm is the smallest sufficient exponent")
{
    CHECK_EQUAL(bits_log2_ceil(0), 0);
    CHECK_EQUAL(bits_log2_ceil(1), 0);
    CHECK_EQUAL(bits_log2_ceil(2), 1);
    CHECK_EQUAL(bits_log2_ceil(3), 2);
    CHECK_EQUAL(bits_log2_ceil(BIT(63)), 63);
    CHECK_EQUAL(bits_log2_ceil(BIT(63) + 1), 64);
    for (unsigned exponent = 2; exponent < 64; exponent++) {
        CHECK_EQUAL(bits_log2_ceil(BIT(exponent)), exponent);
        CHECK_EQUAL(bits_log2_ceil(BIT(exponent) - 1), exponent);
        CHECK_EQUAL(bits_log2_ceil(BIT(exponent - 1) + 1), exponent);
    }
}

TEST("only powers of two are powers of two, and 0 is none")
{
    CHECK(!is_power_of_two(0));
    CHECK(!is_power_of_two(UINT64_MAX));
    for (unsigned exponent = 0; exponent < 64; exponent++) {
        CHECK(is_power_of_two(BIT(exponent)));
        if (exponent > 1)
            CHECK(!is_power_of_two(BIT(exponent) - 1));
    }
}

TEST("aligning rounds to the neighbouring multiples")
{
    CHECK_EQUAL(align_down(0x1fff, 0x1000), 0x1000);
    CHECK_EQUAL(align_up(0x1001, 0x1000), 0x2000);
    CHECK_EQUAL(align_up(0x1000, 0x1000), 0x1000);
    CHECK_EQUAL(align_up(0, 0x1000), 0);
    CHECK_EQUAL(align_up(UINT64_MAX, 1), UINT64_MAX);
    CHECK(is_aligned(0x3000, 0x1000));
    CHECK(!is_aligned(0x3001, 0x1000));
}

TEST("checked aligning refuses what does not fit and leaves the result alone")
{
    uint64_t result = 42;
    CHECK(!align_up_checked(UINT64_MAX, 2, &result));
    CHECK(!align_up_checked(UINT64_MAX - 0xffe, 0x1000, &result));
    CHECK_EQUAL(result, 42);
    CHECK(align_up_checked(UINT64_MAX - 0xfff, 0x1000, &result));
    CHECK_EQUAL(result, UINT64_MAX - 0xfff);
    CHECK(align_up_checked(5, 8, &result));
    CHECK_EQUAL(result, 8);
}

TEST("the end of a range is refused where it wraps")
{
    uint64_t end = 42;
    CHECK(!range_end_checked(UINT64_MAX, 1, &end));
    CHECK(!range_end_checked(2, UINT64_MAX, &end));
    CHECK_EQUAL(end, 42);
    CHECK(range_end_checked(UINT64_MAX, 0, &end));
    CHECK_EQUAL(end, UINT64_MAX);
    CHECK(range_end_checked(3, 4, &end));
    CHECK_EQUAL(end, 7);
}

TEST("a range lies within a limit only if both of its ends do, whatever wraps")
{
    CHECK(range_within(0, 0, 0));
    CHECK(range_within(10, 0, 10));
    CHECK(range_within(3, 7, 10));
    CHECK(!range_within(3, 8, 10));
    CHECK(!range_within(11, 0, 10));
    CHECK(!range_within(1, UINT64_MAX, 10));
    CHECK(!range_within(UINT64_MAX, 2, 10));
    CHECK(range_within(1, UINT64_MAX - 1, UINT64_MAX));
}
