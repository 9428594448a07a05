/*
 * trap.c - exceptions: of native threads a message, of guests an exit, of the kernel the end. And
 * entering and leaving a guest where the short path does not.
 */
#include "abi/fault.h"
#include "kernel/arch/riscv64/parts.h"
#include "kernel/dev/context.h"
#include "kernel/panic.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"

#define INTERRUPT_BIT BIT(63)

NORETURN void trap_from_kernel(void);

/* Nothing in a frame can harm the kernel, so the entry code takes it from there as it is. */
status_t arch_guest_enter(struct thread *thread)
{
    if (*(const volatile uint64_t *)&thread->frame->pc >= USER_LIMIT)
        return RANGE;
    thread->context.full = true;
    thread->context.in_guest = true;
    arch_caller_forget();
    return OK;
}

static bool is_page_fault(uint64_t cause)
{
    return cause == CAUSE_PAGE_LOAD || cause == CAUSE_PAGE_STORE || cause == CAUSE_PAGE_FETCH;
}

/* What abi/guest.h wants to know; whether there is a page, scause does not say. */
static uint64_t access_of(uint64_t cause, bool present)
{
    return (present ? GUEST_ACCESS_PRESENT : 0) |
           (cause == CAUSE_PAGE_STORE ? GUEST_ACCESS_WRITE : 0) |
           (cause == CAUSE_PAGE_FETCH ? GUEST_ACCESS_EXECUTE : 0);
}

static NOINLINE void exception(uint64_t cause, uint64_t value)
{
    struct thread *thread = cpu_self()->current;
    bool guest = thread->context.in_guest, page = is_page_fault(cause), present = false;
    uint64_t root = guest ? thread->guest_root : thread->root;
    if (page && memory_mend_fault(root, value, cause, &present))
        return;
    uint64_t word0 = page ? value : cause;
    uint64_t word1 = page ? access_of(cause, present) : value;
    report_exception(thread, page, word0, word1);
}

/* Perhaps of the vector registers, which are closed. */
static NOINLINE void illegal(uint64_t cause, uint64_t value)
{
    if (!vector_acquire(cpu_self()))
        exception(cause, value);
}

/* Exception or interrupt at user level; all registers are in the context, or in the frame. */
static void trap_from_user(uint64_t cause, uint64_t value)
{
    if (cause & INTERRUPT_BIT)
        trap_interrupt();
    else if (cause == CAUSE_ILLEGAL && !cpu_self()->arch.vector_open)
        illegal(cause, value);
    else
        exception(cause, value);
}

void (*trap_way)(uint64_t cause, uint64_t value) = trap_from_user;

/* System calls come here as well; offsets.c says that registers and message are alike. */
COLD void trap_trace(uint64_t cause, uint64_t value)
{
    struct thread *thread = cpu_self()->current;
    struct arch_context *context = &thread->context;
    if (cause & INTERRUPT_BIT)
        trace_event(VECTOR_LINES + (cause & ~INTERRUPT_BIT), 0);
    else if (cause != CAUSE_ECALL_USER)
        trace_event(cause, value);
    else
        trace_event(VECTOR_COUNT, context->in_guest ? 0 : context->registers.t0);
    if (cause != CAUSE_ECALL_USER) {
        trap_from_user(cause, value);
    } else if (context->in_guest) {
        thread->frame->pc += ECALL_BYTES;
        guest_exit(thread, TAG(GUEST_EXIT_SYSCALL, 0), 0, 0);
    } else {
        context->full = false;
        context->pc = context->registers.pc + ECALL_BYTES;
        context->sp = context->registers.sp;
        thread->message = *(struct message *)&context->registers.s1;
        thread->deadline_ns = context->registers.s2;
        trap_syscall((uint32_t)context->registers.t0);
    }
    trace_ring->since_ns = arch_time_now();
}

/* An exception of the kernel itself, on a stack of its own. */
void trap_from_kernel(void)
{
    const uint64_t words[] = {csr_read(scause), csr_read(stval), csr_read(sepc)};
    kernel_panic("exception in the kernel; scause, stval, sepc:", words, ARRAY_LENGTH(words));
}
