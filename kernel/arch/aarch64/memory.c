/*
 * memory.c - the roots of page tables, and the TLB (Arm ARM D8.13).
 *
 * The kernel's half has a root of its own, which the boot stage has built and no Space knows. What
 * the TLB holds of user level carries the address-space identifier of its root. One identifier
 * belongs to one root at a time, so that switching needs no invalidation; roots beyond their number
 * share identifier 0, and what is cached of that goes at each switch to such a root
 * (syscall_entry.S). An invalidation is for all processors.
 *
 * Lock: the kernel lock.
 */
#include "kernel/arch/aarch64/parts.h"
#include "lib/base/bits.h"
#include "port/pte.h"

#define ASID_COUNT 0x8000u /* those with ROOT_ASID_BIT set */
#define ASID_SHIFT 48
#define WORD_BITS  64u
#define ROOT_BYTES 4096

#define TCR_HA BIT(39)
#define TCR_HD BIT(40)

pte_t pte_unmarked = PTE_ACCESSED, pte_writable;

static uint64_t asids_used[ASID_COUNT / WORD_BITS];
static uint32_t asid_word; /* where the last one was found */
static uint64_t root_none[ROOT_BYTES / sizeof(uint64_t)] ALIGNED(ROOT_BYTES);

static uint64_t *root_ttbr(paddr_t root)
{
    uint64_t *entries = arch_phys_to_virt(root);
    return &entries[ROOT_TTBR / sizeof(*entries)];
}

paddr_t arch_root_none(void) { return (uintptr_t)root_none - KERNEL_BASE; }

/* Bounded: all words of the map once. */
static uint64_t asid_take(void)
{
    for (uint32_t i = 0; i < ARRAY_LENGTH(asids_used); i++) {
        uint32_t at = (asid_word + i) % ARRAY_LENGTH(asids_used);
        if (asids_used[at] == UINT64_MAX)
            continue;
        unsigned bit = bits_lowest(~asids_used[at]);
        asids_used[at] |= BIT(bit);
        asid_word = at;
        return ASID_COUNT + at * WORD_BITS + bit;
    }
    return 0;
}

uint64_t arch_root_word(paddr_t root) { return *root_ttbr(root); }

void arch_root_init(void *root)
{
    paddr_t address = arch_virt_to_phys(root);
    *root_ttbr(address) = address | asid_take() << ASID_SHIFT;
}

void memory_init(void)
{
    uint64_t tcr = SYSTEM_READ(tcr_el1);
    if (tcr & TCR_HA)
        pte_unmarked = 0;
    if (tcr & TCR_HD)
        pte_writable = PTE_DIRTY_MARK | PTE_READ_ONLY;
    arch_root_init(arch_phys_to_virt(arch_root_none()));
}

void arch_space_leave(void)
{
    SYSTEM_WRITE(ttbr0_el1, *root_ttbr(arch_root_none()));
    instruction_barrier();
}

/* Order: what was written to the tables is seen by all walks; then the invalidation is made, and
 * complete everywhere. */
#define TLB_INVALIDATE(operation, operand)                                                         \
    __asm__ volatile("dsb ishst\n\ttlbi " operation ", %0\n\tdsb ish" : : "r"(operand) : "memory")

void arch_tlb_flush_page(paddr_t root, uint64_t vaddr)
{
    uint64_t asid = *root_ttbr(root) >> ASID_SHIFT << ASID_SHIFT;
    TLB_INVALIDATE("vae1is", asid | vaddr >> 12);
}

void arch_tlb_flush_root(paddr_t root)
{
    TLB_INVALIDATE("aside1is", *root_ttbr(root) >> ASID_SHIFT << ASID_SHIFT);
}

void arch_root_retire(paddr_t root)
{
    uint64_t *ttbr = root_ttbr(root);
    if (SYSTEM_READ(ttbr0_el1) == *ttbr)
        arch_space_leave();
    cpu_summon_all();
    arch_tlb_flush_root(root);
    uint64_t asid = (*ttbr >> ASID_SHIFT) - ASID_COUNT;
    if (asid < ASID_COUNT)
        asids_used[asid / WORD_BITS] &= ~BIT(asid % WORD_BITS);
    *ttbr = 0;
}
