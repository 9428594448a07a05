/*
 * processors.c - see processors.h.
 *
 * Lock: none. The counts are atomic, and advice: a choice by counts that change meanwhile is as
 * good as any.
 */
#include "servers/linux/processors.h"

uint32_t processors_count = 1;

static uint32_t awake[PROCESSORS_MAX];

void processors_init(const struct component_info *info)
{
    ASSERT(info->count_processors >= 1 && info->count_processors <= PROCESSORS_MAX);
    processors_count = info->count_processors;
}

cap_t processor_sched(uint32_t processor)
{
    return processor == 0 ? SLOT_SCHED : SLOT_OTHER_SCHEDS + processor - 1;
}

void processor_change_awake(uint32_t processor, int change)
{
    __atomic_fetch_add(&awake[processor], (uint32_t)change, __ATOMIC_RELAXED);
}

uint32_t processor_choose(uint64_t allowed)
{
    uint32_t best = PROCESSORS_MAX, fewest = UINT32_MAX;

    for (uint32_t i = 0; i < processors_count; i++) {
        uint32_t count = __atomic_load_n(&awake[i], __ATOMIC_RELAXED);
        if ((allowed >> i & 1) && (best == PROCESSORS_MAX || count < fewest)) {
            best = i;
            fewest = count;
        }
    }
    ASSERT(best != PROCESSORS_MAX);
    return best;
}
