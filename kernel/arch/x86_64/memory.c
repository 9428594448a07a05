/*
 * memory.c - the kernel's page tables and the TLB.
 *
 * One root holds the kernel's half; each Space's root begins with a copy of its two entries, which
 * never change. The first 2 MiB have one page table for both views, the physmap and the image: so
 * the text is writable in neither. RAM above is mapped by 2 MiB,
 * from 4 GiB on by 1 GiB.
 *
 * Translations of the kernel's half are global. There are no address-space identifiers: loading CR3
 * drops all others, so only the root that is loaded needs flushing.
 */
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "lib/base/bits.h"
#include "port/pte.h"

#define LARGE       0x200000ull
#define HUGE        0x40000000ull
#define ENTRIES     512u
#define LOW_TABLES  4u /* directories of the first 4 GiB */
#define PHYSMAP_END (ENTRIES * HUGE)

#define ROOT_PHYSMAP 256u
#define ROOT_IMAGE   511u

#define KERNEL_NODE (PTE_PRESENT | PTE_WRITE)
#define KERNEL_DATA                                                                                \
    (PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_NO_EXECUTE | PTE_ACCESSED | PTE_DIRTY)

/* boot_entry.S fills them for the first steps. */
#define TABLE __attribute__((section(".bss.page"), aligned(4096)))
TABLE pte_t memory_root[ENTRIES];
TABLE pte_t memory_physmap[ENTRIES];
TABLE pte_t memory_image[ENTRIES];
TABLE pte_t memory_image_directory[ENTRIES];
TABLE pte_t memory_directories[LOW_TABLES][ENTRIES];
static TABLE pte_t first_table[ENTRIES];

extern uint8_t image_text_start[], image_rodata_start[], image_data_start[];
extern uint8_t stack_guard[];

static pte_t first_entry(paddr_t address)
{
    pte_t pte = address | KERNEL_DATA;
    if (address == image_phys(stack_guard))
        return 0;
    if (address < IMAGE_BASE || address >= image_phys(image_data_start))
        return pte;
    if (address >= image_phys(image_text_start) && address < image_phys(image_rodata_start))
        pte &= ~PTE_NO_EXECUTE;
    return pte & ~PTE_WRITE;
}

static bool ram_within(const struct boot_description *boot, paddr_t base, uint64_t size)
{
    for (uint32_t i = 0; i < boot->count_ram; i++)
        if (boot->ram[i].base < base + size && range_end(&boot->ram[i]) > base)
            return true;
    return false;
}

static void physmap_fill(const struct boot_description *boot)
{
    for (uint64_t i = 0; i < LOW_TABLES * ENTRIES; i++)
        memory_directories[i / ENTRIES][i % ENTRIES] =
            ram_within(boot, i * LARGE, LARGE) ? i * LARGE | KERNEL_DATA | PTE_LARGE : 0;
    for (uint64_t i = LOW_TABLES; i < ENTRIES; i++)
        if (ram_within(boot, i * HUGE, HUGE))
            memory_physmap[i] = i * HUGE | KERNEL_DATA | PTE_LARGE;
    memory_directories[0][0] = image_phys(first_table) | KERNEL_NODE;
}

static void kernel_root_load(void)
{
    cpu_self()->arch.root_loaded = image_phys(memory_root);
    cr3_write(image_phys(memory_root));
}

void memory_init(struct boot_description *boot)
{
    bool has_huge = (cpuid(0x80000001, 0).edx & BIT(26)) != 0;
    ranges_set(RANGES(boot, ram), has_huge ? PHYSMAP_END : BOOT_LIMIT, UINT64_MAX, false);
    for (unsigned i = 0; i < ENTRIES; i++)
        first_table[i] = first_entry(i * PAGE);
    physmap_fill(boot);
    memory_image_directory[0] = image_phys(first_table) | KERNEL_NODE;
    memory_root[0] = 0;
    kernel_root_load();
    cr4_write(cr4_read() & ~(uint64_t)CR4_PGE); /* drops global translations too */
    cr4_write(cr4_read() | CR4_PGE);
}

static void page_invalidate(uint64_t vaddr)
{
    __asm__ volatile("invlpg (%0)" : : "r"(vaddr) : "memory");
}

volatile uint32_t *memory_device(enum memory_window window, paddr_t address)
{
    memory_image_directory[window + 1] =
        align_down(address, LARGE) | KERNEL_DATA | PTE_UNCACHED | PTE_LARGE;
    uint64_t vaddr = DEVICE_BASE + window * LARGE;
    page_invalidate(vaddr);
    return (volatile uint32_t *)(vaddr + (address & (LARGE - 1)));
}

paddr_t arch_root_none(void) { return image_phys(memory_root); }

void arch_root_init(void *root)
{
    pte_t *entries = root;
    entries[ROOT_PHYSMAP] = memory_root[ROOT_PHYSMAP];
    entries[ROOT_IMAGE] = memory_root[ROOT_IMAGE];
}

void arch_tlb_flush_page(paddr_t root, uint64_t vaddr)
{
    if (cpu_self()->arch.root_loaded == root)
        page_invalidate(vaddr);
}

void arch_tlb_flush_root(paddr_t root)
{
    if (cpu_self()->arch.root_loaded == root)
        cr3_write(root);
}

void arch_root_retire(paddr_t root)
{
    if (cpu_self()->arch.root_loaded == root)
        kernel_root_load();
}
