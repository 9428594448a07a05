/*
 * apic.c - local APIC (Intel SDM volume 3, 11) and I/O APIC (82093AA data sheet).
 *
 * Line n of the I/O APIC is delivered to the boot processor as vector VECTOR_LINES + n. The I/O
 * APIC's registers are reached through an index and a data register: under the kernel lock only.
 */
#include "kernel/arch/x86_64/apic.h"

#include "kernel/arch.h"
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/memory.h"
#include "lib/base/bits.h"

#define BASE_ADDRESS 0xffffff000ull
#define BASE_X2APIC  BIT(10)
#define BASE_ENABLE  BIT(11)

enum lapic_register_own {
    LAPIC_ID = 0x20,
    LAPIC_PRIORITY = 0x80,
    LAPIC_EOI = 0xb0,
    LAPIC_SPURIOUS = 0xf0,
    LAPIC_LINT0 = 0x350,
    LAPIC_LINT1 = 0x360,
    LAPIC_ERROR = 0x370,
    LAPIC_TIMER_DIVIDE = 0x3e0,
};

#define SPURIOUS_ENABLE  0x100u
#define DELIVER_NMI      0x400u
#define ENTRY_MASKED     0x10000u
#define TIMER_DIVIDE_ONE 0xbu

enum ioapic_register { IOAPIC_VERSION = 1, IOAPIC_REDIRECTION = 0x10 };

#define IOAPIC_DATA       4 /* index in 32-bit words */
#define REDIRECT_LOW      0x2000u
#define REDIRECT_LEVEL    0x8000u
#define DESTINATION_SHIFT 24

#define PIC1_DATA 0x21
#define PIC2_DATA 0xa1

static volatile uint32_t *lapic; /* NULL: reached through MSRs (x2APIC) */
static volatile uint32_t *ioapic;
static uint32_t line_count;
static uint32_t redirection[IOAPIC_LINES]; /* lower halves, as written */

void lapic_write(unsigned reg, uint32_t value)
{
    if (lapic != NULL)
        lapic[reg / 4] = value;
    else
        msr_write(MSR_X2APIC + reg / 16, value);
}

uint32_t lapic_read(unsigned reg)
{
    return lapic != NULL ? lapic[reg / 4] : (uint32_t)msr_read(MSR_X2APIC + reg / 16);
}

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

COLD paddr_t lapic_address(void)
{
    return msr_read(MSR_APIC_BASE) & BASE_ADDRESS;
}

static COLD void lapic_init(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE);
    msr_write(MSR_APIC_BASE, base | BASE_ENABLE);
    if (!(base & BASE_X2APIC))
        lapic = memory_device(WINDOW_LAPIC, base & BASE_ADDRESS);
    lapic_write(LAPIC_PRIORITY, 0);
    lapic_write(LAPIC_LINT0, ENTRY_MASKED);
    lapic_write(LAPIC_LINT1, DELIVER_NMI);
    lapic_write(LAPIC_ERROR, ENTRY_MASKED | VECTOR_SPURIOUS);
    lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_ONE);
    lapic_write(LAPIC_TIMER, VECTOR_TIMER);
    lapic_write(LAPIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
}

static COLD void ioapic_init(void)
{
    ioapic = memory_device(WINDOW_IOAPIC, IOAPIC_ADDRESS);
    uint32_t version = ioapic_read(IOAPIC_VERSION);
    line_count = version == UINT32_MAX ? 0 : (version >> 16 & 0xff) + 1;
    if (line_count > IOAPIC_LINES)
        line_count = IOAPIC_LINES;
    uint32_t id = lapic != NULL ? lapic_read(LAPIC_ID) : lapic_read(LAPIC_ID) << DESTINATION_SHIFT;
    for (uint32_t line = 0; line < line_count; line++) {
        arch_irq_configure(line, false, false);
        ioapic_write(IOAPIC_REDIRECTION + 2 * line + 1, id);
    }
}

COLD void apic_init(void)
{
    port_write8(PIC1_DATA, 0xff);
    port_write8(PIC2_DATA, 0xff);
    lapic_init();
    ioapic_init();
}

void lapic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

COLD uint32_t arch_irq_lines(void)
{
    return line_count;
}

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
