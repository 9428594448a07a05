/*
 * test_acpi.c - the processors of ACPI's tables: sound tables, missing ones, and any number of
 * spoilt ones. Only what a test allows of the memory may be touched.
 */
#include <string.h>

#include "boot/x86_64/parts.h"
#include "tests/unit/boot/platform.h"
#include "tests/unit/unit.h"

#define RSDP_AT   0x1000u
#define LIST_AT   0x2000u
#define OTHER_AT  0x3000u
#define MADT_AT   0x4000u
#define HEAD      36u
#define MADT_HEAD 44u
#define SPOILT    20000u

static struct machine machine;
static uint32_t madt_bytes;

static void put(paddr_t address, const void *from, size_t bytes)
{
    memcpy(ram(address), from, bytes);
}

static void put32(paddr_t address, uint32_t value) { put(address, &value, 4); }

static void put64(paddr_t address, uint64_t value) { put(address, &value, 8); }

static void sum_set(paddr_t address, uint32_t bytes, uint32_t at)
{
    uint8_t *table = ram(address), sum = 0;
    table[at] = 0;
    for (uint32_t i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + table[i]);
    table[at] = (uint8_t)-sum;
}

static void put_table(paddr_t address, const char *signature, uint32_t bytes)
{
    put(address, signature, 4);
    put32(address + 4, bytes);
    sum_set(address, bytes, 9);
}

/* An entry for a processor, of type 0 or 9, behind those before. */
static void put_processor(uint8_t type, uint32_t id, uint32_t flags)
{
    uint8_t *entry = ram(MADT_AT + madt_bytes);
    entry[0] = type;
    entry[1] = type == 0 ? 8 : 16;
    if (type == 0) {
        entry[3] = (uint8_t)id;
        memcpy(&entry[4], &flags, 4);
    } else {
        memcpy(&entry[4], &id, 4);
        memcpy(&entry[8], &flags, 4);
    }
    madt_bytes += entry[1];
    put_table(MADT_AT, "APIC", madt_bytes);
}

/* Tables with an XSDT, or an RSDT, that have another table before the MADT, which is empty. */
static void put_tables(bool wide)
{
    memset(&machine, 0, sizeof machine);
    machine.count_processors = 1;
    ram_forbid();
    ram_allow(RSDP_AT, 40);
    ram_allow(LIST_AT, HEAD + 20);
    ram_allow(OTHER_AT, HEAD + 4);
    ram_allow(MADT_AT, 0x1000);
    memset(ram(RSDP_AT), 0, 40);
    memset(ram(MADT_AT), 0, 0x1000);
    madt_bytes = MADT_HEAD;
    put_table(OTHER_AT, "FACP", HEAD);
    put_table(MADT_AT, "APIC", madt_bytes);
    put(RSDP_AT, "RSD PTR ", 8);
    *(uint8_t *)ram(RSDP_AT + 15) = wide ? 2 : 0;
    put32(RSDP_AT + 16, wide ? 0 : LIST_AT);
    put64(RSDP_AT + 24, LIST_AT);
    sum_set(RSDP_AT, 20, 8);
    if (wide) {
        put64(LIST_AT + HEAD, OTHER_AT);
        put64(LIST_AT + HEAD + 8, MADT_AT);
    } else {
        put32(LIST_AT + HEAD, OTHER_AT);
        put32(LIST_AT + HEAD + 4, MADT_AT);
    }
    put_table(LIST_AT, wide ? "XSDT" : "RSDT", HEAD + (wide ? 16 : 8));
}

TEST("enabled processors are found by RSDT and by XSDT, the one that runs is not added")
{
    for (unsigned wide = 0; wide < 2; wide++) {
        put_tables(wide);
        put_processor(0, 0, 1);
        put_processor(0, 4, 1);
        put_processor(0, 5, 0); /* not there */
        put_processor(0, 6, 2); /* may come one day */
        put_processor(9, 9, 1);
        put_processor(9, 4, 1);   /* once more */
        put_processor(9, 255, 1); /* out of reach */
        put_processor(9, 256, 1);
        put_processor(0, 255, 1);
        acpi_read(&machine, RSDP_AT);
        REQUIRE(machine.count_processors == 3);
        CHECK_EQUAL(machine.processors[0], 0);
        CHECK_EQUAL(machine.processors[1], 4);
        CHECK_EQUAL(machine.processors[2], 9);
    }
}

TEST("of 40 processors 32 are listed and the others counted")
{
    put_tables(true);
    for (uint32_t id = 0; id < 40; id++)
        put_processor(0, id, 1);
    acpi_read(&machine, RSDP_AT);
    CHECK_EQUAL(machine.count_processors, 32);
    CHECK_EQUAL(machine.count_too_many, 8);
}

static void check_alone(paddr_t rsdp)
{
    memset(said, 0, sizeof said);
    acpi_read(&machine, rsdp);
    CHECK_EQUAL(machine.count_processors, 1);
    CHECK(strstr(said, "no sound table") != NULL || said[0] == '\0');
}

TEST("without a sound way to a table of processors there is one")
{
    put_tables(true);
    check_alone(0);
    check_alone(RAM_BYTES - 8);
    check_alone(UINT64_MAX);
    for (unsigned part = 0; part < 4; part++) {
        static const paddr_t at[] = {RSDP_AT + 9, LIST_AT + 10, MADT_AT + 10, RSDP_AT};
        put_tables(true);
        put_processor(0, 1, 1);
        ++*(uint8_t *)ram(at[part]);
        check_alone(RSDP_AT);
    }
    static const uint32_t lengths[] = {0, HEAD - 1, 1u << 21, UINT32_MAX};
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        put_tables(true);
        put_processor(0, 1, 1);
        put32(MADT_AT + 4, lengths[i]);
        check_alone(RSDP_AT);
    }
    put_tables(true);
    put_table(MADT_AT, "APIC", HEAD); /* without the rest of its head */
    check_alone(RSDP_AT);
}

TEST("an entry that is too short, or reaches out of its table, ends the list")
{
    for (unsigned length = 0; length < 256; length++) {
        put_tables(true);
        put_processor(0, 1, 1);
        put_processor(0, 2, 1);
        ((uint8_t *)ram(MADT_AT))[MADT_HEAD + 8 + 1] = (uint8_t)length;
        put_table(MADT_AT, "APIC", madt_bytes);
        ram_forbid();
        ram_allow(RSDP_AT, 40);
        ram_allow(LIST_AT, HEAD + 20);
        ram_allow(OTHER_AT, HEAD + 4);
        ram_allow(MADT_AT, madt_bytes);
        acpi_read(&machine, RSDP_AT);
        CHECK_EQUAL(machine.count_processors, length == 8 ? 3 : 2);
    }
}

TEST("of spoilt tables nothing outside of them is read")
{
    for (unsigned round = 0; round < SPOILT; round++) {
        put_tables(round % 2);
        for (uint32_t id = 0; id < 6; id++)
            put_processor(id % 2 ? 9 : 0, id, 1);
        ram_forbid();
        ram_allow(MADT_AT, madt_bytes);
        for (unsigned left = 3; left > 0; left--)
            ((uint8_t *)ram(MADT_AT))[MADT_HEAD + unit_random_below(madt_bytes - MADT_HEAD)] =
                (uint8_t)unit_random();
        sum_set(MADT_AT, madt_bytes, 9);
        ram_allow(RSDP_AT, 40);
        ram_allow(LIST_AT, HEAD + 20);
        ram_allow(OTHER_AT, HEAD + 4);
        acpi_read(&machine, RSDP_AT);
        CHECK(machine.count_processors >= 1 && machine.count_processors <= BOOT_CPUS_MAX);
    }
}
