/*
 * lock.h - a lock that is one atomic instruction to take and one to release while nobody waits.
 *
 * `word` says who has it. Whoever finds it held queues (kernel/dev/lock.c): those are served in the
 * order in which they came, and the first of them is handed the lock, past all newcomers: it writes
 * LOCK_WANTED over LOCK_HELD, which the release makes LOCK_HANDED instead of LOCK_FREE. Taking is
 * "at least LOCK_HELD": in each state but LOCK_FREE a newcomer fails and changes nothing.
 */
#pragma once

#include "lib/base/types.h"

enum { LOCK_FREE = 0, LOCK_HELD = 1, LOCK_HANDED = 2, LOCK_WANTED = 3 };

struct arch_lock {
    uint32_t word;
    uint32_t next;    /* ticket of who comes next to the queue */
    uint32_t serving; /* and of the first in it */
};

/* `pause` of the extension Zihintpause; a fence of nothing elsewhere. */
static ALWAYS_INLINE void arch_pause(void) { __asm__ volatile(".4byte 0x0100000f"); }

/** arch_lock_wait - take @lock, which was held just now. Says how often it looked in vain. */
uint64_t arch_lock_wait(struct arch_lock *lock);

/* Acquire (RISC-V unprivileged manual 8.1): nothing of what follows happens before it. */
static ALWAYS_INLINE bool arch_lock_try(struct arch_lock *lock)
{
    uint64_t word;
    __asm__ volatile("amomaxu.w.aq %0, %2, %1"
                     : "=r"(word), "+A"(lock->word)
                     : "r"((uint64_t)LOCK_HELD)
                     : "memory");
    return word == LOCK_FREE;
}

static ALWAYS_INLINE bool arch_lock_wanted(const struct arch_lock *lock)
{
    return __atomic_load_n(&lock->next, __ATOMIC_RELAXED) !=
           __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);
}

/* Release: all that went before has happened, for whoever takes the lock next. */
static ALWAYS_INLINE void arch_lock_release(struct arch_lock *lock)
{
    __asm__ volatile("amoand.w.rl zero, %1, %0"
                     : "+A"(lock->word)
                     : "r"(~(uint64_t)LOCK_HELD)
                     : "memory");
}
