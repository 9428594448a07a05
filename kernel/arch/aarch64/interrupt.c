/*
 * interrupt.c - letting interrupts in, and passing them on.
 *
 * The kernel never takes an interrupt: ISR_EL1 says that one waits (Arm ARM D17.2.66), and `wfi`
 * ends when one does, masked or not. So it is the interrupt controller that records, and the
 * dispatch acknowledges, under the kernel lock: it lets the core mask the line and then ends the
 * service.
 */
#include "kernel/arch/aarch64/parts.h"
#include "lib/base/aarch64/hardware.h"
#include "lib/base/bits.h"

#define ISR_INTERRUPT BIT(7)

bool arch_interrupt_window(void) { return (SYSTEM_READ(isr_el1) & ISR_INTERRUPT) != 0; }

/* What was stored is seen by others before the processor rests. */
void arch_idle(void) { __asm__ volatile("dsb sy\n\twfi" : : : "memory"); }

/* The timer is stopped before its service ends, or it would come again at once. Not inlined: a loop
 * around it keeps addresses in registers that have to be saved. */
static NOINLINE void dispatch(uint32_t acknowledged)
{
    uint32_t interrupt = acknowledged & GIC_ID_MASK;
    if (interrupt == GIC_TIMER) {
        SYSTEM_WRITE(cntv_ctl_el0, 0);
        instruction_barrier();
        gic_end(acknowledged);
        clock_timer_interrupt();
    } else {
        if (interrupt >= GIC_FIRST_LINE)
            irq_raised(interrupt - GIC_FIRST_LINE);
        gic_end(acknowledged);
    }
}

void arch_interrupts_dispatch(void)
{
    uint32_t acknowledged;
    while (((acknowledged = gic_acknowledge()) & GIC_ID_MASK) < GIC_ID_NONE)
        dispatch(acknowledged);
}
