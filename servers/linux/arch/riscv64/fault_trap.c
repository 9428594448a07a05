/*
 * fault_trap.c - exceptions of guests that are no page faults, and the signals that they become.
 */
#include "servers/linux/fault.h"
#include "servers/linux/signal.h"

/* Causes: RISC-V privileged specification, scause. */
enum vector {
    CAUSE_FETCH_ALIGNMENT = 0,
    CAUSE_FETCH_ACCESS = 1,
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_LOAD_ALIGNMENT = 4,
    CAUSE_LOAD_ACCESS = 5,
    CAUSE_STORE_ALIGNMENT = 6,
    CAUSE_STORE_ACCESS = 7,
};

void fault_trap(struct thread *thread, uint64_t vector, uint64_t error)
{
    uint64_t at = guest_pc(thread->frame);
    (void)error; /* Linux tells the address of the instruction */

    switch (vector) {
    case CAUSE_FETCH_ALIGNMENT:
    case CAUSE_LOAD_ALIGNMENT:
    case CAUSE_STORE_ALIGNMENT:
        fault_force(SIGBUS, BUS_ADRALN, at);
        break;
    case CAUSE_FETCH_ACCESS:
    case CAUSE_LOAD_ACCESS:
    case CAUSE_STORE_ACCESS:
        fault_force(SIGSEGV, SEGV_ACCERR, at);
        break;
    case CAUSE_ILLEGAL:
        fault_force(SIGILL, ILL_ILLOPC, at);
        break;
    case CAUSE_BREAKPOINT:
        fault_force(SIGTRAP, TRAP_BRKPT, at);
        break;
    default:
        fault_force(SIGILL, ILL_ILLTRP, at);
        break;
    }
}
