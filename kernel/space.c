/*
 * space.c - Space: slots, and the range operations on its page tables. pagetable.c walks them.
 */
#include "kernel/space.h"

#include "kernel/arch.h"
#include "kernel/pagetable.h"
#include "lib/base/bits.h"

void space_init(struct object *object)
{
    struct space *space = (struct space *)object;
    void *root = (char *)space - PAGE_BYTES;
    space->last_stretch = SPACE_NO_STRETCH;
    space->root = arch_virt_to_phys(root);
    arch_root_init(root);
}

status_t space_attach(struct slot *slot, struct invocation *call)
{
    struct space *space = (struct space *)slot->object;
    const struct space_attach_args *args = call->arguments;
    struct slot *to = space_slot(space, args->slot);
    struct slot *region = call->caps[0];
    if (to == NULL || !space_range_valid(args->window, args->window_bytes))
        return RANGE;
    if (!slot_empty(to))
        return SLOT_BUSY;

    slot_derive(region, to, true);
    to->object = &space->object;
    to->kind = SLOT_IN_SPACE;
    to->a = args->window;
    to->b = args->window + args->window_bytes;
    return OK;
}

status_t space_detach(struct slot *self, struct invocation *call)
{
    struct space *space = (struct space *)self->object;
    const struct space_detach_args *args = call->arguments;
    struct slot *slot = space_slot(space, args->slot);
    if (slot == NULL)
        return RANGE;
    return cap_delete(slot, true);
}

status_t space_donate(struct slot *slot, struct invocation *call)
{
    struct space *space = (struct space *)slot->object;
    const struct space_donate_args *args = call->arguments;
    struct slot *to = space_slot(space, args->slot);
    struct slot *chunk = call->caps[0];
    if (to == NULL)
        return RANGE;
    if (!slot_empty(to))
        return SLOT_BUSY;
    if (chunk->device || chunk->size_log2 > SPACE_CHUNK_LOG2_MAX)
        return RANGE;
    if (chunk->a != 0)
        return BUSY;

    slot_derive(chunk, to, true);
    to->object = &space->object;
    to->kind = SLOT_IN_SPACE;
    chunk->a = chunk->b = slot_bytes(chunk); /* all given out: to this Space */
    return OK;
}

status_t space_info(struct slot *slot, struct invocation *call)
{
    struct space *space = (struct space *)slot->object;
    uint64_t all = 0;
    for (uint32_t i = 0; i < object_slots(&space->object); i++)
        if (space->slots[i].type == OBJECT_UNTYPED)
            all += slot_bytes(&space->slots[i]) / PAGE_BYTES;
    call->words[0] = all - space->count_nodes;
    call->words[1] = all;
    return OK;
}

bool space_clear_step(struct slot *slot)
{
    struct space *space = (struct space *)slot->object;
    if (slot->type == OBJECT_UNTYPED) {
        pagetable_empty(space);
        return true;
    }
    struct pagetable_change unmap = {.base = slot->value, .bytes = slot_bytes(slot)};
    slot->a += pagetable_change_range(space, slot->a, slot->b - slot->a, &unmap);
    return slot->a >= slot->b;
}

bool space_reap_step(struct object *object)
{
    struct space *space = (struct space *)object;
    if (space->reap_index == 0) { /* no thread uses the root: a binding would be a reference */
        arch_root_retire(space->root);
        pagetable_empty(space); /* so that there are no entries to clear one by one */
    }
    return slots_delete_step(space->slots, object_slots(&space->object), &space->reap_index);
}
