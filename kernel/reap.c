/*
 * reap.c - taking unreachable objects apart.
 */
#include "kernel/reap.h"

#include "kernel/arch.h"
#include "kernel/lock.h"

struct object *reap_top;

void reap_push(struct object *object)
{
    object->reap_next = reap_top;
    reap_top = object;
}

bool reap_drain_all(void)
{
    struct object *object = reap_top;
    do {
        bool done = object_classes[object->type].reap_step(object);
        /* A finished object leaves only when nothing was pushed above it: that goes first. */
        if (done && reap_top == object)
            reap_top = object->reap_next;
        object = reap_top;
    } while (object != NULL && !preemption_due());
    return object == NULL;
}
