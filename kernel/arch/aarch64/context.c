/*
 * context.c - registers of threads, as the kernel core sees them.
 */
#include "kernel/arch.h"
#include "kernel/thread.h"

#define SYSCALL_BYTES 4 /* of the instruction */

/* Which registers carry a system call (abi/arch/aarch64/registers.h). */
enum { REGISTER_WORDS = 0, REGISTER_HANDLE = 8, REGISTER_TAG = 9, REGISTER_DEADLINE = 10 };

COLD void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                             uint64_t tls)
{
    struct arch_context *context = &thread->context;
    context->registers = (struct guest_frame){.pc = pc, .sp = sp, .x = {argument}};
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
    uint64_t *x = context->registers.x;
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        x[REGISTER_WORDS + i] = thread->message.words[i];
    x[REGISTER_HANDLE] = word;
    x[REGISTER_TAG] = thread->message.tag;
    x[REGISTER_DEADLINE] = thread->deadline_ns;
}
