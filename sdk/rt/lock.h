/**
 * lock.h - a lock for a few instructions, between threads of one component.
 *
 * Waiters yield. The holder may have been preempted in favour of a waiter of higher priority, for
 * whom yielding would last for ever: so the only way to take it is to try.
 */
#pragma once

#include "sdk/ipc/invoke.h"

#define LOCK_TRIES 64

struct lock {
    uint8_t held;
};

/** lock_try - take @lock; false if it stayed taken. */
MUST_USE static inline bool lock_try(struct lock *lock)
{
    for (unsigned tries = 0; tries < LOCK_TRIES; tries++) {
        if (!__atomic_test_and_set(&lock->held, __ATOMIC_ACQUIRE))
            return true;
        ipc_yield();
    }
    return false;
}

static inline void lock_release(struct lock *lock)
{
    __atomic_clear(&lock->held, __ATOMIC_RELEASE);
}
