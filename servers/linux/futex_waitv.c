/*
 * futex_waitv.c - waiting on several words at once.
 *
 * A thread has a waiter for each word. Whoever wakes one wakes the thread, which then takes the
 * others out of their queues; those that were woken meanwhile as well are lost, as on Linux: it
 * tells the last.
 */
#include "servers/linux/futex_queue.h"

#include "servers/linux/clock.h"
#include "servers/linux/sys.h"

#define FUTEX_32        2u
#define FUTEX_WAITV_MAX 128

struct linux_futex_waitv {
    uint64_t value;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
};

struct word {
    struct futex_waiter waiter;
    uint64_t address;
    uint32_t expected;
    bool private;
};

/* Leaves the first `count` queues. Which word had been woken, or -1. */
static long leave_all(struct word *words, unsigned count)
{
    long woken = -1;

    for (unsigned i = 0; i < count; i++) {
        if (!futex_leave(&words[i].waiter))
            woken = i;
    }
    return woken;
}

static bool any_woken(const struct word *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (futex_is_woken(&words[i].waiter))
            return true;
    }
    return false;
}

static long wait_for_any(struct word *words, unsigned count, nanos_t deadline_ns)
{
    int slept = 0;

    for (unsigned i = 0; i < count; i++) {
        long error = futex_enqueue_if_equal(&words[i].waiter, words[i].address, words[i].expected);
        if (error < 0) {
            long woken = leave_all(words, i);
            return woken < 0 ? error : woken;
        }
    }
    while (slept == 0 && !any_woken(words, count))
        slept = thread_sleep(deadline_ns, true);
    long woken = leave_all(words, count);
    if (woken >= 0)
        return woken;
    return slept == -EINTR ? -ERESTARTSYS : slept;
}

static int read_word(struct word *word, uint64_t address)
{
    struct linux_futex_waitv given;

    if (user_read(&given, uaddr(address), sizeof(given)) < 0)
        return -EFAULT;
    if ((given.flags & ~(FUTEX_32 | FUTEX_PRIVATE_FLAG)) || !(given.flags & FUTEX_32) ||
        given.reserved)
        return -EINVAL;
    *word = (struct word){.waiter = {.bits = FUTEX_BITSET_ANY, .thread = thread_self()},
                          .address = given.address,
                          .expected = (uint32_t)given.value,
                          .private = given.flags & FUTEX_PRIVATE_FLAG};
    return 0;
}

static int read_deadline(uint64_t address, uint64_t clock, nanos_t *deadline_ns)
{
    nanos_t at;

    *deadline_ns = NANOS_NEVER;
    if (address == 0)
        return 0;
    if ((uint32_t)clock != CLOCK_REALTIME && (uint32_t)clock != CLOCK_MONOTONIC)
        return -EINVAL;
    int error = clock_read_nanos(uaddr(address), &at);
    return error < 0 ? error : clock_to_monotonic((uint32_t)clock, at, deadline_ns);
}

SYSCALL(futex_waitv)
{
    const uint32_t count = (uint32_t)args[1];
    nanos_t deadline_ns;

    if ((uint32_t)args[2] || count == 0 || count > FUTEX_WAITV_MAX || args[0] == 0)
        return -EINVAL;
    long result = read_deadline(args[3], args[4], &deadline_ns);
    if (result < 0)
        return result;
    struct word *words = heap_alloc(count * sizeof(*words));
    if (!words)
        return -ENOMEM;
    for (unsigned i = 0; i < count && result == 0; i++)
        result = read_word(&words[i], args[0] + i * sizeof(struct linux_futex_waitv));
    for (unsigned i = 0; i < count && result == 0; i++)
        result = futex_key_of(words[i].address, words[i].private, &words[i].waiter.key);
    if (result == 0)
        result = wait_for_any(words, count, deadline_ns);
    heap_free(words);
    return result;
}
