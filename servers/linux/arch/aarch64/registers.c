/*
 * registers.c - registers of a guest: fresh ones, copies for a child, restart, vector state;
 * aarch64.
 *
 * Vector state lives in the kernel's Thread; the frame page has room for a copy of it (struct
 * guest_vector), which the kernel writes and reads on demand.
 */
#include <corm/kernel_calls.h>

#include "lib/base/string.h"
#include "servers/linux/arch/aarch64/vector.h"

#define SVC_BYTES 4

void guest_vector_clear(struct thread *thread)
{
    memset(guest_vector_area(thread), 0, sizeof(struct guest_vector));
}

void guest_vector_out(struct thread *thread)
{
    if (thread_vector_out(thread->cap) != OK)
        guest_vector_clear(thread);
}

int guest_vector_in(struct thread *thread)
{
    return thread_vector_in(thread->cap) == OK ? 0 : -EINVAL;
}

void guest_reset(struct thread *thread, uint64_t entry, uint64_t sp)
{
    *thread->frame = (struct guest_frame){.pc = entry, .sp = sp};
    guest_vector_clear(thread);
}

void guest_clone(struct thread *child, struct thread *parent, uint64_t stack)
{
    *child->frame = *parent->frame;
    guest_set_result(child->frame, 0);
    if (stack != 0)
        child->frame->sp = stack;
    guest_vector_out(parent);
    *guest_vector_area(child) = *guest_vector_area(parent);
}

void guest_restart_call(struct thread *thread, uint64_t number)
{
    thread->frame->pc -= SVC_BYTES;
    thread->frame->x[0] = thread->kept.first_argument;
    thread->frame->x[8] = number;
}
