/*
 * paging.c - the kernel's page tables (Intel SDM volume 3, 4.5 "4-level paging").
 *
 * The image is mapped page by page with the rights of its sections: nothing is both writable and
 * executable, and a page below the stack is not there. The physmap has all RAM, by 2 MiB and from
 * 4 GiB on by 1 GiB; where the image lies page by page, for there too the text must not be
 * writable. All entries are global, in use and dirty: the processor never writes to them.
 */
#include "abi/arch/x86_64/boot.h"
#include "boot/x86_64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/x86_64/hardware.h"

#define LARGE_BYTES 0x200000ull
#define HUGE_BYTES  0x40000000ull
#define HUGE_FROM   0x100000000ull
#define INDEX_BITS  9u
#define ENTRIES     (1u << INDEX_BITS)
#define LEVEL_ROOT  3u
#define LEVEL_HUGE  2u
#define LEVEL_LARGE 1u
#define LEVEL_PAGE  0u

#define PTE_GLOBAL 0x100ull /* the kernel's half stays when CR3 is loaded */

#define NODE      (PTE_PRESENT | PTE_WRITE)
#define DATA      (PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_NO_EXECUTE | PTE_ACCESSED | PTE_DIRTY)
#define REGISTERS (DATA | PTE_UNCACHED)

/* What is being built. */
struct tables {
    paddr_t root;
    struct ranges *free;
    const struct machine *machine;
    const struct kernel_image *kernel;
};

/* Put @entry where it maps @vaddr at @level, with nodes above it as needed. */
static void map(const struct tables *tables, uint64_t vaddr, unsigned level, uint64_t entry)
{
    uint64_t *node = boot_memory(tables->root);
    for (unsigned at = LEVEL_ROOT;; at--) {
        uint64_t *slot = &node[vaddr >> (12 + at * INDEX_BITS) & (ENTRIES - 1)];
        if (at == level) {
            *slot = entry;
            return;
        }
        if (*slot == 0)
            *slot = memory_take(tables->free, PAGE_BYTES, PAGE_BYTES) | NODE;
        node = boot_memory(*slot & PTE_ADDRESS);
    }
}

/* The entry for a page of the kernel's image, by its place in it; 0: none. */
static uint64_t image_entry(const struct tables *tables, uint64_t offset)
{
    const struct kernel_image *kernel = tables->kernel;
    uint64_t address = KERNEL_BASE + tables->machine->image.base + offset;
    uint64_t entry = (tables->machine->image.base + offset) | DATA;
    if (address == kernel->stack_guard)
        return 0;
    if (address < kernel->data)
        entry &= ~PTE_WRITE;
    if (address < kernel->rodata)
        entry &= ~PTE_NO_EXECUTE;
    return entry;
}

static void map_image(const struct tables *tables)
{
    const struct range *image = &tables->machine->image;
    for (uint64_t offset = 0; offset < image->size_bytes; offset += PAGE_BYTES)
        map(tables, KERNEL_BASE + image->base + offset, LEVEL_PAGE, image_entry(tables, offset));
}

/* RAM in [base, base + LARGE_BYTES), where there is a part of the image. */
static void map_around_image(const struct tables *tables, paddr_t base)
{
    const struct range *image = &tables->machine->image;
    for (paddr_t page = base; page < base + LARGE_BYTES; page += PAGE_BYTES) {
        if (page >= image->base && page < range_end(image))
            map(tables, PHYSMAP_BASE + page, LEVEL_PAGE,
                image_entry(tables, page - image->base) | PTE_NO_EXECUTE);
        else if (ranges_meet(&tables->machine->ram, page, page + PAGE_BYTES))
            map(tables, PHYSMAP_BASE + page, LEVEL_PAGE, page | DATA);
    }
}

static void map_ram(const struct tables *tables)
{
    const struct ranges *ram = &tables->machine->ram;
    const struct range *image = &tables->machine->image;
    paddr_t end = ram->count > 0 ? range_end(&ram->items[ram->count - 1]) : 0;
    for (paddr_t at = 0, step; at < end; at += step) {
        step = at < HUGE_FROM ? LARGE_BYTES : HUGE_BYTES;
        if (at < range_end(image) && image->base < at + step)
            map_around_image(tables, at);
        else if (ranges_meet(ram, at, at + step))
            map(tables, PHYSMAP_BASE + at, step == LARGE_BYTES ? LEVEL_LARGE : LEVEL_HUGE,
                at | DATA | PTE_LARGE);
    }
}

paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel, paddr_t lapic)
{
    const struct tables tables = {.root = memory_take(free, PAGE_BYTES, PAGE_BYTES),
                                  .free = free,
                                  .machine = machine,
                                  .kernel = kernel};
    map_image(&tables);
    map_ram(&tables);
    map(&tables, IOAPIC_BASE, LEVEL_PAGE, IOAPIC_ADDRESS | REGISTERS);
    map(&tables, LAPIC_BASE, LEVEL_PAGE, lapic | REGISTERS);
    return tables.root;
}
