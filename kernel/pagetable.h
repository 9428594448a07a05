/*
 * pagetable.h - the radix tree of a Space: levels of 512 entries; the root is of PTE_ROOT_LEVEL.
 *
 * Knows nothing of capabilities: space.c decides what may be mapped. Nodes below the root come from
 * the Space's chunks only. Lock: the kernel lock.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/space.h"
#include "port/pte.h"

#define PAGE_SHIFT        12u
#define NODE_ENTRIES      512u
#define NODE_ENTRIES_LOG2 9u

/* What a range operation does to leaves that lie in memory [base, base + bytes) whole. */
struct pagetable_change {
    paddr_t base;
    uint64_t bytes;
    struct pte_edit edit;      /* all 0: they are unmapped */
    struct space *copy_to;     /* where a clean copy goes, to the same address; or NULL */
    struct pte_edit copy_edit; /* of that, after the first */
};

static inline uint64_t pagetable_entry_bytes(unsigned level)
{
    return PAGE_BYTES << (NODE_ENTRIES_LOG2 * level);
}

/**
 * pagetable_map_range - write leaves for the range, making nodes on the way. A bounded number of
 * entries: *done says how far it came. Fails if not one could be: NO_MEMORY, or OVERLAP with a
 * larger leaf.
 * @leaf: of the first page
 */
MUST_USE status_t pagetable_map_range(struct space *space, uint64_t vaddr, uint64_t size,
                                      pte_t leaf, uint64_t *done);

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
 * pagetable_change_range - change the leaves of the range. A bounded number of entries: returns how
 * many bytes it came forward, at least a page if copies have a place, at most the rest of the
 * range. A leaf larger than a page counts only if it lies in the range whole.
 */
uint64_t pagetable_change_range(struct space *space, uint64_t vaddr, uint64_t size,
                                const struct pagetable_change *change);

/** pagetable_harvest - the 4 KiB entry at @vaddr as it was (0: none); its accessed and dirty are
 * cleared, and if one was set, the caller flushes. There is none before *next. */
pte_t pagetable_harvest(struct space *space, uint64_t vaddr, uint64_t *next);

/** pagetable_empty - forget the whole user part at once: the root's entries. All nodes are free
 * again. */
void pagetable_empty(struct space *space);
