/*
 * interrupt.c - letting interrupts in, and passing them on.
 *
 * An interrupt is only recorded when it comes (trap_entry.S, trap.c): the controller keeps back
 * others of its line until the dispatch, which runs under the kernel lock, lets the core mask the
 * line and then ends the service.
 */
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "lib/base/bits.h"

/* pending is written by the interrupt entry behind the compiler's back. */
static uint64_t pending_read(void) { return *(volatile uint64_t *)&cpu_self()->arch.pending; }

/* One interrupt at most: its entry closes the window. `sti` takes effect after the next
 * instruction. */
bool arch_interrupt_window(void)
{
    if (pending_read() == 0)
        __asm__ volatile("sti; nop; cli" : : : "memory");
    return pending_read() != 0;
}

void arch_idle(void)
{
    if (pending_read() == 0)
        __asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* More may be recorded while one is passed on. The timer's service ends first: what comes of it is
 * long enough to let others in, which are of lower priority. */
void arch_interrupts_dispatch(void)
{
    uint64_t pending;
    while ((pending = pending_read()) != 0) {
        unsigned line = bits_lowest(pending);
        cpu_self()->arch.pending = pending & (pending - 1);
        if (line < INTERRUPT_LINES_MAX) {
            irq_raised(line);
            LAPIC[LAPIC_EOI] = 0;
        } else if (line != VECTOR_SPURIOUS - VECTOR_LINES) {
            LAPIC[LAPIC_EOI] = 0;
            if (line == VECTOR_TIMER - VECTOR_LINES)
                clock_timer_interrupt();
            /* Or it is another processor's: that has set `reschedule`, or wants the lock. */
        }
    }
}
