/*
 * paging.h - the kernel's page tables: what the ports share of building them.
 *
 * The image is mapped page by page with the rights of its sections: nothing is both writable and
 * executable, and a page below the stack is not there. The physmap has all RAM and nothing else, by
 * 1 GiB and 2 MiB where that is RAM, else page by page; and so where the image lies, for there too
 * the text must not be writable.
 */
#pragma once

#include "boot/boot.h"

/* Levels of tables, by what an entry of theirs maps. */
enum paging_level { PAGING_PAGE, PAGING_LARGE, PAGING_HUGE, PAGING_TOP };

enum paging_kind { PAGING_TEXT, PAGING_CONSTANTS, PAGING_DATA, PAGING_REGISTERS };

/* What is being built. */
struct paging {
    paddr_t root;
    enum paging_level root_level;
    uint64_t physmap;    /* where memory lies, and the image */
    uint64_t kernel;     /* by its address in memory */
    paddr_t huge_from;   /* from here on there may be leaves of 1 GiB */
    struct ranges *free; /* where tables come from */
    const struct machine *machine;
    const struct kernel_image *image; /* at the start of machine->image */
};

/** paging_map_image - the kernel's image, and behind it the memory of each other processor. */
void paging_map_image(const struct paging *paging);
void paging_map_ram(const struct paging *paging);

/** paging_map_registers - [@base, @base + @bytes) of a device at @vaddr. */
void paging_map_registers(const struct paging *paging, uint64_t vaddr, paddr_t base,
                          uint64_t bytes);

/* ---- What a port has: its entries ---- */

/** paging_leaf - maps memory at @address for the kernel. It is global, in use and dirty, where
 * there are such marks: the processor never writes to it. */
uint64_t paging_leaf(paddr_t address, enum paging_level level, enum paging_kind kind);
uint64_t paging_node(paddr_t table);

/** paging_table - of an entry that paging_node() has made. */
paddr_t paging_table(uint64_t node);
