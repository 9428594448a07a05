/*
 * paging.c - the kernel's page tables (privileged manual 4.3 to 4.5).
 *
 * The image is mapped page by page with the rights of its sections: nothing is both writable and
 * executable, and a page below the stack is not there. The physmap has all RAM, by 2 MiB; where the
 * image lies page by page, for there too the text must not be writable. All entries are global, in
 * use and dirty: the processor never writes to them.
 */
#include "abi/arch/riscv64/boot.h"
#include "boot/riscv64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/riscv64/hardware.h"

#define LARGE_BYTES 0x200000ull
#define INDEX_BITS  9u
#define ENTRIES     (1u << INDEX_BITS)
#define LEVEL_ROOT  3u
#define LEVEL_LARGE 1u
#define LEVEL_PAGE  0u

#define IN_USE (PTE_VALID | PTE_READ | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY)
#define DATA   (IN_USE | PTE_WRITE)

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
            *slot = memory_take(tables->free, PAGE_BYTES, PAGE_BYTES) >> PTE_SHIFT | PTE_VALID;
        node = boot_memory((*slot & PTE_NUMBER) << PTE_SHIFT);
    }
}

static uint64_t leaf(paddr_t address, uint64_t rights) { return address >> PTE_SHIFT | rights; }

/* The entry for a page of the kernel's image, by its place in it; 0: none. */
static uint64_t image_entry(const struct tables *tables, uint64_t offset)
{
    const struct kernel_image *kernel = tables->kernel;
    paddr_t page = tables->machine->image.base + offset;
    if (KERNEL_BASE + page == kernel->stack_guard)
        return 0;
    if (KERNEL_BASE + page < kernel->rodata)
        return leaf(page, IN_USE | PTE_EXECUTE);
    return leaf(page, KERNEL_BASE + page < kernel->data ? IN_USE : DATA);
}

static void map_image(const struct tables *tables)
{
    const struct range *image = &tables->machine->image;
    for (uint64_t offset = 0; offset < image->size_bytes; offset += PAGE_BYTES)
        map(tables, KERNEL_BASE + image->base + offset, LEVEL_PAGE, image_entry(tables, offset));
}

/* RAM in [base, base + LARGE_BYTES), where there is a part of the image, or not all is RAM. */
static void map_pages(const struct tables *tables, paddr_t base)
{
    const struct range *image = &tables->machine->image;
    for (paddr_t page = base; page < base + LARGE_BYTES; page += PAGE_BYTES) {
        if (page >= image->base && page < range_end(image))
            map(tables, PHYSMAP_BASE + page, LEVEL_PAGE,
                image_entry(tables, page - image->base) & ~PTE_EXECUTE);
        else if (ranges_meet(&tables->machine->ram, page, page + PAGE_BYTES))
            map(tables, PHYSMAP_BASE + page, LEVEL_PAGE, leaf(page, DATA));
    }
}

/* What is not RAM is left out to the page: where the firmware lies, this mode may not even read. */
static void map_ram(const struct tables *tables)
{
    const struct range *image = &tables->machine->image;
    const struct ranges *ram = &tables->machine->ram;
    for (uint32_t i = 0; i < ram->count; i++) {
        paddr_t begin = align_down(ram->items[i].base, LARGE_BYTES);
        for (paddr_t at = begin; at < range_end(&ram->items[i]); at += LARGE_BYTES) {
            bool whole = at >= ram->items[i].base &&
                         range_within(at, LARGE_BYTES, range_end(&ram->items[i]));
            if (!whole || (at < range_end(image) && image->base < at + LARGE_BYTES))
                map_pages(tables, at);
            else
                map(tables, PHYSMAP_BASE + at, LEVEL_LARGE, leaf(at, DATA));
        }
    }
}

static void map_registers(const struct tables *tables, paddr_t base, uint64_t bytes)
{
    for (uint64_t at = 0; base != 0 && at < bytes; at += PAGE_BYTES)
        map(tables, PHYSMAP_BASE + base + at, LEVEL_PAGE, leaf(base + at, DATA));
}

paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel, const struct board *board)
{
    const struct tables tables = {.root = memory_take(free, PAGE_BYTES, PAGE_BYTES),
                                  .free = free,
                                  .machine = machine,
                                  .kernel = kernel};
    map_image(&tables);
    map_ram(&tables);
    map_registers(&tables, board->plic, PAGE_BYTES); /* the priorities */
    map_registers(&tables,
                  align_down(board->plic + PLIC_THRESHOLD(board->plic_context), PAGE_BYTES),
                  PAGE_BYTES);
    map_registers(&tables, board->test, PAGE_BYTES);
    return tables.root;
}
