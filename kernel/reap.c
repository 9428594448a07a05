/*
 * reap.c - taking unreachable objects apart.
 */
#include "kernel/reap.h"

#include "kernel/arch.h"
#include "kernel/ipc.h"
#include "kernel/irq.h"
#include "kernel/notify.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"

struct object *reap_top;

void reap_push(struct object *object)
{
    object->reap_next = reap_top;
    reap_top = object;
}

/* One bounded step. A step may push other objects. */
static bool reap_step(struct object *object)
{
    switch ((enum object_type)object->type) {
    case OBJECT_TABLE:
        return table_reap_step((struct table *)object);
    case OBJECT_SPACE:
        return space_reap_step((struct space *)object);
    case OBJECT_THREAD:
        return thread_reap_step((struct thread *)object);
    case OBJECT_SCHED:
        return sched_reap_step((struct sched *)object);
    case OBJECT_ENDPOINT:
        return endpoint_reap_step((struct endpoint *)object);
    case OBJECT_NOTIFICATION:
        return notification_reap_step((struct notification *)object);
    case OBJECT_IRQ:
        return irq_reap_step((struct irq_line *)object);
    case OBJECT_UNTYPED:
    case OBJECT_REGION:
    case OBJECT_IRQ_CONTROL:
    case OBJECT_IOPORT:
        break;
    }
    return true;
}

bool reap_drain_all(void)
{
    while (reap_top != NULL) {
        struct object *object = reap_top;
        /* A finished object leaves only when nothing was pushed above it: that goes first. */
        if (reap_step(object) && reap_top == object)
            reap_top = object->reap_next;
        if (reap_top != NULL && arch_interrupt_window())
            return false;
    }
    return true;
}
