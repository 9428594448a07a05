/*
 * paging.c - entries of page tables (Arm ARM D8.3, 4 KiB granule, 48 bits), and what the kernel has
 * beside memory. That a device is out of the processor's reach by accesses ahead: B2.8.2.
 */
#include "boot/paging.h"

#include "abi/arch/aarch64/boot.h"
#include "boot/aarch64/board.h"
#include "boot/aarch64/parts.h"
#include "lib/base/aarch64/hardware.h"

#define DATA (PTE_VALID | PTE_SHARED | PTE_ACCESSED | PTE_USER_NX | PTE_KERNEL_NX)

uint64_t paging_leaf(paddr_t address, enum paging_level level, enum paging_kind kind)
{
    uint64_t entry = address | DATA | (level == PAGING_PAGE ? PTE_TABLE : 0);
    if (kind == PAGING_REGISTERS)
        entry |= PTE_DEVICE;
    if (kind == PAGING_TEXT || kind == PAGING_CONSTANTS)
        entry |= PTE_READ_ONLY;
    if (kind == PAGING_TEXT)
        entry = (entry & ~PTE_KERNEL_NX) | PTE_GUARDED;
    return entry;
}

uint64_t paging_node(paddr_t table) { return table | PTE_VALID | PTE_TABLE; }

paddr_t paging_table(uint64_t node) { return node & PTE_ADDRESS; }

paddr_t paging_build(const struct machine *machine, struct ranges *free,
                     const struct kernel_image *kernel)
{
    const struct paging paging = {.root = memory_take(free, PAGE_BYTES, PAGE_BYTES),
                                  .root_level = PAGING_TOP,
                                  .physmap = PHYSMAP_BASE,
                                  .kernel = KERNEL_BASE,
                                  .free = free,
                                  .machine = machine,
                                  .image = kernel};
    paging_map_image(&paging);
    paging_map_ram(&paging);
    paging_map_registers(&paging, GICD_BASE, BOARD_GICD, GIC_BYTES);
    paging_map_registers(&paging, GICC_BASE, BOARD_GICC, GIC_BYTES);
    paging_map_registers(&paging, UART_BASE, BOARD_UART, PAGE_BYTES);
    return paging.root;
}
