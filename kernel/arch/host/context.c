/*
 * context.c - registers, vector state and guests of the host port: what the core asked for is
 * written down, and a test that plays user level reads it.
 */
#include "abi/guest.h"
#include "kernel/arch/host/host.h"
#include "kernel/cpu.h"
#include "lib/base/check.h"

void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                        uint64_t tls)
{
    thread->context = (struct arch_context){.pc = pc, .sp = sp, .argument = argument, .tls = tls};
}

void arch_context_where(const struct thread *thread, uint64_t *pc, uint64_t *sp)
{
    *pc = thread->context.pc;
    *sp = thread->context.sp;
}

void arch_context_fill(struct thread *thread, uint64_t word, bool again)
{
    struct arch_context *context = &thread->context;
    if (!context->in_syscall)
        return;
    if (again) {
        context->restart_handle = word;
        context->seen = thread->message;
        return;
    }
    context->in_syscall = false;
    context->seen = thread->message;
    context->seen_result = word;
}

void arch_context_resume_fault(struct thread *thread, const struct message *reply)
{
    if (tag_count_words(reply->tag) > 0 && reply->words[0] < USER_LIMIT)
        thread->context.pc = reply->words[0];
    thread->context.full = true;
}

/* All of it is in the thread, whoever runs. */
void arch_vector_save(void) {}

void arch_vector_init(struct thread *thread) { thread->context.vector = 0; }

void arch_vector_out(struct thread *thread, void *page)
{
    struct guest_frame *frame = page;
    frame->vector = thread->context.vector;
}

status_t arch_vector_in(struct thread *thread, const void *page)
{
    const struct guest_frame *frame = page;
    thread->context.vector = frame->vector;
    return OK;
}

void arch_vector_forget(struct thread *thread) { thread->context.vector = 0; }

status_t arch_guest_enter(struct thread *thread)
{
    uint64_t pc = thread->frame->pc;
    if (pc >= USER_LIMIT)
        return RANGE;
    ASSERT(thread->guest_root != 0);
    thread->context.in_guest = true;
    return OK;
}

static void guest_exit(struct thread *thread, uint64_t label)
{
    ASSERT(thread->context.in_guest);
    if (thread->frame != NULL)
        thread->frame->pc++;
    thread->context.in_guest = false;
    thread->message = (struct message){.tag = TAG(label, 0)};
    thread->result = OK;
}

void arch_guest_leave(struct thread *thread) { guest_exit(thread, GUEST_EXIT_KICK); }

void host_guest_exit(uint64_t label)
{
    struct thread *thread = cpu_self()->current;
    guest_exit(thread, label);
    thread->context.in_syscall = false; /* `enter` is over */
    thread->context.seen = thread->message;
    thread->context.seen_result = thread->result;
}
