/*
 * pagetable.c - walking and changing the radix tree of a Space.
 */
#include "kernel/pagetable.h"

#include "kernel/arch.h"
#include "lib/base/bits.h"
#include "lib/base/string.h"

static pte_t *node_entries(paddr_t node)
{
    return arch_phys_to_virt(node);
}

static unsigned entry_index(uint64_t vaddr, unsigned level)
{
    return (unsigned)(vaddr >> (PAGE_SHIFT + NODE_ENTRIES_LOG2 * level)) & (NODE_ENTRIES - 1);
}

static void node_free(struct space *space, paddr_t node)
{
    node_entries(node)[0] = space->free_nodes;
    space->free_nodes = node;
    space->count_free++;
}

void pagetable_add_chunk(struct space *space, const struct slot *chunk)
{
    uint64_t bytes = 1ull << (chunk->size_log2 & 31);
    for (uint64_t offset = 0; offset < bytes; offset += PAGE_BYTES) {
        space->count_nodes++;
        if (chunk->value + offset != space->root)
            node_free(space, chunk->value + offset);
    }
}

/* A zeroed node, or 0. */
static paddr_t node_take(struct space *space)
{
    paddr_t node = space->free_nodes;
    if (node == 0)
        return 0;
    space->free_nodes = node_entries(node)[0];
    space->count_free--;
    memset(arch_phys_to_virt(node), 0, PAGE_BYTES);
    return node;
}

paddr_t pagetable_make_root(struct space *space)
{
    paddr_t root = node_take(space);
    arch_root_init(arch_phys_to_virt(root));
    return root;
}

void pagetable_empty(struct space *space)
{
    memset(arch_phys_to_virt(space->root), 0, PTE_ROOT_USER_ENTRIES * sizeof(pte_t));
    arch_tlb_flush_root(space->root);
}

/*
 * The entry for @vaddr at @level, or the one above it at which the walk ends (absent, or a leaf);
 * *level says which it is.
 */
static pte_t *walk(const struct space *space, uint64_t vaddr, unsigned *level)
{
    unsigned target = *level;
    pte_t *entry = &node_entries(space->root)[entry_index(vaddr, LEVEL_ROOT)];
    unsigned at = LEVEL_ROOT;
    while (at > target && pte_present(*entry) && !pte_is_leaf(*entry, at)) {
        at--;
        entry = &node_entries(pte_address(*entry))[entry_index(vaddr, at)];
    }
    *level = at;
    return entry;
}

status_t pagetable_set(struct space *space, uint64_t vaddr, unsigned level, pte_t leaf)
{
    unsigned at = level;
    pte_t *entry = walk(space, vaddr, &at);
    while (at > level) {
        if (pte_present(*entry))
            return OVERLAP; /* a larger leaf */
        paddr_t node = node_take(space);
        if (node == 0)
            return NO_MEMORY;
        *entry = pte_node(node);
        at--;
        entry = &node_entries(node)[entry_index(vaddr, at)];
    }
    pte_t old = *entry;
    if (pte_present(old) && !pte_is_leaf(old, level))
        return OVERLAP; /* a node of smaller leaves */
    *entry = leaf;
    if (pte_present(old))
        arch_tlb_flush_page(space->root, vaddr);
    return OK;
}

/* The whole leaf must lie in the Region: a large one that only begins in it is somebody else's. */
static bool filter_matches(const struct pagetable_filter *filter, pte_t entry, unsigned level)
{
    return range_within(pte_address(entry) - filter->base, pagetable_entry_bytes(level),
                        filter->bytes);
}

/* From @vaddr to the end of the entry at @level that covers it, at most @left. */
static uint64_t stride_of(uint64_t vaddr, unsigned level, uint64_t left)
{
    uint64_t bytes = pagetable_entry_bytes(level);
    uint64_t stride = bytes - (vaddr & (bytes - 1));
    return stride < left ? stride : left;
}

/* Is the leaf at @level that covers @vaddr wholly in [vaddr, vaddr + left)? */
static bool leaf_inside(uint64_t vaddr, unsigned level, uint64_t left)
{
    return is_aligned(vaddr, pagetable_entry_bytes(level)) && left >= pagetable_entry_bytes(level);
}

/* One range operation visits entries; for each leaf that counts it writes what `change` says. */
struct range_change {
    const struct pagetable_filter *filter;
    bool clear;
    uint8_t rights;
};

static uint64_t change_range(struct space *space, uint64_t vaddr, uint64_t size,
                             const struct range_change *change)
{
    uint64_t done = 0;
    unsigned flushes = 0;
    uint64_t last = vaddr;
    for (unsigned i = 0; i < SPACE_RANGE_ENTRIES_MAX && done < size; i++) {
        unsigned level = 0;
        pte_t *entry = walk(space, vaddr + done, &level);
        if (pte_present(*entry) && leaf_inside(vaddr + done, level, size - done) &&
            filter_matches(change->filter, *entry, level)) {
            *entry = change->clear ? 0 : pte_with_rights(*entry, change->rights);
            last = vaddr + done;
            flushes++;
        }
        done += stride_of(vaddr + done, level, size - done);
    }
    if (flushes == 1)
        arch_tlb_flush_page(space->root, last);
    else if (flushes > 1)
        arch_tlb_flush_root(space->root);
    return done;
}

uint64_t pagetable_clear_range(struct space *space, uint64_t vaddr, uint64_t size,
                               const struct pagetable_filter *filter)
{
    struct range_change change = {.filter = filter, .clear = true, .rights = 0};
    return space->root == 0 ? size : change_range(space, vaddr, size, &change);
}

uint64_t pagetable_protect_range(struct space *space, uint64_t vaddr, uint64_t size,
                                 const struct pagetable_filter *filter, uint8_t rights)
{
    struct range_change change = {.filter = filter, .clear = false, .rights = rights};
    return space->root == 0 ? size : change_range(space, vaddr, size, &change);
}

uint64_t pagetable_clone_range(struct space *space, struct space *target, uint64_t vaddr,
                               uint64_t size, const struct pagetable_filter *filter,
                               uint8_t rights_max, bool write_protect)
{
    uint64_t done = 0;
    bool flush = false;
    for (unsigned i = 0; i < SPACE_RANGE_ENTRIES_MAX && done < size; i++) {
        unsigned level = 0;
        pte_t *entry = walk(space, vaddr + done, &level);
        if (pte_present(*entry) && leaf_inside(vaddr + done, level, size - done) &&
            filter_matches(filter, *entry, level)) {
            uint8_t rights = pte_rights(*entry);
            uint8_t kept = write_protect ? (uint8_t)(rights & ~REGION_RIGHT_WRITE) : rights;
            pte_t copy = pte_with_rights(pte_clean(*entry), kept & rights_max);
            if (pagetable_set(target, vaddr + done, level, copy) != OK)
                break;
            if (kept != rights) {
                *entry = pte_with_rights(*entry, kept);
                flush = true;
            }
        }
        done += stride_of(vaddr + done, level, size - done);
    }
    if (flush)
        arch_tlb_flush_root(space->root);
    return done;
}

pte_t pagetable_harvest(struct space *space, uint64_t vaddr)
{
    unsigned level = 0;
    if (space->root == 0)
        return 0;
    pte_t *entry = walk(space, vaddr, &level);
    pte_t old = *entry;
    if (level != 0 || !pte_present(old))
        return 0;
    if (pte_accessed(old) || pte_dirty(old)) {
        *entry = pte_clean(old);
        arch_tlb_flush_page(space->root, vaddr);
    }
    return old;
}
