/*
 * untyped.c - Untyped: making objects of memory, and taking all of it back.
 */
#include "kernel/untyped.h"

#include "kernel/arch.h"
#include "kernel/ipc.h"
#include "kernel/notify.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"
#include "lib/base/string.h"

#define ZERO_CHUNK_BYTES   4096u
#define OBJECT_ALIGNMENT   64u
#define RETYPE_FLAG_VECTOR 1u
#define RETYPE_FLAG_GUEST  1u
#define REGION_RIGHTS_ALL  (REGION_RIGHT_READ | REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE)

static bool in_range(uint64_t value, uint64_t low, uint64_t high)
{
    return value >= low && value <= high;
}

uint64_t object_memory_bytes(enum object_type type, uint64_t size_log2, uint64_t flags)
{
    switch (type) {
    case OBJECT_UNTYPED:
    case OBJECT_REGION:
        return in_range(size_log2, MEMORY_LOG2_MIN, MEMORY_LOG2_MAX) ? 1ull << size_log2 : 0;
    case OBJECT_TABLE:
        if (!in_range(size_log2, TABLE_SLOTS_LOG2_MIN, TABLE_SLOTS_LOG2_MAX))
            return 0;
        return table_bytes((unsigned)size_log2);
    case OBJECT_SPACE:
        if (!in_range(size_log2, SPACE_SLOTS_LOG2_MIN, SPACE_SLOTS_LOG2_MAX))
            return 0;
        return space_bytes((unsigned)size_log2);
    case OBJECT_THREAD:
        return flags & RETYPE_FLAG_VECTOR ? THREAD_VECTOR_BYTES : THREAD_BYTES;
    case OBJECT_SCHED:
        return sizeof(struct sched);
    case OBJECT_ENDPOINT:
        return sizeof(struct endpoint);
    case OBJECT_NOTIFICATION:
        return sizeof(struct notification);
    case OBJECT_IRQ_CONTROL:
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
        break;
    }
    return 0;
}

struct object *object_construct(enum object_type type, void *memory, uint64_t size_log2,
                                uint64_t flags)
{
    struct object *object = memory;
    object->type = type;
    switch (type) {
    case OBJECT_TABLE:
        table_init(memory, (unsigned)size_log2);
        break;
    case OBJECT_SPACE:
        space_init(memory, (unsigned)size_log2, (flags & RETYPE_FLAG_GUEST) != 0);
        break;
    case OBJECT_THREAD:
        thread_init(memory, (flags & RETYPE_FLAG_VECTOR) != 0);
        break;
    case OBJECT_SCHED:
        sched_init(memory);
        break;
    case OBJECT_ENDPOINT:
        endpoint_init(memory);
        break;
    case OBJECT_NOTIFICATION:
        notification_init(memory);
        break;
    default:
        break;
    }
    return object;
}

bool untyped_zero(struct slot *slot, uint64_t end)
{
    while (slot->b < end) {
        uint64_t bytes = end - slot->b;
        if (bytes > ZERO_CHUNK_BYTES)
            bytes = ZERO_CHUNK_BYTES;
        memset(arch_phys_to_virt(slot->value + slot->b), 0, bytes);
        slot->b += bytes;
        if (slot->b < end && arch_interrupt_window())
            return false;
    }
    return true;
}

/* The new capability, before it is linked. */
static void fill_memory(struct slot *to, const struct slot *from, enum object_type type,
                        uint64_t offset, uint64_t size)
{
    to->value = from->value + offset;
    to->size_log2 = (uint8_t)bits_highest(size);
    to->kind_flags = from->kind_flags & SLOT_DEVICE;
    if (type == OBJECT_REGION) {
        to->rights = REGION_RIGHTS_ALL;
        return;
    }
    to->rights = UNTYPED_RIGHT_MANAGE;
    to->b = from->b > offset ? from->b - offset : 0;
    if (to->b > size)
        to->b = size;
}

status_t untyped_retype(struct slot *slot, struct invocation *call)
{
    const struct untyped_retype_args *args = call->arguments;
    enum object_type type = (enum object_type)args->type;
    if (args->type == 0 || args->type >= OBJECT_TYPES)
        return RANGE;
    uint64_t bytes = object_memory_bytes(type, args->size_log2, args->flags);
    if (bytes == 0 || !slot_can_derive(slot))
        return RANGE;
    bool is_memory = type == OBJECT_UNTYPED || type == OBJECT_REGION;
    if ((slot->kind_flags & SLOT_DEVICE) && !is_memory)
        return RANGE;
    struct slot *to = call->to;
    uint64_t start = align_up(slot->a, is_memory ? bytes : OBJECT_ALIGNMENT);
    if (!range_within(start, bytes, 1ull << slot->size_log2))
        return NO_MEMORY;
    uint64_t end = start + bytes;
    if (!is_memory && slot->b < end && !untyped_zero(slot, end))
        return STATUS_RESTART;

    to->type = (uint8_t)type;
    if (is_memory) {
        fill_memory(to, slot, type, start, bytes);
    } else {
        to->rights = 0xff;
        to->size_log2 = (uint8_t)args->size_log2;
        to->object = object_construct(type, arch_phys_to_virt(slot->value + start), args->size_log2,
                                      args->flags);
    }
    slot->a = end;
    if (slot->b < end)
        slot->b = end;
    slot_link_child(slot, to);
    slot_set_keys(to, (uint32_t)args->index);
    return OK;
}

/* From the top down, so that [a, b) stays the stretch that is known to be zero. */
COLD status_t untyped_reset(struct slot *slot, UNUSED struct invocation *call)
{
    if (!reap_drain())
        return STATUS_RESTART;
    if (slot_has_children(slot))
        return BUSY;
    if (slot->b < slot->a)
        slot->b = slot->a;
    if (slot->kind_flags & SLOT_DEVICE)
        slot->a = 0;
    while (slot->a > 0) {
        uint64_t start = align_down(slot->a - 1, ZERO_CHUNK_BYTES);
        memset(arch_phys_to_virt(slot->value + start), 0, slot->a - start);
        slot->a = start;
        if (start > 0 && arch_interrupt_window())
            return STATUS_RESTART;
    }
    return OK;
}

status_t untyped_info(struct slot *slot, struct invocation *call)
{
    call->words[0] = slot->value;
    call->words[1] = slot->size_log2;
    call->words[2] = slot->a;
    call->words[3] = (slot->kind_flags & SLOT_DEVICE) != 0;
    return OK;
}
