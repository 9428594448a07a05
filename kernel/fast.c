/*
 * fast.c - the common case of call, reply-and-wait and signal.
 *
 * The port's entry code has saved pc, sp and deadline of the running thread; the words of the
 * message stay where they are: in the registers that the port keeps this file from touching
 * (port/fast.h). Each function either does all of its work and resumes a thread with fast_resume,
 * or changes nothing and gives up with fast_slow, which starts over in syscall.c. No function
 * calls: there is no room for their arguments.
 *
 * What makes a case common is judged where it is cheap: an Endpoint's `fast` names a receiver only
 * if that receiver meets every condition (ipc.c, receive_block); keys match only if type, right and
 * operation do. Lending is free: cpu->sched stays, the caller notes what it lent.
 *
 * Lock: the kernel lock.
 */
#include "kernel/fast.h"

#include "kernel/cpu.h"
#include "kernel/ipc.h"
#include "kernel/notify.h"
#include "port/fast.h"

#define SLOW_FOR_REPLY                                                                             \
    (SLOW_SIGNAL_PENDING | SLOW_ANSWERING | SLOW_VECTOR | SLOW_FAULT_SERVED | SLOW_LIMITED)

/* Is whoever has @rank of this processor, and nobody ready above it? Ranks of different processors
 * differ by more than a priority; unsigned, one comparison does it. */
static ALWAYS_INLINE bool rank_goes_on(uint32_t rank)
{
    return rank - CPU_LOCAL(ready_rank) <= RANK_PRIORITY_MASK;
}

static ALWAYS_INLINE NORETURN void unlock_slow(void)
{
    arch_lock_release(&kernel_lock);
    fast_slow();
}

/* No call of a waiting server: a signal, or work for the general path. */
static ALWAYS_INLINE NORETURN void fast_signal(struct thread *self, const struct slot *slot,
                                               const struct thread *fast)
{
    FAST_RELOAD();
    if (fast == NOTIFICATION_FREE) {
        ((struct notification *)slot->object)->bits |= slot->value;
        arch_lock_release(&kernel_lock);
        fast_resume_self(self, OK);
    }
    if (fast != NOTIFICATION_HEARD)
        unlock_slow();
    FAST_SIGNAL(slot);
}

static ALWAYS_INLINE NORETURN void fast_call(struct thread *self, const struct slot *slot)
{
    fast_lock();
    struct thread *receiver = ((struct endpoint *)slot->object)->fast;
    fast_rank = receiver->receive_rank;
    FAST_KEEP(fast_rank);
    receiver->rank = fast_rank; /* at least that, when it runs */
    if (UNLIKELY(!rank_goes_on(fast_rank)))
        fast_signal(self, slot, receiver);
    if (UNLIKELY(fast_tag > fast_tag_last))
        unlock_slow();

    FAST_RELOAD();
    ((struct endpoint *)slot->object)->fast = ENDPOINT_IDLE;
    self->state = THREAD_CALLING;
    self->server = receiver;
    self->sched = CPU_LOCAL(sched);
    receiver->state = THREAD_READY;
    receiver->caller = self;
    CPU_LOCAL(current) = receiver;
    arch_lock_release(&kernel_lock);
    fast_resume(self, receiver, slot->value);
}

/* @self waits at @endpoint as its one receiver, and @caller goes on. */
static ALWAYS_INLINE void fast_receive_again(struct thread *self, struct endpoint *endpoint,
                                             struct thread *caller)
{
    endpoint->fast = self;
    self->state = THREAD_RECEIVING;
    self->wait_endpoint = endpoint;
    caller->state = THREAD_READY;
    CPU_LOCAL(current) = caller;
    arch_lock_release(&kernel_lock);
}

/* The call was a fault: @caller goes on with the registers that the fault saved. Or there is more
 * to do. */
static ALWAYS_INLINE NORETURN void fast_answer_fault(struct thread *self, struct endpoint *endpoint,
                                                     struct thread *caller)
{
    FAST_RELOAD();
    if ((self->slow_word & (SLOW_FOR_REPLY ^ SLOW_FAULT_SERVED)) != 0)
        unlock_slow();
    if (tag_label(fast_tag) != OK)
        unlock_slow();
    FAST_RELOAD(); /* so that there are registers enough */
    self->slow_word &= (uint32_t)~SLOW_FAULT_SERVED;
    caller->slow_word &= (uint32_t)~SLOW_FAULT_CALL;
    fast_receive_again(self, endpoint, caller);
    FAST_RETURN_FAULTED(caller);
}

static ALWAYS_INLINE NORETURN void fast_reply_wait(struct thread *self, const struct slot *slot)
{
    fast_lock();
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    if (UNLIKELY(endpoint->fast != ENDPOINT_IDLE || fast_tag > fast_tag_last))
        unlock_slow();
    struct thread *caller = self->caller; /* nobody's rank is out of reach */
    fast_rank = caller->rank;
    FAST_KEEP(fast_rank);
    if (UNLIKELY(!rank_goes_on(fast_rank)))
        unlock_slow();
    if (UNLIKELY((self->slow_word & SLOW_FOR_REPLY) != 0))
        fast_answer_fault(self, endpoint, caller);
    fast_receive_again(self, endpoint, caller);
    fast_resume(self, caller, OK);
}

/* Take what a Notification has, without waiting; not for a thread that owes somebody an answer. */
static ALWAYS_INLINE NORETURN void fast_poll(struct thread *self, const struct slot *slot)
{
    if ((uint32_t)fast_handle != (slot->receive_key | HANDLE_RECEIVE_DEADLINE) ||
        fast_deadline() != DEADLINE_POLL || self->caller != &thread_nobody ||
        CPU_LOCAL(sched) != self->home || ((struct notification *)slot->object)->bits != 0)
        fast_slow();
    fast_resume_self(self, RECEIVED_ERROR | TIMEOUT);
}

void fast_entry(void)
{
    struct thread *self = fast_enter();
    struct slot *slot = (void *)((char *)self->table_base + (fast_handle & self->table_mask));
    if (LIKELY(slot->key == (uint32_t)fast_handle))
        fast_call(self, slot);
    if (LIKELY(slot->receive_key == (uint32_t)fast_handle))
        fast_reply_wait(self, slot);
    FAST_RELOAD();
    if (slot->type == 0 && (fast_handle & HANDLE_OP_IPC) == 0)
        fast_resume_self(self, BAD_HANDLE);
    FAST_RELOAD();
    if (slot->type == OBJECT_NOTIFICATION)
        fast_poll(self, slot);
    fast_slow();
}
