/*
 * lock.c - waiting for a lock, in the order of coming.
 */
#include "port/lock.h"

void arch_lock_wait(struct arch_lock *lock)
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
        __asm__ volatile("yield");
    __atomic_store_n(&lock->wanted, 1, __ATOMIC_RELAXED);
    uint64_t free;
    do {
        __asm__ volatile("yield");
        free = LOCK_WANTED;
    } while (!__atomic_compare_exchange_n(&lock->both, &free, LOCK_HELD, false, __ATOMIC_ACQUIRE,
                                          __ATOMIC_RELAXED));
    __atomic_store_n(&lock->serving, ticket + 1, __ATOMIC_RELEASE);
}
