/*
 * atomic.h - memory that several processors use without a lock. The prover, which knows one
 * processor, reads the plain form.
 */
#pragma once

#include "lib/base/types.h"

#ifdef __FRAMAC__

static inline bool atomic_read_acquire(const bool *at) { return *at; }
static inline void atomic_write_release(bool *at, bool value) { *at = value; }
static inline bool atomic_replace(uint64_t *at, uint64_t *old, uint64_t new)
{
    bool same = *at == *old;
    *old = *at;
    *at = same ? new : *at;
    return same;
}

#else

/** atomic_read_acquire - what is read after this was written before the matching release. */
static ALWAYS_INLINE bool atomic_read_acquire(const bool *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

/** atomic_write_release - whoever acquires @value sees all that was written before. */
static ALWAYS_INLINE void atomic_write_release(bool *at, bool value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

/** atomic_replace - *@at becomes @new if it is *@old; else false, and *@old is what it is. */
static ALWAYS_INLINE bool atomic_replace(uint64_t *at, uint64_t *old, uint64_t new)
{
    return __atomic_compare_exchange_n(at, old, new, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

#endif
