/*
 * apic.c - local APIC (Intel SDM volume 3, 11) and I/O APIC (82093AA data sheet).
 *
 * Line n of the I/O APIC is delivered to the boot processor as vector VECTOR_LINES + n. The I/O
 * APIC's registers are reached through an index and a data register: under the kernel lock only.
 */
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "lib/base/bits.h"

#define BASE_ADDRESS 0xffffff000ull
#define BASE_X2APIC  BIT(10)
#define BASE_ENABLE  BIT(11)

#define SPURIOUS_ENABLE  0x100u
#define DELIVER_NMI      0x400u
#define ENTRY_MASKED     0x10000u
#define TIMER_DIVIDE_ONE 0xbu

enum ioapic_register { IOAPIC_VERSION = 1, IOAPIC_REDIRECTION = 0x10 };

#define IOAPIC_DATA    4 /* index in 32-bit words */
#define REDIRECT_LOW   0x2000u
#define REDIRECT_LEVEL 0x8000u

#define PIC1_DATA 0x21
#define PIC2_DATA 0xa1

volatile uint32_t *lapic;
static volatile uint32_t *ioapic;
static uint32_t line_count;
static uint32_t redirection[IOAPIC_LINES]; /* lower halves, as written */

static void ioapic_write(uint32_t reg, uint32_t value)
{
    ioapic[0] = reg;
    ioapic[IOAPIC_DATA] = value;
}

static COLD uint32_t ioapic_read(uint32_t reg)
{
    ioapic[0] = reg;
    return ioapic[IOAPIC_DATA];
}

COLD paddr_t lapic_address(void) { return msr_read(MSR_APIC_BASE) & BASE_ADDRESS; }

static COLD void lapic_init(void)
{
    /* Off and on again, as the firmware may have left it in its x2APIC mode (SDM 11.12.5). */
    uint64_t base = msr_read(MSR_APIC_BASE) & ~(BASE_ENABLE | BASE_X2APIC);
    msr_write(MSR_APIC_BASE, base);
    msr_write(MSR_APIC_BASE, base | BASE_ENABLE);
    lapic = memory_device(WINDOW_LAPIC, lapic_address());
    lapic[LAPIC_PRIORITY] = 0;
    lapic[LAPIC_LINT0] = ENTRY_MASKED;
    lapic[LAPIC_LINT1] = DELIVER_NMI;
    lapic[LAPIC_ERROR] = ENTRY_MASKED | VECTOR_SPURIOUS;
    lapic[LAPIC_TIMER_DIVIDE] = TIMER_DIVIDE_ONE;
    lapic[LAPIC_TIMER] = VECTOR_TIMER;
    lapic[LAPIC_SPURIOUS] = SPURIOUS_ENABLE | VECTOR_SPURIOUS;
}

static COLD void ioapic_init(void)
{
    ioapic = memory_device(WINDOW_IOAPIC, IOAPIC_ADDRESS);
    uint32_t version = ioapic_read(IOAPIC_VERSION);
    line_count = version == UINT32_MAX ? 0 : (version >> 16 & 0xff) + 1;
    if (line_count > IOAPIC_LINES)
        line_count = IOAPIC_LINES;
    for (uint32_t line = 0; line < line_count; line++) {
        arch_irq_configure(line, false, false);
        ioapic_write(IOAPIC_REDIRECTION + 2 * line + 1, lapic[LAPIC_ID]);
    }
}

COLD void apic_init(void)
{
    port_write8(PIC1_DATA, 0xff);
    port_write8(PIC2_DATA, 0xff);
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
