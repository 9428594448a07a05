/*
 * processors.h - the processors on which the world has time.
 *
 * A server thread has one home, the Sched of one processor; whoever calls its gate lives there too
 * (sleep.c), so it runs nowhere else. It gets its home when it begins to run a Linux thread: where
 * the fewest threads are awake (thread.c). It moves when its affinity wants that (move.h).
 */
#pragma once

#include "abi/component.h"
#include "abi/message.h"

#include "servers/linux/base.h"

#define PROCESSORS_MAX COMPONENT_PROCESSORS_MAX

/* How many there are; constant after processors_init. */
extern uint32_t processors_count;

/* Once, before any thread is made. */
void processors_init(const struct component_info *info);

/* All of them, as a mask. */
static inline uint64_t processors_all(void) { return (UINT64_C(1) << processors_count) - 1; }

/* The world's time on @processor. */
cap_t processor_sched(uint32_t processor);

/* How many threads are awake there: one more or one less. */
void processor_change_awake(uint32_t processor, int change);

static inline void processor_count_awake(uint32_t processor, int change)
{
    if (UNLIKELY(processors_count > 1))
        processor_change_awake(processor, change);
}

/* The one of @allowed (not 0) with the fewest threads awake; of equals the first. */
uint32_t processor_choose(uint64_t allowed);
