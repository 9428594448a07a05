/*
 * lock.h - a lock that checks: nobody takes it twice. Whoever a test makes wait for it waits in
 * arch_lock_wait().
 */
#pragma once

#include "lib/base/check.h"

struct arch_lock {
    bool held;
};

/** host_lock_contended - does the test make the next taker wait? It wants the lock before. */
bool host_lock_contended(void);

/** host_lock_released - the processors that attended go on. */
void host_lock_released(void);

/** arch_lock_wait - what the test wants to happen meanwhile happens. */
uint64_t arch_lock_wait(struct arch_lock *lock);

static inline bool arch_lock_try(struct arch_lock *lock)
{
    if (host_lock_contended())
        return false;
    ASSERT(!lock->held);
    lock->held = true;
    return true;
}

static inline bool arch_lock_wanted(const struct arch_lock *lock)
{
    (void)lock;
    return host_lock_contended();
}

void arch_pause(void);

static inline void arch_lock_release(struct arch_lock *lock)
{
    ASSERT(lock->held);
    lock->held = false;
    host_lock_released();
}
