/*
 * irq.c - interrupt lines.
 */
#include "kernel/irq.h"

#include "kernel/arch.h"
#include "kernel/notify.h"
#include "kernel/reap.h"

static struct irq_line lines[IRQ_LINES_MAX];
void irq_raised(uint64_t line)
{
    if (line >= IRQ_LINES_MAX)
        return;
    struct slot *binding = &lines[line].binding;
    arch_irq_mask(line);
    if (!slot_empty(binding))
        notify_signal((struct notification *)binding->object, binding->value);
}

COLD status_t irq_control_issue(struct slot *slot, struct invocation *call)
{
    const struct irq_control_issue_args *args = call->arguments;
    /* A line that is still being taken apart is not free yet. What was resolved may go as well. */
    if (reap_top != NULL) {
        (void)reap_drain_all();
        return STATUS_RESTART;
    }
    if (args->line >= slot->a || args->trigger > 1 || args->polarity > 1 || !slot_can_derive(slot))
        return RANGE;
    struct slot *to = call->to;
    struct irq_line *line = &lines[args->line];
    if (line->object.references != 0)
        return BUSY;
    line->object.type = OBJECT_IRQ;
    to->type = OBJECT_IRQ;
    to->rights = IRQ_RIGHT_MANAGE;
    to->value = args->line;
    to->object = &line->object;
    slot_link_child(slot, to);
    arch_irq_configure((uint32_t)args->line, args->trigger == 1, args->polarity == 1);
    return OK;
}

COLD status_t irq_bind(struct slot *slot, struct invocation *call)
{
    struct irq_line *line = (struct irq_line *)slot->object;
    struct slot *source = call->caps[0];
    if (source->value == 0)
        return RANGE;
    if (!slot_empty(&line->binding))
        return BUSY;
    slot_derive(source, &line->binding, true);
    arch_irq_unmask((uint32_t)slot->value);
    return OK;
}

status_t irq_ack(struct slot *slot, UNUSED struct invocation *call)
{
    arch_irq_unmask((uint32_t)slot->value);
    return OK;
}

/* A line that nobody holds is masked and forgets its Notification. */
COLD bool irq_reap_step(struct object *object)
{
    struct irq_line *line = (struct irq_line *)object;
    arch_irq_mask((uint32_t)(line - lines));
    return slot_delete_step(&line->binding);
}
