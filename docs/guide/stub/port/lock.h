/*
 * lock.h - the kernel lock of a machine with one processor: nobody waits for it.
 *
 * Of several: a queue of tickets, of which the first spins on one word; kernel/dev/lock.c has it
 * for all ports, and port/lock.h the exchange that takes and the release that gives up.
 */
#pragma once

#include "lib/base/types.h"

struct arch_lock {
    bool held;
};

static inline bool arch_lock_try(struct arch_lock *lock)
{
    lock->held = true;
    return true;
}

static inline bool arch_lock_wanted(const struct arch_lock *lock)
{
    (void)lock;
    return false;
}

static inline void arch_lock_release(struct arch_lock *lock) { lock->held = false; }

static inline void arch_pause(void) {}

uint64_t arch_lock_wait(struct arch_lock *lock);
