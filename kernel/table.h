/*
 * table.h - Table: a flat array of capability slots.
 *
 * Slot 0 is always empty and has an impossible key. The object's slots begin at the next cache line
 * after the header, in the same memory.
 */
#pragma once

#include "kernel/cap.h"
#include "kernel/message.h"

struct table {
    struct object object;
    uint32_t reap_index; /* next slot to delete while being reaped */
    uint32_t reserved[11];
    struct slot slots[];
};

STATIC_ASSERT(sizeof(struct table) == 64, "slots are aligned to cache lines");

/**
 * table_slot - slot @index of @table, or NULL: out of range, or slot 0.
 * The index is masked, so that a mispredicted bounds check reads nothing outside the Table.
 */
static inline struct slot *table_slot(struct table *table, uint64_t index)
{
    uint64_t count = object_slots(&table->object);
    if (index == 0 || index >= count)
        return NULL;
    return &table->slots[index & (count - 1)];
}
