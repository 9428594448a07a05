/*
 * guest.c - `enter` where the port's short path does not do it, and the ways out of a guest.
 */
#include "kernel/guest.h"

#include "abi/guest.h"
#include "kernel/arch.h"
#include "kernel/cpu.h"

void guest_enter(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    thread->message = (struct message){0};
    thread->result = EMPTY;
    if (thread->frame == NULL || thread->guest_root == 0)
        return;
    if (thread->slow_word & SLOW_KICKED) {
        thread->slow_word &= (uint32_t)~SLOW_KICKED;
        thread->message.tag = TAG(GUEST_EXIT_KICK, 0);
        thread->result = OK;
        return;
    }
    thread->result = arch_guest_enter(thread);
}

void guest_stop(struct thread *thread)
{
    if (thread->context.in_guest)
        arch_guest_leave(thread);
}

/* Out of its guest, now or at its next `enter`. */
status_t thread_kick(struct slot *slot, UNUSED struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    cpu_summon_thread(thread);
    if (thread->context.in_guest)
        guest_stop(thread);
    else
        thread->slow_word |= SLOW_KICKED;
    return OK;
}
