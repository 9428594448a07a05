/*
 * apic.c - the I/O APIC (82093AA data sheet), and interrupts between processors (Intel SDM volume
 * 3, 11.6).
 *
 * Line n of the I/O APIC is delivered as vector VECTOR_LINES + n to the first processor, for which
 * the boot stage has prepared it, masked. The I/O APIC's registers are reached through an index and
 * a data register: under the kernel lock only.
 */
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "port/lock.h"

#define IOAPIC         ((volatile uint32_t *)IOAPIC_BASE)
#define REDIRECT_LOW   0x2000u
#define REDIRECT_LEVEL 0x8000u

#define COMMAND_PENDING      0x1000u
#define COMMAND_ASSERT       0x4000u
#define COMMAND_TARGET_SHIFT 24

static uint32_t redirection[INTERRUPT_LINES_MAX]; /* lower halves, as written */

STATIC_ASSERT(VECTOR_LINES + INTERRUPT_LINES_MAX <= VECTOR_TIMER, "the lines have vectors");

static void redirection_set(uint32_t line, uint32_t value)
{
    redirection[line] = value;
    IOAPIC[0] = IOAPIC_REDIRECTION + 2 * line;
    IOAPIC[IOAPIC_DATA] = value;
}

COLD void arch_irq_configure(uint32_t line, bool level, bool active_low)
{
    redirection_set(line, (VECTOR_LINES + line) | IOAPIC_MASKED | (level ? REDIRECT_LEVEL : 0) |
                              (active_low ? REDIRECT_LOW : 0));
}

void arch_irq_mask(uint32_t line)
{
    if (!(redirection[line] & IOAPIC_MASKED))
        redirection_set(line, redirection[line] | IOAPIC_MASKED);
}

COLD void arch_cpu_interrupt(struct cpu *cpu)
{
    while (LAPIC[LAPIC_COMMAND] & COMMAND_PENDING)
        arch_pause();
    LAPIC[LAPIC_COMMAND_TARGET] = (uint32_t)cpu->arch.id << COMMAND_TARGET_SHIFT;
    LAPIC[LAPIC_COMMAND] = COMMAND_ASSERT | VECTOR_PROCESSOR;
}

void arch_irq_unmask(uint32_t line)
{
    if (redirection[line] & IOAPIC_MASKED)
        redirection_set(line, redirection[line] & ~IOAPIC_MASKED);
}
