/*
 * guest.c - the life of a Linux thread: into the guest, out of it with a reason, serve, again.
 *
 * Order at the top of the loop: `in_guest` is set before `work` is read, and whoever gives work
 * sets `work` before it reads `in_guest` (thread_interrupt); so either we see the work, or we are
 * kicked, and a kick that finds us outside is sticky. On the way out `in_guest` is cleared before
 * `work` is read by whoever sleeps (thread_sleep); all others look again at the top.
 */
#include <corm/kernel_calls.h>

#include "servers/linux/dispatch.h"
#include "servers/linux/fault.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"
#include "servers/linux/move.h"
#include "servers/linux/process.h"
#include "servers/linux/rseq.h"
#include "servers/linux/seccomp.h"
#include "servers/linux/signal.h"
#include "servers/linux/thread.h"

void guest_bind_space(struct thread *thread)
{
    const struct guest_space *space = thread->mm->space;
    if (thread->bound_space == space->number)
        return;
    const struct memory_region *region = &memory_regions[page_region(thread->frame_page)];
    status_t status =
        thread_set_guest(thread->cap, space->cap, region->slot, page_offset(thread->frame_page));
    ASSERT(status == OK);
    thread->bound_space = space->number;
}

/* A number that no call has, or a thread whose calls are filtered. */
static NOINLINE long dispatch_unusual(struct thread *thread, uint64_t number,
                                      const uint64_t args[6])
{
    return seccomp_mode(thread) != SECCOMP_NONE ? seccomp_dispatch(thread, number, args)
                                                : dispatch_call(number, args);
}

static inline void serve_syscall(struct thread *thread)
{
    struct guest_frame *frame = thread->frame;
    const uint64_t number = guest_call_number(frame);
    uint64_t args[6];

    guest_call_arguments(frame, args);
    guest_keep(&thread->kept, args);

    const uint64_t call_limit = __atomic_load_n(&thread->call_limit, __ATOMIC_ACQUIRE);

    thread->syscall_number = number;
    guest_set_result(frame, (uint64_t)(LIKELY(number < call_limit)
                                           ? dispatch_known(number, args)
                                           : dispatch_unusual(thread, number, args)));
}

static NOINLINE void serve_other(struct thread *thread, const struct message *exit)
{
    thread->syscall_number = NO_SYSCALL;
    switch (tag_label(exit->tag)) {
    case GUEST_EXIT_FAULT:
        fault_page(thread, exit->words[0], exit->words[1]);
        break;
    case GUEST_EXIT_TRAP:
        fault_trap(thread, exit->words[0], exit->words[1]);
        break;
    default: /* a kick: its reason is in `work`, or is that another thread had the processor */
        break;
    }
    rseq_interrupted(thread);
}

static NOINLINE void do_work(struct thread *thread)
{
    if (__atomic_load_n(&thread->work, __ATOMIC_RELAXED) & WORK_TURN)
        thread_hand_back(thread);
    if (__atomic_load_n(&thread->work, __ATOMIC_RELAXED) & WORK_MOVE) {
        __atomic_fetch_and(&thread->work, ~(uint32_t)WORK_MOVE, __ATOMIC_ACQ_REL);
        move_if_needed(thread);
    }
    if (thread_has_work(thread))
        signal_work(thread);
}

void guest_run(struct thread *thread)
{
    if (!thread->mm)
        process_first_exec();
    guest_bind_space(thread);
    if (guest_vector_in(thread) < 0) {
        guest_vector_clear(thread);
        ASSERT(guest_vector_in(thread) == 0);
    }
    if (processors_count > 1) {
        move_if_needed(thread);
        rseq_moved(thread); /* of a copy of its parent's memory */
    }
    for (;;) {
        struct message exit;

        thread = thread_self();
        if (thread->owed)
            thread_hand_over(thread);
        __atomic_exchange_n(&thread->in_guest, 1, __ATOMIC_SEQ_CST);
        if (UNLIKELY(__atomic_load_n(&thread->work, __ATOMIC_SEQ_CST))) {
            __atomic_store_n(&thread->in_guest, 0, __ATOMIC_SEQ_CST);
            do_work(thread);
            continue;
        }
        lock_require_none();
        status_t status = ipc_enter(&exit);
        thread = thread_self();
        __atomic_store_n(&thread->in_guest, 0, __ATOMIC_RELEASE);
        ASSERT(thread->stack[0] == THREAD_STACK_MAGIC);
        if (UNLIKELY(status != OK)) {
            ASSERT(status == RANGE);
            fault_nowhere(thread);
            continue;
        }
        if (LIKELY(tag_label(exit.tag) == GUEST_EXIT_SYSCALL))
            serve_syscall(thread);
        else
            serve_other(thread, &exit);
    }
}
