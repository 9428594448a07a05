/*
 * futex_exit.c - what a thread that ends leaves to those who wait: its robust locks, and the word
 * of CLONE_CHILD_CLEARTID.
 */
#include "servers/linux/futex.h"
#include "servers/linux/futex_queue.h"
#include "servers/linux/mm.h"
#include "servers/linux/process.h"
#include "servers/linux/sys.h"

#define FUTEX_WAITERS    0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK   0x3fffffffu
#define ROBUST_LIST_MAX  2048

void futex_clear_tid(struct thread *thread)
{
    const uint32_t zero = 0;
    uint64_t address = thread->clear_child_tid;

    thread->clear_child_tid = 0;
    if (user_write(uaddr(address), &zero, sizeof(zero)) == 0)
        futex_wake(address, 1, FUTEX_BITSET_ANY, false);
}

/* One lock of a dead owner: says so in the word, and lets one waiter find out. */
static void orphan(uint64_t address, int tid)
{
    uint32_t value;
    int other;

    if (address % sizeof(value) || user_read(&value, uaddr(address), sizeof(value)) < 0)
        return;
    do {
        if ((value & FUTEX_TID_MASK) != (uint32_t)tid)
            return;
        other =
            user_exchange_if(uaddr(address), &value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
    } while (other > 0);
    if (other == 0)
        futex_wake(address, 1, FUTEX_BITSET_ANY, false);
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
