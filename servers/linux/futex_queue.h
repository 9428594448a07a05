/*
 * futex_queue.h - who waits for which word: what the calls on futexes share.
 *
 * A futex is named by what holds it: (mm, address) for private memory, (inode, offset) for a shared
 * mapping. Waiters of a name stand in one bucket, in order of arrival. A waiter looks at the word
 * under the bucket's mutex, and so does nobody who wakes without having changed the word first: so
 * no wake is lost.
 *
 * Lock order: bucket.mutex (two: by address), then the mm. A waiter's queue pointer changes only
 * under the mutex of the bucket that it stands in.
 */
#pragma once

#include "servers/linux/thread.h"

#define FUTEX_PRIVATE_FLAG 128
#define FUTEX_BITSET_ANY   0xffffffffu

struct futex_key {
    uintptr_t object;
    uint64_t offset;
};

struct futex_bucket {
    struct mutex mutex;
    struct list waiters;
};

struct futex_waiter {
    struct list link;
    struct futex_bucket *bucket; /* NULL once woken */
    struct futex_key key;
    uint32_t bits;
    struct thread *thread;
};

/* 0, -EINVAL (not aligned), -EFAULT (nothing mapped there). */
MUST_USE int futex_key_of(uint64_t address, bool private, struct futex_key *key);

struct futex_bucket *futex_bucket_of(const struct futex_key *key);
void futex_lock_bucket(struct futex_bucket *bucket);
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b); /* may be one */
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);

/* Stands in the queue of waiter->key, unless the word is another (-EAGAIN) or not there (-EFAULT).
   The waiter stays where it is until futex_leave. */
MUST_USE long futex_enqueue_if_equal(struct futex_waiter *waiter, uint64_t address,
                                     uint32_t expected);

static inline bool futex_is_woken(const struct futex_waiter *waiter)
{
    return !__atomic_load_n(&waiter->bucket, __ATOMIC_ACQUIRE);
}

/* Takes the waiter out of whatever bucket it stands in. false: it had been woken. */
MUST_USE bool futex_leave(struct futex_waiter *waiter);

/* Wakes at most `count` that wait for any of `bits`; how many. Caller holds the bucket's mutex. */
long futex_wake_locked(struct futex_bucket *bucket, const struct futex_key *key, uint32_t count,
                       uint32_t bits);

/* Moves at most `count` to another name; how many. Caller holds both mutexes. */
long futex_move_locked(struct futex_bucket *from, const struct futex_key *key,
                       struct futex_bucket *to, const struct futex_key *target, uint32_t count);

/* The whole of it: wakes at most `count`. How many, -EINVAL or -EFAULT. */
long futex_wake(uint64_t address, uint32_t count, uint32_t bits, bool private);
