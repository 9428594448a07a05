/*
 * fault_trap.c - exceptions of guests that are no page faults, and the signals that they become.
 */
#include "servers/linux/fault.h"
#include "servers/linux/signal.h"

/* Exception classes and syndromes: Arm ARM D17.2.37, ESR_EL1. */
enum vector {
    CLASS_FETCH = 0x20,
    CLASS_PC_ALIGNMENT = 0x22,
    CLASS_DATA = 0x24,
    CLASS_SP_ALIGNMENT = 0x26,
    CLASS_FLOAT = 0x2c,
    CLASS_BREAKPOINT = 0x30,
    CLASS_STEP = 0x32,
    CLASS_WATCHPOINT = 0x34,
    CLASS_BRK = 0x3c,
};

#define STATUS_MASK      0x3fu
#define STATUS_ALIGNMENT 0x21u

#define FLOAT_VALID (1u << 23) /* the bits below say which exception it is */

/* si_code of a floating-point exception. */
static int float_code(uint64_t syndrome)
{
    static const int8_t codes[] = {FPE_FLTINV, FPE_FLTDIV, FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES};

    for (unsigned bit = 0; syndrome & FLOAT_VALID && bit < ARRAY_LENGTH(codes); bit++)
        if (syndrome >> bit & 1)
            return codes[bit];
    return FPE_FLTINV;
}

void fault_trap(struct thread *thread, uint64_t vector, uint64_t error)
{
    uint64_t at = guest_pc(thread->frame);

    switch (vector) {
    case CLASS_FETCH:
    case CLASS_DATA: /* no page fault, so of alignment, or of the memory itself */
        fault_force(SIGBUS, (error & STATUS_MASK) == STATUS_ALIGNMENT ? BUS_ADRALN : BUS_OBJERR, 0);
        break;
    case CLASS_PC_ALIGNMENT:
    case CLASS_SP_ALIGNMENT:
        fault_force(SIGBUS, BUS_ADRALN, at);
        break;
    case CLASS_FLOAT:
        fault_force(SIGFPE, float_code(error), at);
        break;
    case CLASS_BREAKPOINT:
    case CLASS_STEP:
    case CLASS_WATCHPOINT:
        fault_force(SIGTRAP, TRAP_TRACE, at);
        break;
    case CLASS_BRK:
        fault_force(SIGTRAP, TRAP_BRKPT, at);
        break;
    default: /* an instruction that there is not, or not here */
        fault_force(SIGILL, ILL_ILLOPC, at);
        break;
    }
}
