/*
 * region.c - Region: mappable memory. Only a capability: its base is slot->value.
 */
#include "kernel/cap.h"
#include "kernel/message.h"
#include "lib/base/bits.h"

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

status_t region_info(struct slot *slot, struct invocation *call)
{
    call->words[0] = slot->value;
    call->words[1] = slot->size_log2;
    call->words[2] = slot->rights;
    call->words[3] = (slot->kind_flags & SLOT_DEVICE) != 0;
    return OK;
}
