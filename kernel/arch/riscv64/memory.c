/*
 * memory.c - the roots of page tables, and the TLB.
 *
 * One root holds the kernel's half alone; the boot stage has built it. Each Space's root begins
 * with a copy of that half, which never changes; its translations are global.
 *
 * There are no address-space identifiers: whoever loads another root into satp forgets all
 * translations that are not global (privileged manual 4.2.1), so only the root that is loaded needs
 * flushing.
 */
#include "kernel/arch/riscv64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/copy.h"
#include "port/pte.h"

#define SV39_ROOT  2u /* the level of its root; Sv48 has one more */
#define INDEX_BITS 9u
#define ENTRIES    BIT(INDEX_BITS)
#define PAGE_SHIFT 12u
#define SATP_PAGE  0xfffffffffffull

static paddr_t kernel_root;
static uint64_t satp_mode; /* what to add to the page number of a root */

unsigned memory_root_level;
uint64_t memory_user_limit;

/* sfence.vma orders the writes to page tables before it, and the translations after it. */
#define FORGET_PAGE(vaddr) __asm__ volatile("sfence.vma %0, %1" : : "r"(vaddr), "r"(0) : "memory")
#define FORGET_ALL()       __asm__ volatile("sfence.vma zero, %0" : : "r"(0) : "memory")

COLD void memory_init(const struct boot_handover *handover)
{
    kernel_root = handover->kernel_root;
    satp_mode = handover->port[HANDOVER_SATP_MODE] << SATP_MODE_SHIFT;
    memory_root_level = handover->port[HANDOVER_SATP_MODE] == SATP_SV39 ? SV39_ROOT : SV39_ROOT + 1;
    memory_user_limit =
        BIT(PAGE_SHIFT + INDEX_BITS * (memory_root_level + 1) - 1) - BIT(PAGE_SHIFT);
}

COLD paddr_t arch_root_none(void) { return kernel_root; }

COLD void arch_space_leave(void)
{
    arch_caller_forget();
    csr_write(satp, arch_root_word(kernel_root));
    FORGET_ALL();
}

uint64_t arch_root_word(paddr_t root) { return satp_mode | root >> PAGE_SHIFT; }

COLD void arch_root_init(void *root)
{
    const pte_t *kernel = arch_phys_to_virt(kernel_root);
    memcpy((pte_t *)root + PTE_ROOT_USER_ENTRIES, &kernel[PTE_ROOT_USER_ENTRIES],
           (ENTRIES - PTE_ROOT_USER_ENTRIES) * sizeof(pte_t));
}

void arch_tlb_flush_page(paddr_t root, uint64_t vaddr)
{
    if (csr_read(satp) == arch_root_word(root))
        FORGET_PAGE(vaddr);
    cpu_summon_users(root);
}

COLD void arch_tlb_flush_root(paddr_t root)
{
    if (csr_read(satp) == arch_root_word(root))
        FORGET_ALL();
    cpu_summon_users(root);
}

COLD void arch_root_retire(paddr_t root)
{
    if (csr_read(satp) == arch_root_word(root))
        arch_space_leave();
    cpu_summon_all();
}

/* A hart forgets what it fetched, and fetches what it can read (unprivileged manual 3). */
#define FETCH_ANEW() __asm__ volatile("fence.i" : : : "memory")

/* The others do so when they get the lock, which hands them what was written: those that run are
 * summoned for it, the rest idle. */
COLD void arch_code_appears(void)
{
    FETCH_ANEW();
    for (uint32_t i = 0; i < cpu_count; i++)
        cpus[i]->arch.code_stale = cpus[i] != cpu_self();
    cpu_summon_all();
}

COLD void arch_code_refetch(void)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    if (arch->code_stale)
        FETCH_ANEW();
    arch->code_stale = false;
}

/* The entry for @address in the node of @level at @node. */
static ALWAYS_INLINE pte_t *entry_for(paddr_t node, uint64_t address, unsigned level)
{
    pte_t *entries = arch_phys_to_virt(node);
    return &entries[address >> (PAGE_SHIFT + INDEX_BITS * level) & (ENTRIES - 1)];
}

/* The leaf for @address, or NULL. */
static pte_t *find_leaf(paddr_t node, uint64_t address)
{
    if (PTE_ROOT_LEVEL > SV39_ROOT) { /* there are no leaves of 512 GiB */
        pte_t top = *entry_for(node, address, SV39_ROOT + 1);
        if (!pte_present(top))
            return NULL;
        node = pte_address(top);
    }
    pte_t *entry = entry_for(node, address, SV39_ROOT);
#pragma GCC unroll 2
    for (unsigned level = SV39_ROOT; level > 0; level--) {
        pte_t seen = *entry;
        if (!pte_present(seen))
            return NULL;
        if (pte_is_leaf(seen, level))
            return entry;
        entry = entry_for(pte_address(seen), address, level - 1);
    }
    return pte_present(*entry) ? entry : NULL;
}

/* A processor may remember that there was no entry, and may leave the marks to software
 * (privileged manual 4.3.1, 4.3.2). */
bool memory_mend_fault(uint64_t root, uint64_t address, uint64_t cause, bool *present)
{
    paddr_t table = (root & SATP_PAGE) << PAGE_SHIFT;
    pte_t needed = cause == CAUSE_PAGE_STORE ? PTE_WRITE : PTE_READ;
    pte_t marks = cause == CAUSE_PAGE_STORE ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED;
    pte_t *leaf = address < USER_LIMIT ? find_leaf(table, address) : NULL;
    if (cause == CAUSE_PAGE_FETCH)
        needed = PTE_EXECUTE;
    *present = leaf != NULL;
    if (leaf == NULL || !(*leaf & needed))
        return false;
    __atomic_fetch_or(leaf, marks, __ATOMIC_RELAXED); /* another processor may mark it as well */
    FORGET_PAGE(address);
    return true;
}
