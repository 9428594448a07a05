/*
 * context.c - registers of threads, as the kernel core sees them.
 */
#include "kernel/arch.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/thread.h"
#include "lib/base/copy.h"

#define SYSCALL_BYTES 2 /* of the instruction */

COLD void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                             uint64_t tls)
{
    struct arch_context *context = &thread->context;
    context->registers =
        (struct guest_frame){.rip = pc, .rsp = sp, .rdi = argument, .rflags = FLAGS_USER};
    context->tls = tls;
    context->full = true;
    context->in_guest = false;
}

COLD void arch_context_fill(struct thread *thread, uint64_t word, bool again)
{
    struct arch_context *context = &thread->context;
    uint64_t pc = again ? context->pc - SYSCALL_BYTES : context->pc;
    if (context->full)
        return;
    arch_context_start(thread, pc, context->sp, 0, context->tls);
    context->registers.rax = word;
    /* Tag, words and deadline, which offsets.c says are alike. */
    memcpy(&context->registers.rbx, &thread->message,
           offsetof(struct guest_frame, r15) - offsetof(struct guest_frame, rbx));
}
