/*
 * lock.h - a lock that is one instruction to take and one to release while nobody waits for it.
 *
 * `word` says who has it. Whoever finds it held queues (kernel/dev/lock.c): those are served in the
 * order in which they came, and the first of them is handed the lock, past all newcomers: it writes
 * LOCK_WANTED over LOCK_HELD, which the release, a shift, makes LOCK_HANDED instead of LOCK_FREE.
 * In each but LOCK_FREE the lowest bit is set, so that a newcomer fails and changes nothing.
 *
 * The release is not atomic. A want that comes in between its read and its write is lost, and the
 * lock is free; who wanted it sees that and tries again.
 */
#pragma once

#include "lib/base/types.h"

enum { LOCK_FREE = 0, LOCK_HELD = 1, LOCK_HANDED = 3, LOCK_WANTED = 7 };

struct arch_lock {
    uint32_t word;
    uint32_t next;    /* ticket of who comes next to the queue */
    uint32_t serving; /* and of the first in it */
};

static ALWAYS_INLINE void arch_pause(void) { __asm__ volatile("pause"); }

/** arch_lock_wait - take @lock, which was held just now. Says how often it looked in vain. */
uint64_t arch_lock_wait(struct arch_lock *lock);

static ALWAYS_INLINE bool arch_lock_try(struct arch_lock *lock)
{
    bool held;
    __asm__ volatile("lock btsl $0, %1" : "=@ccc"(held), "+m"(lock->word) : : "memory");
    return !held;
}

static ALWAYS_INLINE bool arch_lock_wanted(const struct arch_lock *lock)
{
    return __atomic_load_n(&lock->next, __ATOMIC_RELAXED) !=
           __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);
}

/* x86 keeps all earlier accesses before this store; the clobber makes the compiler do so too. */
static ALWAYS_INLINE void arch_lock_release(struct arch_lock *lock)
{
    __asm__ volatile("shrl %0" : "+m"(lock->word) : : "memory", "cc");
}
