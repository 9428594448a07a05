/*
 * paging.c - the kernel's half of the address space (paging.h).
 */
#include "boot/paging.h"

#include "lib/base/bits.h"

#define PAGE_BITS   12u
#define INDEX_BITS  9u
#define ENTRIES     (1u << INDEX_BITS)
#define LARGE_BYTES BIT(PAGE_BITS + INDEX_BITS)
#define HUGE_BYTES  BIT(PAGE_BITS + 2 * INDEX_BITS)

/* Map @address at @vaddr, with tables above the leaf as needed. */
static void map(const struct paging *paging, uint64_t vaddr, paddr_t address,
                enum paging_level level, enum paging_kind kind)
{
    uint64_t *table = boot_memory(paging->root);
    for (unsigned at = paging->root_level;; at--) {
        uint64_t *slot = &table[vaddr >> (PAGE_BITS + at * INDEX_BITS) & (ENTRIES - 1)];
        if (at == level) {
            *slot = paging_leaf(address, level, kind);
            return;
        }
        if (*slot == 0)
            *slot = paging_node(memory_take(paging->free, PAGE_BYTES, PAGE_BYTES));
        table = boot_memory(paging_table(*slot));
    }
}

static bool is_guard(const struct paging *paging, paddr_t page)
{
    return paging->kernel + page == paging->image->stack_guard;
}

/* Of a page of the image. */
static enum paging_kind kind_of(const struct paging *paging, paddr_t page)
{
    uint64_t vaddr = paging->kernel + page;
    if (vaddr < paging->image->rodata)
        return PAGING_TEXT;
    return vaddr < paging->image->data ? PAGING_CONSTANTS : PAGING_DATA;
}

/* Behind the image, for each other processor: a page that is not there, and memory. */
static void map_processors(const struct paging *paging)
{
    uint64_t bytes = paging->image->cpu_bytes, at = paging->image->end;
    for (uint32_t i = 1; i < paging->machine->count_processors; i++, at += bytes) {
        paddr_t memory = memory_take(paging->free, bytes, PAGE_BYTES);
        at += PAGE_BYTES;
        for (uint64_t done = 0; done < bytes; done += PAGE_BYTES)
            map(paging, at + done, memory + done, PAGING_PAGE, PAGING_DATA);
    }
}

void paging_map_image(const struct paging *paging)
{
    const struct range *image = &paging->machine->image;
    for (paddr_t page = image->base; page < range_end(image); page += PAGE_BYTES)
        if (!is_guard(paging, page))
            map(paging, paging->kernel + page, page, PAGING_PAGE, kind_of(paging, page));
    map_processors(paging);
}

/* RAM in [base, base + LARGE_BYTES), page by page; nothing of it is executable. */
static void map_pages(const struct paging *paging, paddr_t base)
{
    const struct range *image = &paging->machine->image;
    for (paddr_t page = base; page < base + LARGE_BYTES; page += PAGE_BYTES) {
        enum paging_kind kind = PAGING_DATA;
        if (page >= image->base && page < range_end(image)) {
            if (is_guard(paging, page))
                continue;
            if (kind_of(paging, page) != PAGING_DATA)
                kind = PAGING_CONSTANTS;
        } else if (!ranges_meet(&paging->machine->ram, page, page + PAGE_BYTES)) {
            continue;
        }
        map(paging, paging->physmap + page, page, PAGING_PAGE, kind);
    }
}

/* May one leaf map [base, base + bytes)? Only if all of it is RAM: a device must not be reached by
 * accesses that the processor makes ahead, nor what is the firmware's; and nothing of it the image.
 */
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

void paging_map_ram(const struct paging *paging)
{
    const struct machine *machine = paging->machine;
    const struct ranges *ram = &machine->ram;
    paddr_t end = ram->count > 0 ? range_end(&ram->items[ram->count - 1]) : 0;
    for (paddr_t at = 0, step; at < end; at += step) {
        bool huge = at >= paging->huge_from && fits_leaf(machine, at, HUGE_BYTES);
        step = huge ? HUGE_BYTES : LARGE_BYTES;
        if (huge || fits_leaf(machine, at, LARGE_BYTES))
            map(paging, paging->physmap + at, at, huge ? PAGING_HUGE : PAGING_LARGE, PAGING_DATA);
        else if (ranges_meet(ram, at, at + step))
            map_pages(paging, at);
    }
}

void paging_map_registers(const struct paging *paging, uint64_t vaddr, paddr_t base, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES)
        map(paging, vaddr + at, base + at, PAGING_PAGE, PAGING_REGISTERS);
}
