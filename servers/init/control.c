/**
 * control.c - the control pages of components that may kill, restart and switch off.
 *
 * A page is a component's own to write, so every word is read once, into a local, and checked.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include "sdk/ipc/invoke.h"

static status_t perform(struct init *init, uint32_t request, uint32_t target)
{
    if (request == CONTROL_POWER_OFF)
        power_off(false);
    if (request == CONTROL_REBOOT)
        power_reset();
    if (request != CONTROL_KILL && request != CONTROL_RESTART)
        return METHOD;
    if (target >= init->count_components)
        return NOT_FOUND;
    struct component *component = &init->components[target];
    if (status_entry(init, component)->state == COMPONENT_RUNNING)
        watch_died(init, component, REASON_KILLED, 0);
    else if (request == CONTROL_RESTART)
        watch_revive(init, component);
    else
        return BUSY;
    return OK;
}

/** One page. The answer is written only if its component did not die by its own request. */
static void serve_page(struct init *init, struct component *component)
{
    struct control_page *page = component->control;
    const uint32_t sequence = __atomic_load_n(&page->sequence, __ATOMIC_ACQUIRE);
    if (sequence == page->answered)
        return;
    const uint32_t generation = status_entry(init, component)->generation;
    const uint32_t request = __atomic_load_n(&page->request, __ATOMIC_RELAXED);
    const uint32_t target = __atomic_load_n(&page->target, __ATOMIC_RELAXED);
    const status_t status = perform(init, request, target);
    if (status_entry(init, component)->generation != generation)
        return;
    page->status = (uint32_t)status;
    __atomic_store_n(&page->answered, sequence, __ATOMIC_RELEASE);
    wake(component, PART_STATUS);
}

void control_serve(struct init *init)
{
    for (uint32_t i = 0; i < init->count_components; i++)
        if (init->components[i].control != NULL)
            serve_page(init, &init->components[i]);
}
