/*
 * memory.c - the roots of page tables, and the TLB.
 *
 * One root holds the kernel's half alone; the boot stage has built it. Each Space's root begins
 * with a copy of its two entries, which never change.
 *
 * Translations of the kernel's half are global. There are no address-space identifiers: loading CR3
 * drops all others, so only the root that is loaded needs flushing, and who waits for the lock or
 * for work has left it.
 */
#include "kernel/arch/x86_64/parts.h"
#include "lib/base/x86_64/instructions.h"
#include "port/pte.h"

#define ROOT_PHYSMAP 256u
#define ROOT_IMAGE   511u

static paddr_t kernel_root;

void memory_init(paddr_t root) { kernel_root = root; }

paddr_t arch_root_none(void) { return kernel_root; }

uint64_t arch_root_word(paddr_t root) { return root; }

void arch_space_leave(void) { cr3_write(kernel_root); }

void arch_root_init(void *root)
{
    pte_t *entries = root;
    const pte_t *kernel = arch_phys_to_virt(kernel_root);
    entries[ROOT_PHYSMAP] = kernel[ROOT_PHYSMAP];
    entries[ROOT_IMAGE] = kernel[ROOT_IMAGE];
}

void arch_tlb_flush_page(paddr_t root, uint64_t vaddr)
{
    if (cr3_read() == root)
        __asm__ volatile("invlpg (%0)" : : "r"(vaddr) : "memory");
    cpu_summon_users(root);
}

void arch_tlb_flush_root(paddr_t root)
{
    if (cr3_read() == root)
        cr3_write(root);
    cpu_summon_users(root);
}

void arch_root_retire(paddr_t root)
{
    if (cr3_read() == root)
        arch_space_leave();
    cpu_summon_all();
}
