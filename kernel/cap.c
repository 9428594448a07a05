/*
 * cap.c - the derivation tree: linking, and deleting in bounded steps.
 */
#include "kernel/cap.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/lock.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "kernel/thread.h"

#define EMPTY_SLOTS_A_STEP 64u

struct slot slot_root = {.next = &slot_root, .prev = &slot_root, .type = SLOT_TYPE_NEVER};

/* Each field by itself: where there are no vector registers, the compiler would call memset. */
static ALWAYS_INLINE void slot_make_empty(struct slot *slot)
{
    slot->key = slot->receive_key = 0;
    slot->object = NULL;
    slot->next = slot->prev = NULL;
    slot->value = slot->a = slot->b = 0;
    slot->depth = slot->kind = slot->type = slot->rights = 0;
    slot->size_log2 = slot->device = 0;
}

/* A sibling goes before the other one: behind it, it would take over its children. */
void slot_derive(struct slot *from, struct slot *to, bool child)
{
    *to = *from;
    to->key = 0;
    to->receive_key = 0;
    to->depth += child;
    slot_insert_after(child ? from : from->prev, to);
    slot_reference(to);
}

/* A fast path compares keys before it has the lock. */
static void clear_keys(struct slot *slot)
{
    if ((slot->key | slot->receive_key) == 0)
        return;
    slot->key = 0;
    slot->receive_key = 0;
    cpu_summon_callers(slot);
}

COLD void slot_move(struct slot *from, struct slot *to)
{
    clear_keys(from);
    *to = *from;
    to->prev->next = to;
    to->next->prev = to;
    slot_make_empty(from);
}

/* Undo what depends on a childless slot. False: not yet, there was too much to undo. */
static NOINLINE bool slot_undo_step(struct slot *slot)
{
    if (slot->kind == SLOT_BOUND)
        thread_unbind((struct thread *)slot->a, (enum thread_binding)slot->b);
    else if (space_clear_step(slot))
        slot->object = NULL; /* it was not counted */
    else
        return false;
    return true;
}

static bool slot_clear_step(struct slot *slot)
{
    if (UNLIKELY(slot->kind != SLOT_PLAIN) && !slot_undo_step(slot))
        return false;
    clear_keys(slot);
    struct object *object = slot->object;
    struct slot *prev = slot->prev, *next = slot->next;
    prev->next = next;
    next->prev = prev;
    slot_make_empty(slot);
    if (object != NULL && --object->references == 0)
        reap_push(object);
    return true;
}

bool slot_delete_step(struct slot *slot)
{
    if (slot_empty(slot))
        return true;
    struct slot *leaf = slot;
    for (unsigned i = 0; slot_has_children(leaf) && i <= SLOT_DEPTH_MAX; i++)
        leaf = leaf->next;
    return slot_clear_step(leaf) && leaf == slot;
}

bool slots_delete_step(struct slot *slots, uint32_t count, uint32_t *index)
{
    for (unsigned i = 0; i < EMPTY_SLOTS_A_STEP && *index < count; i++) {
        struct slot *slot = &slots[*index];
        if (!slot_empty(slot)) {
            slot_delete_step(slot);
            return false;
        }
        (*index)++;
    }
    return *index == count;
}

status_t cap_delete(struct slot *slot, bool itself)
{
    while (reap_drain()) {
        /* @slot may have gone with what was reaped (a Table that held it): then it is empty. */
        if (itself ? slot_empty(slot) : !slot_has_children(slot))
            return OK;
        bool all_gone = slot_delete_step(itself ? slot : slot->next) && itself;
        if (!all_gone && preemption_due())
            break;
    }
    return STATUS_RESTART;
}
