/*
 * pagetable.h - the radix tree of a Space: four levels of 512 entries, level 3 is the root.
 *
 * Knows nothing of capabilities: space.c decides what may be mapped. Nodes come from the Space's
 * chunks only. Lock: the kernel lock.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/space.h"
#include "port/pte.h"

#define PAGE_BYTES        4096ull
#define PAGE_SHIFT        12u
#define NODE_ENTRIES      512u
#define NODE_ENTRIES_LOG2 9u
#define LEVEL_ROOT        3u

/* Which leaves an operation is about: those that lie in [base, base + bytes) whole. */
struct pagetable_filter {
    paddr_t base;
    uint64_t bytes;
};

static inline uint64_t pagetable_entry_bytes(unsigned level)
{
    return PAGE_BYTES << (NODE_ENTRIES_LOG2 * level);
}

/** pagetable_add_chunk - chain the nodes of a donated chunk; the root's node, if in it, is left
 * out. */
void pagetable_add_chunk(struct space *space, const struct slot *chunk);

/** pagetable_make_root - take a node and give it the kernel's entries. There is a free node. */
paddr_t pagetable_make_root(struct space *space);

/** pagetable_set - write one leaf, making nodes on the way; NO_MEMORY, or OVERLAP with another
 * level. */
MUST_USE status_t pagetable_set(struct space *space, uint64_t vaddr, unsigned level, pte_t leaf);

/**
 * pagetable_set_pages - write leaves of one page each for consecutive pages, as far as one node
 * goes.
 * @pages: how many; on success how many were written, at least one
 */
MUST_USE status_t pagetable_set_pages(struct space *space, uint64_t vaddr, pte_t leaf,
                                      uint64_t *pages);

/**
 * pagetable_write_page - write the one entry for @vaddr (0: unmap) if it is in the node that was
 * used last. False if not: take the long way.
 */
MUST_USE static ALWAYS_INLINE bool pagetable_write_page(struct space *space, uint64_t vaddr,
                                                        pte_t leaf)
{
    if (space->last_stretch != vaddr >> (PAGE_SHIFT + NODE_ENTRIES_LOG2))
        return false;
    pte_t *entry = &space->last_node[(vaddr >> PAGE_SHIFT) & (NODE_ENTRIES - 1)];
    pte_t old = *entry;
    *entry = leaf;
    if (pte_present(old))
        arch_tlb_flush_page(space->root, vaddr);
    return true;
}

/**
 * The range operations do a bounded number of entries and return how many bytes they came forward,
 * at least one page, at most the rest of the range. A leaf larger than a page counts only if it
 * lies in the range whole.
 */
uint64_t pagetable_clear_range(struct space *space, uint64_t vaddr, uint64_t size,
                               const struct pagetable_filter *filter);
uint64_t pagetable_protect_range(struct space *space, uint64_t vaddr, uint64_t size,
                                 const struct pagetable_filter *filter, uint8_t rights);

/* What a fork copies: leaves that match, with at most these rights, and the write right taken on
 * both sides. */
struct range_clone {
    const struct pagetable_filter *filter;
    uint8_t rights_max;
    bool write_protect;
};

/** As above; returns 0 when the target has no node left for the first entry. */
uint64_t pagetable_clone_range(struct space *space, struct space *target, uint64_t vaddr,
                               uint64_t size, const struct range_clone *clone);

/** pagetable_harvest - the 4 KiB entry at @vaddr as it was (0: none); its accessed and dirty are
 * cleared. */
pte_t pagetable_harvest(struct space *space, uint64_t vaddr);

/** pagetable_empty - forget the whole user part at once: the root's entries. Nodes are not freed.
 * O(1). */
void pagetable_empty(struct space *space);
