/*
 * fast.c - the common case of call, reply-and-wait and signal.
 *
 * The port's entry code has saved pc, sp and deadline of the running thread, or fast_save does
 * where it stops; the words of the message stay where they are: in the registers that the port
 * keeps this file from touching (port/fast.h). Each function either does all of its work and
 * resumes a thread with fast_resume, or changes nothing and gives up with fast_slow, which starts
 * over in syscall.c. No function calls: there is no room for their arguments.
 *
 * What makes a case common is judged where it is cheap: an Endpoint's `fast` names a server only if
 * that meets every condition when it waits (ipc.c, receive_block), and stays while it works, so
 * that a call and its answer move nothing but states; keys match only if type, right and operation
 * do, and are compared before the lock is taken: who clears one waits until nobody goes by it.
 * Lending is free: cpu->sched stays, the caller notes what it lent.
 *
 * Lock: the kernel lock. The Space is loaded before it is released: what `current` says of the
 * translations in use is true for whoever takes it next, and no other processor has changed the
 * root of who stops.
 */
#include "kernel/fast.h"

#include "kernel/cpu.h"
#include "kernel/ipc.h"
#include "kernel/notify.h"
#include "port/fast.h"

/* A thread with vector state is no Endpoint's server, so that it does not come here. */
#define SLOW_FOR_REPLY (SLOW_SIGNAL_PENDING | SLOW_ANSWERING | SLOW_FAULT_SERVED | SLOW_LIMITED)

/* Is @thread somebody, and nobody ready above it on the Sched in use? */
static ALWAYS_INLINE bool goes_on(const struct thread *thread)
{
    fast_standing = (uint32_t)thread->floor;
    FAST_KEEP(fast_standing);
    return (int32_t)fast_standing >= CPU_LOCAL(floor_needed);
}

/* The same, and does it wait to receive? One comparison says both: THREAD_RECEIVING is the last
 * state. */
static ALWAYS_INLINE bool takes_calls(const struct thread *thread)
{
    fast_standing = thread->standing;
    FAST_KEEP(fast_standing);
    return fast_standing >= CPU_LOCAL(standing_needed);
}

static ALWAYS_INLINE NORETURN void unlock_slow(uint64_t handle)
{
    fast_lock_release();
    fast_slow(handle);
}

/* No call of a waiting server: a signal, or work for the general path. */
static ALWAYS_INLINE NORETURN void fast_signal(struct thread *self, const struct slot *slot,
                                               const struct thread *fast, uint64_t handle)
{
    if (fast_is_free(fast)) {
        ((struct notification *)fast_endpoint)->bits |= slot->value;
        fast_lock_release();
        fast_lock_forget();
        fast_resume_self(self, OK);
    }
    if (!fast_is_heard(fast))
        unlock_slow(handle);
    fast_save(self);
    FAST_SIGNAL(slot);
}

static ALWAYS_INLINE NORETURN void fast_call(struct thread *self, const struct slot *slot,
                                             uint64_t handle)
{
    if (UNLIKELY(!fast_lock_try()))
        fast_slow(handle); /* which has a stack to wait on */
    fast_endpoint = (struct endpoint *)slot->object;
    FAST_KEEP(fast_endpoint);
    struct thread *receiver = fast_endpoint->fast;
    if (UNLIKELY(!takes_calls(receiver)))
        fast_signal(self, slot, receiver, handle);
    if (UNLIKELY(fast_tag_names_slots()))
        unlock_slow(handle);

    fast_take_badge(slot);
    fast_save(self);
    struct sched *sched = CPU_LOCAL(sched);
    self->state = THREAD_CALLING;
    self->server = receiver;
    self->sched = sched;
    receiver->state = fast_ready();
    receiver->caller = self;
    CPU_LOCAL(current) = receiver;
    uint64_t badge = fast_badge(slot);
    fast_load_space(self, receiver);
    fast_lock_release();
    fast_resume(receiver, badge);
}

/* @self waits at the Endpoint whose server it is, and @caller goes on. */
static ALWAYS_INLINE void fast_receive_again(struct thread *self, struct thread *caller)
{
    fast_save(self);
    self->state = THREAD_RECEIVING;
    caller->state = fast_ready();
    CPU_LOCAL(current) = caller;
}

/* The call was a fault: @caller goes on with the registers that the fault saved. Or there is more
 * to do. */
static ALWAYS_INLINE NORETURN void fast_answer_fault(struct thread *self, struct thread *caller,
                                                     uint64_t handle)
{
    FAST_RELOAD();
    if ((self->slow_word & (SLOW_FOR_REPLY ^ SLOW_FAULT_SERVED)) != 0)
        unlock_slow(handle);
    if (tag_label(fast_tag) != OK)
        unlock_slow(handle);
    self->slow_word &= (uint32_t)~SLOW_FAULT_SERVED;
    caller->slow_word &= (uint32_t)~SLOW_FAULT_CALL;
    fast_receive_again(self, caller);
    fast_lock_release();
    FAST_RETURN_FAULTED(caller);
}

static ALWAYS_INLINE NORETURN void fast_reply_wait(struct thread *self, const struct slot *slot,
                                                   uint64_t handle)
{
    if (UNLIKELY(!fast_lock_try()))
        fast_slow(handle); /* which has a stack to wait on */
    fast_endpoint = (struct endpoint *)slot->object;
    FAST_KEEP(fast_endpoint);
    if (UNLIKELY(fast_endpoint->fast != self || fast_tag_names_slots()))
        unlock_slow(handle);
    struct thread *caller = self->caller;
    if (UNLIKELY(!goes_on(caller)))
        unlock_slow(handle);
    if (UNLIKELY((self->slow_word & SLOW_FOR_REPLY) != 0))
        fast_answer_fault(self, caller, handle);
    fast_receive_again(self, caller);
    fast_load_space(self, caller);
    fast_lock_release();
    fast_resume(caller, OK);
}

/* Extended with its sign where a whole register is compared. */
static ALWAYS_INLINE bool is_key(uint32_t key, uint64_t handle)
{
    return (__typeof__(fast_key(handle)))(int32_t)key == fast_key(handle);
}

/* Take what a Notification has, without waiting; not for a thread that owes somebody an answer. No
 * lock: another processor may be about to fill the slot. */
static ALWAYS_INLINE NORETURN void fast_poll(struct thread *self, const struct slot *slot,
                                             uint64_t handle)
{
    const struct notification *from = (const struct notification *)slot->object;
    if (from == NULL || !is_key(slot->receive_key | HANDLE_RECEIVE_DEADLINE, handle) ||
        fast_deadline() != DEADLINE_POLL || !fast_serves_nobody(self) ||
        CPU_LOCAL(sched) != self->home || from->bits != 0)
        fast_slow(handle);
    fast_resume_self(self, RECEIVED_ERROR | TIMEOUT);
}

void fast_entry(void)
{
    uint64_t handle;
    struct thread *self = fast_enter(&handle);
    struct slot *slot = (void *)((char *)self->table_base + (fast_key(handle) & self->table_mask));
    if (LIKELY(is_key(slot->key, handle)))
        fast_call(self, slot, handle);
    if (LIKELY(is_key(slot->receive_key, handle)))
        fast_reply_wait(self, slot, handle);
    FAST_RELOAD();
    if (slot->type == 0 && (fast_key(handle) & HANDLE_OP_IPC) == 0)
        fast_resume_self(self, BAD_HANDLE);
    FAST_RELOAD();
    if (slot->type == OBJECT_NOTIFICATION)
        fast_poll(self, slot, handle);
    fast_slow(handle);
}
