/**
 * status.c - the status page: written by init under a sequence count, read by everybody.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>

void status_begin(struct init *init)
{
    __atomic_store_n(&init->status->sequence, init->status->sequence + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE); /* odd before any change */
}

void status_end(struct init *init)
{
    __atomic_store_n(&init->status->sequence, init->status->sequence + 1, __ATOMIC_RELEASE);
}

static nanos_t consumed(const struct component *component, uint32_t processor)
{
    uint64_t consumed_ns, left_ns;
    if (sched_consumed(sched_slot(component, processor), &consumed_ns, &left_ns) != OK)
        return 0; /* it does not run: there is no Sched */
    return consumed_ns;
}

nanos_t status_home_cpu(const struct component *component) { return consumed(component, 0); }

nanos_t status_cpu(const struct component *component)
{
    nanos_t total_ns = component->cpu_ns;
    for (uint32_t i = 0; i < component->count_processors; i++)
        total_ns += consumed(component, i);
    return total_ns;
}

/** Book what slot @slot of init's Table holds. */
static void account_slot(struct status_page *page, uint32_t slot)
{
    uint64_t type, rights, badge, base, size_log2, used_bytes, device;
    const status_t status = table_inspect(INIT_SLOT_TABLE, slot, &type, &rights, &badge);
    ASSERT(status == OK);
    if (type != 0)
        page->free_slots--;
    if (type >= OBJECT_SPACE && type <= OBJECT_NOTIFICATION && badge == 0)
        page->count_objects++;
    if (type == OBJECT_UNTYPED &&
        untyped_info(slot, &base, &size_log2, &used_bytes, &device) == OK && !device)
        page->free_bytes += BIT(size_log2) - used_bytes;
}

/** Measured at the kernel's own books; only places that init uses at all are looked at. */
void status_account(struct init *init)
{
    const struct {
        uint32_t first;
        uint32_t count;
    } ranges[] = {
        {INIT_SLOT_TABLE, INIT_SLOT_IOPORT},
        {INIT_SLOT_FIRST_UNTYPED, init->boot->count_memory},
        {INIT_SLOT_OTHER_SCHEDS, init->boot->count_processors - 1},
        {OWN_OBJECTS, OWN_COUNT},
        {SLOTS_COMPONENTS, init->slots.end - SLOTS_COMPONENTS},
    };
    struct status_page *page = init->status;
    page->free_bytes = 0;
    page->count_objects = 0;
    page->free_slots = BIT(INIT_TABLE_SLOTS_LOG2) - 1;
    page->free_memory_bytes = memory_free_bytes(&init->memory);
    for (size_t range = 0; range < ARRAY_LENGTH(ranges); range++)
        for (uint32_t i = 0; i < ranges[range].count; i++)
            account_slot(page, ranges[range].first + i);
}
