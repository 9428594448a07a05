/*
 * lock.h - a lock that only checks: one processor, so nobody can be waited for.
 */
#pragma once

#include "lib/base/check.h"

struct arch_lock {
    bool held;
};

static inline bool arch_lock_try(struct arch_lock *lock)
{
    ASSERT(!lock->held);
    lock->held = true;
    return true;
}

static inline void arch_lock_take(struct arch_lock *lock) { ASSERT(arch_lock_try(lock)); }

static inline void arch_lock_release(struct arch_lock *lock)
{
    ASSERT(lock->held);
    lock->held = false;
}
