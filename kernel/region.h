/*
 * region.h - Region: mappable memory. Only a capability: base in slot->value, size in
 * slot->size_log2.
 */
#ifndef KERNEL_REGION_H
#define KERNEL_REGION_H

#include "kernel/cap.h"
#include "kernel/message.h"

static inline uint64_t region_bytes(const struct slot *slot)
{
    return 1ull << (slot->size_log2 & 63);
}

#endif
