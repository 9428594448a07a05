/*
 * syscall.c - the way into the core and out again, as entry code does it.
 */
#include <setjmp.h>

#include "abi/fault.h"
#include "kernel/arch/host/host.h"
#include "kernel/arch/host/rest.h"
#include "kernel/cpu.h"
#include "kernel/fast.h"
#include "port/fast.h"

enum fast_exit {
    FAST_EXIT_NONE = 0,
    FAST_EXIT_SLOW = 1,
    FAST_EXIT_RETURN = 2,
    FAST_EXIT_SIGNAL = 3,
    FAST_EXIT_FAULTED = 4
};

uint64_t host_fast_handle;
uint64_t host_fast_tag;
int64_t host_fast_standing;
struct endpoint *host_fast_endpoint;
bool host_fast_enabled = true;
unsigned host_fast_count;

static jmp_buf fast_exit;
static struct thread *fast_next;
static uint64_t fast_result;
static const struct slot *fast_slot_signalled;

void fast_slow(UNUSED uint64_t handle) { longjmp(fast_exit, FAST_EXIT_SLOW); }

void host_fast_signal(const struct slot *slot)
{
    fast_slot_signalled = slot;
    longjmp(fast_exit, FAST_EXIT_SIGNAL);
}

void host_fast_return(struct thread *thread, uint64_t result)
{
    fast_next = thread;
    fast_result = result;
    longjmp(fast_exit, FAST_EXIT_RETURN);
}

void host_fast_return_faulted(struct thread *thread)
{
    fast_next = thread;
    longjmp(fast_exit, FAST_EXIT_FAULTED);
}

/*
 * Back to user level: a thread that made a system call finds what came of it in its registers; but
 * one whose `enter` brought it into its guest goes on there, unless the way is gone by now.
 */
static void exit_to_user(void)
{
    struct thread *thread = cpu_self()->current;
    struct arch_context *context = &thread->context;
    host_tlb_load(context->in_guest ? thread->guest_root : thread->root);
    ASSERT(!context->in_guest || (thread->frame != NULL && thread->guest_root != 0));
    if (!context->in_syscall || context->restart_handle != 0 || context->in_guest)
        return;
    context->in_syscall = false;
    context->seen = thread->message;
    context->seen_result = thread->result;
}

static void fast_exit_to_user(const struct message *registers)
{
    struct arch_context *context = &fast_next->context;
    host_tlb_load(fast_next->root);
    context->in_syscall = false;
    context->seen = *registers; /* they were not touched */
    context->seen_result = fast_result;
    host_fast_count++;
}

void host_syscall(uint64_t handle, const struct message *registers, nanos_t deadline_ns)
{
    struct thread *thread = cpu_self()->current;
    host_fast_handle = handle;
    host_fast_tag = registers->tag;
    thread->deadline_ns = deadline_ns;
    thread->context.in_syscall = true;
    switch ((enum fast_exit)setjmp(fast_exit)) {
    case FAST_EXIT_NONE:
        if (!host_fast_enabled)
            fast_slow(handle);
        fast_entry();
        break;
    case FAST_EXIT_SLOW:
        thread->message = *registers;
        if (HOST_UNTIL_REST(trap_syscall((uint32_t)handle)))
            exit_to_user();
        break;
    case FAST_EXIT_SIGNAL:
        if (HOST_UNTIL_REST(trap_signal(fast_slot_signalled)))
            exit_to_user();
        break;
    case FAST_EXIT_RETURN:
        fast_exit_to_user(registers);
        break;
    case FAST_EXIT_FAULTED:
        arch_context_resume_fault(fast_next, registers);
        host_fast_count++;
        exit_to_user();
        break;
    }
}

void host_fault(const struct message *message)
{
    const uint64_t *words = message->words;
    if (HOST_UNTIL_REST(trap_fault(message->tag, words[0], words[1], words[2], words[3])))
        exit_to_user();
}

void host_interrupt(void)
{
    if (HOST_UNTIL_REST(trap_interrupt()))
        exit_to_user();
}
