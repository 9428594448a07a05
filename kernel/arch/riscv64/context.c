/*
 * context.c - registers of threads, as the kernel core sees them.
 */
#include "kernel/arch/riscv64/parts.h"
#include "kernel/thread.h"
#include "lib/base/copy.h"

COLD void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                             uint64_t tls)
{
    struct arch_context *context = &thread->context;
    context->registers = (struct guest_frame){.pc = pc, .sp = sp, .a0 = argument};
    context->tls = tls;
    context->full = true;
    context->in_guest = false;
    arch_caller_forget();
}

COLD void arch_context_fill(struct thread *thread, uint64_t word, bool again)
{
    struct arch_context *context = &thread->context;
    uint64_t pc = again ? context->pc - ECALL_BYTES : context->pc;
    if (context->full)
        return;
    arch_context_start(thread, pc, context->sp, 0, context->tls);
    context->registers.t0 = word;
    /* Tag, words and deadline, which offsets.c says are alike. */
    memcpy(&context->registers.s1, &thread->message,
           offsetof(struct guest_frame, s3) - offsetof(struct guest_frame, s1));
}
