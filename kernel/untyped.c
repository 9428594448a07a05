/*
 * untyped.c - memory: Untyped, of which objects are made and which takes all of it back, and
 * Region, which can be mapped and is only a capability.
 */
#include "kernel/arch.h"
#include "kernel/ipc.h"
#include "kernel/lock.h"
#include "kernel/notify.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"
#include "lib/base/copy.h"

#define ZERO_CHUNK_BYTES  4096u
#define OBJECT_ALIGNMENT  64u
#define REGION_RIGHTS_ALL (REGION_RIGHT_READ | REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE)

#define MEMORY                                                                                     \
    {                                                                                              \
        .unit_bytes = 1, .size_log2_min = MEMORY_LOG2_MIN, .size_log2_max = MEMORY_LOG2_MAX        \
    }
#define PLAIN(name, bytes, flag_bytes)                                                             \
    {                                                                                              \
        bytes, flag_bytes, OBJECT_ALIGNMENT, 0, 0, 0, 0, name##_init, name##_reap_step             \
    }
#define WITH_SLOTS(name, page, log2_min, log2_max)                                                 \
    {                                                                                              \
        (page) + sizeof(struct name), 0, (page) != 0 ? (page) : OBJECT_ALIGNMENT, page,            \
            sizeof(struct slot), log2_min, log2_max, name##_init, name##_reap_step                 \
    }

const struct object_class object_classes[OBJECT_TYPES] = {
    [OBJECT_UNTYPED] = MEMORY,
    [OBJECT_REGION] = MEMORY,
    [OBJECT_SPACE] = WITH_SLOTS(space, PAGE_BYTES, 2, 6),
    [OBJECT_TABLE] = WITH_SLOTS(table, 0, 4, 16),
    [OBJECT_THREAD] = PLAIN(thread, THREAD_BYTES, THREAD_VECTOR_BYTES),
    [OBJECT_SCHED] = PLAIN(sched, sizeof(struct sched), sizeof(struct sched)),
    [OBJECT_ENDPOINT] = PLAIN(endpoint, sizeof(struct endpoint), sizeof(struct endpoint)),
    [OBJECT_NOTIFICATION] =
        PLAIN(notification, sizeof(struct notification), sizeof(struct notification)),
    [OBJECT_IRQ] = {.reap_step = irq_reap_step},
};

uint64_t object_memory_bytes(uint64_t type, uint64_t size_log2, uint64_t flags)
{
    if (type >= OBJECT_TYPES)
        return 0;
    const struct object_class *class = &object_classes[type];
    if (class->unit_bytes == 0)
        return flags & OBJECT_FLAG ? class->flag_bytes : class->bytes;
    if (size_log2 < class->size_log2_min || size_log2 > class->size_log2_max)
        return 0;
    return class->bytes + ((uint64_t) class->unit_bytes << size_log2);
}

struct object *object_construct(enum object_type type, void *memory, uint64_t size_log2,
                                uint64_t flags)
{
    struct object *object = (void *)((char *)memory + object_classes[type].page_bytes);
    object->type = (uint16_t)type;
    object->size_log2 = (uint8_t)size_log2;
    object->flags = (uint8_t)flags;
    object_classes[type].init(object);
    return object;
}

/* Make [a, end) known to be zero. False when an interrupt waits: call again. */
static NOINLINE bool untyped_zero(struct slot *slot, uint64_t end)
{
    while (slot->b < end) {
        uint64_t bytes = end - slot->b;
        if (bytes > ZERO_CHUNK_BYTES)
            bytes = ZERO_CHUNK_BYTES;
        memset(arch_phys_to_virt(slot->value + slot->b), 0, bytes);
        slot->b += bytes;
        if (slot->b < end && preemption_due())
            return false;
    }
    return true;
}

/* What only a capability of memory has; @offset is where in @from it begins. */
static void fill_memory(struct slot *to, const struct slot *from, uint64_t offset, uint64_t bytes)
{
    to->value = from->value + offset;
    to->size_log2 = (uint8_t)bits_highest(bytes);
    to->device = from->device;
    to->rights = to->type == OBJECT_REGION ? REGION_RIGHTS_ALL : UNTYPED_RIGHT_MANAGE;
    uint64_t zero = from->b > offset ? from->b - offset : 0;
    if (to->type == OBJECT_UNTYPED)
        to->b = zero < bytes ? zero : bytes;
}

status_t untyped_retype(struct slot *slot, struct invocation *call)
{
    const struct untyped_retype_args *args = call->arguments;
    struct slot *to = call->to;
    uint64_t type = args->type;
    uint64_t bytes = object_memory_bytes(type, args->size_log2, args->flags);
    bool is_memory = type == OBJECT_UNTYPED || type == OBJECT_REGION;
    if (bytes == 0 || !slot_can_derive(slot) || (!is_memory && slot->device))
        return RANGE;
    uint64_t start = align_up(slot->a, is_memory ? bytes : object_classes[type].alignment);
    if (!range_within(start, bytes, slot_bytes(slot)))
        return NO_MEMORY;
    uint64_t end = start + bytes;
    if (!is_memory && slot->b < end && !untyped_zero(slot, end))
        return STATUS_RESTART;

    to->type = (uint8_t)type;
    if (is_memory) {
        fill_memory(to, slot, start, bytes);
        slot->b = slot->b < end ? end : slot->b;
    } else {
        to->rights = 0xff;
        to->size_log2 = (uint8_t)args->size_log2;
        to->object = object_construct(type, arch_phys_to_virt(slot->value + start), args->size_log2,
                                      args->flags);
    }
    slot->a = end;
    slot_link_child(slot, to);
    return OK;
}

/* From the top down, so that [a, b) stays the stretch that is known to be zero. */
COLD status_t untyped_reset(struct slot *slot, UNUSED struct invocation *call)
{
    if (!reap_drain())
        return STATUS_RESTART;
    if (slot_has_children(slot))
        return BUSY;
    if (slot->device)
        slot->a = 0;
    while (slot->a > 0) {
        uint64_t start = align_down(slot->a - 1, ZERO_CHUNK_BYTES);
        memset(arch_phys_to_virt(slot->value + start), 0, slot->a - start);
        slot->a = start;
        if (start > 0 && preemption_due())
            return STATUS_RESTART;
    }
    return OK;
}

status_t region_mint(struct slot *slot, struct invocation *call)
{
    const struct region_mint_args *args = call->arguments;
    if (args->size_log2 < MEMORY_LOG2_MIN || args->size_log2 > slot->size_log2)
        return RANGE;
    uint64_t bytes = 1ull << args->size_log2;
    if (!is_aligned(args->offset, bytes) || !range_within(args->offset, bytes, slot_bytes(slot)))
        return RANGE;
    if ((args->rights & ~(uint64_t)slot->rights) != 0 || !slot_can_derive(slot))
        return RANGE;
    slot_derive(slot, call->to, true);
    call->to->rights = (uint8_t)args->rights;
    call->to->size_log2 = (uint8_t)args->size_log2;
    call->to->value += args->offset;
    return OK;
}

/* What both kinds of memory say; only the third word differs. */
static status_t memory_info(const struct slot *slot, uint64_t *words, uint64_t third)
{
    words[0] = slot->value;
    words[1] = slot->size_log2;
    words[2] = third;
    words[3] = slot->device;
    return OK;
}

status_t untyped_info(struct slot *slot, struct invocation *call)
{
    return memory_info(slot, call->words, slot->a);
}

status_t region_info(struct slot *slot, struct invocation *call)
{
    return memory_info(slot, call->words, slot->rights);
}
