/*
 * trap.c - exceptions: of native threads a message, of guests an exit, of the kernel the end. And
 * entering and leaving a guest with all its registers: what the short path does not do.
 */
#include "abi/fault.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "kernel/dev/context.h"
#include "kernel/panic.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"
#include "lib/base/x86_64/instructions.h"

#define ACCESS_MASK (GUEST_ACCESS_PRESENT | GUEST_ACCESS_WRITE | GUEST_ACCESS_EXECUTE)

/* The page-fault error code (SDM volume 3, 4.7) has the ABI's bits in the ABI's places. */
STATIC_ASSERT(ACCESS_MASK == (1 << 0 | 1 << 1 | 1 << 4), "P, W/R, I/D");

#define CANONICAL_BITS 48

/* As trap_entry.S pushes it. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

void trap_from_anywhere(struct trap_frame *frame);

static bool address_canonical(uint64_t address)
{
    return address + BIT(CANONICAL_BITS - 1) < BIT(CANONICAL_BITS);
}

status_t arch_guest_enter(struct thread *thread)
{
    /* The frame is shared with the server: one copy, and only the copy is looked at. */
    struct guest_frame *saved = &thread->context.registers;
    *saved = *(const volatile struct guest_frame *)thread->frame;
    saved->rflags = (saved->rflags & GUEST_FLAGS_USER) | FLAGS_USER;
    if (saved->rip >= USER_LIMIT || !address_canonical(saved->fs_base) ||
        !address_canonical(saved->gs_base))
        return RANGE;
    thread->context.full = true;
    thread->context.in_guest = true;
    return OK;
}

static void exception(struct thread *thread, uint64_t vector, uint64_t error)
{
    bool page = vector == VECTOR_PAGE_FAULT;
    uint64_t word0 = page ? cr2_read() : vector;
    uint64_t word1 = page ? error & ACCESS_MASK : error;
    report_exception(thread, page, word0, word1);
}

static NOINLINE void interrupt(uint64_t vector)
{
    cpu_self()->arch.pending |= BIT(vector - VECTOR_LINES);
    trap_interrupt();
}

/* Exception or interrupt at user level; all registers are in the context. */
static void trap_from_user(uint64_t vector, uint64_t error)
{
    if (vector >= VECTOR_LINES)
        interrupt(vector);
    else if (vector != VECTOR_NO_DEVICE || !vector_acquire(cpu_self()))
        exception(cpu_self()->current, vector, error);
}

void (*trap_way)(uint64_t vector, uint64_t error) = trap_from_user;

/* System calls come here as well, with the handle as @word; offsets.c says that registers and
 * message are alike. */
COLD void trace_from_user(uint64_t vector, uint64_t word)
{
    struct thread *thread = cpu_self()->current;
    struct arch_context *context = &thread->context;
    trace_event(vector, vector == VECTOR_PAGE_FAULT ? cr2_read() : word);
    if (vector != VECTOR_COUNT) {
        trap_from_user(vector, word);
    } else if (context->in_guest) {
        guest_exit(thread, TAG(GUEST_EXIT_SYSCALL, 0), 0, 0);
    } else {
        context->full = false;
        context->pc = context->registers.rip;
        context->sp = context->registers.rsp;
        thread->message = *(struct message *)&context->registers.rbx;
        thread->deadline_ns = context->registers.r14;
        trap_syscall((uint32_t)word);
    }
    trace_ring->since_ns = arch_time_now();
}

/* The kernel uses FSGSBASE's instructions freely; where the processor has none, they arrive here
 * (SDM volume 2, RDFSBASE: F3 REX.W 0F AE /0 to /3) and are done by MSR. */
static COLD bool segment_base_done(struct trap_frame *frame)
{
    const uint32_t opcode = 0xae0f48f3; /* the first four bytes */
    uint64_t *const registers[] = {&frame->rax, &frame->rcx, &frame->rdx, &frame->rbx,
                                   &frame->rsp, &frame->rbp, &frame->rsi, &frame->rdi};
    if (*(const uint32_t *)frame->rip != opcode)
        return false;
    uint8_t operands = ((const uint8_t *)frame->rip)[sizeof(opcode)];
    uint64_t *value = registers[operands & 7];
    uint32_t msr = operands & 0x08 ? MSR_GS_BASE : MSR_FS_BASE;
    if (operands & 0x10)
        msr_write(msr, *value);
    else
        *value = msr_read(msr);
    frame->rip += sizeof(opcode) + 1;
    return true;
}

/* An interrupt where it is let in, which closes the window; NMI, double fault, machine check, or an
 * exception of the kernel itself. Context: any; uses per-processor data for the first only. Returns
 * from it, from an NMI, and from #UD of an instruction that it has done. */
COLD void trap_from_anywhere(struct trap_frame *frame)
{
    if (frame->vector >= VECTOR_LINES) {
        cpu_self()->arch.pending |= BIT(frame->vector - VECTOR_LINES);
        frame->rflags &= ~(uint64_t)FLAG_INTERRUPT;
        if (trace_ring != NULL)
            trace_event(frame->vector, 0);
        return;
    }
    if (frame->vector == VECTOR_UNDEFINED && segment_base_done(frame))
        return;
    if (frame->vector == VECTOR_NMI) {
        kernel_print("corm: non-maskable interrupt\n");
        return;
    }
    frame->ss = cr2_read();
    kernel_panic("exception in the kernel; r15 to rax, vector, error, rip, cs, rflags, rsp, cr2:",
                 (const uint64_t *)frame, sizeof(*frame) / sizeof(uint64_t));
}
