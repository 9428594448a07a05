/*
 * context.c - registers of threads, as the kernel core sees them.
 */
#include "kernel/arch.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/thread.h"

#define SYSCALL_BYTES 2 /* of the instruction */

STATIC_ASSERT(offsetof(struct arch_context, guest) == offsetof(struct arch_context, full) + 1,
              "the entry code clears both at once");
STATIC_ASSERT(offsetof(struct arch_cpu, vector_open) == offsetof(struct arch_cpu, in_guest) + 1,
              "the entry code tests both at once");

COLD void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                             uint64_t tls)
{
    struct arch_context *context = &thread->context;
    context->registers =
        (struct guest_frame){.rip = pc, .rsp = sp, .rdi = argument, .rflags = FLAGS_USER};
    context->tls = tls;
    context->full = true;
    context->guest = false;
}

bool arch_user_address_valid(uint64_t address) { return address < USER_LIMIT; }

void arch_context_set_tls(struct thread *thread, uint64_t tls) { thread->context.tls = tls; }

static bool native_full(const struct thread *thread)
{
    return thread->context.full && !thread->context.guest;
}

uint64_t arch_context_pc(const struct thread *thread)
{
    return native_full(thread) ? thread->context.registers.rip : thread->context.pc;
}

uint64_t arch_context_sp(const struct thread *thread)
{
    return native_full(thread) ? thread->context.registers.rsp : thread->context.sp;
}

COLD void arch_context_restart(struct thread *thread, uint64_t handle)
{
    const uint64_t *words = thread->message.words;
    struct guest_frame *saved = &thread->context.registers;
    arch_context_start(thread, thread->context.pc - SYSCALL_BYTES, thread->context.sp, words[0],
                       thread->context.tls);
    saved->rax = handle;
    saved->rbx = thread->message.tag;
    saved->rsi = words[1];
    saved->rdx = words[2];
    saved->r10 = words[3];
    saved->r8 = words[4];
    saved->r9 = words[5];
    saved->r12 = words[6];
    saved->r13 = words[7];
    saved->r14 = thread->deadline_ns;
}

void arch_context_resume_fault(struct thread *thread, const struct message *reply)
{
    if (tag_count_words(reply->tag) > 0)
        thread->context.registers.rip = reply->words[0];
    thread->context.full = true;
}
