/*
 * fast.c - the common case of call, reply-and-wait and signal.
 *
 * The port's entry code has saved pc, sp and deadline of the running thread and jumps here; the
 * words of the message stay where they are: in the registers that the port keeps this file from
 * touching (port/fast.h). Each function either does all of its work and resumes a thread with
 * FAST_RETURN, or changes nothing and gives up with fast_slow, which starts over in syscall.c. No
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
#define SLOW_FOR_REPLY                                                                             \
    (SLOW_SIGNAL_PENDING | SLOW_ANSWERING | SLOW_VECTOR | SLOW_FAULT_SERVED | SLOW_LIMITED)

static ALWAYS_INLINE struct slot *fast_slot(const struct thread *thread, uint64_t handle)
{
    return (void *)((char *)thread->table_base + (handle & thread->table_mask));
}

/* A message whose tag names no slots: no capability goes along. */
static ALWAYS_INLINE bool tag_plain(uint64_t tag)
{
    STATIC_ASSERT(TAG_SEND_SLOT_SHIFT == 32, "the slots are the upper half");
    return tag == (uint32_t)tag;
}

static ALWAYS_INLINE NORETURN void unlock_slow(void)
{
    arch_lock_release(&kernel_lock);
    fast_slow();
}

/* No call of a waiting server: a signal, or work for the general path. The lock is held. */
static ALWAYS_INLINE NORETURN void fast_signal(struct thread *self, const struct slot *slot,
                                               uint64_t fast)
{
    if (fast == NOTIFICATION_FREE) {
        FAST_RELOAD();
        ((struct notification *)slot->object)->bits |= slot->value;
        arch_lock_release(&kernel_lock);
        FAST_RETURN_SELF(OK);
    }
    if (fast == NOTIFICATION_HEARD)
        FAST_SIGNAL(slot);
    unlock_slow();
}

void fast_call(void)
{
    struct thread *self = fast_self();
    struct slot *slot = fast_slot(self, fast_handle);
    if (UNLIKELY(slot->key != (uint32_t)fast_handle)) {
        if (slot->type != 0)
            fast_slow();
        FAST_RETURN_SELF(BAD_HANDLE);
    }
    fast_lock();
    uint64_t fast = ((struct endpoint *)slot->object)->fast;
    if (UNLIKELY(fast <= FAST_WORD_LAST))
        fast_signal(self, slot, fast);
    struct thread *receiver = (struct thread *)fast;
    uint32_t distance = receiver->receive_rank;
    receiver->rank = distance; /* at least that, when it runs */
    distance -= CPU_LOCAL(ready_rank);
    if (UNLIKELY(distance > RANK_DISTANCE_MAX || !tag_plain(fast_tag)))
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
    FAST_RETURN(receiver, slot->value);
}

/* Take what a Notification has, without waiting; not for a thread that owes somebody an answer. */
static ALWAYS_INLINE NORETURN void fast_poll(struct thread *self, const struct slot *slot,
                                             uint32_t receive)
{
    FAST_RELOAD();
    bool may_wait = receive != slot->receive_key + 1 || fast_deadline != DEADLINE_POLL;
    if (may_wait || slot->type != OBJECT_NOTIFICATION || self->caller != &thread_nobody ||
        CPU_LOCAL(sched) != self->home)
        fast_slow();
    STATIC_ASSERT((int)NOTIFICATION_OP_RECEIVE_DEADLINE == (int)NOTIFICATION_OP_RECEIVE + 1,
                  "next key");
    struct notification *notification = (struct notification *)slot->object;
    if (notification->bits != 0)
        fast_slow();
    FAST_RETURN_SELF(RECEIVED_ERROR | TIMEOUT);
}

/* @self waits at @endpoint as its one receiver, and @caller goes on. */
static ALWAYS_INLINE void fast_receive_again(struct thread *self, struct endpoint *endpoint,
                                             struct thread *caller)
{
    endpoint->fast = (uint64_t)self;
    self->state = THREAD_RECEIVING;
    self->wait_endpoint = endpoint;
    caller->state = THREAD_READY;
    CPU_LOCAL(current) = caller;
    arch_lock_release(&kernel_lock);
}

/* The call was a fault: @caller goes on with the registers that the fault saved. Or there is more
 * to do. The lock is held. */
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

void fast_reply_wait(void)
{
    struct thread *self = fast_self();
    uint32_t receive = fast_receive();
    struct slot *slot = fast_slot(self, receive);
    if (UNLIKELY(slot->receive_key != receive))
        fast_poll(self, slot, receive);
    struct thread *caller = self->caller; /* nobody's rank is out of reach */
    if (UNLIKELY(!tag_plain(fast_tag)))
        fast_slow();
    fast_lock();
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    if (UNLIKELY(endpoint->fast != ENDPOINT_IDLE ||
                 caller->rank - CPU_LOCAL(ready_rank) > RANK_DISTANCE_MAX))
        unlock_slow();
    if (UNLIKELY((self->slow_word & SLOW_FOR_REPLY) != 0))
        fast_answer_fault(self, endpoint, caller);
    fast_receive_again(self, endpoint, caller);
    FAST_RETURN(caller, OK);
}
