/*
 * apic.c - local APIC (Intel SDM volume 3, 11) and I/O APIC (82093AA data sheet).
 *
 * Line n of the I/O APIC is delivered to the boot processor as vector VECTOR_LINES + n. The I/O
 * APIC's registers are reached through an index and a data register: under the kernel lock only.
 */
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "lib/base/bits.h"

#define ENTRY_MASKED 0x10000u

enum ioapic_register { IOAPIC_VERSION = 1, IOAPIC_REDIRECTION = 0x10 };

#define IOAPIC         ((volatile uint32_t *)IOAPIC_BASE)
#define IOAPIC_DATA    4 /* index in 32-bit words */
#define REDIRECT_LOW   0x2000u
#define REDIRECT_LEVEL 0x8000u

static uint32_t line_count;
static uint32_t redirection[IOAPIC_LINES]; /* lower halves, as written */

static void ioapic_write(uint32_t reg, uint32_t value)
{
    IOAPIC[0] = reg;
    IOAPIC[IOAPIC_DATA] = value;
}

static COLD void lapic_init(void)
{
    LAPIC[LAPIC_PRIORITY] = 0;
    LAPIC[LAPIC_LINT0] = LAPIC_MASKED;
    LAPIC[LAPIC_LINT1] = LAPIC_NMI;
    LAPIC[LAPIC_ERROR] = LAPIC_MASKED | VECTOR_SPURIOUS;
    LAPIC[LAPIC_TIMER_DIVIDE] = LAPIC_DIVIDE_ONE;
    LAPIC[LAPIC_TIMER] = VECTOR_TIMER;
    LAPIC[LAPIC_SPURIOUS] = LAPIC_ENABLE | VECTOR_SPURIOUS;
}

static COLD void ioapic_init(void)
{
    IOAPIC[0] = IOAPIC_VERSION;
    uint32_t version = IOAPIC[IOAPIC_DATA];
    line_count = version == UINT32_MAX ? 0 : (version >> 16 & 0xff) + 1;
    if (line_count > IOAPIC_LINES)
        line_count = IOAPIC_LINES;
    for (uint32_t line = 0; line < line_count; line++) {
        arch_irq_configure(line, false, false);
        ioapic_write(IOAPIC_REDIRECTION + 2 * line + 1, LAPIC[LAPIC_ID]);
    }
}

COLD void apic_init(void)
{
    lapic_init();
    ioapic_init();
}

COLD uint32_t arch_irq_lines(void) { return line_count; }

static void redirection_set(uint32_t line, uint32_t value)
{
    redirection[line] = value;
    ioapic_write(IOAPIC_REDIRECTION + 2 * line, value);
}

COLD void arch_irq_configure(uint32_t line, bool level, bool active_low)
{
    redirection_set(line, (VECTOR_LINES + line) | ENTRY_MASKED | (level ? REDIRECT_LEVEL : 0) |
                              (active_low ? REDIRECT_LOW : 0));
}

void arch_irq_mask(uint32_t line)
{
    if (!(redirection[line] & ENTRY_MASKED))
        redirection_set(line, redirection[line] | ENTRY_MASKED);
}

void arch_irq_unmask(uint32_t line)
{
    if (redirection[line] & ENTRY_MASKED)
        redirection_set(line, redirection[line] & ~ENTRY_MASKED);
}
