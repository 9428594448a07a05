/*
 * region.h - Region: mappable memory. Only a capability: base in slot->value, size in
 * slot->size_log2.
 */
#pragma once

#include "kernel/cap.h"
#include "kernel/message.h"

static inline uint64_t region_bytes(const struct slot *slot)
{
    return 1ull << (slot->size_log2 & 63);
}
