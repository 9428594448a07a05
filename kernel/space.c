/*
 * space.c - Space: slots, and the range operations on its page tables. pagetable.c walks them.
 */
#include "kernel/space.h"

#include "kernel/arch.h"
#include "kernel/pagetable.h"
#include "kernel/region.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"

#define RIGHTS_WX            (REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE)
#define MAP_LIST_PAIRS       7u
#define MAP_LIST_OFFSET_BITS 28u
#define CLONE_WRITE_PROTECT  1u
#define HARVEST_PAGES        64u

void space_init(struct space *space, unsigned slots_log2, bool guest)
{
    space->object.type = OBJECT_SPACE;
    space->slots_log2 = (uint8_t)slots_log2;
    space->guest = guest;
    list_init(&space->threads);
}

static uint32_t space_slot_count(const struct space *space)
{
    return 1u << (space->slots_log2 & 7);
}

static struct slot *space_slot(struct space *space, uint64_t index)
{
    uint32_t count = space_slot_count(space);
    return index < count ? &space->slots[index & (count - 1)] : NULL;
}

/* The attached Region of slot @index. */
static status_t attached_slot(struct space *space, uint64_t index, struct slot **slot)
{
    struct slot *found = space_slot(space, index);
    if (found == NULL)
        return RANGE;
    if (slot_empty(found) || slot_kind(found) != SLOT_ATTACHED)
        return EMPTY;
    *slot = found;
    return OK;
}

/* Page-aligned, not empty, below the end of user level. */
static bool user_range_valid(uint64_t vaddr, uint64_t size)
{
    return size != 0 && is_aligned(vaddr | size, PAGE_BYTES) &&
           range_within(vaddr, size, USER_LIMIT);
}

static bool window_covers(const struct slot *slot, uint64_t vaddr, uint64_t size)
{
    return vaddr >= slot->a && range_within(vaddr - slot->a, size, slot->b - slot->a);
}

/* No machine can withhold reading from what is mapped, so it takes the right to read. */
static bool rights_mappable(const struct space *space, const struct slot *slot, uint64_t rights)
{
    if ((rights & ~(uint64_t)slot->rights) != 0 || !(rights & REGION_RIGHT_READ))
        return false;
    return space->guest || (rights & RIGHTS_WX) != RIGHTS_WX;
}

static status_t space_attach(struct space *space, struct invocation *call)
{
    struct space_attach_args args = space_attach_decode(call->words);
    struct slot *to = space_slot(space, args.slot);
    struct slot *region = NULL;
    if (to == NULL || !user_range_valid(args.window, args.window_bytes))
        return RANGE;
    if (!slot_empty(to))
        return SLOT_BUSY;
    status_t status = invocation_slot(call, args.region, OBJECT_REGION, &region);
    if (status != OK)
        return status;

    to->type = OBJECT_REGION;
    to->rights = region->rights;
    to->size_log2 = region->size_log2;
    to->value = region->value;
    to->object = &space->object;
    to->kind_flags = SLOT_ATTACHED | (region->kind_flags & SLOT_DEVICE);
    to->a = args.window;
    to->b = args.window + args.window_bytes;
    slot_link_child(region, to);
    return OK;
}

static status_t space_detach(struct space *space, struct invocation *call)
{
    struct space_detach_args args = space_detach_decode(call->words);
    struct slot *slot = space_slot(space, args.slot);
    if (slot == NULL)
        return RANGE;
    return cap_delete(slot) ? OK : STATUS_RESTART;
}

static status_t space_donate(struct space *space, struct invocation *call)
{
    struct space_donate_args args = space_donate_decode(call->words);
    struct slot *to = space_slot(space, args.slot);
    struct slot *chunk = NULL;
    if (to == NULL)
        return RANGE;
    if (!slot_empty(to))
        return SLOT_BUSY;
    status_t status = invocation_slot(call, args.untyped, OBJECT_UNTYPED, &chunk);
    if (status != OK)
        return status;
    if (!(chunk->rights & UNTYPED_RIGHT_MANAGE))
        return RIGHTS;
    if ((chunk->kind_flags & SLOT_DEVICE) || chunk->size_log2 > SPACE_CHUNK_LOG2_MAX)
        return RANGE;
    if (chunk->a != 0)
        return BUSY;

    to->type = OBJECT_UNTYPED;
    to->size_log2 = chunk->size_log2;
    to->value = chunk->value;
    to->object = &space->object;
    to->kind_flags = SLOT_NODES;
    chunk->a = 1ull << chunk->size_log2; /* all given out: to this Space */
    chunk->b = chunk->a;
    slot_link_child(chunk, to);
    pagetable_add_chunk(space, to);
    if (space->root == 0) {
        space->root = pagetable_make_root(space);
        space->root_slot = (uint32_t)args.slot;
    }
    return OK;
}

/* Map one leaf of the largest size that fits; returns its bytes, 0 with *status otherwise. */
static uint64_t map_leaf(struct space *space, const struct slot *slot, uint64_t vaddr,
                         uint64_t offset, uint64_t left, uint8_t rights, status_t *status)
{
    paddr_t target = slot->value + offset;
    bool device = (slot->kind_flags & SLOT_DEVICE) != 0;
    for (unsigned level = PTE_LEAF_LEVEL_MAX; level > 0; level--) {
        uint64_t bytes = pagetable_entry_bytes(level);
        if (!is_aligned(vaddr | target, bytes) || left < bytes)
            continue;
        *status = pagetable_set(space, vaddr, level, pte_leaf(target, level, rights, device));
        if (*status == OK)
            return bytes;
        if (*status != OVERLAP)
            return 0;
    }
    *status = pagetable_set(space, vaddr, 0, pte_leaf(target, 0, rights, device));
    return *status == OK ? PAGE_BYTES : 0;
}

static status_t space_map(struct space *space, struct invocation *call)
{
    struct space_map_args args = space_map_decode(call->words);
    struct slot *slot = NULL;
    status_t status = attached_slot(space, args.slot, &slot);
    if (status != OK)
        return status;
    if (!user_range_valid(args.vaddr, args.size_bytes) ||
        !window_covers(slot, args.vaddr, args.size_bytes))
        return RANGE;
    if (!is_aligned(args.offset, PAGE_BYTES) ||
        !range_within(args.offset, args.size_bytes, region_bytes(slot)))
        return RANGE;
    if (!rights_mappable(space, slot, args.rights))
        return RIGHTS;
    if (space->root == 0)
        return NO_MEMORY;

    uint64_t done = 0;
    for (unsigned i = 0; i < SPACE_RANGE_ENTRIES_MAX && done < args.size_bytes; i++) {
        uint64_t bytes = map_leaf(space, slot, args.vaddr + done, args.offset + done,
                                  args.size_bytes - done, (uint8_t)args.rights, &status);
        if (bytes == 0)
            break;
        done += bytes;
    }
    if (done == 0)
        return status;
    call->words[0] = done;
    return OK;
}

static status_t space_map_list(struct space *space, struct invocation *call)
{
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
        if (!user_range_valid(vaddr, PAGE_BYTES) || !window_covers(slot, vaddr, PAGE_BYTES) ||
            !range_within(offset, PAGE_BYTES, region_bytes(slot)))
            break;
        bool device = (slot->kind_flags & SLOT_DEVICE) != 0;
        status = pagetable_set(space, vaddr, 0,
                               pte_leaf(slot->value + offset, 0, (uint8_t)rights, device));
        if (status != OK)
            break;
        done++;
    }
    if (done == 0)
        return status;
    call->words[0] = done;
    return OK;
}

static status_t space_unmap(struct space *space, struct invocation *call)
{
    struct space_unmap_args args = space_unmap_decode(call->words);
    if (!user_range_valid(args.vaddr, args.size_bytes))
        return RANGE;
    struct pagetable_filter all = {.base = 0, .bytes = ~0ull};
    call->words[0] = pagetable_clear_range(space, args.vaddr, args.size_bytes, &all);
    return OK;
}

static status_t space_protect(struct space *space, struct invocation *call)
{
    struct space_protect_args args = space_protect_decode(call->words);
    struct slot *slot = NULL;
    status_t status = attached_slot(space, args.slot, &slot);
    if (status != OK)
        return status;
    /* Outside the window, revoking this slot would not find what it raised. */
    if (!user_range_valid(args.vaddr, args.size_bytes) ||
        !window_covers(slot, args.vaddr, args.size_bytes))
        return RANGE;
    if (!rights_mappable(space, slot, args.rights))
        return RIGHTS;
    struct pagetable_filter filter = {.base = slot->value, .bytes = region_bytes(slot)};
    call->words[0] =
        pagetable_protect_range(space, args.vaddr, args.size_bytes, &filter, (uint8_t)args.rights);
    return OK;
}

static status_t space_clone_range(struct space *space, struct invocation *call)
{
    struct space_clone_range_args args = space_clone_range_decode(call->words);
    struct slot *slot = NULL;
    struct slot *target_cap = NULL;
    struct slot *twin = NULL;
    status_t status = attached_slot(space, args.slot, &slot);
    if (status == OK)
        status = invocation_slot(call, args.target, OBJECT_SPACE, &target_cap);
    if (status != OK)
        return status;
    struct space *target = (struct space *)target_cap->object;
    if (!(target_cap->rights & SPACE_RIGHT_MANAGE))
        return RIGHTS;
    status = attached_slot(target, args.slot, &twin);
    if (status != OK)
        return status;
    bool same = twin->value == slot->value && twin->size_log2 == slot->size_log2 &&
                (slot->rights & REGION_RIGHT_READ) &&
                (twin->rights & slot->rights) == slot->rights && (target->guest || !space->guest);
    if (!same || target == space || !user_range_valid(args.vaddr, args.size_bytes) ||
        !window_covers(twin, args.vaddr, args.size_bytes))
        return RANGE;
    if (target->root == 0 || space->root == 0)
        return NO_MEMORY;
    struct pagetable_filter filter = {.base = slot->value, .bytes = region_bytes(slot)};
    uint64_t done = pagetable_clone_range(space, target, args.vaddr, args.size_bytes, &filter,
                                          twin->rights, (args.flags & CLONE_WRITE_PROTECT) != 0);
    if (done == 0)
        return NO_MEMORY;
    call->words[0] = done;
    return OK;
}

static status_t space_harvest(struct space *space, struct invocation *call)
{
    struct space_harvest_args args = space_harvest_decode(call->words);
    if (!user_range_valid(args.vaddr, HARVEST_PAGES * PAGE_BYTES))
        return RANGE;
    uint64_t present = 0;
    uint64_t accessed = 0;
    uint64_t dirty = 0;
    for (unsigned i = 0; i < HARVEST_PAGES; i++) {
        pte_t old = pagetable_harvest(space, args.vaddr + i * PAGE_BYTES);
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

status_t space_invoke(struct slot *slot, uint32_t op, struct invocation *call)
{
    struct space *space = (struct space *)slot->object;
    switch (op) {
    case SPACE_OP_ATTACH:
        return space_attach(space, call);
    case SPACE_OP_DETACH:
        return space_detach(space, call);
    case SPACE_OP_DONATE:
        return space_donate(space, call);
    case SPACE_OP_MAP:
        return space_map(space, call);
    case SPACE_OP_UNMAP:
        return space_unmap(space, call);
    case SPACE_OP_PROTECT:
        return space_protect(space, call);
    case SPACE_OP_MAP_LIST:
        return space_map_list(space, call);
    case SPACE_OP_CLONE_RANGE:
        return space_clone_range(space, call);
    case SPACE_OP_HARVEST:
        return space_harvest(space, call);
    case SPACE_OP_INFO:
        call->words[0] = space->count_free;
        call->words[1] = space->count_nodes;
        return OK;
    }
    return BAD_HANDLE;
}

/* Threads that still use a root which is about to go fault at their next instruction. */
static bool space_drop_threads_step(struct space *space)
{
    struct list *link = list_first(&space->threads);
    if (link == NULL)
        return true;
    list_remove(link);
    thread_lost_space(link);
    return false;
}

static bool clear_nodes_step(struct space *space, struct slot *slot)
{
    uint32_t index = (uint32_t)(slot - space->slots);
    if (space->root != 0 && space->root_slot == index) {
        if (!space_drop_threads_step(space))
            return false;
        pagetable_empty(space);
        arch_root_retire(space->root);
        space->root = 0;
    } else if (space->root != 0) {
        pagetable_empty(space);
    }
    /* All nodes are free now. Chain those that stay, chunk by chunk, if anybody will use them. */
    space->free_nodes = 0;
    space->count_free = 0;
    space->count_nodes = 0;
    for (uint32_t i = 0; i < space_slot_count(space) && space->object.references > 0; i++) {
        struct slot *chunk = &space->slots[i];
        if (i != index && !slot_empty(chunk) && slot_kind(chunk) == SLOT_NODES)
            pagetable_add_chunk(space, chunk);
    }
    return true;
}

bool space_clear_step(struct slot *slot)
{
    struct space *space = (struct space *)slot->object;
    if (slot_kind(slot) == SLOT_NODES)
        return clear_nodes_step(space, slot);
    if (space->root == 0)
        return true;
    struct pagetable_filter filter = {.base = slot->value, .bytes = region_bytes(slot)};
    slot->a += pagetable_clear_range(space, slot->a, slot->b - slot->a, &filter);
    return slot->a >= slot->b;
}

bool space_reap_step(struct space *space)
{
    if (space->root != 0) {
        /* No thread uses it: a binding would be a reference. */
        pagetable_empty(space);
        arch_root_retire(space->root);
        space->root = 0;
        return false;
    }
    while (space->reap_index < space_slot_count(space)) {
        struct slot *slot = &space->slots[space->reap_index];
        if (!slot_delete_step(slot))
            return false;
        space->reap_index++;
    }
    return true;
}

status_t space_boot_map(struct space *space, uint64_t vaddr, paddr_t base, uint64_t size_bytes,
                        uint8_t rights)
{
    for (uint64_t done = 0; done < size_bytes; done += PAGE_BYTES) {
        status_t status =
            pagetable_set(space, vaddr + done, 0, pte_leaf(base + done, 0, rights, false));
        if (status != OK)
            return status;
    }
    return OK;
}
