/*
 * memory.c - the kernel's page tables and the TLB.
 *
 * One root holds the kernel's half; each Space's root begins with a copy of its two entries, which
 * never change. The first 2 MiB have one page table for both views, the physmap and the image: so
 * the text is writable in neither. RAM above is mapped by 2 MiB.
 *
 * Translations of the kernel's half are global. There are no address-space identifiers: loading CR3
 * drops all others, so only the root that is loaded needs flushing.
 */
#include "kernel/arch/x86_64/memory.h"

#include "kernel/arch/x86_64/boot.h"
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/panic.h"
#include "lib/base/bits.h"
#include "port/pte.h"

#define PAGE        0x1000ull
#define LARGE       0x200000ull
#define HUGE        0x40000000ull
#define ENTRIES     512u
#define LOW_TABLES  4u /* directories of the first 4 GiB */
#define PHYSMAP_END (ENTRIES * HUGE)
#define IMAGE_BASE  0x100000ull

#define ROOT_PHYSMAP 256u
#define ROOT_IMAGE   511u

#define KERNEL_NODE (PTE_PRESENT | PTE_WRITE)
#define KERNEL_DATA                                                                                \
    (PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_NO_EXECUTE | PTE_ACCESSED | PTE_DIRTY)

/* boot_entry.S fills them for the first steps. */
#define TABLE __attribute__((section(".bss.page"), aligned(4096)))
extern pte_t memory_root[ENTRIES], memory_physmap[ENTRIES], memory_image[ENTRIES];
extern pte_t memory_image_directory[ENTRIES], memory_directories[LOW_TABLES][ENTRIES];
TABLE pte_t memory_root[ENTRIES];
TABLE pte_t memory_physmap[ENTRIES];
TABLE pte_t memory_image[ENTRIES];
TABLE pte_t memory_image_directory[ENTRIES];
TABLE pte_t memory_directories[LOW_TABLES][ENTRIES];
static TABLE pte_t first_table[ENTRIES];

extern uint8_t image_text_start[], image_rodata_start[], image_data_start[], image_end[];
extern uint8_t stack_guard[];

static pte_t first_entry(paddr_t address)
{
    if (address < IMAGE_BASE || address >= image_phys(image_end))
        return address | KERNEL_DATA;
    if (address == image_phys(stack_guard))
        return 0;
    if (address >= image_phys(image_data_start))
        return address | KERNEL_DATA;
    if (address >= image_phys(image_text_start) && address < image_phys(image_rodata_start))
        return (address | KERNEL_DATA) & ~(PTE_WRITE | PTE_NO_EXECUTE);
    return (address | KERNEL_DATA) & ~PTE_WRITE;
}

/* The highest free stretch of RAM below 4 GiB that holds @size bytes. */
static paddr_t boot_reserve(struct boot_description *boot, uint64_t size)
{
    for (uint32_t i = boot->count_ram; i-- > 0;) {
        paddr_t end = range_end(&boot->ram[i]);
        if (end > BOOT_LIMIT)
            end = BOOT_LIMIT;
        for (uint32_t j = boot->count_taken; j-- > 0;)
            if (boot->taken[j].base < end && range_end(&boot->taken[j]) > end - size)
                end = boot->taken[j].base;
        if (end >= size && end - size >= boot->ram[i].base) {
            ranges_add(boot_taken(boot), end - size, end);
            return end - size;
        }
    }
    kernel_panic("no memory for page tables");
}

static bool ram_within(const struct boot_description *boot, paddr_t base, uint64_t size)
{
    for (uint32_t i = 0; i < boot->count_ram; i++)
        if (boot->ram[i].base < base + size && range_end(&boot->ram[i]) > base)
            return true;
    return false;
}

/* A directory of the physmap: maps what is RAM of one GiB. */
static void directory_fill(const struct boot_description *boot, pte_t *directory, uint64_t gib)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        paddr_t base = gib * HUGE + i * LARGE;
        directory[i] = ram_within(boot, base, LARGE) ? base | KERNEL_DATA | PTE_LARGE : 0;
    }
}

static void physmap_fill(struct boot_description *boot)
{
    for (uint64_t gib = 0; gib < LOW_TABLES; gib++)
        directory_fill(boot, memory_directories[gib], gib);
    memory_directories[0][0] = image_phys(first_table) | KERNEL_NODE;
    for (uint64_t gib = LOW_TABLES; gib < ENTRIES; gib++) {
        if (!ram_within(boot, gib * HUGE, HUGE))
            continue;
        paddr_t table = boot_reserve(boot, PAGE);
        memory_physmap[gib] = table | KERNEL_NODE;
        directory_fill(boot, arch_phys_to_virt(table), gib);
    }
}

void memory_init(struct boot_description *boot)
{
    ranges_remove(boot_ram(boot), PHYSMAP_END, UINT64_MAX);
    for (unsigned i = 0; i < ENTRIES; i++)
        first_table[i] = first_entry(i * PAGE);
    physmap_fill(boot);
    memory_image_directory[0] = image_phys(first_table) | KERNEL_NODE;
    memory_root[0] = 0;
    struct arch_cpu *arch = &cpu_self()->arch;
    arch->root_loaded = image_phys(memory_root);
    cr3_write(arch->root_loaded);
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

paddr_t arch_root_none(void)
{
    return image_phys(memory_root);
}

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
    struct arch_cpu *arch = &cpu_self()->arch;
    if (arch->root_loaded != root)
        return;
    arch->root_loaded = image_phys(memory_root);
    cr3_write(arch->root_loaded);
}
