/*
 * lock.h - a ticket lock: first come, first served.
 */
#pragma once

#include "lib/base/types.h"

struct arch_lock {
    uint32_t next;
    uint32_t serving;
};

static ALWAYS_INLINE void arch_lock_take(struct arch_lock *lock)
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_ACQUIRE);
    while (UNLIKELY(__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket))
        __asm__ volatile("pause");
}

/* Only the holder writes `serving`, so the increment need not be atomic; x86 keeps all earlier
 * accesses before this store, and the clobber makes the compiler do so too. */
static ALWAYS_INLINE void arch_lock_release(struct arch_lock *lock)
{
    __asm__ volatile("incl %0" : "+m"(lock->serving) : : "memory", "cc");
}
