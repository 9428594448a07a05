/*
 * guest.c - entering and leaving a guest with all its registers: what the short path does not do.
 */
#include "kernel/arch/x86_64/trap.h"

#include "kernel/arch.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/thread.h"

#define CANONICAL_SHIFT 16

static bool address_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << CANONICAL_SHIFT) >> CANONICAL_SHIFT) == address;
}

status_t arch_guest_enter(struct thread *thread)
{
    /* The frame is shared with the server: one copy, and only the copy is looked at. */
    struct guest_frame *saved = &thread->context.registers;
    *saved = *(const volatile struct guest_frame *)thread->frame;
    saved->rflags = (saved->rflags & GUEST_FLAGS_USER) | FLAGS_USER;
    if (!arch_user_address_valid(saved->rip) || !address_canonical(saved->fs_base) ||
        !address_canonical(saved->gs_base))
        return RANGE;
    thread->context.full = true;
    thread->context.guest = true;
    return OK;
}

bool arch_guest_running(const struct thread *thread)
{
    return thread->context.guest;
}

void guest_exit(struct thread *thread, uint64_t tag, uint64_t word0, uint64_t word1)
{
    if (thread->frame != NULL)
        *thread->frame = thread->context.registers;
    thread->context.full = false;
    thread->context.guest = false;
    thread->message = (struct message){.tag = tag, .words = {word0, word1}};
    thread->result = OK;
}

void arch_guest_leave(struct thread *thread)
{
    guest_exit(thread, TAG(GUEST_EXIT_KICK, 0), 0, 0);
}
