/*
 * paging.c - entries of page tables (privileged manual 4.3 to 4.5), and what the kernel has beside
 * memory: registers of devices, where they are in the physmap. Where the firmware lies, this mode
 * may not even read.
 */
#include "boot/paging.h"

#include "abi/arch/riscv64/boot.h"
#include "boot/riscv64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/riscv64/hardware.h"

#define IN_USE (PTE_VALID | PTE_READ | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY)

uint64_t paging_leaf(paddr_t address, UNUSED enum paging_level level, enum paging_kind kind)
{
    static const uint64_t rights[] = {[PAGING_TEXT] = PTE_EXECUTE,
                                      [PAGING_CONSTANTS] = 0,
                                      [PAGING_DATA] = PTE_WRITE,
                                      [PAGING_REGISTERS] = PTE_WRITE};
    return address >> PTE_SHIFT | IN_USE | rights[kind];
}

uint64_t paging_node(paddr_t table) { return table >> PTE_SHIFT | PTE_VALID; }

paddr_t paging_table(uint64_t node) { return (node & PTE_NUMBER) << PTE_SHIFT; }

static void map_registers(const struct paging *paging, paddr_t base)
{
    if (base != 0)
        paging_map_registers(paging, PHYSMAP_BASE + base, base, PAGE_BYTES);
}

paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel, const struct board *board)
{
    const struct paging paging = {.root = memory_take(free, PAGE_BYTES, PAGE_BYTES),
                                  .root_level = board->has_sv48 ? PAGING_TOP : PAGING_HUGE,
                                  .physmap = PHYSMAP_BASE,
                                  .kernel = KERNEL_BASE,
                                  .free = free,
                                  .machine = machine,
                                  .image = kernel};
    paging_map_image(&paging);
    paging_map_ram(&paging);
    map_registers(&paging, board->plic); /* the priorities */
    map_registers(&paging,
                  align_down(board->plic + PLIC_THRESHOLD(board->plic_context), PAGE_BYTES));
    map_registers(&paging, board->test);
    return paging.root;
}
