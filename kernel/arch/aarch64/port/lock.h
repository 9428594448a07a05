/*
 * lock.h - a lock that is cheap to take and to release while nobody waits for it.
 *
 * Whoever finds it held queues (kernel/dev/lock.c): those are served in the order in which they
 * came, and the first of them sets `wanted`. A newcomer takes the lock only if it is neither held
 * nor wanted, of which one load of both (`word`) tells; so the first in the queue gets it next. The
 * release is one store.
 */
#pragma once

#include "lib/base/types.h"

/* What `word` can be. */
#define LOCK_FREE   0ull
#define LOCK_HELD   1ull         /* `held` alone */
#define LOCK_HANDED (1ull << 32) /* `wanted` alone: it was released for the first in the queue */
#define LOCK_WANTED (LOCK_HELD | LOCK_HANDED)

struct arch_lock {
    union {
        struct {
            uint32_t held;   /* by one */
            uint32_t wanted; /* by the first in the queue */
        };
        uint64_t word;
    };
    uint32_t next;    /* ticket of who comes next to the queue */
    uint32_t serving; /* and of the first in it */
};

static ALWAYS_INLINE void arch_pause(void) { __asm__ volatile("yield"); }

/** arch_lock_wait - take @lock, which was held or wanted just now. Says how often it looked in
 * vain. */
uint64_t arch_lock_wait(struct arch_lock *lock);

/* Take @lock, or go to @taken; @seen is what it was. The load acquires (Arm ARM B2.3.11): what is
 * read behind it is what the one before has left. */
#define LOCK_TAKE(lock, held, seen, failed, taken)                                                 \
    __asm__ goto("1: ldaxr %[old], %[word]\n\t"                                                    \
                 "cbnz %[old], %l[" #taken "]\n\t"                                                 \
                 "stxr %w[retry], %[one], %[word]\n\t"                                             \
                 "cbnz %w[retry], 1b"                                                              \
                 : [word] "+Q"((lock)->word), [old] "=&r"(seen), [retry] "=&r"(failed)             \
                 : [one] "r"((uint64_t)(held))                                                     \
                 : "memory"                                                                        \
                 : taken)

static ALWAYS_INLINE bool arch_lock_try(struct arch_lock *lock)
{
    uint64_t seen, failed;
    LOCK_TAKE(lock, LOCK_HELD, seen, failed, taken);
    return true;
taken:
    return false;
}

static ALWAYS_INLINE bool arch_lock_wanted(const struct arch_lock *lock)
{
    return __atomic_load_n(&lock->next, __ATOMIC_RELAXED) !=
           __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);
}

/* The store releases: all earlier accesses are seen before it. */
static ALWAYS_INLINE void arch_lock_release(struct arch_lock *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}
