/*
 * boot.h - the kernel's objects for init, in memory that the boot stage has set aside.
 */
#pragma once

#include "abi/bootinfo.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"

/* In memory that begins with a page, as a Space does. */
struct init_objects {
    uint8_t
        space[PAGE_BYTES + sizeof(struct space) + (sizeof(struct slot) << INIT_SPACE_SLOTS_LOG2)];
    ALIGNED(64)
    uint8_t table[sizeof(struct table) + (sizeof(struct slot) << INIT_TABLE_SLOTS_LOG2)];
    ALIGNED(64) uint8_t thread[THREAD_BYTES];
    ALIGNED(64) struct sched sched;
};
