/**
 * test_bitmap.c - bitmap.h, and against a naive array.
 */
#include "lib/base/bitmap.h"
#include "tests/unit/unit.h"

TEST("an all-zero bitmap is empty and has no highest member")
{
    struct bitmap map = {0};
    CHECK(bitmap_empty(&map));
    CHECK_EQUAL(bitmap_highest(&map), -1);
}

TEST("each of the 256 members alone is the highest")
{
    for (unsigned index = 0; index < BITMAP_BITS; index++) {
        struct bitmap map = {0};
        bitmap_set(&map, (uint8_t)index);
        CHECK_EQUAL(bitmap_highest(&map), index);
        CHECK(!bitmap_empty(&map));
        bitmap_clear(&map, (uint8_t)index);
        CHECK(bitmap_empty(&map));
    }
}

TEST("setting and clearing twice is the same as once")
{
    struct bitmap map = {0};
    bitmap_set(&map, 77);
    bitmap_set(&map, 77);
    CHECK_EQUAL(bitmap_highest(&map), 77);
    bitmap_clear(&map, 77);
    bitmap_clear(&map, 77);
    CHECK(bitmap_empty(&map));
}

TEST("random sets and clears agree with an array of booleans")
{
    struct bitmap map = {0};
    bool model[BITMAP_BITS] = {false};
    for (int round = 0; round < 50000; round++) {
        /* alternately sparse and dense, so that words and the whole map often become empty */
        bool dense = round / 1000 % 2 == 0;
        uint8_t index = (uint8_t)unit_random();
        bool set = unit_random_below(16) < (dense ? 12 : 1);
        model[index] = set;
        if (set)
            bitmap_set(&map, index);
        else
            bitmap_clear(&map, index);
        int highest = BITMAP_BITS - 1;
        while (highest >= 0 && !model[highest])
            highest--;
        REQUIRE(bitmap_highest(&map) == highest);
        REQUIRE(bitmap_empty(&map) == (highest < 0));
    }
}
