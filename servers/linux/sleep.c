/*
 * sleep.c - how server threads sleep, wake each other, and hand the processor over.
 *
 * Sleeping: `sleep_state` decides whether a wake needs the kernel. A waker sets TOKEN, and if it
 * replaced WAITS it owes the sleeper the processor; a sleeper that finds TOKEN returns at once. A
 * signal or a call that comes late (the sleeper timed out meanwhile) makes a later sleep look
 * again.
 *
 * Handing over: who wakes another while it serves its guest pays that debt before it goes back
 * there: by a call to the other's gate, so that the other runs first, on the rest of the waker's
 * turn, until it sleeps again or its turn is over (turn.c). The other
 * lives on the same processor, or it is signalled: then both run. Two threads that answer each
 * other so need one call and one answer a round, and only one of them ever sleeps. The debt is paid
 * by a signal instead when the waker itself goes to sleep, wakes a second one, or has no gate.
 *
 * Invariant: who sleeps in the kernel with TOKEN set is `owed` by exactly one thread, which is on
 * its way to its guest or to a sleep, or a signal or a call for it is on the way.
 * The protocol is modelled in tests/model/hand_over.pml; why it is so, 0016 says (docs/decisions).
 *
 * Locks: none. sleep_state, work and turn_since are atomic; `owed` and the times are the thread's
 * own.
 */
#include "servers/linux/gate.h"
#include "servers/linux/processors.h"
#include "servers/linux/thread.h"
#include "servers/linux/turn.h"

static inline void count_woken(const struct thread *thread)
{
    processor_count_awake(__atomic_load_n(&thread->counted_on, __ATOMIC_RELAXED), 1);
}

bool thread_claim(struct thread *thread)
{
    uint32_t waits = SLEEP_WAITS;

    return __atomic_compare_exchange_n(&thread->sleep_state, &waits, SLEEP_TOKEN, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void thread_wake_claimed(struct thread *thread)
{
    count_woken(thread);
    gate_signal(thread);
}

void thread_wake(struct thread *thread)
{
    struct thread *self = thread_current();

    if (__atomic_exchange_n(&thread->sleep_state, SLEEP_TOKEN, __ATOMIC_ACQ_REL) != SLEEP_WAITS)
        return;
    count_woken(thread);
    if (self->gate != CAP_NONE && thread->gate != CAP_NONE && !self->owed &&
        thread_processor(self) == thread_processor(thread))
        self->owed = thread;
    else
        gate_signal(thread);
}

static void pay_by_signal(struct thread *self)
{
    struct thread *owed = self->owed;
    self->owed = NULL;
    gate_signal(owed);
}

/* It was moved while it slept, and counted where it was. */
static NOINLINE void count_elsewhere(struct thread *self)
{
    const uint32_t processor = thread_processor(self);

    processor_count_awake(self->counted_on, -1);
    __atomic_store_n(&self->counted_on, processor, __ATOMIC_RELAXED);
    processor_count_awake(processor, 1);
}

/* From now on nobody can say that this thread runs. */
static void stop_clock(struct thread *self, nanos_t now)
{
    tally_add(&self->switches, 1);
    tally_add(&self->consumed_ns, now - self->runs_since_ns);
    __atomic_store_n(&self->runs_since_ns, NANOS_NEVER, __ATOMIC_RELAXED);
}

/* Says that this thread waits. True: its token is there already, and taken. */
static inline bool token_is_there(struct thread *self)
{
    uint32_t none = SLEEP_NONE;

    if (__atomic_compare_exchange_n(&self->sleep_state, &none, SLEEP_WAITS, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        processor_count_awake(self->counted_on, -1);
        return false;
    }
    __atomic_store_n(&self->sleep_state, SLEEP_NONE, __ATOMIC_RELEASE);
    return true;
}

static inline enum gate_event wait_at_gate(struct thread *self, nanos_t deadline_ns,
                                           nanos_t *now_ns)
{
    enum gate_event event;

    do {
        turn_ends(self);
        event = gate_wait(self, deadline_ns, now_ns);
    } while (event != GATE_TIMEOUT &&
             __atomic_load_n(&self->sleep_state, __ATOMIC_ACQUIRE) == SLEEP_WAITS);
    if (event == GATE_CALLED)
        turn_begins(self);
    return event;
}

/* Whoever left the token has counted this thread among those that are awake. */
static inline bool take_token(struct thread *self)
{
    bool token =
        __atomic_exchange_n(&self->sleep_state, SLEEP_NONE, __ATOMIC_ACQ_REL) == SLEEP_TOKEN;

    if (!token)
        processor_count_awake(self->counted_on, 1);
    if (UNLIKELY(self->counted_on != thread_processor(self)))
        count_elsewhere(self);
    return token;
}

/* Waits for the token or the deadline. Returns true for the token, which it takes. */
static bool sleep_for_token(struct thread *self, nanos_t deadline_ns)
{
    if (token_is_there(self))
        return true;
    if (self->owed)
        pay_by_signal(self);
    nanos_t now = time_now_monotonic();
    stop_clock(self, now);
    if (wait_at_gate(self, deadline_ns, &now) == GATE_CALLED) {
        __atomic_store_n(&self->runs_since_ns, now, __ATOMIC_RELAXED);
    } else {
        __atomic_store_n(&self->runs_since_ns, time_now_monotonic(), __ATOMIC_SEQ_CST);
        if (self->gate != CAP_NONE)
            usage_begin();
    }
    return take_token(self);
}

void thread_end_account(struct thread *self)
{
    if (self->owed)
        pay_by_signal(self);
    stop_clock(self, time_now_monotonic());
}

void thread_rest(struct thread *self)
{
    nanos_t now = time_now_monotonic();

    if (token_is_there(self))
        return;
    wait_at_gate(self, NANOS_NEVER, &now);
    take_token(self);
}

int thread_sleep(nanos_t deadline_ns, bool interruptible)
{
    struct thread *self = thread_current();

    if (interruptible) {
        lock_require_none();
        if (processors_count > 1)
            __atomic_thread_fence(__ATOMIC_SEQ_CST); /* `in_guest` is 0 before `work` is read */
        if (thread_has_work(self))
            return -EINTR;
    }
    if (sleep_for_token(self, deadline_ns))
        return interruptible && thread_has_work(self) ? -EINTR : 0;
    return deadline_ns == NANOS_NEVER ? 0 : -ETIMEDOUT;
}

/* turn_lend may sleep, which pays the debt. */
void thread_hand_over(struct thread *self)
{
    turn_lend();
    struct thread *owed = self->owed;
    if (owed) {
        nanos_t now = time_now_monotonic();
        self->owed = NULL;
        stop_clock(self, now);
        if (!gate_call(owed, &now)) /* not there yet, or not any more */
            gate_signal(owed);
        __atomic_store_n(&self->runs_since_ns, now, __ATOMIC_RELAXED);
    }
    turn_lent();
}

/* A signal that arrives here belongs to a sleep whose token is set, or that is over. */
void thread_hand_back(struct thread *self)
{
    enum gate_event event;

    __atomic_fetch_and(&self->work, ~(uint32_t)WORK_TURN, __ATOMIC_ACQ_REL);
    if (self->turn_since == 0)
        return;
    do {
        nanos_t now = time_now_monotonic();
        turn_ends(self);
        tally_add(&self->preemptions, 1);
        event = gate_wait(self, DEADLINE_POLL, &now);
    } while (event == GATE_CALLED);
}

void thread_interrupt(struct thread *thread, uint32_t work)
{
    __atomic_fetch_or(&thread->work, work, __ATOMIC_SEQ_CST);
    if (thread == thread_current())
        return;
    if (__atomic_load_n(&thread->in_guest, __ATOMIC_SEQ_CST))
        gate_kick(thread);
    else
        thread_wake(thread);
}
