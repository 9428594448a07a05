/*
 * paging.c - entries of page tables (Intel SDM volume 3, 4.5 "4-level paging"), and what the kernel
 * has beside memory. Below 4 GiB, where memory types may change within 1 GiB, leaves are of 2 MiB.
 */
#include "boot/paging.h"

#include "abi/arch/x86_64/boot.h"
#include "boot/x86_64/parts.h"
#include "lib/base/x86_64/hardware.h"

#define HUGE_FROM  0x100000000ull
#define PTE_GLOBAL 0x100ull /* the kernel's half stays when CR3 is loaded */
#define IN_USE     (PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY)

uint64_t paging_leaf(paddr_t address, enum paging_level level, enum paging_kind kind)
{
    static const uint64_t rights[] = {[PAGING_TEXT] = 0,
                                      [PAGING_CONSTANTS] = PTE_NO_EXECUTE,
                                      [PAGING_DATA] = PTE_NO_EXECUTE | PTE_WRITE,
                                      [PAGING_REGISTERS] =
                                          PTE_NO_EXECUTE | PTE_WRITE | PTE_UNCACHED};
    return address | IN_USE | rights[kind] | (level == PAGING_PAGE ? 0 : PTE_LARGE);
}

uint64_t paging_node(paddr_t table) { return table | PTE_PRESENT | PTE_WRITE; }

paddr_t paging_table(uint64_t node) { return node & PTE_ADDRESS; }

paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel, paddr_t lapic)
{
    const struct paging paging = {.root = memory_take(free, PAGE_BYTES, PAGE_BYTES),
                                  .root_level = PAGING_TOP,
                                  .physmap = PHYSMAP_BASE,
                                  .kernel = KERNEL_BASE,
                                  .huge_from = HUGE_FROM,
                                  .free = free,
                                  .machine = machine,
                                  .image = kernel};
    paging_map_image(&paging);
    paging_map_ram(&paging);
    paging_map_registers(&paging, IOAPIC_BASE, IOAPIC_ADDRESS, PAGE_BYTES);
    paging_map_registers(&paging, LAPIC_BASE, lapic, PAGE_BYTES);
    return paging.root;
}
