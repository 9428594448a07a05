/*
 * trap.c - exceptions: of native threads a message, of guests an exit, of the kernel the end.
 */
#include "kernel/arch/x86_64/trap.h"

#include "abi/fault.h"
#include "kernel/arch.h"
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/vector.h"
#include "kernel/panic.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"

#define ACCESS_MASK (GUEST_ACCESS_PRESENT | GUEST_ACCESS_WRITE | GUEST_ACCESS_EXECUTE)

/* The page-fault error code (SDM volume 3, 4.7) has the ABI's bits in the ABI's places. */
STATIC_ASSERT(ACCESS_MASK == (1 << 0 | 1 << 1 | 1 << 4), "P, W/R, I/D");

static void exception(struct thread *thread, uint64_t vector, uint64_t error)
{
    bool page = vector == VECTOR_PAGE_FAULT;
    uint64_t word0 = page ? cr2_read() : vector;
    uint64_t word1 = page ? error & ACCESS_MASK : error;
    if (thread->context.guest) {
        guest_exit(thread, TAG(page ? GUEST_EXIT_FAULT : GUEST_EXIT_TRAP, 2), word0, word1);
        return;
    }
    const struct guest_frame *saved = &thread->context.registers;
    struct message message = {.tag = TAG(page ? FAULT_PAGE : FAULT_TRAP, 4),
                              .words = {word0, word1, saved->rip, saved->rsp}};
    trap_fault(&message);
}

void trap_from_user(uint64_t vector, uint64_t error)
{
    struct cpu *cpu = cpu_self();
    if (vector >= VECTOR_LINES) {
        if (vector != VECTOR_SPURIOUS)
            cpu->arch.pending |= BIT(vector - VECTOR_LINES);
        trap_interrupt();
        return;
    }
    if (vector == VECTOR_NO_DEVICE && vector_acquire(cpu))
        return;
    exception(cpu->current, vector, error);
}

void trap_from_anywhere(const struct trap_frame *frame)
{
    if (frame->vector == VECTOR_NMI) {
        kernel_print("corm: non-maskable interrupt at %lx\n", frame->rip);
        return;
    }
    kernel_print("corm: exception %lu error %lx at %lx cr2 %lx flags %lx sp %lx\n", frame->vector,
                 frame->error, frame->rip, cr2_read(), frame->rflags, frame->rsp);
    kernel_print("rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx\n", frame->rax,
                 frame->rbx, frame->rcx, frame->rdx, frame->rsi, frame->rdi, frame->rbp);
    kernel_print("r8 %lx r9 %lx r10 %lx r11 %lx r12 %lx r13 %lx r14 %lx r15 %lx\n", frame->r8,
                 frame->r9, frame->r10, frame->r11, frame->r12, frame->r13, frame->r14, frame->r15);
    kernel_panic("exception in the kernel");
}
