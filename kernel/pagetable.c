/*
 * pagetable.c - walking and changing the radix tree of a Space.
 */
#include "kernel/pagetable.h"

#include "kernel/arch.h"
#include "lib/base/bits.h"
#include "lib/base/copy.h"

static pte_t *node_entries(paddr_t node) { return arch_phys_to_virt(node); }

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

COLD void pagetable_add_chunk(struct space *space, const struct slot *chunk)
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

COLD paddr_t pagetable_make_root(struct space *space)
{
    paddr_t root = node_take(space);
    arch_root_init(arch_phys_to_virt(root));
    return root;
}

COLD void pagetable_empty(struct space *space)
{
    memset(arch_phys_to_virt(space->root), 0, PTE_ROOT_USER_ENTRIES * sizeof(pte_t));
    space->last_stretch = SPACE_NO_STRETCH;
    arch_tlb_flush_root(space->root);
}

/*
 * The entry for @vaddr at @level, or the one above it at which the walk ends (absent, or a leaf);
 * *level says which it is.
 */
static NOINLINE pte_t *walk(const struct space *space, uint64_t vaddr, unsigned *level)
{
    unsigned target = *level;
    unsigned at = LEVEL_ROOT;
    pte_t *entry = &node_entries(space->root)[entry_index(vaddr, LEVEL_ROOT)];
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

/* The entry for the page at @vaddr, with the nodes above it; OVERLAP where a larger leaf is in the
 * way. */
static status_t reach_page(struct space *space, uint64_t vaddr, pte_t **found)
{
    unsigned at;
    *found = walk_to_page(space, vaddr, &at);
    return LIKELY(at == 0) ? OK : make_nodes(space, vaddr, 0, at, found);
}

static void flush(struct space *space, uint64_t vaddr, uint64_t count_changed)
{
    if (count_changed == 1)
        arch_tlb_flush_page(space->root, vaddr);
    else if (count_changed > 1)
        arch_tlb_flush_root(space->root);
}

COLD status_t pagetable_set(struct space *space, uint64_t vaddr, unsigned level, pte_t leaf)
{
    unsigned at = level;
    pte_t *entry = walk(space, vaddr, &at);
    status_t status = make_nodes(space, vaddr, level, at, &entry);
    if (status != OK)
        return status;
    pte_t old = *entry;
    if (pte_present(old) && !pte_is_leaf(old, level))
        return OVERLAP; /* a node of smaller leaves */
    *entry = leaf;
    if (pte_present(old))
        arch_tlb_flush_page(space->root, vaddr);
    return OK;
}

/* Entries of the lowest level from the one for @vaddr to the end of its node, at most @pages. */
static uint64_t run_in_node(uint64_t vaddr, uint64_t pages)
{
    uint64_t room = NODE_ENTRIES - entry_index(vaddr, 0);
    if (room > SPACE_RANGE_ENTRIES_MAX)
        room = SPACE_RANGE_ENTRIES_MAX;
    return pages < room ? pages : room;
}

status_t pagetable_set_pages(struct space *space, uint64_t vaddr, pte_t leaf, uint64_t *pages)
{
    pte_t *entries;
    status_t status = reach_page(space, vaddr, &entries);
    if (status != OK)
        return status;
    uint64_t count = run_in_node(vaddr, *pages);
    pte_t replaced = 0;
    for (uint64_t i = 0; i < count; i++) {
        replaced |= entries[i];
        entries[i] = leaf;
        leaf += PTE_PAGE_STEP;
    }
    if (pte_present(replaced))
        flush(space, vaddr, count);
    *pages = count;
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

static pte_t changed(pte_t entry, const struct range_change *change)
{
    return change->clear ? 0 : pte_with_rights(entry, change->rights);
}

/* @count entries of the lowest level; returns how many were changed. */
static uint64_t change_run(pte_t *entries, uint64_t count, const struct range_change *change)
{
    paddr_t base = change->filter->base;
    uint64_t bytes = change->filter->bytes;
    uint64_t count_changed = 0;
    for (uint64_t i = 0; i < count; i++) {
        pte_t entry = entries[i];
        if (!pte_present(entry) || pte_address(entry) - base >= bytes)
            continue;
        entries[i] = changed(entry, change);
        count_changed++;
    }
    return count_changed;
}

static uint64_t change_range(struct space *space, uint64_t vaddr, uint64_t size,
                             const struct range_change *change)
{
    uint64_t done = 0;
    uint64_t count_changed = 0;
    for (uint64_t visited = 0; visited < SPACE_RANGE_ENTRIES_MAX && done < size; visited++) {
        unsigned level;
        pte_t *entry = walk_to_page(space, vaddr + done, &level);
        uint64_t left = size - done;
        if (LIKELY(level == 0)) {
            uint64_t count = run_in_node(vaddr + done, left / PAGE_BYTES);
            count_changed += change_run(entry, count, change);
            visited += count - 1;
            done += count * PAGE_BYTES;
            continue;
        }
        if (pte_present(*entry) && leaf_inside(vaddr + done, level, left) &&
            filter_matches(change->filter, *entry, level)) {
            *entry = changed(*entry, change);
            count_changed++;
        }
        done += stride_of(vaddr + done, level, left);
    }
    flush(space, vaddr, size == PAGE_BYTES ? count_changed : count_changed * 2);
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

/* One entry of a fork: what goes to the target, and what is left here. */
static pte_t clone_entry(pte_t *entry, const struct range_clone *clone)
{
    pte_t old = *entry;
    uint8_t rights = pte_rights(old);
    uint8_t kept = clone->write_protect ? (uint8_t)(rights & ~REGION_RIGHT_WRITE) : rights;
    if (kept != rights)
        *entry = pte_with_rights(old, kept);
    return pte_with_rights(pte_clean(old), kept & clone->rights_max);
}

/* @count entries of the lowest level from @vaddr on. The target's node is made when the first is
 * due. */
static NOINLINE status_t clone_run(struct space *target, uint64_t vaddr, pte_t *entries,
                                   uint64_t count, const struct range_clone *clone)
{
    pte_t *twins = NULL;
    pte_t replaced = 0;
    for (uint64_t i = 0; i < count; i++) {
        pte_t entry = entries[i];
        if (!pte_present(entry) || pte_address(entry) - clone->filter->base >= clone->filter->bytes)
            continue;
        if (twins == NULL) {
            status_t status = reach_page(target, vaddr, &twins);
            if (status != OK)
                return status;
        }
        replaced |= twins[i];
        twins[i] = clone_entry(&entries[i], clone);
    }
    if (pte_present(replaced))
        flush(target, vaddr, count);
    return OK;
}

uint64_t pagetable_clone_range(struct space *space, struct space *target, uint64_t vaddr,
                               uint64_t size, const struct range_clone *clone)
{
    uint64_t done = 0;
    for (uint64_t visited = 0; visited < SPACE_RANGE_ENTRIES_MAX && done < size; visited++) {
        unsigned level = 0;
        pte_t *entry = walk(space, vaddr + done, &level);
        uint64_t left = size - done;
        uint64_t stride = stride_of(vaddr + done, level, left);
        if (level == 0) {
            uint64_t count = run_in_node(vaddr + done, left / PAGE_BYTES);
            if (clone_run(target, vaddr + done, entry, count, clone) != OK)
                break;
            visited += count - 1;
            stride = count * PAGE_BYTES;
        } else if (pte_present(*entry) && leaf_inside(vaddr + done, level, left) &&
                   filter_matches(clone->filter, *entry, level)) {
            if (pagetable_set(target, vaddr + done, level, clone_entry(entry, clone)) != OK)
                break;
        }
        done += stride;
    }
    if (clone->write_protect && done > 0)
        arch_tlb_flush_root(space->root);
    return done;
}

COLD pte_t pagetable_harvest(struct space *space, uint64_t vaddr)
{
    unsigned level;
    if (space->root == 0)
        return 0;
    pte_t *entry = walk_to_page(space, vaddr, &level);
    pte_t old = *entry;
    if (level != 0 || !pte_present(old))
        return 0;
    if (pte_accessed(old) || pte_dirty(old)) {
        *entry = pte_clean(old);
        arch_tlb_flush_page(space->root, vaddr);
    }
    return old;
}
