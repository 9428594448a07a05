/*
 * signal_frame.h - what the handler frames of all architectures have in common; arch/ARCH has their
 * layouts (signal_frame.c there).
 */
#pragma once

#include "servers/linux/mm.h"
#include "servers/linux/signal.h"

static inline bool signal_on_alternate(const struct linux_stack *stack, uint64_t sp)
{
    return !(stack->flags & SS_AUTODISARM) && sp > stack->sp && sp - stack->sp <= stack->size;
}

/* Where the frame's stack begins; 0 if the alternate stack would overflow. */
static inline uint64_t signal_frame_place(const struct thread *thread,
                                          const struct linux_sigaction *action,
                                          uint64_t red_zone_bytes, uint64_t need_bytes)
{
    const struct linux_stack *alternate = &thread->signals.alternate;
    uint64_t sp = guest_sp(thread->frame) - red_zone_bytes;
    bool nested = alternate->size != 0 && signal_on_alternate(alternate, guest_sp(thread->frame));

    if (nested)
        return sp - alternate->sp >= need_bytes && sp > alternate->sp ? sp : 0;
    if (action->flags & SA_ONSTACK && alternate->size != 0)
        return alternate->sp + alternate->size;
    return sp;
}

/* The alternate stack, as a frame tells it. */
static inline void signal_frame_tell_stack(struct linux_stack *stack, const struct thread *thread)
{
    *stack = thread->signals.alternate;
    if (stack->size == 0)
        stack->flags = SS_DISABLE;
}

static inline void signal_frame_disarm(struct thread *thread)
{
    if (thread->signals.alternate.flags & SS_AUTODISARM)
        thread->signals.alternate = (struct linux_stack){0};
}

/* What a frame says beside the registers. */
struct signal_returned {
    uint64_t vector; /* address of the vector state, where a frame says that */
    signal_set_t mask;
    struct linux_stack stack;
};

/* The registers are as the frame has them; what is left to do. Returns what rt_sigreturn does. */
static inline long signal_frame_return(struct thread *thread,
                                       const struct signal_returned *returned)
{
    mutex_lock(&process_mutex);
    signal_set_blocked(thread, returned->mask);
    mutex_unlock(&process_mutex);
    if (!signal_on_alternate(&thread->signals.alternate, guest_sp(thread->frame)) &&
        returned->stack.size >= MINSIGSTKSZ && !(returned->stack.flags & SS_DISABLE))
        thread->signals.alternate = returned->stack;
    return (long)guest_result(thread->frame);
}

/* The frame cannot be read: returns what rt_sigreturn does (signal_deliver.c). */
long signal_frame_refuse(void);
