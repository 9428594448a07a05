/*
 * interrupt.c - looking for interrupts, and passing them on.
 *
 * The kernel runs with interrupts off and never takes any: sip says which are pending, and wfi
 * wakes up for those that sie lets in, also while they are off (privileged manual 3.3.3).
 */
#include "kernel/arch/riscv64/parts.h"
#include "lib/base/check.h"
#include "port/clock.h"

bool clock_has_sstc;

COLD void interrupt_init(const struct boot_handover *handover)
{
    clock_has_sstc = handover->port[HANDOVER_SSTC] != 0;
}

static uint64_t pending(void) { return csr_read(sip) & INTERRUPTS; }

bool arch_interrupt_window(void) { return pending() != 0; }

void arch_idle(void)
{
    if (pending() == 0)
        __asm__ volatile("wfi" : : : "memory");
    if (trace_ring != NULL)
        trace_event(VECTOR_LINES, 0);
}

/* The firmware orders it behind what was written before. */
void arch_cpu_interrupt(struct cpu *cpu)
{
    int64_t error = sbi_call(SBI_INTERRUPT, 0, 1, cpu->arch.id); /* a mask, and where it begins */
    ASSERT(error == 0);
}

/* Not inlined: a loop around it keeps addresses in registers that have to be saved. */
static NOINLINE void dispatch(uint64_t which)
{
    if (which & 1 << INTERRUPT_EXTERNAL) {
        uint64_t line = plic_claim();
        if (line != 0)
            irq_raised(line);
    } else if (which & 1 << INTERRUPT_SOFTWARE) {
        csr_clear(sip, 1 << INTERRUPT_SOFTWARE);
    } else {
        timer_stop();
        clock_timer_interrupt();
    }
}

/* More may come while one is passed on. */
void arch_interrupts_dispatch(void)
{
    uint64_t which;
    while ((which = pending()) != 0)
        dispatch(which);
}
