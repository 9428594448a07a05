/*
 * pagetable.c - walking and changing the radix tree of a Space.
 */
#include "kernel/pagetable.h"

#include "kernel/arch.h"
#include "lib/base/atomic.h"
#include "lib/base/bits.h"
#include "lib/base/copy.h"

static pte_t *node_entries(paddr_t node) { return arch_phys_to_virt(node); }

static unsigned entry_index(uint64_t vaddr, unsigned level)
{
    return (unsigned)(vaddr >> (PAGE_SHIFT + NODE_ENTRIES_LOG2 * level)) & (NODE_ENTRIES - 1);
}

/* A zeroed node, or 0. Goes round all slots once at most; so does a call that takes several. */
static paddr_t node_take(struct space *space)
{
    const uint64_t count = object_slots(&space->object), start = space->node_slot;
    for (uint64_t i = start; i < start + count; i++) {
        uint64_t at = i & (count - 1);
        struct slot *chunk = &space->slots[at];
        if (chunk->type != OBJECT_UNTYPED || chunk->a >= slot_bytes(chunk))
            continue;
        paddr_t node = chunk->value + chunk->a;
        chunk->a += PAGE_BYTES;
        space->count_nodes++;
        space->node_slot = at;
        memset(arch_phys_to_virt(node), 0, PAGE_BYTES);
        return node;
    }
    return 0;
}

COLD void pagetable_empty(struct space *space)
{
    memset(arch_phys_to_virt(space->root), 0, PTE_ROOT_USER_ENTRIES * sizeof(pte_t));
    space->last_stretch = SPACE_NO_STRETCH;
    space->count_nodes = 0;
    for (uint32_t i = 0; i < object_slots(&space->object); i++)
        if (space->slots[i].type == OBJECT_UNTYPED)
            space->slots[i].a = 0;
    arch_tlb_flush_root(space->root);
    cpu_summon_all(); /* the nodes are given out again */
}

/*
 * The entry for @vaddr at @level, or the one above it at which the walk ends (absent, or a leaf);
 * *level says which it is.
 */
static NOINLINE pte_t *walk(const struct space *space, uint64_t vaddr, unsigned *level)
{
    unsigned target = *level;
    unsigned at = PTE_ROOT_LEVEL;
    pte_t *entry = &node_entries(space->root)[entry_index(vaddr, at)];
    while (at > target) {
        pte_t node = *entry;
        if (!pte_present(node) || pte_is_leaf(node, at))
            break;
        at--;
        entry = &node_entries(pte_address(node))[entry_index(vaddr, at)];
    }
    *level = at;
    return entry;
}

/* Range operations count pages. A larger entry takes as long as some pages, and nodes cost so much
 * that a call goes no further when it has made some (`./corm bench latency`). */
#define LARGE_ENTRY_PAGES 4u

#define NODE_SHIFT (PAGE_SHIFT + NODE_ENTRIES_LOG2)

/*
 * As walk to the lowest level. Remembers the node: neighbours follow, and a node stays where it is
 * until the whole tree is forgotten.
 */
static ALWAYS_INLINE pte_t *walk_to_page(struct space *space, uint64_t vaddr, unsigned *level)
{
    *level = 0;
    if (LIKELY(space->last_stretch == vaddr >> NODE_SHIFT))
        return &space->last_node[entry_index(vaddr, 0)];
    pte_t *entry = walk(space, vaddr, level);
    if (*level == 0) {
        space->last_stretch = vaddr >> NODE_SHIFT;
        space->last_node = entry - entry_index(vaddr, 0);
    }
    return entry;
}

/* The walk ended at @entry of level @at: make the nodes from there down to @level. */
static COLD NOINLINE status_t make_nodes(struct space *space, uint64_t vaddr, unsigned level,
                                         unsigned at, pte_t **found)
{
    pte_t *entry = *found;
    while (at > level) {
        if (pte_present(*entry))
            return OVERLAP;
        paddr_t node = node_take(space);
        if (node == 0)
            return NO_MEMORY;
        *entry = pte_node(node);
        at--;
        entry = &node_entries(node)[entry_index(vaddr, at)];
    }
    *found = entry;
    return OK;
}

/* The entry of @level for @vaddr, with the nodes above it; OVERLAP where a larger leaf, or a node
 * of smaller ones, is in the way. */
static ALWAYS_INLINE status_t reach(struct space *space, uint64_t vaddr, unsigned level,
                                    pte_t **found)
{
    unsigned at = level;
    *found = level == 0 ? walk_to_page(space, vaddr, &at) : walk(space, vaddr, &at);
    if (UNLIKELY(at != level))
        return make_nodes(space, vaddr, level, at, found);
    return pte_present(**found) && !pte_is_leaf(**found, level) ? OVERLAP : OK;
}

static void flush(struct space *space, uint64_t vaddr, uint64_t count_changed)
{
    if (count_changed == 1)
        arch_tlb_flush_page(space->root, vaddr);
    else if (count_changed > 1)
        arch_tlb_flush_root(space->root);
}

/* Entries of the lowest level from the one for @vaddr to the end of its node, at most @pages. */
static uint64_t run_in_node(uint64_t vaddr, uint64_t pages)
{
    uint64_t room = NODE_ENTRIES - entry_index(vaddr, 0);
    if (room > SPACE_RANGE_ENTRIES_MAX)
        room = SPACE_RANGE_ENTRIES_MAX;
    return pages < room ? pages : room;
}

/* Where the hardware wants an entry invalid, and forgotten everywhere, before it maps something
 * else: make it so. Whoever comes by on another processor faults, as if it had come before. */
static ALWAYS_INLINE void break_leaves(struct space *space, uint64_t vaddr, pte_t *entries,
                                       uint64_t count)
{
    pte_t replaced = 0;
    for (uint64_t i = 0; PTE_BREAK_FIRST && i < count; i++)
        replaced |= entries[i];
    if (!pte_present(replaced))
        return;
    memset(entries, 0, count * sizeof(*entries));
    flush(space, vaddr, count);
}

/* Write leaves of @level for what follows @vaddr, as far as one node goes. Says in *count, which is
 * at most 1 above the lowest level, how many it wrote. */
static status_t set_leaves(struct space *space, uint64_t vaddr, unsigned level, pte_t leaf,
                           uint64_t *count)
{
    pte_t *entries;
    status_t status = reach(space, vaddr, level, &entries);
    if (status != OK)
        return status;
    uint64_t written = run_in_node(vaddr, *count);
    pte_t replaced = 0;
    break_leaves(space, vaddr, entries, written);
    for (uint64_t i = 0; i < written; i++) {
        replaced |= entries[i];
        entries[i] = leaf;
        leaf += PTE_PAGE_STEP;
    }
    if (pte_present(replaced))
        flush(space, vaddr, written);
    *count = written;
    return OK;
}

status_t pagetable_map_range(struct space *space, uint64_t vaddr, uint64_t size, pte_t leaf,
                             uint64_t *done)
{
    const uint64_t large = pagetable_entry_bytes(1);
    const uint64_t nodes = space->count_nodes;
    status_t status = OK;
    uint64_t visited = 0;
    *done = 0;
    while (status == OK && visited < SPACE_RANGE_ENTRIES_MAX && *done < size &&
           space->count_nodes == nodes) {
        uint64_t most = SPACE_RANGE_ENTRIES_MAX - visited;
        uint64_t at = vaddr + *done;
        uint64_t left = size - *done;
        uint64_t bytes = large;
        uint64_t count = 1;
        /* One large leaf where it fits and nothing smaller is in the way, else pages. */
        status = OVERLAP;
        if (left >= large && is_aligned(at | pte_address(leaf), large))
            status = set_leaves(space, at, 1, pte_large(leaf), &count);
        if (status == OVERLAP) {
            count = left / PAGE_BYTES < most ? left / PAGE_BYTES : most;
            status = set_leaves(space, at, 0, leaf, &count);
            bytes = count * PAGE_BYTES;
        }
        if (status == OK)
            *done += bytes;
        visited += bytes == large ? LARGE_ENTRY_PAGES : count;
        leaf += bytes / PAGE_BYTES * PTE_PAGE_STEP;
    }
    return *done == 0 ? status : OK;
}

/* What one step of a range operation visits: neighbours of the lowest level, or one larger entry.
 */
struct run {
    pte_t *entries;
    uint64_t count; /* 0: a larger one that does not lie in the range whole, and is left alone */
    uint64_t bytes; /* of the range */
    unsigned level;
};

static ALWAYS_INLINE struct run run_at(struct space *space, uint64_t vaddr, uint64_t left,
                                       uint64_t most)
{
    struct run run;
    run.entries = walk_to_page(space, vaddr, &run.level);
    if (LIKELY(run.level == 0)) {
        run.count = run_in_node(vaddr, left / PAGE_BYTES < most ? left / PAGE_BYTES : most);
        run.bytes = run.count * PAGE_BYTES;
        return run;
    }
    uint64_t entry_bytes = pagetable_entry_bytes(run.level);
    run.bytes = entry_bytes - (vaddr & (entry_bytes - 1));
    if (run.bytes > left)
        run.bytes = left;
    run.count = run.bytes == entry_bytes;
    return run;
}

/* Does @entry, which is no node, map memory that is meant? A larger leaf must lie in it whole. */
static ALWAYS_INLINE bool is_meant(pte_t entry, uint64_t leaf_bytes,
                                   const struct pagetable_change *change)
{
    return pte_present(entry) &&
           range_within(pte_address(entry) - change->base, leaf_bytes, change->bytes);
}

static pte_t edited(pte_t entry, struct pte_edit edit) { return (entry & edit.keep) | edit.set; }

/* Returns how many entries are not as they were. */
static uint64_t change_run(const struct run *run, const struct pagetable_change *change)
{
    const uint64_t leaf_bytes = pagetable_entry_bytes(run->level);
    uint64_t count_changed = 0;
    for (uint64_t i = 0; i < run->count; i++) {
        pte_t old = run->entries[i];
        if (!is_meant(old, leaf_bytes, change))
            continue;
        pte_t new;
        do /* another processor may mark it meanwhile */
            new = edited(old, change->edit);
        while (!atomic_replace(&run->entries[i], &old, new));
        count_changed += new != old;
    }
    return count_changed;
}

/* Nodes for the copies are made when the first is due. */
static NOINLINE status_t copy_run(const struct run *run, uint64_t vaddr,
                                  const struct pagetable_change *change)
{
    const uint64_t leaf_bytes = pagetable_entry_bytes(run->level);
    pte_t *copies = NULL;
    pte_t replaced = 0;
    for (uint64_t i = 0; i < run->count; i++) {
        pte_t old = run->entries[i];
        if (!is_meant(old, leaf_bytes, change))
            continue;
        status_t status = copies ? OK : reach(change->copy_to, vaddr, run->level, &copies);
        if (status != OK)
            return status;
        break_leaves(change->copy_to, vaddr + i * leaf_bytes, &copies[i], 1);
        replaced |= copies[i];
        copies[i] = edited(pte_clean(edited(old, change->edit)), change->copy_edit);
    }
    if (pte_present(replaced))
        flush(change->copy_to, vaddr, run->count);
    return OK;
}

uint64_t pagetable_change_range(struct space *space, uint64_t vaddr, uint64_t size,
                                const struct pagetable_change *change)
{
    uint64_t done = 0;
    uint64_t visited = 0;
    uint64_t count_changed = 0;
    struct space *copy = change->copy_to;
    /* Copying takes twice as long, and there may be nodes to make. */
    const bool fresh = copy != NULL && copy->last_stretch != vaddr >> NODE_SHIFT;
    const uint64_t most = SPACE_RANGE_ENTRIES_MAX >> (copy != NULL) >> fresh;
    const struct space *grows = copy == NULL ? space : copy;
    const uint64_t nodes = grows->count_nodes;
    while (visited < most && done < size && grows->count_nodes == nodes) {
        struct run run = run_at(space, vaddr + done, size - done, most - visited);
        if (copy != NULL && copy_run(&run, vaddr + done, change) != OK)
            break;
        count_changed += change_run(&run, change);
        visited += run.level == 0 ? run.count : LARGE_ENTRY_PAGES;
        done += run.bytes;
    }
    flush(space, vaddr, size == PAGE_BYTES ? count_changed : count_changed * 2);
    return done;
}

COLD pte_t pagetable_harvest(struct space *space, uint64_t vaddr, uint64_t *next)
{
    unsigned level;
    pte_t *entry = walk_to_page(space, vaddr, &level);
    pte_t old = *entry;
    *next = (vaddr | (pagetable_entry_bytes(level) - 1)) + 1;
    if (level != 0 || !pte_present(old))
        return 0;
    while ((pte_accessed(old) || pte_dirty(old)) && !atomic_replace(entry, &old, pte_clean(old)))
        continue;
    return old;
}
