/*
 * futex.c - waiting on a word of guest memory.
 *
 * A futex is named by what holds it: (mm, address) for private memory, (inode, offset) for a shared
 * mapping. Waiters of a name stand in one bucket, in order of arrival. A waiter looks at the word
 * under the bucket's mutex, and so does nobody who wakes without having changed the word first: so
 * no wake is lost.
 *
 * Lock order: bucket.mutex (two: by address), then the mm. A waiter's queue pointer changes only
 * under the mutex of the bucket that it stands in.
 */
#include "servers/linux/futex.h"

#include "servers/linux/clock.h"
#include "servers/linux/file.h"
#include "servers/linux/mm.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define FUTEX_WAIT           0
#define FUTEX_WAKE           1
#define FUTEX_REQUEUE        3
#define FUTEX_CMP_REQUEUE    4
#define FUTEX_WAKE_OP        5
#define FUTEX_WAIT_BITSET    9
#define FUTEX_WAKE_BITSET    10
#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_COMMAND_MASK   (~(uint32_t)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))
#define FUTEX_BITSET_ANY     0xffffffffu
#define FUTEX_WAITERS        0x80000000u
#define FUTEX_OWNER_DIED     0x40000000u
#define FUTEX_TID_MASK       0x3fffffffu
#define ROBUST_LIST_MAX      2048

#define BUCKETS 256

struct key {
    uintptr_t object;
    uint64_t offset;
};

struct bucket {
    struct mutex mutex;
    struct list waiters;
};

struct futex_waiter {
    struct list link;
    struct bucket *bucket; /* NULL once woken */
    struct key key;
    uint32_t bits;
    struct thread *thread;
};

static struct bucket buckets[BUCKETS];

static struct bucket *bucket_of(const struct key *key)
{
    uint64_t hash = (key->object ^ key->offset >> 2) * 0x9e3779b97f4a7c15ull;
    return &buckets[hash >> 56];
}

static void lock_bucket(struct bucket *bucket)
{
    mutex_lock(&bucket->mutex);
    if (!bucket->waiters.next)
        list_init(&bucket->waiters);
}

static void lock_two(struct bucket *a, struct bucket *b)
{
    lock_bucket(a < b ? a : b);
    if (a != b)
        lock_bucket(a < b ? b : a);
}

static void unlock_two(struct bucket *a, struct bucket *b)
{
    mutex_unlock(&a->mutex);
    if (a != b)
        mutex_unlock(&b->mutex);
}

/* 0, -EINVAL (not aligned), -EFAULT (nothing mapped there). */
static int key_of(uint64_t address, bool private, struct key *key)
{
    struct mm *mm = thread_self()->mm;
    int error = 0;

    if (address % sizeof(uint32_t))
        return -EINVAL;
    if (address >= GUEST_ADDRESS_END)
        return -EFAULT;
    *key = (struct key){(uintptr_t)mm, address};
    if (private)
        return 0;
    mm_lock(mm);
    const struct vma *vma = vma_at(&mm->vmas, address);
    if (!vma)
        error = -EFAULT;
    else if (vma->flags & VMA_SHARED)
        *key = (struct key){(uintptr_t)vma->file->inode,
                            (vma->offset_pages << PAGE_SHIFT) + (address - vma->start)};
    mm_unlock(mm);
    return error;
}

static bool same_key(const struct key *a, const struct key *b)
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

/* Takes the waiter out of whatever bucket it stands in. false: it had been woken. */
static bool leave(struct futex_waiter *waiter)
{
    for (;;) {
        struct bucket *bucket = __atomic_load_n(&waiter->bucket, __ATOMIC_ACQUIRE);
        if (!bucket)
            return false;
        mutex_lock(&bucket->mutex);
        bool here = waiter->bucket == bucket; /* not requeued meanwhile */
        if (here)
            list_remove(&waiter->link);
        mutex_unlock(&bucket->mutex);
        if (here)
            return true;
    }
}

static long enqueue_if_equal(struct futex_waiter *waiter, uint64_t address, uint32_t expected)
{
    struct bucket *bucket = bucket_of(&waiter->key);
    uint32_t value;

    lock_bucket(bucket);
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

static long wait(uint64_t address, uint32_t expected, uint32_t bits, nanos_t deadline_ns,
                 bool private)
{
    struct futex_waiter waiter = {.bits = bits, .thread = thread_self()};
    long error = key_of(address, private, &waiter.key);
    if (error == 0)
        error = enqueue_if_equal(&waiter, address, expected);
    if (error < 0)
        return error;
    int slept = 0;
    while (slept == 0 && __atomic_load_n(&waiter.bucket, __ATOMIC_ACQUIRE))
        slept = thread_sleep(deadline_ns, true);
    return leave(&waiter) ? slept : 0;
}

static long resume_wait(const struct restart_block *block)
{
    bool private = block->bits >> 32;
    long result = wait(block->address, (uint32_t)block->value, (uint32_t)block->bits,
                       block->deadline_ns, private);
    return result == -EINTR ? call_resume_later(block) : result;
}

static long wait_call(const uint64_t args[6], uint32_t bits, bool absolute, bool real, bool private)
{
    nanos_t deadline_ns = NANOS_NEVER;
    long error = 0;

    if (bits == 0)
        return -EINVAL;
    if (args[3] != 0 && !absolute) {
        error = clock_read_timeout(uaddr(args[3]), &deadline_ns);
    } else if (args[3] != 0) {
        error = clock_read_nanos(uaddr(args[3]), &deadline_ns);
        if (error == 0)
            error = clock_to_monotonic(real ? CLOCK_REALTIME : CLOCK_MONOTONIC, deadline_ns,
                                       &deadline_ns);
    }
    if (error < 0)
        return error;
    long result = wait(args[0], (uint32_t)args[2], bits, deadline_ns, private);
    if (result != -EINTR)
        return result;
    if (deadline_ns == NANOS_NEVER)
        return -ERESTARTSYS;
    const struct restart_block block = {.resume = resume_wait,
                                        .deadline_ns = deadline_ns,
                                        .address = args[0],
                                        .value = (uint32_t)args[2],
                                        .bits = bits | (uint64_t) private << 32};
    return call_resume_later(&block);
}

/* ---- wake and requeue ------------------------------------------------------------------------ */

/* Caller holds the bucket's mutex. */
static long wake_locked(struct bucket *bucket, const struct key *key, uint32_t count, uint32_t bits)
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

static long wake(uint64_t address, uint32_t count, uint32_t bits, bool private)
{
    struct key key;
    long error = key_of(address, private, &key);
    if (error < 0)
        return error;
    if (bits == 0)
        return -EINVAL;
    struct bucket *bucket = bucket_of(&key);
    lock_bucket(bucket);
    long woken = wake_locked(bucket, &key, count, bits);
    mutex_unlock(&bucket->mutex);
    return woken;
}

static long move_locked(struct bucket *from, const struct key *key, struct bucket *to,
                        const struct key *target, uint32_t count)
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

/* args: address, op, wake count, move count, target, expected value */
static long requeue(const uint64_t args[6], bool compare, bool private)
{
    struct key key, target;
    uint32_t value;

    if ((int32_t)args[2] < 0 || (int32_t)args[3] < 0)
        return -EINVAL;
    long error = key_of(args[0], private, &key);
    if (error == 0)
        error = key_of(args[4], private, &target);
    if (error < 0)
        return error;
    struct bucket *from = bucket_of(&key), *to = bucket_of(&target);
    lock_two(from, to);
    if (compare) {
        error = user_read(&value, uaddr(args[0]), sizeof(value));
        if (error == 0 && value != (uint32_t)args[5])
            error = -EAGAIN;
    }
    if (error == 0) {
        error = wake_locked(from, &key, (uint32_t)args[2], FUTEX_BITSET_ANY);
        error += move_locked(from, &key, to, &target, (uint32_t)args[3]);
    }
    unlock_two(from, to);
    return error;
}

SYSCALL(futex)
{
    uint32_t op = (uint32_t)args[1];
    bool private = op & FUTEX_PRIVATE_FLAG;
    bool real = op & FUTEX_CLOCK_REALTIME;

    switch (op & FUTEX_COMMAND_MASK) {
    case FUTEX_WAIT:
        return wait_call(args, FUTEX_BITSET_ANY, false, false, private);
    case FUTEX_WAIT_BITSET:
        return wait_call(args, (uint32_t)args[5], true, real, private);
    case FUTEX_WAKE:
        return wake(args[0], (uint32_t)args[2], FUTEX_BITSET_ANY, private);
    case FUTEX_WAKE_BITSET:
        return wake(args[0], (uint32_t)args[2], (uint32_t)args[5], private);
    case FUTEX_REQUEUE:
        return requeue(args, false, private);
    case FUTEX_CMP_REQUEUE:
        return requeue(args, true, private);
    default:
        return -ENOSYS;
    }
}

/* ---- the end of a thread ------------------------------------------------------------------- */

void futex_clear_tid(struct thread *thread)
{
    const uint32_t zero = 0;
    uint64_t address = thread->clear_child_tid;

    thread->clear_child_tid = 0;
    if (user_write(uaddr(address), &zero, sizeof(zero)) == 0)
        wake(address, 1, FUTEX_BITSET_ANY, false);
}

/* One lock of a dead owner: says so in the word, and lets one waiter find out. */
static void orphan(uint64_t address, int tid)
{
    uint32_t value;
    if (user_read(&value, uaddr(address), sizeof(value)) < 0 ||
        (value & FUTEX_TID_MASK) != (uint32_t)tid)
        return;
    value = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
    if (user_write(uaddr(address), &value, sizeof(value)) == 0)
        wake(address, 1, FUTEX_BITSET_ANY, false);
}

void futex_exit_robust(struct thread *thread)
{
    struct {
        uint64_t next;
        int64_t futex_offset;
        uint64_t pending;
    } head;
    uint64_t list = thread->robust_list;

    thread->robust_list = 0;
    if (list == 0 || user_read(&head, uaddr(list), sizeof(head)) < 0)
        return;
    uint64_t entry = head.next & ~1ull;
    for (unsigned i = 0; i < ROBUST_LIST_MAX && entry != list; i++) {
        uint64_t next;
        bool end = user_read(&next, uaddr(entry), sizeof(next)) < 0;
        if (entry != (head.pending & ~1ull))
            orphan(entry + (uint64_t)head.futex_offset, thread->tid);
        if (end)
            break;
        entry = next & ~1ull;
    }
    if (head.pending)
        orphan((head.pending & ~1ull) + (uint64_t)head.futex_offset, thread->tid);
}

SYSCALL(set_robust_list)
{
    if (args[1] != 24)
        return -EINVAL;
    thread_self()->robust_list = args[0];
    return 0;
}

SYSCALL(get_robust_list)
{
    const uint64_t bytes = 24;
    long result = 0;
    uint64_t list = thread_self()->robust_list;

    if (arg_int(args[0]) != 0) {
        mutex_lock(&process_mutex);
        struct thread *thread = thread_find(arg_int(args[0]));
        result = thread ? process_may_inspect(thread->process, thread, INSPECT_BY_CALL) : -ESRCH;
        if (result == 0)
            list = thread->robust_list;
        mutex_unlock(&process_mutex);
    }
    if (result == 0 && user_write(uaddr(args[1]), &list, sizeof(list)) < 0)
        result = -EFAULT;
    if (result == 0 && user_write(uaddr(args[2]), &bytes, sizeof(bytes)) < 0)
        result = -EFAULT;
    return result;
}
