/*
 * fast.c - the common case of call, reply-and-wait and signal.
 *
 * The port's entry code has saved pc, sp and deadline of the running thread and jumps here; the
 * words of the message stay where they are: in the registers that the port keeps this file from
 * touching (port/fast.h). Each function either does all of its work and resumes a thread with
 * FAST_RETURN, or changes nothing and gives up with FAST_SLOW, which starts over in syscall.c. No
 * function calls: there is no room for their arguments.
 *
 * What makes a case common is judged where it is cheap: an Endpoint's `fast` names a receiver only
 * if that receiver meets every condition (ipc.c, receive_block); keys match only if type, right and
 * operation do. Lending is free: cpu->sched stays, the caller notes what it lent.
 */
#include "kernel/fast.h"

#include "kernel/cpu.h"
#include "kernel/ipc.h"
#include "kernel/lock.h"
#include "kernel/notify.h"
#include "port/fast.h"

/* Ranks of one processor differ by at most this; unsigned, it also tells apart higher from lower.
 */
#define RANK_DISTANCE_MAX 255u
#define SLOW_FOR_REPLY    (SLOW_SIGNAL_PENDING | SLOW_OWN_SCHED | SLOW_VECTOR)

static ALWAYS_INLINE struct slot *fast_slot(const struct thread *thread, uint64_t handle)
{
    return (struct slot *)((char *)thread->table_base + (handle & thread->table_mask));
}

void fast_call(void)
{
    struct thread *self = FAST_SELF;
    struct slot *slot = fast_slot(self, FAST_HANDLE);
    if (UNLIKELY(slot->key != (uint32_t)FAST_HANDLE))
        FAST_SLOW();
    if (FAST_HANDLE & NOTIFICATION_OP_SIGNAL)
        FAST_CONTINUE(fast_signal);
    if (UNLIKELY(FAST_TAG >> TAG_SEND_SLOT_SHIFT) || FAST_VECTOR_LIVE())
        FAST_SLOW();
    FAST_LOCK();
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    uint64_t fast = endpoint->fast;
    if (UNLIKELY(fast <= ENDPOINT_SLOW))
        FAST_UNLOCK_SLOW();
    struct thread *receiver = (struct thread *)fast;
    if (UNLIKELY(receiver->receive_rank - CPU_LOCAL(ready_rank) > RANK_DISTANCE_MAX))
        FAST_UNLOCK_SLOW();

    self->state = THREAD_CALLING;
    self->server = receiver;
    self->sched = CPU_LOCAL(sched);
    receiver->state = THREAD_READY;
    receiver->rank = receiver->receive_rank; /* at least that */
    receiver->caller = self;
    endpoint->fast = 0;
    CPU_LOCAL(current) = receiver;
    FAST_UNLOCK();
    FAST_RETURN(receiver, slot->value);
}

void fast_reply_wait(void)
{
    struct thread *self = FAST_SELF;
    struct thread *caller = self->caller;
    uint32_t receive = (uint32_t)(FAST_HANDLE >> 32);
    struct slot *slot = fast_slot(self, receive);
    if (UNLIKELY(slot->receive_key != receive || caller == NULL))
        FAST_SLOW();
    if (UNLIKELY(FAST_TAG >> TAG_SEND_SLOT_SHIFT))
        FAST_SLOW();
    FAST_LOCK();
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    bool slow = endpoint->object.type != OBJECT_ENDPOINT || endpoint->fast != 0 ||
                (self->slow_word & SLOW_FOR_REPLY) != 0 ||
                (caller->slow_word & SLOW_FAULT_CALL) != 0 ||
                caller->rank - CPU_LOCAL(ready_rank) > RANK_DISTANCE_MAX;
    if (UNLIKELY(slow))
        FAST_UNLOCK_SLOW();

    self->state = THREAD_RECEIVING;
    self->caller = NULL;
    self->wait_endpoint = endpoint;
    endpoint->fast = (uint64_t)self;
    caller->state = THREAD_READY;
    caller->server = NULL;
    CPU_LOCAL(current) = caller;
    FAST_UNLOCK();
    FAST_RETURN(caller, OK);
}

void fast_signal(void)
{
    struct thread *self = FAST_SELF;
    struct slot *slot = fast_slot(self, FAST_HANDLE);
    FAST_LOCK();
    struct notification *notification = (struct notification *)slot->object;
    if (UNLIKELY(notification->waiter != NULL || notification->bound != NULL))
        FAST_UNLOCK_SLOW();
    notification->bits |= slot->value;
    FAST_UNLOCK();
    FAST_RETURN_SELF(OK);
}
