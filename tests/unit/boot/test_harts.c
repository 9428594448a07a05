/**
 * test_harts.c - what the boot stage for riscv64 reads of harts in a device tree.
 */
#include <string.h>

#include "boot/riscv64/parts.h"
#include "lib/base/riscv64/hardware.h"
#include "tests/unit/boot/platform.h"
#include "tests/unit/device/flat.h"
#include "tests/unit/unit.h"

#define TREE    0x300000u
#define PLIC    0x0c000000u
#define LINES   96u
#define SECOND  1u  /* the hart that boots */
#define HANDLE  10u /* of the first hart's own interrupt controller */
#define MACHINE 11u /* the interrupt of machine mode */

static struct machine machine;
static struct board board;
static struct flat flat;

static void hart(uint32_t number, const char *isa, const char *mmu)
{
    flat_open(&flat, "cpu");
    FLAT_CELLS(&flat, "reg", number);
    flat_text(&flat, "riscv,isa", isa, (uint32_t)strlen(isa) + 1);
    if (mmu != NULL)
        flat_text(&flat, "mmu-type", mmu, (uint32_t)strlen(mmu) + 1);
    flat_open(&flat, "interrupt-controller");
    FLAT_CELLS(&flat, "phandle", HANDLE + number);
    flat_close(&flat);
    flat_close(&flat);
}

/** Read the tree of a board with two harts, whose MMUs are so. */
static void read_board(const char *first_mmu, const char *second_mmu, const char *words)
{
    flat_begin(&flat);
    FLAT_CELLS(&flat, "#address-cells", 2);
    FLAT_CELLS(&flat, "#size-cells", 2);
    flat_open(&flat, "memory@80000000");
    FLAT_CELLS(&flat, "reg", 0, 0x80000000, 0, 0x8000000);
    flat_close(&flat);
    flat_open(&flat, "chosen");
    flat_text(&flat, "bootargs", words, (uint32_t)strlen(words) + 1);
    flat_close(&flat);
    flat_open(&flat, "cpus");
    FLAT_CELLS(&flat, "timebase-frequency", 10000000);
    FLAT_CELLS(&flat, "#address-cells", 1);
    FLAT_CELLS(&flat, "#size-cells", 0);
    hart(0, "rv64imac_sstc", first_mmu);
    hart(SECOND, "rv64imafdc", second_mmu);
    flat_close(&flat);
    flat_open(&flat, "plic@c000000");
    FLAT_TEXT(&flat, "compatible", "sifive,plic-1.0.0");
    FLAT_CELLS(&flat, "reg", 0, PLIC, 0, PLIC_BYTES);
    FLAT_CELLS(&flat, "riscv,ndev", LINES);
    FLAT_CELLS(&flat, "interrupts-extended", HANDLE, MACHINE, HANDLE, INTERRUPT_EXTERNAL,
               HANDLE + SECOND, MACHINE, HANDLE + SECOND, INTERRUPT_EXTERNAL);
    flat_close(&flat);
    const uint32_t bytes = flat_end(&flat);
    ram_forbid();
    ram_allow(TREE, bytes);
    memcpy(ram(TREE), flat.bytes, bytes);
    memset(&machine, 0, sizeof(machine));
    board = (struct board){.hart = SECOND};
    tree_read(&machine, &board, TREE);
}

TEST("the hart that boots has its own extensions, and its own place at the interrupt controller")
{
    read_board("riscv,sv48", "riscv,sv48", "");
    CHECK(board.has_floats);
    CHECK(!board.has_sstc);
    CHECK_EQUAL(board.plic, PLIC);
    CHECK_EQUAL(board.plic_lines, LINES);
    CHECK_EQUAL(board.plic_context, 3);
}

TEST("page tables have four levels where all harts have them, else three")
{
    static const struct {
        const char *first, *second;
        bool has_sv48;
    } boards[] = {
        {"riscv,sv48", "riscv,sv48", true},  {"riscv,sv57", "riscv,sv48", true},
        {"riscv,sv39", "riscv,sv48", false}, {"riscv,sv48", "riscv,sv39", false},
        {"riscv,sv48", NULL, false},         {NULL, "riscv,sv57", false},
    };
    for (unsigned i = 0; i < ARRAY_LENGTH(boards); i++) {
        read_board(boards[i].first, boards[i].second, "");
        CHECK_EQUAL(board.has_sv48, boards[i].has_sv48);
    }
}

TEST("whoever boots it may ask for three levels")
{
    read_board("riscv,sv48", "riscv,sv48", "quiet paging=sv39");
    CHECK(!board.has_sv48);
    read_board("riscv,sv48", "riscv,sv48", "paging=sv3");
    CHECK(board.has_sv48);
}
