/**
 * test_fdt.c - what the boot stage reads of a device tree: sound ones, and any number of spoilt
 * ones.
 */
#include <string.h>

#include "boot/fdt.h"
#include "tests/unit/boot/platform.h"
#include "tests/unit/device/flat.h"
#include "tests/unit/unit.h"

#define TREE       0x300008u
#define SEED       "0123456789abcdef0123456789ABCDEF"
#define SEED_BYTES (sizeof(SEED) - 1)
#define TOTAL_AT   4u /* in the header, big-endian: how long the tree is */
#define SPOILT     5000u

static struct machine machine;

static struct flat flat;

static void processor(const char *name, uint32_t id, const char *status)
{
    flat_open(&flat, name);
    FLAT_CELLS(&flat, "reg", id);
    if (status != NULL)
        flat_text(&flat, "status", status, (uint32_t)strlen(status) + 1);
    flat_open(&flat, "interrupt-controller"); /* one of its own */
    FLAT_CELLS(&flat, "reg", 7);
    flat_close(&flat);
    flat_close(&flat);
}

/** Write a board's tree to TREE; returns its size. Nothing beside it may be touched. */
static uint32_t board(void)
{
    flat_begin(&flat);
    FLAT_CELLS(&flat, "#address-cells", 2);
    FLAT_CELLS(&flat, "#size-cells", 2);
    flat_open(&flat, "memory@40000000");
    FLAT_CELLS(&flat, "reg", 0, 0x40000000, 0, 0x8000000);
    flat_close(&flat);
    flat_open(&flat, "reserved-memory");
    FLAT_CELLS(&flat, "#address-cells", 2);
    FLAT_CELLS(&flat, "#size-cells", 2);
    flat_open(&flat, "firmware@40000000");
    FLAT_CELLS(&flat, "reg", 0, 0x40000000, 0, 0x80000);
    flat_close(&flat);
    flat_close(&flat);
    flat_open(&flat, "chosen");
    FLAT_TEXT(&flat, "bootargs", "some words");
    FLAT_CELLS(&flat, "linux,initrd-start", 0x44000000);
    FLAT_CELLS(&flat, "linux,initrd-end", 0x44123000);
    flat_text(&flat, "rng-seed", SEED, SEED_BYTES);
    flat_close(&flat);
    flat_open(&flat, "cpus");
    FLAT_CELLS(&flat, "timebase-frequency", 10000000);
    FLAT_CELLS(&flat, "#address-cells", 1);
    FLAT_CELLS(&flat, "#size-cells", 0);
    processor("cpu@0", 0, NULL);
    processor("cpu@100", 0x100, "okay");
    processor("cpu@2", 2, "disabled");
    processor("cpu@3", 3, "fail-sss");
    processor("cpu@100", 0x100, NULL); /* once more */
    flat_open(&flat, "cpu@5");         /* which has no identity */
    flat_close(&flat);
    flat_open(&flat, "cpu-map");
    flat_close(&flat);
    flat_close(&flat);
    const uint32_t bytes = flat_end(&flat);
    ram_forbid();
    ram_allow(TREE, bytes);
    memcpy(ram(TREE), flat.bytes, bytes);
    return bytes;
}

TEST("a tree says memory less what is reserved, processors, words, bundle and seed")
{
    const uint32_t bytes = board();
    fdt_read(&machine, TREE, NULL);
    CHECK_EQUAL(machine.device_tree.base, TREE);
    CHECK_EQUAL(machine.device_tree.size_bytes + 1, bytes); /* without what fills the last cell */
    REQUIRE(machine.ram.count == 1);
    CHECK_EQUAL(machine.ram.items[0].base, 0x40080000);
    CHECK_EQUAL(machine.ram.items[0].size_bytes, 0x7f80000);
    REQUIRE(machine.count_processors == 2);
    CHECK_EQUAL(machine.processors[0], 0);
    CHECK_EQUAL(machine.processors[1], 0x100);
    CHECK_EQUAL(machine.timebase_hz, 10000000);
    CHECK_EQUAL(machine.bundle.base, 0x44000000);
    CHECK_EQUAL(machine.bundle.size_bytes, 0x123000);
    CHECK_TEXT(machine.command_line, "some words");
    REQUIRE(machine.seed.size_bytes == SEED_BYTES);
    CHECK(memcmp(ram(machine.seed.base), SEED, SEED_BYTES) == 0);
}

TEST("of a spoilt tree nothing outside is read, and what it says lies inside or is refused")
{
    const uint32_t bytes = board();
    for (unsigned i = 0; i < SPOILT; i++) {
        jmp_buf refused;
        memcpy(ram(TREE), flat.bytes, bytes);
        memset(&machine, 0, sizeof(machine));
        for (unsigned left = 1 + (unsigned)unit_random_below(3); left > 0; left--) {
            const uint32_t at = (uint32_t)unit_random_below(bytes);
            if (at / sizeof(uint32_t) != TOTAL_AT / sizeof(uint32_t))
                *(uint8_t *)ram(TREE + at) ^= (uint8_t)(1u << unit_random_below(8));
        }
        if (setjmp(refused) == 0) {
            unit_expect_assert(&refused);
            fdt_read(&machine, TREE, NULL);
            unit_expect_assert(NULL);
            CHECK_EQUAL(machine.device_tree.base, TREE);
            CHECK(machine.device_tree.size_bytes <= bytes);
            CHECK(
                machine.seed.size_bytes == 0 ||
                (machine.seed.base >= TREE && range_end(&machine.seed) <= TREE + (uint64_t)bytes));
        } else {
            CHECK(refused_for(""));
        }
    }
}
