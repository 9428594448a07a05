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
#include "lib/base/string.h"

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
    uint64_t *words = thread->message.words;
    thread->message.tag = TAG(page ? FAULT_PAGE : FAULT_TRAP, FAULT_WORDS);
    words[0] = word0;
    words[1] = word1;
    words[2] = thread->context.registers.rip;
    words[3] = thread->context.registers.rsp;
    trap_fault();
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

/* The kernel uses FSGSBASE's instructions freely; where the processor has none, they arrive here
 * (SDM volume 2, RDFSBASE: F3 REX.W 0F AE /0 to /3) and are done by MSR. */
static COLD bool segment_base_done(struct trap_frame *frame)
{
    static const uint8_t opcode[] = {0xf3, 0x48, 0x0f, 0xae};
    uint64_t *const registers[] = {&frame->rax, &frame->rcx, &frame->rdx, &frame->rbx,
                                   &frame->rsp, &frame->rbp, &frame->rsi, &frame->rdi};
    const uint8_t *at = (const uint8_t *)frame->rip;
    if (memcmp(at, opcode, sizeof(opcode)) != 0)
        return false;
    uint8_t operands = at[sizeof(opcode)];
    uint64_t *value = registers[operands & 7];
    uint32_t msr = operands & 0x08 ? MSR_GS_BASE : MSR_FS_BASE;
    if (operands & 0x10)
        msr_write(msr, *value);
    else
        *value = msr_read(msr);
    frame->rip += sizeof(opcode) + 1;
    return true;
}

COLD void trap_from_anywhere(struct trap_frame *frame)
{
    if (frame->vector == VECTOR_UNDEFINED && segment_base_done(frame))
        return;
    if (frame->vector == VECTOR_NMI) {
        kernel_print("corm: non-maskable interrupt at %lx\n", frame->rip);
        return;
    }
    kernel_print("corm: exception %lu error %lx cr2 %lx\n", frame->vector, frame->error,
                 cr2_read());
    /* r15 to rax, then vector, error, rip, cs, rflags, rsp, ss */
    for (unsigned i = 0; i < sizeof(*frame) / sizeof(uint64_t); i++)
        kernel_print("%lx%s", ((const uint64_t *)frame)[i], i % 8 == 7 ? "\n" : " ");
    kernel_panic("exception in the kernel at %lx", frame->rip);
}
