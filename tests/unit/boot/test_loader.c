/**
 * test_loader.c - what loaders say (PVH and multiboot2), true or not: nothing outside of it is
 * read, and what is believed is well-formed. Only what a test allows of the memory may be touched.
 */
#include <string.h>

#include "boot/x86_64/parts.h"
#include "tests/unit/boot/platform.h"
#include "tests/unit/unit.h"

#define PVH_MAGIC        0x336ec578u
#define MULTIBOOT2_MAGIC 0x36d76289u

#define START_AT       0x1000u
#define START_BYTES    56u
#define MAP_AT         0x2000u
#define MODULE_AT      0x3000u
#define LINE_AT        0x4000u
#define LINE_BYTES_MAX 512u
#define TAGS_BYTES     256u

static struct machine machine;

static void put32(paddr_t address, uint32_t value) { memcpy(ram(address), &value, 4); }

static void put64(paddr_t address, uint64_t value) { memcpy(ram(address), &value, 8); }

static void put_entry(paddr_t address, uint64_t base, uint64_t size, uint32_t type)
{
    put64(address, base);
    put64(address + 8, size);
    put32(address + 16, type);
    put32(address + 20, 0);
}

/* Low memory, high memory with a reserved hole of a page and a half, 1 GiB above 4 GiB. */
static unsigned put_map(paddr_t address)
{
    put_entry(address, 0, 0x9fc00, 1);
    put_entry(address + 24, 0x200800, 0x1800, 2);
    put_entry(address + 48, 0x100000, 0xf00000, 1);
    put_entry(address + 72, 1ull << 32, 1ull << 30, 1);
    return 4 * 24;
}

static void check_map(void)
{
    const struct range expected[] = {
        {0, 0x9f000}, {0x100000, 0x100000}, {0x202000, 0xdfe000}, {1ull << 32, 1ull << 30}};
    CHECK_EQUAL(machine.ram.count, 4);
    CHECK(memcmp(machine.ram.items, expected, sizeof expected) == 0);
}

static void check_refused(uint32_t magic, paddr_t start, const char *reason)
{
    CHECK_ASSERTS(loader_read(&machine, magic, start));
    CHECK(refused_for(reason));
}

/* --- PVH --- */

static void put_pvh(void)
{
    ram_allow(START_AT, START_BYTES);
    ram_allow(MAP_AT, 4 * 24);
    ram_allow(MODULE_AT, 32);
    ram_allow(LINE_AT, LINE_BYTES_MAX);
    memset(ram(START_AT), 0, START_BYTES);
    put32(START_AT, PVH_MAGIC);
    put32(START_AT + 4, 1);
    put32(START_AT + 12, 1);
    put64(START_AT + 16, MODULE_AT);
    put64(START_AT + 24, LINE_AT);
    put64(START_AT + 32, 0xf5aa0);
    put64(START_AT + 40, MAP_AT);
    put32(START_AT + 48, put_map(MAP_AT) / 24);
    put64(MODULE_AT, 0x800000);
    put64(MODULE_AT + 8, 0x5000);
    strcpy(ram(LINE_AT), "quiet");
}

TEST("PVH: memory map, module, command line and RSDP are read")
{
    put_pvh();
    loader_read(&machine, 0, START_AT);
    check_map();
    CHECK_EQUAL(machine.bundle.base, 0x800000);
    CHECK_EQUAL(machine.bundle.size_bytes, 0x5000);
    CHECK_TEXT(machine.command_line, "quiet");
    CHECK_EQUAL(machine.rsdp, 0xf5aa0);
}

TEST("PVH: no module and no command line are no error")
{
    put_pvh();
    put32(START_AT + 12, 0);
    put64(START_AT + 24, 0);
    loader_read(&machine, 0, START_AT);
    CHECK_EQUAL(machine.bundle.size_bytes, 0);
    CHECK_TEXT(machine.command_line, "");
}

/** With @value at @offset of the start information it must be refused for @reason. */
static void check_pvh_refused(unsigned offset, uint64_t value, const char *reason)
{
    put_pvh();
    if (offset < 16 || offset == 48)
        put32(START_AT + offset, (uint32_t)value);
    else
        put64(START_AT + offset, value);
    check_refused(0, START_AT, reason);
}

TEST("PVH: another magic number, version 0 and an endless map are refused")
{
    check_pvh_refused(0, 1, "not PVH");
    check_pvh_refused(4, 0, "not PVH");
    check_pvh_refused(48, 257, "not PVH");
    check_pvh_refused(48, UINT32_MAX, "not PVH");
}

TEST("PVH: addresses out of reach are refused")
{
    const uint64_t bad[] = {RAM_BYTES - 8, RAM_BYTES, 1ull << 32, UINT64_MAX - 8, UINT64_MAX};
    check_refused(0, 0, "out of reach");
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_refused(0, bad[i], "out of reach");
        check_pvh_refused(16, bad[i], "out of reach");
        check_pvh_refused(24, bad[i], "out of reach");
        check_pvh_refused(40, bad[i], "out of reach");
    }
    check_pvh_refused(16, 0, "out of reach");
    check_pvh_refused(40, 0, "out of reach");
}

TEST("PVH: a command line without end is refused, one of 511 bytes is not")
{
    put_pvh();
    memset(ram(LINE_AT), 'x', LINE_BYTES_MAX);
    check_refused(0, START_AT, "command line");
    *(char *)ram(LINE_AT + LINE_BYTES_MAX - 1) = '\0';
    loader_read(&machine, 0, START_AT);
    CHECK_EQUAL(strlen(machine.command_line), LINE_BYTES_MAX - 1);
}

TEST("entries of a memory map that wrap around or are smaller than a page are ignored")
{
    put_pvh();
    put_entry(MAP_AT, UINT64_MAX - 0x1000, 0x2000, 1);
    put_entry(MAP_AT + 24, UINT64_MAX - 0x1000, 0x1000, 1);
    put_entry(MAP_AT + 48, 0x100800, 0xf00, 1);
    put_entry(MAP_AT + 72, 0x200000, 0, 1);
    loader_read(&machine, 0, START_AT);
    CHECK_EQUAL(machine.ram.count, 0);
}

/* --- multiboot2 --- */

static unsigned tags_end;

/* A tag's place; the next one begins at a multiple of 8. */
static paddr_t put_tag(uint32_t type, uint32_t size)
{
    paddr_t at = START_AT + tags_end;
    put32(at, type);
    put32(at + 4, size);
    tags_end += (size + 7) & ~7u;
    put32(START_AT, tags_end);
    return at + 8;
}

static void put_multiboot2(void)
{
    ram_allow(START_AT, TAGS_BYTES);
    memset(ram(START_AT), 0, TAGS_BYTES);
    tags_end = 8;
    strcpy(ram(put_tag(1, 8 + 4)), "any");
    paddr_t module = put_tag(3, 8 + 8 + 1);
    put32(module, 0x800000);
    put32(module + 4, 0x805000);
    paddr_t map = put_tag(6, 8 + 8 + 4 * 24);
    put32(map, 24);
    put_map(map + 8);
    put_tag(0, 8);
}

TEST("multiboot2: memory map, first module and command line are read, other tags skipped")
{
    put_multiboot2();
    tags_end -= 8;
    put_tag(9, 13);
    put32(put_tag(3, 8 + 8), 1);
    put_tag(0, 8);
    loader_read(&machine, MULTIBOOT2_MAGIC, START_AT);
    check_map();
    CHECK_EQUAL(machine.bundle.base, 0x800000);
    CHECK_EQUAL(machine.bundle.size_bytes, 0x5000);
    CHECK_TEXT(machine.command_line, "any");
    CHECK_EQUAL(machine.rsdp, 0);
}

TEST("multiboot2: nothing behind the end that it names is read")
{
    for (unsigned size = 8; size <= TAGS_BYTES; size++) {
        put_multiboot2();
        put32(START_AT, size);
        ram_forbid();
        ram_allow(START_AT, size);
        machine = (struct machine){0};
        loader_read(&machine, MULTIBOOT2_MAGIC, START_AT);
        CHECK(machine.ram.count <= 4);
    }
    check_map();
}

TEST("multiboot2: information that is too long, or out of reach, is refused")
{
    put_multiboot2();
    put32(START_AT, 0x100001);
    check_refused(MULTIBOOT2_MAGIC, START_AT, "not multiboot2");
    ram_allow(RAM_BYTES - 16, 16);
    put32(RAM_BYTES - 16, 24);
    check_refused(MULTIBOOT2_MAGIC, RAM_BYTES - 16, "out of reach");
    check_refused(MULTIBOOT2_MAGIC, RAM_BYTES - 4, "out of reach");
}

TEST("multiboot2: a command line without end in its tag is refused")
{
    put_multiboot2();
    memcpy(ram(START_AT + 16), "anys", 4);
    check_refused(MULTIBOOT2_MAGIC, START_AT, "command line");
}

/* --- any of them --- */

static void check_well_formed(void)
{
    for (uint32_t i = 0; i < machine.ram.count; i++) {
        const struct range *range = &machine.ram.items[i];
        CHECK_EQUAL((range->base | range->size_bytes) & 4095, 0);
        CHECK(range->size_bytes > 0 && range_end(range) > range->base);
        CHECK(i == 0 || range_end(range - 1) < range->base);
    }
    CHECK(memchr(machine.command_line, '\0', sizeof machine.command_line) != NULL);
}

/* Read what a loader says, which may be anything; 4 of its @size bytes are changed. */
static void read_damaged(uint32_t magic, unsigned size)
{
    jmp_buf refused;
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *byte = (uint8_t *)ram(START_AT) + unit_random_below(size);
        *byte = unit_random_below(2) != 0 ? (uint8_t)unit_random() : 0;
    }
    machine = (struct machine){0};
    if (setjmp(refused) == 0) {
        unit_expect_assert(&refused);
        loader_read(&machine, magic, START_AT);
        check_well_formed();
    } else {
        CHECK(refused_for(""));
    }
    unit_expect_assert(NULL);
}

TEST("damaged multiboot2 is refused or believed in part, and nothing behind it is read")
{
    ram_allow(START_AT, 0x100000);
    for (unsigned round = 0; round < 20000; round++) {
        put_multiboot2();
        read_damaged(MULTIBOOT2_MAGIC, TAGS_BYTES);
    }
}

TEST("damaged PVH is refused or believed in part, and nothing out of reach is read")
{
    ram_allow(0, RAM_BYTES);
    for (unsigned round = 0; round < 20000; round++) {
        put_pvh();
        read_damaged(0, START_BYTES);
    }
}
