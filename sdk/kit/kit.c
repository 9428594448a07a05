/**
 * kit.c - what a component builds of its own `objects` memory.
 */
#include "sdk/kit/kit.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"

#define RIGHTS_RW      (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define SCHED_SLICE_NS (10 * NANOS_PER_MS)
#define FLAG_VECTOR    1u

void kit_init(struct kit *kit, cap_t untyped, const struct kit_limits *limits)
{
    *kit = (struct kit){
        .untyped = untyped,
        .limits = *limits,
        .next_slot = limits->first_slot,
        .next_space_slot = limits->first_space_slot,
        .next_address = limits->address,
    };
}

status_t kit_slot(struct kit *kit, cap_t *slot)
{
    if (kit->next_slot == kit->limits.end_slot)
        return FULL;
    *slot = kit->next_slot++;
    return OK;
}

status_t kit_make(struct kit *kit, enum object_type type, uint64_t size_log2, uint64_t flags,
                  cap_t *slot)
{
    cap_t free = CAP_NONE;
    status_t status = kit_slot(kit, &free);
    if (status == OK)
        status = untyped_retype(kit->untyped, type, size_log2, flags, SLOT_TABLE, free);
    if (status == OK)
        *slot = free;
    return status;
}

status_t kit_mint(struct kit *kit, cap_t source, uint64_t rights, uint64_t badge, cap_t *slot)
{
    cap_t free = CAP_NONE;
    status_t status = kit_slot(kit, &free);
    if (status == OK)
        status = table_mint(SLOT_TABLE, source, SLOT_TABLE, free, rights, badge);
    if (status == OK)
        *slot = free;
    return status;
}

status_t kit_map_range(cap_t space, uint32_t space_slot, uint64_t offset, uint64_t vaddr,
                       uint64_t size_bytes, uint64_t rights)
{
    uint64_t done = 0;
    while (size_bytes > 0) {
        const status_t status =
            space_map(space, space_slot, offset, vaddr, size_bytes, rights, &done);
        if (status != OK)
            return status;
        offset += done;
        vaddr += done;
        size_bytes -= done;
    }
    return OK;
}

status_t kit_map(struct kit *kit, cap_t region, unsigned size_log2, uint64_t rights, void **address)
{
    const uint64_t bytes = BIT(size_log2);
    const uint64_t vaddr = align_up(kit->next_address, bytes);
    const uint32_t slot = kit->next_space_slot;
    if (slot == kit->limits.end_space_slot)
        return FULL;
    status_t status = space_attach(SLOT_SPACE, slot, region, vaddr, bytes);
    if (status != OK)
        return status;
    kit->next_space_slot++;
    kit->next_address = vaddr + bytes;
    status = kit_map_range(SLOT_SPACE, slot, 0, vaddr, bytes, rights);
    if (status == OK)
        *address = (void *)(uintptr_t)vaddr;
    return status;
}

status_t kit_memory(struct kit *kit, unsigned size_log2, cap_t *region, void **address)
{
    const status_t status = kit_make(kit, OBJECT_REGION, size_log2, 0, region);
    return status == OK ? kit_map(kit, *region, size_log2, RIGHTS_RW, address) : status;
}

status_t kit_sched(struct kit *kit, cap_t parent, nanos_t budget_ns, nanos_t period_ns,
                   uint32_t priority, cap_t *slot)
{
    cap_t sched = CAP_NONE;
    const nanos_t slice_ns = period_ns < SCHED_SLICE_NS ? period_ns : SCHED_SLICE_NS;
    status_t status = kit_make(kit, OBJECT_SCHED, 0, 0, &sched);
    if (status == OK)
        status = sched_split(parent, sched, budget_ns, period_ns, slice_ns, priority);
    if (status == OK)
        *slot = sched;
    return status;
}

status_t kit_thread_make(struct kit *kit, const struct kit_thread *spec, cap_t *slot)
{
    cap_t thread = CAP_NONE;
    const cap_t table = spec->table != CAP_NONE ? spec->table : SLOT_TABLE;
    const cap_t space = spec->space != CAP_NONE ? spec->space : SLOT_SPACE;
    const cap_t sched = spec->sched != CAP_NONE ? spec->sched : SLOT_SCHED;
    status_t status = kit_make(kit, OBJECT_THREAD, 0, spec->vector ? FLAG_VECTOR : 0, &thread);
    if (status == OK)
        status = thread_configure(thread, table, space, spec->fault);
    if (status == OK)
        status = sched_bind(sched, thread);
    if (status == OK && spec->floor > 0)
        status = thread_set_floor(thread, SLOT_SCHED, spec->floor);
    if (status == OK)
        *slot = thread;
    return status;
}

status_t kit_thread_start(cap_t thread, const struct kit_thread *spec)
{
    const uint64_t stack =
        spec->stack_address != 0 ? spec->stack_address : (uint64_t)(uintptr_t)spec->stack;
    /* As if called: the place of a return address, 0, is on the stack. */
    const uint64_t top = align_down(stack + spec->stack_bytes, 16) - 8;
    *(uint64_t *)(uintptr_t)((uint64_t)(uintptr_t)spec->stack + (top - stack)) = 0;
    return thread_start(thread, (uint64_t)(uintptr_t)spec->main, top,
                        (uint64_t)(uintptr_t)spec->argument, 0);
}
