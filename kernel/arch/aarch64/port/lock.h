/*
 * lock.h - a lock that is cheap to take and to release while nobody waits for it.
 *
 * `word` says who has it. Whoever finds it held queues (lock.c): those are served in the order in
 * which they came, and the first of them is handed the lock, past all newcomers: it writes
 * LOCK_WANTED over LOCK_HELD, which the release, a shift, makes LOCK_HANDED instead of LOCK_FREE.
 * In each but LOCK_FREE the lowest bit is set.
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

/** arch_lock_wait - take @lock, which was held just now. */
void arch_lock_wait(struct arch_lock *lock);

/* The load acquires (Arm ARM B2.3.11): what is read behind it is what the one before has left. */
static ALWAYS_INLINE bool arch_lock_try(struct arch_lock *lock)
{
    uint32_t seen, failed;
    __asm__ goto("1: ldaxr %w[seen], %[word]\n\t"
                 "cbnz %w[seen], %l[held]\n\t"
                 "stxr %w[failed], %w[one], %[word]\n\t"
                 "cbnz %w[failed], 1b"
                 : [word] "+Q"(lock->word), [seen] "=&r"(seen), [failed] "=&r"(failed)
                 : [one] "r"(LOCK_HELD)
                 : "memory"
                 : held);
    return true;
held:
    return false;
}

static ALWAYS_INLINE void arch_lock_take(struct arch_lock *lock)
{
    if (UNLIKELY(!arch_lock_try(lock)))
        arch_lock_wait(lock);
}

/* The store releases: all earlier accesses are seen before it. */
static ALWAYS_INLINE void arch_lock_release(struct arch_lock *lock)
{
    __atomic_store_n(&lock->word, __atomic_load_n(&lock->word, __ATOMIC_RELAXED) >> 1,
                     __ATOMIC_RELEASE);
}
