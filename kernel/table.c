/*
 * table.c - Table: copying, minting, moving, deleting capabilities.
 */
#include "kernel/table.h"

#include "kernel/arch.h"
#include "kernel/thread.h"

void table_init(struct table *table, unsigned slots_log2)
{
    table->object.type = OBJECT_TABLE;
    table->slots_log2 = slots_log2;
    table->slots[0] = (struct slot)SLOT_ZERO;
}

bool table_reap_step(struct table *table)
{
    uint32_t count = table_slot_count(table);
    for (unsigned scanned = 0; scanned < 64; scanned++) {
        uint32_t index = table->reap_index;
        if (index == 0)
            index = 1;
        if (index >= count)
            return true;
        if (!slot_empty(&table->slots[index])) {
            if (slot_delete_step(&table->slots[index]))
                table->reap_index = index + 1;
            return false;
        }
        table->reap_index = index + 1;
    }
    return false;
}

/* A slot of a Table as an argument: it must hold something. */
static status_t source_slot(struct table *table, uint64_t index, struct slot **slot)
{
    struct slot *found = table_slot(table, index);
    if (found == NULL)
        return RANGE;
    if (slot_empty(found))
        return EMPTY;
    *slot = found;
    return OK;
}

/* What a copy of @from is; links are still missing. */
static void slot_fill_copy(struct slot *to, const struct slot *from, uint8_t rights)
{
    *to = *from;
    to->rights = from->rights & rights;
    to->key = 0;
    to->receive_key = 0;
}

/* Untypeds have one owner: a copy would give the same memory out twice. */
static bool slot_copyable(const struct slot *slot) { return slot->type != OBJECT_UNTYPED; }

status_t table_copy(struct slot *self, struct invocation *call)
{
    const struct table_copy_args *args = call->arguments;
    struct slot *from = NULL;
    struct slot *to = call->to;
    status_t status = source_slot((struct table *)self->object, args->source, &from);
    if (status != OK)
        return status;
    if (!slot_copyable(from))
        return TYPE;
    slot_fill_copy(to, from, (uint8_t)args->rights);
    slot_link_sibling(from, to);
    slot_set_keys(to, (uint32_t)args->index);
    return OK;
}

status_t table_mint(struct slot *self, struct invocation *call)
{
    const struct table_mint_args *args = call->arguments;
    struct slot *from = NULL;
    struct slot *to = call->to;
    status_t status = source_slot((struct table *)self->object, args->source, &from);
    if (status != OK)
        return status;
    bool badged = from->type == OBJECT_ENDPOINT || from->type == OBJECT_NOTIFICATION;
    if (!slot_copyable(from))
        return TYPE;
    if (!slot_can_derive(from) || (args->badge & ~BADGE_MASK) != 0)
        return RANGE;
    if (args->badge != 0 && (!badged || from->value != 0))
        return RANGE;
    slot_fill_copy(to, from, (uint8_t)args->rights);
    if (args->badge != 0)
        to->value = args->badge;
    slot_link_child(from, to);
    slot_set_keys(to, (uint32_t)args->index);
    return OK;
}

status_t table_move(struct slot *self, struct invocation *call)
{
    const struct table_move_args *args = call->arguments;
    struct slot *from = NULL;
    struct slot *to = call->to;
    status_t status = source_slot((struct table *)self->object, args->source, &from);
    if (status != OK)
        return status;
    slot_move(from, to);
    slot_set_keys(to, (uint32_t)args->index);
    return OK;
}

status_t table_delete(struct slot *self, struct invocation *call)
{
    struct table *table = (struct table *)self->object;
    const struct table_delete_args *args = call->arguments;
    struct slot *slot = table_slot(table, args->source);
    if (slot == NULL)
        return RANGE;
    return cap_delete(slot) ? OK : STATUS_RESTART;
}

status_t table_revoke(struct slot *self, struct invocation *call)
{
    struct table *table = (struct table *)self->object;
    const struct table_revoke_args *args = call->arguments;
    struct slot *slot = NULL;
    status_t status = source_slot(table, args->source, &slot);
    if (status != OK)
        return status;
    return cap_revoke(slot) ? OK : STATUS_RESTART;
}

status_t table_inspect(struct slot *self, struct invocation *call)
{
    struct table *table = (struct table *)self->object;
    const struct table_inspect_args *args = call->arguments;
    struct slot *slot = table_slot(table, args->source);
    if (slot == NULL)
        return RANGE;
    bool badged = slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_NOTIFICATION;
    call->words[0] = slot->type;
    call->words[1] = slot->rights;
    call->words[2] = badged ? slot->value : 0;
    return OK;
}
