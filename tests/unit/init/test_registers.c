/**
 * test_registers.c - which pages a device's registers are, and that init has no others to give.
 */
#include "servers/init/registers.h"
#include "tests/unit/unit.h"

static const struct bootinfo boot = {
    .count_memory = 3,
    .memory = {{0x40000000, 28, BOOTINFO_MEMORY_FREE},
               {0x8000000, 25, BOOTINFO_MEMORY_DEVICE},
               {0xa000000, 16, BOOTINFO_MEMORY_DEVICE}},
};

TEST("registers are found in the piece of device memory that holds them, by whole pages")
{
    struct registers registers;
    CHECK_EQUAL(registers_find(&boot, 0x9000000, 0x1000, &registers), OK);
    CHECK_EQUAL(registers.piece, 1);
    CHECK_EQUAL(registers.offset, 0x1000000);
    CHECK_EQUAL(registers.size_log2, 12);
    CHECK_EQUAL(registers.skew, 0);
    CHECK_EQUAL(registers_find(&boot, 0xa003e00, 0x200, &registers), OK);
    CHECK_EQUAL(registers.piece, 2);
    CHECK_EQUAL(registers.offset, 0x3000);
    CHECK_EQUAL(registers.size_log2, 12);
    CHECK_EQUAL(registers.skew, 0xe00);
    CHECK_EQUAL(registers_find(&boot, 0xa00e000, 0x2000, &registers), OK);
    CHECK_EQUAL(registers.size_log2, 13);
}

TEST("registers outside of device memory, or across its end, are refused")
{
    static const struct {
        uint64_t base, size_bytes;
    } wrong[] = {
        {0x40000000, 0x1000},
        {0x3fff000, 0x1000},
        {0x7fff000, 0x2000},
        {0xa00f000, 0x2000},
        {0xa010000, 0x1000},
        {0x9000000, 0},
        {0x9000000, 0x20000},
        {UINT64_MAX - 0xfff, 0x1000},
        {UINT64_MAX - 0xfff, 0x1001},
        {0x9000000, UINT64_MAX},
        {UINT64_MAX, 1},
    };
    struct registers registers = {.piece = 77};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_EQUAL(registers_find(&boot, wrong[i].base, wrong[i].size_bytes, &registers), RANGE);
    CHECK_EQUAL(registers.piece, 77);
}

TEST("registers whose pages are no power of two, or lie askew, are refused: more would be granted")
{
    struct registers registers;
    CHECK_EQUAL(registers_find(&boot, 0x9000000, 0x2001, &registers), RANGE);
    CHECK_EQUAL(registers_find(&boot, 0x9001000, 0x2000, &registers), RANGE);
    CHECK_EQUAL(registers_find(&boot, 0x9000fff, 2, &registers), OK); /* two pages */
    CHECK_EQUAL(registers_find(&boot, 0x9001fff, 2, &registers), RANGE);
}
