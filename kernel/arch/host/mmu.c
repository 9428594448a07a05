/*
 * mmu.c - a memory management unit in software, with a TLB that forgets nothing by itself.
 *
 * With several processors each forgets what it knows when it loads another root.
 *
 * It walks the page tables by itself, apart from kernel/pagetable.c, so that each checks the other.
 */
#include "kernel/arch/host/host.h"
#include "lib/base/check.h"
#include "port/pte.h"

#define LEVELS      4u
#define TLB_ENTRIES 256u

struct translation {
    paddr_t root; /* 0: free */
    uint32_t cpu;
    uint64_t vaddr;
    uint64_t bytes;
    pte_t leaf;
};

static struct translation tlb[TLB_ENTRIES];
static unsigned tlb_victim;
static paddr_t loaded_root[HOST_CPUS_MAX];

static uint64_t level_bytes(unsigned level) { return 4096ull << (9 * level); }

/* The leaf for @vaddr and its level, or NULL. */
static pte_t *find_leaf(paddr_t root, uint64_t vaddr, unsigned *level)
{
    paddr_t node = root;
    for (unsigned at = LEVELS; at-- > 0;) {
        pte_t *entries = arch_phys_to_virt(node);
        pte_t *entry = &entries[vaddr / level_bytes(at) % 512];
        if (!(*entry & PTE_PRESENT))
            return NULL;
        *level = at;
        if (at == 0 || (*entry & PTE_LEAF))
            return entry;
        node = *entry & PTE_ADDRESS;
    }
    return NULL;
}

static struct translation *tlb_find(paddr_t root, uint64_t vaddr)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        if (tlb[i].root == root && tlb[i].cpu == host_cpu && vaddr - tlb[i].vaddr < tlb[i].bytes)
            return &tlb[i];
    return NULL;
}

static struct translation *tlb_fill(paddr_t root, uint64_t vaddr)
{
    unsigned level = 0;
    pte_t *leaf = find_leaf(root, vaddr, &level);
    if (leaf == NULL)
        return NULL;
    struct translation *slot = &tlb[tlb_victim++ % TLB_ENTRIES];
    uint64_t bytes = level_bytes(level);
    *slot = (struct translation){.root = root,
                                 .cpu = host_cpu,
                                 .vaddr = vaddr & ~(bytes - 1),
                                 .bytes = bytes,
                                 .leaf = *leaf};
    return slot;
}

bool host_access(paddr_t root, uint64_t vaddr, uint8_t rights, paddr_t *address)
{
    if (root == 0 || vaddr >= USER_LIMIT)
        return false;
    host_tlb_load(root);
    struct translation *found = tlb_find(root, vaddr);
    if (found == NULL)
        found = tlb_fill(root, vaddr);
    if (found == NULL || (rights & ~found->leaf & PTE_RIGHTS) != 0)
        return false;
    pte_t marks = PTE_ACCESSED | (rights & REGION_RIGHT_WRITE ? PTE_DIRTY : 0);
    if ((found->leaf & marks) != marks) {
        unsigned level = 0;
        pte_t *leaf = find_leaf(root, vaddr, &level);
        ASSERT(leaf != NULL);
        *leaf |= marks;
        found->leaf |= marks;
    }
    *address = (found->leaf & PTE_ADDRESS) + (vaddr - found->vaddr);
    return true;
}

bool host_tlb_coherent(void)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        unsigned level = 0;
        if (tlb[i].root == 0)
            continue;
        const pte_t *leaf = find_leaf(tlb[i].root, tlb[i].vaddr, &level);
        if (leaf == NULL || *leaf != tlb[i].leaf || level_bytes(level) != tlb[i].bytes)
            return false;
    }
    return true;
}

paddr_t arch_root_none(void) { return 0; }

uint64_t arch_root_word(paddr_t root) { return root; }

void arch_root_init(void *root)
{
    pte_t *entries = root;
    for (unsigned i = PTE_ROOT_USER_ENTRIES; i < 512; i++)
        entries[i] = 0; /* the kernel lives elsewhere */
}

void arch_tlb_flush_page(paddr_t root, uint64_t vaddr)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        if (tlb[i].root == root && tlb[i].cpu == host_cpu && vaddr - tlb[i].vaddr < tlb[i].bytes)
            tlb[i].root = 0;
    cpu_summon_users(root);
}

void arch_tlb_flush_root(paddr_t root)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        if (tlb[i].root == root && tlb[i].cpu == host_cpu)
            tlb[i].root = 0;
    cpu_summon_users(root);
}

void host_tlb_load(paddr_t root)
{
    if (cpu_count == 1 || loaded_root[host_cpu] == root)
        return;
    host_tlb_leave(host_cpu);
    loaded_root[host_cpu] = root;
}

void host_tlb_leave(uint32_t cpu)
{
    loaded_root[cpu] = 0;
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        if (tlb[i].cpu == cpu)
            tlb[i].root = 0;
}

unsigned host_code_appeared;

void arch_code_appears(void)
{
    host_code_appeared++;
    for (uint32_t i = 0; i < cpu_count; i++)
        cpus[i]->arch.code_stale = i != host_cpu;
    cpu_summon_all();
}

void arch_code_refetch(void) { cpu_self()->arch.code_stale = false; }

void arch_root_retire(paddr_t root)
{
    arch_tlb_flush_root(root);
    cpu_summon_all();
}
