/*
 * cap.c - the derivation tree: linking, and deleting in bounded steps.
 */
#include "kernel/cap.h"

#include "kernel/arch.h"
#include "kernel/irq.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "kernel/thread.h"

COLD void slot_install_root(struct slot *slot)
{
    slot->prev = NULL;
    slot->next = NULL;
    slot->depth = 0;
    slot_reference(slot);
}

/* Before the other one: behind it, it would take over its children. */
COLD void slot_link_sibling(struct slot *other, struct slot *slot)
{
    slot->depth = other->depth;
    slot->prev = other->prev;
    slot->next = other;
    if (slot->prev != NULL)
        slot->prev->next = slot;
    other->prev = slot;
    slot_reference(slot);
}

static void slot_erase(struct slot *slot) { *slot = (struct slot){0}; }

static void slot_unlink(struct slot *slot)
{
    struct slot *prev = slot->prev;
    struct slot *next = slot->next;
    if (prev != NULL)
        prev->next = next;
    if (next != NULL)
        next->prev = prev;
}

COLD void slot_move(struct slot *from, struct slot *to)
{
    *to = *from;
    to->key = 0;
    to->receive_key = 0;
    if (to->prev != NULL)
        to->prev->next = to;
    if (to->next != NULL)
        to->next->prev = to;
    slot_erase(from);
}

void slot_set_keys(struct slot *slot, uint32_t index)
{
    slot->key = 0;
    slot->receive_key = 0;
    if (slot->type == OBJECT_ENDPOINT) {
        if (slot->rights & ENDPOINT_RIGHT_CALL)
            slot->key = HANDLE(index, ENDPOINT_OP_CALL);
        if (slot->rights & ENDPOINT_RIGHT_RECEIVE)
            slot->receive_key = HANDLE(index, ENDPOINT_OP_RECEIVE);
    }
    if (slot->type == OBJECT_NOTIFICATION) {
        if ((slot->rights & NOTIFICATION_RIGHT_SIGNAL) && slot->value != 0)
            slot->key = HANDLE(index, NOTIFICATION_OP_SIGNAL);
        if (slot->rights & NOTIFICATION_RIGHT_RECEIVE)
            slot->receive_key = HANDLE(index, NOTIFICATION_OP_RECEIVE);
    }
}

/* Undo what depends on a childless slot, then empty it. False: not yet, there was too much to undo.
 */
static bool slot_clear_step(struct slot *slot)
{
    switch (slot_kind(slot)) {
    case SLOT_ATTACHED:
    case SLOT_NODES:
        if (!space_clear_step(slot))
            return false;
        break;
    case SLOT_BOUND:
        thread_unbind((struct thread *)slot->a, (enum thread_binding)slot->b);
        break;
    case SLOT_IRQ:
    case SLOT_PLAIN:
        break;
    }
    struct object *object = slot_counts(slot) ? slot->object : NULL;
    slot_unlink(slot);
    slot_erase(slot);
    if (object != NULL && --object->references == 0)
        reap_push(object);
    return true;
}

bool slot_delete_step(struct slot *slot)
{
    if (slot_empty(slot))
        return true;
    struct slot *leaf = slot;
    for (unsigned i = 0; i <= SLOT_DEPTH_MAX && slot_has_children(leaf); i++)
        leaf = leaf->next;
    return slot_clear_step(leaf) && leaf == slot;
}

bool cap_revoke(struct slot *slot)
{
    if (!reap_drain())
        return false;
    while (slot_has_children(slot)) {
        slot_delete_step(slot->next);
        if (arch_interrupt_window() || !reap_drain())
            return false;
        /* The slot itself may have gone with what was reaped (a Table that held it): then it is
         * empty and has no children. */
    }
    return true;
}

bool cap_delete(struct slot *slot)
{
    if (!reap_drain())
        return false;
    while (!slot_delete_step(slot)) {
        if (arch_interrupt_window() || !reap_drain())
            return false;
    }
    return reap_drain();
}
