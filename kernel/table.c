/*
 * table.c - Table: copying, minting, moving, deleting capabilities.
 */
#include "kernel/table.h"

#include "kernel/arch.h"
#include "kernel/thread.h"

void table_init(struct object *object)
{
    struct table *table = (struct table *)object;
    table->slots[0] = (struct slot)SLOT_ZERO;
}

bool table_reap_step(struct object *object)
{
    struct table *table = (struct table *)object;
    return slots_delete_step(&table->slots[1], object_slots(&table->object) - 1,
                             &table->reap_index);
}

/* The slot of the invoked Table that the first argument of each operation names. */
static struct slot *source_slot(struct slot *self, const struct invocation *call)
{
    return table_slot((struct table *)self->object, call->words[0]);
}

/* Where it must hold something. */
static status_t full_slot(struct slot *self, const struct invocation *call, struct slot **slot)
{
    *slot = source_slot(self, call);
    if (*slot == NULL)
        return RANGE;
    return slot_empty(*slot) ? EMPTY : OK;
}

/* As above; and Untypeds have one owner: a copy would give the same memory out twice. */
static status_t copied_slot(struct slot *self, const struct invocation *call, struct slot **slot)
{
    status_t status = full_slot(self, call, slot);
    return status == OK && (*slot)->type == OBJECT_UNTYPED ? TYPE : status;
}

status_t table_copy(struct slot *self, struct invocation *call)
{
    const struct table_copy_args *args = call->arguments;
    struct slot *from;
    status_t status = copied_slot(self, call, &from);
    if (status != OK)
        return status;
    slot_derive(from, call->to, false);
    call->to->rights &= (uint8_t)args->rights;
    return OK;
}

status_t table_mint(struct slot *self, struct invocation *call)
{
    const struct table_mint_args *args = call->arguments;
    struct slot *from;
    status_t status = copied_slot(self, call, &from);
    if (status != OK)
        return status;
    if (!slot_can_derive(from) || (args->badge & ~BADGE_MASK) != 0)
        return RANGE;
    if (args->badge != 0 && (!slot_badged(from) || from->value != 0))
        return RANGE;
    slot_derive(from, call->to, true);
    call->to->rights &= (uint8_t)args->rights;
    if (args->badge != 0)
        call->to->value = args->badge;
    return OK;
}

status_t table_move(struct slot *self, struct invocation *call)
{
    struct slot *from;
    status_t status = full_slot(self, call, &from);
    if (status == OK)
        slot_move(from, call->to);
    return status;
}

status_t table_delete(struct slot *self, struct invocation *call)
{
    struct slot *slot = source_slot(self, call);
    return slot == NULL ? RANGE : cap_delete(slot, true);
}

status_t table_revoke(struct slot *self, struct invocation *call)
{
    struct slot *slot;
    status_t status = full_slot(self, call, &slot);
    return status == OK ? cap_delete(slot, false) : status;
}

status_t table_inspect(struct slot *self, struct invocation *call)
{
    struct slot *slot = source_slot(self, call);
    if (slot == NULL)
        return RANGE;
    call->words[0] = slot->type;
    call->words[1] = slot->rights;
    call->words[2] = slot_badged(slot) ? slot->value : 0;
    return OK;
}
