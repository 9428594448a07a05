/*
 * fault_trap.c - exceptions of guests that are no page faults, and the signals that they become.
 */
#include "servers/linux/arch/x86_64/vector.h"
#include "servers/linux/fault.h"
#include "servers/linux/signal.h"

/* Vectors: Intel SDM vol. 3 §6.15. */
enum vector {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_BREAKPOINT = 3,
    VECTOR_INVALID_OPCODE = 6,
    VECTOR_STACK = 12,
    VECTOR_X87 = 16,
    VECTOR_ALIGNMENT = 17,
    VECTOR_SIMD = 19,
};

/* si_code of a floating-point exception from flags in the layout that MXCSR and FSW share. */
static int float_code(uint32_t flags)
{
    static const int8_t codes[] = {FPE_FLTINV, FPE_FLTUND, FPE_FLTDIV,
                                   FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES};
    for (unsigned bit = 0; bit < ARRAY_LENGTH(codes); bit++)
        if (flags >> bit & 1)
            return codes[bit];
    return FPE_FLTINV;
}

static int float_code_now(struct thread *thread, uint64_t vector)
{
    guest_vector_out(thread);
    const struct xsave_area *area = guest_vector_area(thread);
    if (vector == VECTOR_SIMD)
        return float_code(area->mxcsr & ~(area->mxcsr >> 7));
    return float_code(area->fsw & ~(uint32_t)area->fcw);
}

void fault_trap(struct thread *thread, uint64_t vector, uint64_t error)
{
    uint64_t at = guest_pc(thread->frame);
    (void)error; /* a guest learns nothing from selector indices */

    switch (vector) {
    case VECTOR_DIVIDE:
        fault_force(SIGFPE, FPE_INTDIV, at);
        break;
    case VECTOR_DEBUG:
        fault_force(SIGTRAP, TRAP_TRACE, at);
        break;
    case VECTOR_BREAKPOINT:
        fault_force(SIGTRAP, SI_KERNEL, 0);
        break;
    case VECTOR_INVALID_OPCODE:
        fault_force(SIGILL, ILL_ILLOPN, at);
        break;
    case VECTOR_X87:
    case VECTOR_SIMD:
        fault_force(SIGFPE, float_code_now(thread, vector), at);
        break;
    case VECTOR_ALIGNMENT:
        fault_force(SIGBUS, BUS_ADRALN, 0);
        break;
    case VECTOR_STACK:
        fault_force(SIGBUS, SI_KERNEL, 0);
        break;
    default:
        fault_force(SIGSEGV, SI_KERNEL, 0);
        break;
    }
}
