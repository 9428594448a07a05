/**
 * test_memory.c - lists of ranges, and taking memory from them.
 */
#include <string.h>

#include "tests/unit/boot/platform.h"
#include "tests/unit/unit.h"

#define PAGES 64u

static void check_sorted(const struct ranges *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        CHECK(list->items[i].size_bytes > 0);
        if (i > 0)
            CHECK(range_end(&list->items[i - 1]) < list->items[i].base);
    }
}

TEST("a list of ranges holds what was added and not removed, sorted and merged")
{
    struct ranges list = {0};
    bool expected[PAGES] = {false};
    for (unsigned round = 0; round < 2000; round++) {
        unsigned from = (unsigned)unit_random_below(PAGES);
        unsigned to = from + (unsigned)unit_random_below(PAGES - from + 1);
        bool member = unit_random_below(2) != 0;
        ranges_set(&list, from, to, member);
        for (unsigned at = from; at < to; at++)
            expected[at] = member;
        unsigned count = 0;
        for (unsigned at = 0; at < PAGES; at++) {
            CHECK(ranges_meet(&list, at, at + 1) == expected[at]);
            count += expected[at];
        }
        CHECK_EQUAL(ranges_bytes(&list), count);
        check_sorted(&list);
    }
}

TEST("a full list loses its uppermost parts and never gains any")
{
    struct ranges list = {0};
    for (unsigned i = 0; i < RANGES_MAX + 8; i++)
        ranges_set(&list, 4 * i, 4 * i + 2, true);
    CHECK_EQUAL(list.count, RANGES_MAX);
    ranges_set(&list, 0, 1, true);
    ranges_set(&list, 5, 6, false);
    check_sorted(&list);
    CHECK(!ranges_meet(&list, 2, 4) && !ranges_meet(&list, 4 * RANGES_MAX + 2, UINT64_MAX));
}

TEST("memory is taken zeroed, aligned and from the smallest range that fits")
{
    struct ranges free = {2, {{0x10000, 0x100000}, {0x200000, 0x8000}}};
    ram_allow(0, RAM_BYTES);
    paddr_t taken = memory_take(&free, 0x1001, 0x4000);
    CHECK_EQUAL(taken, 0x200000);
    for (unsigned i = 0; i < 0x2000; i++)
        CHECK_EQUAL(*(uint8_t *)ram(taken + i), 0);
    CHECK_EQUAL(*(uint8_t *)ram(taken + 0x2000), 0xa5);
    CHECK_EQUAL(memory_take(&free, 0x8000, 4096), 0x10000);
    CHECK_EQUAL(memory_take(&free, 0x2000, 0x2000), 0x202000);
    CHECK_EQUAL(ranges_bytes(&free), 0x108000 - 0x2000 - 0x8000 - 0x2000);
}

TEST("memory out of the boot stage's reach is not taken; without other memory nothing starts")
{
    struct ranges free = {1, {{RAM_BYTES - 0x1000, 0x100000}}};
    ram_allow(0, RAM_BYTES);
    CHECK_ASSERTS((void)memory_take(&free, 0x2000, 4096));
    CHECK(refused_for("not enough memory"));
    CHECK_EQUAL(memory_take(&free, 0x1000, 4096), RAM_BYTES - 0x1000);
}

TEST("memory that is in use is not free")
{
    struct machine machine = {.ram = {1, {{0x1000, 0xff000}}},
                              .image = {0x10000, 0x2000},
                              .own = {0x20000, 0x1000},
                              .bundle = {0x30000, 0x1800}};
    struct ranges free;
    memory_init(&free, &machine);
    CHECK_EQUAL(ranges_bytes(&free), 0xff000 - 0x2000 - 0x1000 - 0x2000);
    CHECK(!ranges_meet(&free, 0x10000, 0x12000) && !ranges_meet(&free, 0x20000, 0x21000) &&
          !ranges_meet(&free, 0x30000, 0x32000));
}

TEST("a range is cut into aligned powers of two that cover it")
{
    for (unsigned round = 0; round < 500; round++) {
        uint64_t base = unit_random_below(1 << 20) << 12, size = unit_random_below(1 << 20) << 12;
        struct range range = {base, size};
        paddr_t piece, at = base;
        unsigned size_log2;
        while (memory_next_piece(&range, &piece, &size_log2)) {
            CHECK_EQUAL(piece, at);
            CHECK_EQUAL(piece & ((1ull << size_log2) - 1), 0);
            CHECK(size_log2 >= 12);
            at += 1ull << size_log2;
        }
        CHECK_EQUAL(at, base + size);
    }
}
