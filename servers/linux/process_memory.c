/*
 * process_memory.c - process_vm_readv, process_vm_writev: between the memories of two processes;
 * and membarrier, which on one processor has nothing to order that a switch does not.
 */
#include "servers/linux/gate.h"
#include "servers/linux/may.h"
#include "servers/linux/mm.h"
#include "servers/linux/process.h"
#include "servers/linux/processors.h"
#include "servers/linux/sys.h"

/* The other's memory, counted, if the caller may look into it. That of its process: a thread that
   ends gives its own reference back without the mutex. */
static int memory_of(int id, struct mm **mm)
{
    int status = -ESRCH;

    mutex_lock(&process_mutex);
    struct thread *thread = thread_find(id);
    if (thread && thread->process->mm)
        status = process_may_inspect(thread->process, thread, INSPECT_BY_CALL);
    if (status == 0)
        *mm = mm_get(thread->process->mm);
    mutex_unlock(&process_mutex);
    return status;
}

/* Up to a page between `at` in the other's memory and the iter. Bytes, or -EFAULT. */
static long move_piece(struct mm *mm, uint64_t at, struct iter *iter, char *buffer, size_t bytes,
                       bool writes)
{
    if (!writes) {
        size_t there = mm_read(mm, buffer, at, bytes);
        return there == 0 ? -EFAULT : iter_put(iter, buffer, there);
    }
    struct iter before = *iter;
    long taken = iter_take(iter, buffer, bytes);
    if (taken <= 0)
        return taken;
    size_t done = mm_write(mm, at, buffer, (size_t)taken);
    if (done < (size_t)taken) {
        *iter = before;
        iter_skip(iter, done);
    }
    return done == 0 ? -EFAULT : (long)done;
}

/* Piece by piece of the other's vector, up to the first that cannot be reached. */
static long move_all(struct mm *mm, const struct iovec_copy *other, uint64_t count,
                     struct iter *iter, char *buffer, bool writes)
{
    long total = 0;

    for (uint64_t i = 0; i < count && iter->left > 0; i++) {
        uint64_t at = other->vector[i].iov_base, left = other->vector[i].iov_len;
        while (left > 0 && iter->left > 0) {
            size_t bytes = left < PAGE_BYTES ? left : PAGE_BYTES;
            bytes = bytes < iter->left ? bytes : iter->left;
            long done = move_piece(mm, at, iter, buffer, bytes, writes);
            if (done <= 0)
                return total > 0 ? total : done;
            total += done;
            at += (uint64_t)done;
            left -= (uint64_t)done;
            if ((size_t)done < bytes || !call_must_go_on())
                return total;
        }
    }
    return total;
}

static long move_with(struct mm *mm, const uint64_t args[6], bool writes)
{
    struct iovec_copy own, other;
    long done = iovec_read(&own, uaddr(args[1]), args[2]);

    if (done < 0)
        return done;
    done = iovec_read(&other, uaddr(args[3]), args[4]);
    if (done == 0) {
        struct page *page = page_alloc_unzeroed();
        struct iter iter = iter_of_vector(own.vector, (unsigned)args[2], own.total);
        done = page ? move_all(mm, &other, args[4], &iter, page_data(page), writes) : -ENOMEM;
        if (page)
            page_put(page);
        iovec_free(&other);
    }
    iovec_free(&own);
    return done;
}

static long move(const uint64_t args[6], bool writes)
{
    struct mm *mm = NULL;

    if (args[5] != 0)
        return -EINVAL;
    int status = memory_of(arg_int(args[0]), &mm);
    if (status < 0)
        return status;
    long done = move_with(mm, args, writes);
    mm_put(mm);
    return done;
}

SYSCALL(process_vm_readv) { return move(args, false); }

SYSCALL(process_vm_writev) { return move(args, true); }

/* ---- membarrier(2) --------------------------------------------------------------------------- */

#define QUERY                      0
#define GLOBAL                     (1 << 0)
#define GLOBAL_EXPEDITED           (1 << 1)
#define REGISTER_GLOBAL_EXPEDITED  (1 << 2)
#define PRIVATE_EXPEDITED          (1 << 3)
#define REGISTER_PRIVATE_EXPEDITED (1 << 4)
#define PRIVATE_SYNC               (1 << 5)
#define REGISTER_PRIVATE_SYNC      (1 << 6)
#define PRIVATE_RSEQ               (1 << 7)
#define REGISTER_PRIVATE_RSEQ      (1 << 8)
#define COMMANDS                   0x1ff

#define FLAG_CPU 1u /* one processor, the third argument; we may do more than is asked for */

/* Out of its guest, should it be there on another processor: that orders everything, fetches of
   instructions too, and ends a restartable sequence. Who is not in its guest goes through as much
   on its way there. */
static void order(struct thread *thread)
{
    if (thread_processor(thread) != thread_processor(thread_self()) &&
        __atomic_load_n(&thread->in_guest, __ATOMIC_SEQ_CST))
        gate_kick(thread);
}

static void order_process(const struct process *process)
{
    list_for_each (link, &process->threads)
        order(list_entry(link, struct thread, process_link));
}

/* All threads of this process, or of all. On the caller's own processor all others lost it to the
   caller, which orders as much. */
static void order_others(const struct process *process)
{
    if (processors_count == 1)
        return;
    mutex_lock(&process_mutex);
    if (process)
        order_process(process);
    else
        list_for_each (link, &process_list)
            order_process(list_entry(link, struct process, all_link));
    mutex_unlock(&process_mutex);
}

SYSCALL(membarrier)
{
    struct process *process = process_current();
    int command = arg_int(args[0]);

    if ((uint32_t)args[1] != 0 && (command != PRIVATE_RSEQ || (uint32_t)args[1] != FLAG_CPU))
        return -EINVAL;
    switch (command) {
    case QUERY:
        return COMMANDS;
    case GLOBAL:
    case GLOBAL_EXPEDITED:
        order_others(NULL);
        return 0;
    case REGISTER_GLOBAL_EXPEDITED:
    case REGISTER_PRIVATE_EXPEDITED:
    case REGISTER_PRIVATE_SYNC:
    case REGISTER_PRIVATE_RSEQ:
        __atomic_fetch_or(&process->membarriers, (uint32_t)command, __ATOMIC_RELAXED);
        return 0;
    case PRIVATE_EXPEDITED:
    case PRIVATE_SYNC:
    case PRIVATE_RSEQ:
        if (!(process->membarriers & (uint32_t)command << 1))
            return -EPERM;
        order_others(process);
        return 0;
    default:
        return -EINVAL;
    }
}
