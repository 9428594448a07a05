/*
 * futex_queue.c - see futex_queue.h.
 */
#include "servers/linux/futex_queue.h"

#include "servers/linux/file.h"
#include "servers/linux/mm.h"

#define BUCKETS 256

static struct futex_bucket buckets[BUCKETS] = {
    [0 ... BUCKETS - 1] = {.mutex = MUTEX_OF(LOCK_FUTEX)}};

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
    uint64_t hash = (key->object ^ key->offset >> 2) * 0x9e3779b97f4a7c15ull;
    return &buckets[hash >> 56];
}

void futex_lock_bucket(struct futex_bucket *bucket)
{
    mutex_lock(&bucket->mutex);
    if (!bucket->waiters.next)
        list_init(&bucket->waiters);
}

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
    futex_lock_bucket(a < b ? a : b);
    if (a != b)
        futex_lock_bucket(a < b ? b : a);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
    mutex_unlock(&a->mutex);
    if (a != b)
        mutex_unlock(&b->mutex);
}

int futex_key_of(uint64_t address, bool private, struct futex_key *key)
{
    struct mm *mm = thread_self()->mm;
    int error = 0;

    if (address % sizeof(uint32_t))
        return -EINVAL;
    if (address >= GUEST_ADDRESS_END)
        return -EFAULT;
    *key = (struct futex_key){(uintptr_t)mm, address};
    if (private)
        return 0;
    mm_lock(mm);
    const struct vma *vma = vma_at(&mm->vmas, address);
    if (!vma)
        error = -EFAULT;
    else if (vma->flags & VMA_SHARED)
        *key = (struct futex_key){(uintptr_t)vma->file->inode,
                                  (vma->offset_pages << PAGE_SHIFT) + (address - vma->start)};
    mm_unlock(mm);
    return error;
}

static bool same_key(const struct futex_key *a, const struct futex_key *b)
{
    return a->object == b->object && a->offset == b->offset;
}

/* Caller holds the bucket's mutex; the waiter's stack may go as soon as `bucket` is NULL. */
static void release(struct futex_waiter *waiter)
{
    struct thread *thread = waiter->thread;
    list_remove(&waiter->link);
    __atomic_store_n(&waiter->bucket, NULL, __ATOMIC_RELEASE);
    thread_wake(thread);
}

/* ---- wait --------------------------------------------------------------------------------- */

bool futex_leave(struct futex_waiter *waiter)
{
    for (;;) {
        struct futex_bucket *bucket = __atomic_load_n(&waiter->bucket, __ATOMIC_ACQUIRE);
        if (!bucket)
            return false;
        mutex_lock(&bucket->mutex);
        /* If it was requeued meanwhile, it may be woken right now, under the other mutex. */
        bool here = __atomic_load_n(&waiter->bucket, __ATOMIC_RELAXED) == bucket;
        if (here)
            list_remove(&waiter->link);
        mutex_unlock(&bucket->mutex);
        if (here)
            return true;
    }
}

long futex_enqueue_if_equal(struct futex_waiter *waiter, uint64_t address, uint32_t expected)
{
    struct futex_bucket *bucket = futex_bucket_of(&waiter->key);
    uint32_t value;

    futex_lock_bucket(bucket);
    long error = user_read(&value, uaddr(address), sizeof(value));
    if (error == 0 && value != expected)
        error = -EAGAIN;
    if (error == 0) {
        waiter->bucket = bucket;
        list_push_back(&bucket->waiters, &waiter->link);
    }
    mutex_unlock(&bucket->mutex);
    return error;
}

long futex_wake_locked(struct futex_bucket *bucket, const struct futex_key *key, uint32_t count,
                       uint32_t bits)
{
    long woken = 0;
    list_for_each_removable (link, &bucket->waiters) {
        struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);
        if (woken >= count)
            break;
        if (!same_key(&waiter->key, key) || !(waiter->bits & bits))
            continue;
        release(waiter);
        woken++;
    }
    return woken;
}

long futex_wake(uint64_t address, uint32_t count, uint32_t bits, bool private)
{
    struct futex_key key;
    long error = futex_key_of(address, private, &key);
    if (error < 0)
        return error;
    if (bits == 0)
        return -EINVAL;
    struct futex_bucket *bucket = futex_bucket_of(&key);
    futex_lock_bucket(bucket);
    long woken = futex_wake_locked(bucket, &key, count, bits);
    mutex_unlock(&bucket->mutex);
    return woken;
}

long futex_move_locked(struct futex_bucket *from, const struct futex_key *key,
                       struct futex_bucket *to, const struct futex_key *target, uint32_t count)
{
    long moved = 0;
    list_for_each_removable (link, &from->waiters) {
        struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);
        if (moved >= count)
            break;
        if (!same_key(&waiter->key, key))
            continue;
        moved++;
        if (same_key(key, target))
            continue;
        list_remove(&waiter->link);
        waiter->key = *target;
        __atomic_store_n(&waiter->bucket, to, __ATOMIC_RELEASE);
        list_push_back(&to->waiters, &waiter->link);
    }
    return moved;
}
