/*
 * paging.c - the kernel's page tables (Arm ARM D8.3, 4 KiB granule, 48 bits).
 *
 * The image is mapped page by page with the rights of its sections: nothing is both writable and
 * executable, and a page below the stack is not there. The physmap has all RAM and nothing else, by
 * 1 GiB and 2 MiB where that is RAM, else page by page; and so where the image lies, for there too
 * the text must not be writable. All entries are global and in use: the processor never writes to
 * them.
 */
#include "abi/arch/aarch64/boot.h"
#include "boot/aarch64/board.h"
#include "boot/aarch64/parts.h"
#include "lib/base/aarch64/hardware.h"
#include "lib/base/bits.h"

#define LARGE_BYTES 0x200000ull
#define HUGE_BYTES  0x40000000ull
#define INDEX_BITS  9u
#define ENTRIES     (1u << INDEX_BITS)
#define LEVEL_ROOT  3u
#define LEVEL_HUGE  2u
#define LEVEL_LARGE 1u
#define LEVEL_PAGE  0u

#define NODE      (PTE_VALID | PTE_TABLE)
#define DATA      (PTE_VALID | PTE_SHARED | PTE_ACCESSED | PTE_USER_NX | PTE_KERNEL_NX)
#define PAGE      (DATA | PTE_TABLE)
#define REGISTERS (PAGE | PTE_DEVICE)

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
    uint64_t entry = (tables->machine->image.base + offset) | PAGE;
    if (address == kernel->stack_guard)
        return 0;
    if (address < kernel->data)
        entry |= PTE_READ_ONLY;
    if (address < kernel->rodata)
        entry = (entry & ~PTE_KERNEL_NX) | PTE_GUARDED;
    return entry;
}

static void map_image(const struct tables *tables)
{
    const struct range *image = &tables->machine->image;
    for (uint64_t offset = 0; offset < image->size_bytes; offset += PAGE_BYTES)
        map(tables, KERNEL_BASE + image->base + offset, LEVEL_PAGE, image_entry(tables, offset));
}

/* RAM in [base, base + LARGE_BYTES), page by page. */
static void map_pages(const struct tables *tables, paddr_t base)
{
    const struct range *image = &tables->machine->image;
    for (paddr_t page = base; page < base + LARGE_BYTES; page += PAGE_BYTES) {
        uint64_t entry = 0;
        if (page >= image->base && page < range_end(image))
            entry = image_entry(tables, page - image->base);
        else if (ranges_meet(&tables->machine->ram, page, page + PAGE_BYTES))
            entry = page | PAGE;
        if (entry != 0)
            map(tables, PHYSMAP_BASE + page, LEVEL_PAGE, entry | PTE_KERNEL_NX);
    }
}

/* May one leaf map [base, base + bytes)? Only if all of it is RAM: a device must not be reached by
 * accesses that the processor makes ahead (Arm ARM B2.8.2); and nothing of it the image. */
static bool fits_leaf(const struct machine *machine, paddr_t base, uint64_t bytes)
{
    const struct ranges *ram = &machine->ram;
    if (!is_aligned(base, bytes) ||
        (base < range_end(&machine->image) && machine->image.base < base + bytes))
        return false;
    for (uint32_t i = 0; i < ram->count; i++)
        if (base >= ram->items[i].base &&
            range_within(base - ram->items[i].base, bytes, ram->items[i].size_bytes))
            return true;
    return false;
}

static void map_ram(const struct tables *tables)
{
    const struct ranges *ram = &tables->machine->ram;
    paddr_t end = ram->count > 0 ? range_end(&ram->items[ram->count - 1]) : 0;
    for (paddr_t at = 0, step; at < end; at += step) {
        bool huge = fits_leaf(tables->machine, at, HUGE_BYTES);
        step = huge ? HUGE_BYTES : LARGE_BYTES;
        if (huge || fits_leaf(tables->machine, at, LARGE_BYTES))
            map(tables, PHYSMAP_BASE + at, huge ? LEVEL_HUGE : LEVEL_LARGE, at | DATA);
        else if (ranges_meet(ram, at, at + step))
            map_pages(tables, at);
    }
}

static void map_registers(const struct tables *tables, uint64_t address, paddr_t base)
{
    for (uint64_t offset = 0; offset < GIC_BYTES; offset += PAGE_BYTES)
        map(tables, address + offset, LEVEL_PAGE, (base + offset) | REGISTERS);
}

paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel)
{
    const struct tables tables = {.root = memory_take(free, PAGE_BYTES, PAGE_BYTES),
                                  .free = free,
                                  .machine = machine,
                                  .kernel = kernel};
    map_image(&tables);
    map_ram(&tables);
    map_registers(&tables, GICD_BASE, BOARD_GICD);
    map_registers(&tables, GICC_BASE, BOARD_GICC);
    map(&tables, UART_BASE, LEVEL_PAGE, BOARD_UART | REGISTERS);
    return tables.root;
}
