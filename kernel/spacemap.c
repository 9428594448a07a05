/*
 * spacemap.c - Space: the operations on ranges of pages. space.c has the slots, pagetable.c walks
 * the tree.
 *
 * All checks of authority are here: what is mapped lies in an attached Region, inside that slot's
 * window, with no more rights than the Region has, and never writable and executable in a native
 * Space.
 */
#include "kernel/space.h"

#include "kernel/pagetable.h"
#include "lib/base/bits.h"

#define RIGHTS_WX            (REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE)
#define RIGHTS_ALL           (REGION_RIGHT_READ | RIGHTS_WX)
#define MAP_LIST_PAIRS       7u
#define MAP_LIST_OFFSET_BITS 28u
#define CLONE_WRITE_PROTECT  1u
#define HARVEST_PAGES        64u

/*
 * The attached Region of slot @index, if it may be mapped with @rights, which it is about to be. No
 * machine can withhold reading from what is mapped, so it takes the right to read.
 */
static ALWAYS_INLINE status_t attached_slot(struct space *space, uint64_t index, uint64_t rights,
                                            struct slot **slot)
{
    struct slot *found = space_slot(space, index);
    if (found == NULL)
        return RANGE;
    if (found->type != OBJECT_REGION) /* empty, or a chunk of nodes */
        return EMPTY;
    if ((rights & ~(uint64_t)found->rights) != 0 || !(rights & REGION_RIGHT_READ) ||
        ((rights & RIGHTS_WX) == RIGHTS_WX && !space_is_guest(space)))
        return RIGHTS;
    if (rights & REGION_RIGHT_EXECUTE)
        arch_code_appears();
    *slot = found;
    return OK;
}

/* Are these whole pages, of whole pages from @offset on, in the window? It lies below the end of
 * user level as a whole. */
static ALWAYS_INLINE bool window_covers(const struct slot *slot, uint64_t vaddr, uint64_t size,
                                        uint64_t offset)
{
    return size != 0 && is_aligned(vaddr | size | offset, PAGE_BYTES) && vaddr >= slot->a &&
           vaddr <= slot->b && size <= slot->b - vaddr;
}

static pte_t leaf_of(const struct slot *slot, uint64_t offset, uint64_t rights)
{
    return pte_leaf(slot->value + offset, (uint8_t)rights, slot->device);
}

status_t space_map(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_map_args *args = call->arguments;
    struct slot *slot = NULL;
    status_t status = attached_slot(space, args->slot, args->rights, &slot);
    if (status != OK)
        return status;
    if (!window_covers(slot, args->vaddr, args->size_bytes, args->offset) ||
        !range_within(args->offset, args->size_bytes, slot_bytes(slot)))
        return RANGE;
    pte_t leaf = leaf_of(slot, args->offset, args->rights);
    uint64_t done = args->size_bytes;
    if (done != PAGE_BYTES || !pagetable_write_page(space, args->vaddr, leaf))
        status = pagetable_map_range(space, args->vaddr, args->size_bytes, leaf, &done);
    if (status == OK)
        call->words[0] = done;
    return status;
}

COLD status_t space_map_list(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_map_list_args *args = call->arguments;
    const uint64_t *pairs = &call->words[1]; /* p0 and on */
    uint64_t rights = args->control >> 8;
    struct slot *slot = NULL;
    status_t status = attached_slot(space, args->control & 0xff, rights, &slot);
    uint64_t count = 0;
    const uint64_t nodes = space->count_nodes;
    while (status == OK && count < MAP_LIST_PAIRS && pairs[count] != 0 &&
           space->count_nodes == nodes) {
        uint64_t vaddr = (pairs[count] >> MAP_LIST_OFFSET_BITS) * PAGE_BYTES;
        uint64_t offset = (pairs[count] & (BIT(MAP_LIST_OFFSET_BITS) - 1)) * PAGE_BYTES;
        uint64_t done = 0;
        status = RANGE;
        if (window_covers(slot, vaddr, PAGE_BYTES, offset) &&
            range_within(offset, PAGE_BYTES, slot_bytes(slot)))
            status =
                pagetable_map_range(space, vaddr, PAGE_BYTES, leaf_of(slot, offset, rights), &done);
        count += status == OK;
    }
    call->words[0] = count;
    return count == 0 ? status : OK;
}

status_t space_unmap(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_unmap_args *args = call->arguments;
    if (!space_range_valid(args->vaddr, args->size_bytes))
        return RANGE;
    if (args->size_bytes == PAGE_BYTES && pagetable_write_page(space, args->vaddr, 0)) {
        call->words[0] = PAGE_BYTES;
        return OK;
    }
    struct pagetable_change unmap = {.bytes = ~0ull};
    call->words[0] = pagetable_change_range(space, args->vaddr, args->size_bytes, &unmap);
    return OK;
}

COLD status_t space_protect(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_protect_args *args = call->arguments;
    struct slot *slot = NULL;
    status_t status = attached_slot(space, args->slot, args->rights, &slot);
    if (status != OK)
        return status;
    /* Outside the window, revoking this slot would not find what it raised. */
    if (!window_covers(slot, args->vaddr, args->size_bytes, 0))
        return RANGE;
    struct pagetable_change change = {.base = slot->value,
                                      .bytes = slot_bytes(slot),
                                      .edit = pte_edit_rights((uint8_t)args->rights)};
    call->words[0] = pagetable_change_range(space, args->vaddr, args->size_bytes, &change);
    return OK;
}

/* May what @from's slot holds be mapped in the same way through @to's? */
static bool clonable(const struct space *from, const struct slot *slot, const struct space *to,
                     const struct slot *twin)
{
    return to != from && twin->value == slot->value && twin->size_log2 == slot->size_log2 &&
           (slot->rights & ~twin->rights) == 0 && (space_is_guest(to) || !space_is_guest(from));
}

status_t space_clone_range(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    struct space *target = (struct space *)call->caps[0]->object;
    const struct space_clone_range_args *args = call->arguments;
    struct slot *slot = NULL;
    struct slot *twin = NULL;
    status_t status = attached_slot(space, args->slot, REGION_RIGHT_READ, &slot);
    if (status == OK)
        status = attached_slot(target, args->slot, REGION_RIGHT_READ, &twin);
    if (status != OK)
        return status;
    if (!clonable(space, slot, target, twin) ||
        !window_covers(twin, args->vaddr, args->size_bytes, 0))
        return RANGE;
    bool protect = (args->flags & CLONE_WRITE_PROTECT) != 0;
    struct pagetable_change change = {
        .base = slot->value,
        .bytes = slot_bytes(slot),
        .edit = pte_edit_limit(protect ? RIGHTS_ALL & ~REGION_RIGHT_WRITE : RIGHTS_ALL),
        .copy_to = target,
        .copy_edit = pte_edit_limit(twin->rights)};
    uint64_t done = pagetable_change_range(space, args->vaddr, args->size_bytes, &change);
    if (done == 0)
        return NO_MEMORY;
    call->words[0] = done;
    return OK;
}

COLD status_t space_harvest(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_harvest_args *args = call->arguments;
    if (!space_range_valid(args->vaddr, HARVEST_PAGES * PAGE_BYTES))
        return RANGE;
    uint64_t present = 0, accessed = 0, dirty = 0;
    uint64_t start = args->vaddr; /* the results go where it is */
    for (uint64_t i = 0, next; i < HARVEST_PAGES; i = (next - start) / PAGE_BYTES) {
        pte_t old = pagetable_harvest(space, start + i * PAGE_BYTES, &next);
        present |= (uint64_t)pte_present(old) << i;
        accessed |= (uint64_t)pte_accessed(old) << i;
        dirty |= (uint64_t)pte_dirty(old) << i;
    }
    if ((accessed | dirty) != 0) /* once: to summon who has the Space takes long for each page */
        arch_tlb_flush_root(space->root);
    call->words[0] = present;
    call->words[1] = accessed;
    call->words[2] = dirty;
    return OK;
}
