/*
 * context.c - registers of threads and guests where ports differ in names only (context.h).
 */
#include "kernel/dev/context.h"

#include "abi/fault.h"
#include "kernel/thread.h"

void arch_context_where(const struct thread *thread, uint64_t *pc, uint64_t *sp)
{
    const struct arch_context *context = &thread->context;
    bool all_saved = context->full && !context->in_guest;
    *pc = all_saved ? context->CONTEXT_PC : context->pc;
    *sp = all_saved ? context->CONTEXT_SP : context->sp;
}

void arch_context_resume_fault(struct thread *thread, const struct message *reply)
{
    if (tag_count_words(reply->tag) > 0)
        thread->context.CONTEXT_PC = reply->words[0];
}

void guest_exit(struct thread *thread, uint64_t tag, uint64_t word0, uint64_t word1)
{
    if (CONTEXT_HAS_GUEST && thread->frame != NULL)
        *thread->frame = thread->context.registers;
    thread->context.full = false;
    thread->context.in_guest = false;
    thread->message = (struct message){.tag = tag, .words = {word0, word1}};
    thread->result = OK;
}

void arch_guest_leave(struct thread *thread) { guest_exit(thread, TAG(GUEST_EXIT_KICK, 0), 0, 0); }

void report_exception(struct thread *thread, bool page, uint64_t word0, uint64_t word1)
{
    struct arch_context *context = &thread->context;
    if (context->in_guest)
        guest_exit(thread, TAG(page ? GUEST_EXIT_FAULT : GUEST_EXIT_TRAP, 2), word0, word1);
    else
        trap_fault(TAG(page ? FAULT_PAGE : FAULT_TRAP, FAULT_WORDS), word0, word1,
                   context->CONTEXT_PC, context->CONTEXT_SP);
}
