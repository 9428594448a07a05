/**
 * test_tree.c - what is found in device trees: sound ones, and any number of spoilt ones.
 */
#include <stdlib.h>
#include <string.h>

#include "servers/device/tree.h"
#include "tests/unit/device/flat.h"
#include "tests/unit/unit.h"

#define GIC_PHANDLE  7
#define PLIC_PHANDLE 9

static struct flat flat;
static struct device_list list;

/** search - the tree in memory of exactly its size, so that ASan sees who reads beyond. */
static status_t search(const void *tree, uint32_t size_bytes)
{
    void *copy = malloc(size_bytes);
    memcpy(copy, tree, size_bytes);
    const status_t status = tree_search(copy, size_bytes, &list);
    free(copy);
    return status;
}

static void want(const char *first, const char *second)
{
    memset(&list, 0, sizeof(list));
    list.count_wanted = 2;
    strcpy(list.wanted[0], first);
    strcpy(list.wanted[1], second);
}

/** A board with 64-bit addresses, as QEMU's for aarch64. */
static void board_begin(void)
{
    flat_begin(&flat);
    FLAT_CELLS(&flat, "#address-cells", 2);
    FLAT_CELLS(&flat, "#size-cells", 2);
    FLAT_CELLS(&flat, "interrupt-parent", GIC_PHANDLE);
    flat_open(&flat, "gic");
    FLAT_TEXT(&flat, "compatible", "arm,cortex-a15-gic");
    FLAT_CELLS(&flat, "#interrupt-cells", 3);
    FLAT_CELLS(&flat, "phandle", GIC_PHANDLE);
    flat_close(&flat);
}

static void uart_open(const char *name)
{
    flat_open(&flat, name);
    FLAT_TEXT(&flat, "compatible", "arm,pl011\0arm,primecell");
    FLAT_CELLS(&flat, "reg", 1, 0x9000000, 0, 0x1000);
}

static const struct device_found *only(void)
{
    CHECK_EQUAL(search(flat.bytes, flat_end(&flat)), OK);
    REQUIRE(list.count_found == 1);
    return &list.found[0];
}

TEST("a device is found by any of its names, with its registers and its interrupt")
{
    board_begin();
    uart_open("uart@9000000");
    FLAT_CELLS(&flat, "interrupts", 0, 1, 4);
    flat_close(&flat);
    want("none", "arm,pl011");
    const struct device_found *found = only();
    CHECK_EQUAL(found->wanted, 1);
    CHECK_EQUAL(found->base, 0x109000000);
    CHECK_EQUAL(found->size_bytes, 0x1000);
    CHECK_EQUAL(found->line, 1);
    CHECK_EQUAL(found->trigger, 1);
    want("arm,primecell", "none");
    CHECK_EQUAL(search(flat.bytes, flat.used), OK);
    CHECK_EQUAL(list.count_found, 1);
}

TEST("the controller says what an interrupt's cells mean")
{
    static const struct {
        uint32_t cells[3], line, trigger;
    } cases[] = {
        {{0, 16, 1}, 16, 0},
        {{0, 16, 2}, 16, 2},
        {{0, 16, 4}, 16, 1},
        {{0, 16, 8}, 16, 3},
        {{1, 13, 0xf04}, DEVICE_NO_LINE, 1},
        {{2, 1, 4}, DEVICE_NO_LINE, 1},
        {{0, 988, 4}, DEVICE_NO_LINE, 1},
        {{1, 16, 4}, DEVICE_NO_LINE, 1},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        board_begin();
        uart_open("uart");
        flat_cells(&flat, "interrupts", 3, cases[i].cells);
        flat_close(&flat);
        want("arm,pl011", "none");
        const struct device_found *found = only();
        CHECK_EQUAL(found->line, cases[i].line);
        CHECK_EQUAL(found->trigger, cases[i].trigger);
    }
}

TEST("a device on a bus that changes no addresses is found, with the bus's own controller")
{
    board_begin();
    flat_open(&flat, "soc");
    FLAT_CELLS(&flat, "#address-cells", 1);
    FLAT_CELLS(&flat, "#size-cells", 1);
    FLAT_CELLS(&flat, "interrupt-parent", PLIC_PHANDLE);
    flat_text(&flat, "ranges", "", 0);
    flat_open(&flat, "plic");
    FLAT_TEXT(&flat, "compatible", "sifive,plic-1.0.0\0riscv,plic0");
    FLAT_CELLS(&flat, "#interrupt-cells", 1);
    FLAT_CELLS(&flat, "phandle", PLIC_PHANDLE);
    flat_close(&flat);
    flat_open(&flat, "serial");
    FLAT_TEXT(&flat, "compatible", "ns16550a");
    FLAT_TEXT(&flat, "status", "okay");
    FLAT_CELLS(&flat, "reg", 0x10000000, 0x100);
    FLAT_CELLS(&flat, "interrupts", 10);
    flat_close(&flat);
    flat_close(&flat);
    want("ns16550a", "none");
    const struct device_found *found = only();
    CHECK_EQUAL(found->base, 0x10000000);
    CHECK_EQUAL(found->line, 10);
    CHECK_EQUAL(found->trigger, 1);
}

TEST("what is unusable, has no registers, or lies on a bus that changes addresses, is not found")
{
    board_begin();
    uart_open("disabled");
    FLAT_TEXT(&flat, "status", "disabled");
    flat_close(&flat);
    flat_open(&flat, "without");
    FLAT_TEXT(&flat, "compatible", "arm,pl011");
    flat_close(&flat);
    flat_open(&flat, "short");
    FLAT_TEXT(&flat, "compatible", "arm,pl011");
    FLAT_CELLS(&flat, "reg", 1, 2, 3);
    flat_close(&flat);
    flat_open(&flat, "bus");
    FLAT_CELLS(&flat, "ranges", 0, 0, 1, 0, 0, 1);
    uart_open("inside");
    flat_close(&flat);
    flat_close(&flat);
    want("arm,pl011", "arm,primecell");
    CHECK_EQUAL(search(flat.bytes, flat_end(&flat)), OK);
    CHECK_EQUAL(list.count_found, 0);
}

TEST("a list that is full stays as it is")
{
    board_begin();
    for (unsigned i = 0; i < DEVICES_FOUND_MAX / 2 + 3; i++) {
        uart_open("u");
        flat_close(&flat);
    }
    want("arm,pl011", "arm,primecell");
    CHECK_EQUAL(search(flat.bytes, flat_end(&flat)), OK);
    CHECK_EQUAL(list.count_found, DEVICES_FOUND_MAX);
}

static uint32_t sound_tree(void)
{
    board_begin();
    flat_open(&flat, "bus");
    flat_text(&flat, "ranges", "", 0);
    FLAT_CELLS(&flat, "#address-cells", 2);
    FLAT_CELLS(&flat, "#size-cells", 2);
    uart_open("uart");
    FLAT_CELLS(&flat, "interrupts", 0, 1, 4);
    flat_close(&flat);
    flat_close(&flat);
    return flat_end(&flat);
}

TEST("a tree that is cut off anywhere is refused, or has less in it")
{
    const uint32_t size = sound_tree();
    want("arm,pl011", "arm,cortex-a15-gic");
    for (uint32_t length = 0; length < size; length++)
        CHECK_EQUAL(search(flat.bytes, length), CORRUPT);
}

TEST("a tree that is spoilt in any way does no harm")
{
    const uint32_t size = sound_tree();
    static uint8_t spoilt[FLAT_BYTES_MAX];
    uint64_t found = 0;
    want("arm,pl011", "arm,cortex-a15-gic");
    for (unsigned round = 0; round < 40000; round++) {
        memcpy(spoilt, flat.bytes, size);
        for (unsigned changes = 1 + round % 3; changes > 0; changes--) {
            const uint32_t at = (uint32_t)(unit_random() % size);
            const uint64_t random = unit_random();
            spoilt[at] =
                random & 256 ? (uint8_t)random : (uint8_t)(spoilt[at] ^ 1u << (random & 7));
        }
        if (search(spoilt, size) == OK)
            found += list.count_found;
        CHECK(list.count_found <= DEVICES_FOUND_MAX);
    }
    CHECK(found > 10000); /* most changes spoil little */
}
