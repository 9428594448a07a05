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
#define MAP_LIST_PAIRS       7u
#define MAP_LIST_OFFSET_BITS 28u
#define CLONE_WRITE_PROTECT  1u
#define HARVEST_PAGES        64u

/* The attached Region of slot @index. */
static status_t attached_slot(struct space *space, uint64_t index, struct slot **slot)
{
    struct slot *found = space_slot(space, index);
    if (found == NULL)
        return RANGE;
    if (found->type != OBJECT_REGION) /* empty, or a chunk of nodes */
        return EMPTY;
    *slot = found;
    return OK;
}

static bool window_covers(const struct slot *slot, uint64_t vaddr, uint64_t size)
{
    return vaddr >= slot->a && vaddr <= slot->b && size <= slot->b - vaddr;
}

/* No machine can withhold reading from what is mapped, so it takes the right to read. */
static bool rights_mappable(const struct space *space, const struct slot *slot, uint64_t rights)
{
    if ((rights & ~(uint64_t)slot->rights) != 0 || !(rights & REGION_RIGHT_READ))
        return false;
    return space_is_guest(space) || (rights & RIGHTS_WX) != RIGHTS_WX;
}

/*
 * Map the first stretch of @left bytes at @vaddr: one large leaf where address and memory are
 * aligned and nothing smaller is in the way, else pages as far as one node goes. Takes what it
 * wrote off *entries.
 */
static status_t map_stretch(struct space *space, uint64_t vaddr, uint64_t left, pte_t leaf,
                            uint64_t *entries, uint64_t *bytes)
{
    uint64_t large = pagetable_entry_bytes(1);
    if (UNLIKELY(left >= large) && is_aligned(vaddr | pte_address(leaf), large)) {
        status_t status = pagetable_set(space, vaddr, 1, pte_large(leaf));
        *entries -= 1;
        *bytes = large;
        if (status != OVERLAP)
            return status;
    }
    uint64_t pages = left / PAGE_BYTES < *entries ? left / PAGE_BYTES : *entries;
    status_t status = pagetable_set_pages(space, vaddr, leaf, &pages);
    *entries -= pages;
    *bytes = pages * PAGE_BYTES;
    return status;
}

static NOINLINE status_t map_range(struct space *space, const struct space_map_args *args,
                                   pte_t leaf, uint64_t *done)
{
    uint64_t entries = SPACE_RANGE_ENTRIES_MAX;
    status_t status = OK;
    if (space->root == 0)
        return NO_MEMORY;
    while (entries > 0 && *done < args->size_bytes) {
        uint64_t bytes = 0;
        status = map_stretch(space, args->vaddr + *done, args->size_bytes - *done, leaf, &entries,
                             &bytes);
        if (status != OK)
            break;
        *done += bytes;
        leaf += bytes / PAGE_BYTES * PTE_PAGE_STEP;
    }
    return *done == 0 ? status : OK;
}

status_t space_map(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_map_args *args = call->arguments;
    struct slot *slot = NULL;
    status_t status = attached_slot(space, args->slot, &slot);
    if (status != OK)
        return status;
    /* A window lies below the end of user level as a whole. */
    if (args->size_bytes == 0 ||
        !is_aligned(args->vaddr | args->size_bytes | args->offset, PAGE_BYTES) ||
        !window_covers(slot, args->vaddr, args->size_bytes) ||
        !range_within(args->offset, args->size_bytes, slot_bytes(slot)))
        return RANGE;
    if (!rights_mappable(space, slot, args->rights))
        return RIGHTS;
    bool device = (slot->kind_flags & SLOT_DEVICE) != 0;
    pte_t leaf = pte_leaf(slot->value + args->offset, (uint8_t)args->rights, device);
    uint64_t done = args->size_bytes;
    if (done != PAGE_BYTES || !pagetable_write_page(space, args->vaddr, leaf)) {
        done = 0;
        status = map_range(space, args, leaf, &done);
    }
    if (status == OK)
        call->words[0] = done;
    return status;
}

COLD status_t space_map_list(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    uint64_t control = call->words[0];
    uint64_t rights = control >> 8;
    struct slot *slot = NULL;
    status_t status = attached_slot(space, control & 0xff, &slot);
    if (status != OK)
        return status;
    if (!rights_mappable(space, slot, rights))
        return RIGHTS;
    if (space->root == 0)
        return NO_MEMORY;
    uint64_t done = 0;
    for (unsigned i = 0; i < MAP_LIST_PAIRS && call->words[1 + i] != 0; i++) {
        uint64_t pair = call->words[1 + i];
        uint64_t vaddr = (pair >> MAP_LIST_OFFSET_BITS) * PAGE_BYTES;
        uint64_t offset = (pair & ((1ull << MAP_LIST_OFFSET_BITS) - 1)) * PAGE_BYTES;
        status = RANGE;
        if (!space_range_valid(vaddr, PAGE_BYTES) || !window_covers(slot, vaddr, PAGE_BYTES) ||
            !range_within(offset, PAGE_BYTES, slot_bytes(slot)))
            break;
        bool device = (slot->kind_flags & SLOT_DEVICE) != 0;
        status =
            pagetable_set(space, vaddr, 0, pte_leaf(slot->value + offset, (uint8_t)rights, device));
        if (status != OK)
            break;
        done++;
    }
    if (done == 0)
        return status;
    call->words[0] = done;
    return OK;
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
    struct pagetable_filter all = {.base = 0, .bytes = ~0ull};
    call->words[0] = pagetable_clear_range(space, args->vaddr, args->size_bytes, &all);
    return OK;
}

COLD status_t space_protect(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_protect_args *args = call->arguments;
    struct slot *slot = NULL;
    status_t status = attached_slot(space, args->slot, &slot);
    if (status != OK)
        return status;
    /* Outside the window, revoking this slot would not find what it raised. */
    if (!space_range_valid(args->vaddr, args->size_bytes) ||
        !window_covers(slot, args->vaddr, args->size_bytes))
        return RANGE;
    if (!rights_mappable(space, slot, args->rights))
        return RIGHTS;
    struct pagetable_filter filter = {.base = slot->value, .bytes = slot_bytes(slot)};
    call->words[0] = pagetable_protect_range(space, args->vaddr, args->size_bytes, &filter,
                                             (uint8_t)args->rights);
    return OK;
}

status_t space_clone_range(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_clone_range_args *args = call->arguments;
    struct slot *slot = NULL;
    struct slot *twin = NULL;
    struct space *target = (struct space *)call->caps[0]->object;
    status_t status = attached_slot(space, args->slot, &slot);
    if (status == OK)
        status = attached_slot(target, args->slot, &twin);
    if (status != OK)
        return status;
    bool same = twin->value == slot->value && twin->size_log2 == slot->size_log2 &&
                (slot->rights & REGION_RIGHT_READ) &&
                (twin->rights & slot->rights) == slot->rights &&
                (space_is_guest(target) || !space_is_guest(space));
    if (!same || target == space || !space_range_valid(args->vaddr, args->size_bytes) ||
        !window_covers(twin, args->vaddr, args->size_bytes))
        return RANGE;
    if (target->root == 0 || space->root == 0)
        return NO_MEMORY;
    struct pagetable_filter filter = {.base = slot->value, .bytes = slot_bytes(slot)};
    struct range_clone clone = {.filter = &filter,
                                .rights_max = twin->rights,
                                .write_protect = (args->flags & CLONE_WRITE_PROTECT) != 0};
    uint64_t done = pagetable_clone_range(space, target, args->vaddr, args->size_bytes, &clone);
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
    uint64_t present = 0;
    uint64_t accessed = 0;
    uint64_t dirty = 0;
    for (unsigned i = 0; i < HARVEST_PAGES; i++) {
        pte_t old = pagetable_harvest(space, args->vaddr + i * PAGE_BYTES);
        if (!pte_present(old))
            continue;
        present |= BIT(i);
        accessed |= pte_accessed(old) ? BIT(i) : 0;
        dirty |= pte_dirty(old) ? BIT(i) : 0;
    }
    call->words[0] = present;
    call->words[1] = accessed;
    call->words[2] = dirty;
    return OK;
}
