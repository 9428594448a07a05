/*
 * guest.c - `enter` where the port's short path does not do it, and the ways out of a guest.
 */
#include "kernel/guest.h"

#include "abi/guest.h"
#include "kernel/arch.h"
#include "kernel/cpu.h"

static void enter_result(struct thread *thread, status_t status, uint64_t label)
{
    thread->message = (struct message){.tag = TAG(label, 0)};
    thread->result = status;
}

void guest_enter(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    if (thread->frame == NULL || thread->guest_root == 0) {
        enter_result(thread, EMPTY, 0);
        return;
    }
    if (thread->slow_word & SLOW_KICKED) {
        thread->slow_word &= (uint32_t)~SLOW_KICKED;
        enter_result(thread, OK, GUEST_EXIT_KICK);
        return;
    }
    status_t status = arch_guest_enter(thread);
    if (status != OK)
        enter_result(thread, status, 0);
}

void guest_stop(struct thread *thread)
{
    if (!thread->context.in_guest)
        return;
    arch_guest_leave(thread);
    enter_result(thread, OK, GUEST_EXIT_KICK);
}

void guest_kick(struct thread *thread)
{
    if (thread->context.in_guest)
        guest_stop(thread);
    else
        thread->slow_word |= SLOW_KICKED;
}
