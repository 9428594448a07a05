/**
 * test_paging.c - the kernel's page tables, as the processor would walk them.
 */
#include "abi/arch/x86_64/boot.h"
#include "boot/x86_64/parts.h"
#include "lib/base/x86_64/hardware.h"
#include "tests/unit/boot/platform.h"
#include "tests/unit/unit.h"

#define PAGE   4096u
#define LAPIC  0xfee00000u
#define TEXT   0x140000u
#define RODATA 0x148000u
#define DATA   0x14a000u
#define GUARD  0x150000u
#define END    0x153000u
#define HIGH   (1ull << 32)

static struct machine machine = {
    .ram = {3, {{0x1000, 0x9e000}, {0x100000, RAM_BYTES - 0x100000}, {HIGH, 3ull << 30}}},
    .image = {TEXT, END - TEXT},
    .own = {0x100000, 0x10000},
};

static const struct kernel_image kernel = {.rodata = KERNEL_BASE + RODATA,
                                           .data = KERNEL_BASE + DATA,
                                           .stack_guard = KERNEL_BASE + GUARD,
                                           .end = KERNEL_BASE + END};
static paddr_t root;

static void build(void)
{
    struct ranges free;
    ram_allow(0, RAM_BYTES);
    memory_init(&free, &machine);
    root = paging_build(&machine, &free, &kernel, LAPIC);
}

/** The leaf that maps @vaddr, or 0; the address that it maps goes to *@address. */
static uint64_t walk(uint64_t vaddr, paddr_t *address)
{
    paddr_t node = root;
    for (unsigned shift = 39;; shift -= 9) {
        uint64_t entry = ((uint64_t *)ram(node))[vaddr >> shift & 511];
        if (!(entry & PTE_PRESENT))
            return 0;
        if (shift == 12 || entry & PTE_LARGE) {
            *address = (entry & PTE_ADDRESS) + (vaddr & ((1ull << shift) - 1));
            return entry;
        }
        node = entry & PTE_ADDRESS;
    }
}

TEST("the image is mapped with the rights of its sections, and the guard page is not")
{
    paddr_t address = 0;
    build();
    for (paddr_t at = TEXT; at < END; at += PAGE) {
        uint64_t entry = walk(KERNEL_BASE + at, &address);
        CHECK((entry == 0) == (at == GUARD));
        if (entry == 0)
            continue;
        CHECK_EQUAL(address, at);
        CHECK(((entry & PTE_WRITE) != 0) == (at >= DATA));
        CHECK(((entry & PTE_NO_EXECUTE) == 0) == (at < RODATA));
        CHECK(!(entry & PTE_USER));
    }
    CHECK_EQUAL(walk(KERNEL_BASE + TEXT - PAGE, &address), 0);
    CHECK_EQUAL(walk(KERNEL_BASE + END, &address), 0);
}

TEST("the physmap has all RAM, executable nowhere, writable where nobody's text or constants are")
{
    paddr_t address = 0;
    build();
    for (uint32_t i = 0; i < machine.ram.count; i++) {
        const struct range *range = &machine.ram.items[i];
        for (paddr_t at = range->base; at < range_end(range); at += i < 2 ? PAGE : PAGE * 513) {
            uint64_t entry = walk(PHYSMAP_BASE + at, &address);
            if (at == GUARD)
                continue;
            CHECK_EQUAL(address, at);
            CHECK(entry & PTE_NO_EXECUTE && !(entry & PTE_USER));
            CHECK(((entry & PTE_WRITE) == 0) == (at >= TEXT && at < DATA));
        }
    }
    CHECK_EQUAL(walk(PHYSMAP_BASE, &address), 0);
    CHECK_EQUAL(walk(PHYSMAP_BASE + 0xa0000, &address), 0);
    CHECK_EQUAL(walk(PHYSMAP_BASE + RAM_BYTES, &address), 0);
    CHECK_EQUAL(walk(PHYSMAP_BASE + HIGH + (3ull << 30), &address), 0);
}

TEST("the interrupt controllers are uncached; user level's half and all else is empty")
{
    paddr_t address = 0;
    build();
    uint64_t entry = walk(IOAPIC_BASE, &address);
    CHECK(address == IOAPIC_ADDRESS && entry & PTE_UNCACHED && entry & PTE_NO_EXECUTE);
    entry = walk(LAPIC_BASE, &address);
    CHECK(address == LAPIC && entry & PTE_UNCACHED && entry & PTE_NO_EXECUTE);
    const uint64_t *entries = ram(root);
    for (unsigned i = 0; i < 512; i++)
        CHECK((entries[i] != 0) == (i == 256 || i == 511));
}

TEST("behind the image each other processor has zeroed memory behind a page that is not there")
{
    enum { CPU_BYTES = 7 * PAGE, OTHERS = 3 };
    struct ranges free;
    struct machine with = machine;
    struct kernel_image image = kernel;
    paddr_t address = 0, seen[OTHERS * CPU_BYTES / PAGE];
    unsigned count = 0;
    with.count_processors = 1 + OTHERS;
    image.cpu_bytes = CPU_BYTES;
    ram_allow(0, RAM_BYTES);
    memory_init(&free, &with);
    uint64_t before = ranges_bytes(&free);
    root = paging_build(&with, &free, &image, LAPIC);
    CHECK(before - ranges_bytes(&free) >= OTHERS * CPU_BYTES);
    uint64_t at = kernel.end;
    for (unsigned i = 0; i < OTHERS; i++, at += CPU_BYTES) {
        CHECK_EQUAL(walk(at, &address), 0);
        at += PAGE;
        for (unsigned done = 0; done < CPU_BYTES; done += PAGE) {
            uint64_t entry = walk(at + done, &address);
            CHECK((entry & PTE_WRITE) && (entry & PTE_NO_EXECUTE) && !(entry & PTE_USER));
            CHECK(!ranges_meet(&free, address, address + PAGE));
            for (unsigned byte = 0; byte < PAGE; byte += 8)
                CHECK_EQUAL(*(uint64_t *)ram(address + byte), 0);
            for (unsigned j = 0; j < count; j++)
                CHECK(seen[j] != address);
            seen[count++] = address;
        }
    }
    CHECK_EQUAL(walk(at, &address), 0);
}
