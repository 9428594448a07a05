/*
 * lock.c - waiting for a lock, in the order of coming.
 */
#include "port/lock.h"

void arch_lock_wait(struct arch_lock *lock)
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
        __asm__ volatile("yield");
    uint32_t seen, next;
    do {
        __asm__ volatile("yield");
        seen = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);
        next = seen == LOCK_HELD ? LOCK_WANTED : LOCK_HELD;
    } while (seen == LOCK_WANTED ||
             !__atomic_compare_exchange_n(&lock->word, &seen, next, false, __ATOMIC_ACQUIRE,
                                          __ATOMIC_RELAXED) ||
             next == LOCK_WANTED);
    __atomic_store_n(&lock->serving, ticket + 1, __ATOMIC_RELEASE);
}
