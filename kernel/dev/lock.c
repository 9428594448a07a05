/*
 * lock.c - waiting for a lock, in the order of coming.
 *
 * What a lock is, port/lock.h says: `word`, which is LOCK_FREE, LOCK_HELD, LOCK_WANTED or
 * LOCK_HANDED; the tickets `next` and `serving`; and arch_pause(), a hint while waiting.
 */
#include "port/lock.h"

/* The first in the queue: LOCK_FREE and LOCK_HANDED are its own; a lock that is held it wants. */
static bool lock_attempt(struct arch_lock *lock)
{
    __typeof__(lock->word) seen = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);
    __typeof__(lock->word) next = seen == LOCK_HELD ? LOCK_WANTED : LOCK_HELD;
    return seen != LOCK_WANTED &&
           __atomic_compare_exchange_n(&lock->word, &seen, next, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED) &&
           next == LOCK_HELD;
}

uint64_t arch_lock_wait(struct arch_lock *lock)
{
    uint64_t spins = 0;
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    for (; __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket; spins++)
        arch_pause();
    for (; !lock_attempt(lock); spins++)
        arch_pause();
    __atomic_store_n(&lock->serving, ticket + 1, __ATOMIC_RELEASE);
    return spins;
}
