/*
 * apic.c - the interrupt controllers as the kernel finds them: local APIC (Intel SDM volume 3, 11),
 * I/O APIC (82093AA data sheet), and the PICs of old (8259A), whose lines the I/O APIC has too.
 */
#include "abi/arch/x86_64/boot.h"
#include "boot/x86_64/machine.h"
#include "boot/x86_64/parts.h"
#include "lib/base/x86_64/hardware.h"
#include "lib/base/x86_64/instructions.h"

/* Registers of the local APIC, as indices of 32-bit words, beside those of hardware.h. */
enum lapic_set_up {
    LAPIC_ID = 0x20 / 4,
    LAPIC_PRIORITY = 0x80 / 4,
    LAPIC_SPURIOUS = 0xf0 / 4,
    LAPIC_TIMER = 0x320 / 4,
    LAPIC_LINT0 = 0x350 / 4,
    LAPIC_LINT1 = 0x360 / 4,
    LAPIC_ERROR = 0x370 / 4,
    LAPIC_TIMER_DIVIDE = 0x3e0 / 4,
};

#define LAPIC_DIVIDE_ONE 0xbu
#define LAPIC_MASKED     0x10000u
#define LAPIC_NMI        0x400u
#define LAPIC_ENABLE     0x100u /* of LAPIC_SPURIOUS */

#define IOAPIC_VERSION 1

#define PIC1_DATA 0x21
#define PIC2_DATA 0xa1

/* Off and on again, as the firmware may have left it in its x2APIC mode (11.12.5). */
static void lapic_init(volatile uint32_t *lapic)
{
    uint64_t base = msr_read(MSR_APIC_BASE) & ~(uint64_t)(APIC_BASE_ENABLE | APIC_BASE_X2APIC);
    msr_write(MSR_APIC_BASE, base);
    msr_write(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
    lapic[LAPIC_SPURIOUS] = LAPIC_ENABLE | VECTOR_SPURIOUS;
    lapic[LAPIC_PRIORITY] = 0;
    lapic[LAPIC_LINT0] = LAPIC_MASKED;
    lapic[LAPIC_LINT1] = LAPIC_NMI;
    lapic[LAPIC_ERROR] = LAPIC_MASKED | VECTOR_SPURIOUS;
    lapic[LAPIC_TIMER_DIVIDE] = LAPIC_DIVIDE_ONE;
    lapic[LAPIC_TIMER] = VECTOR_TIMER;
}

static void ioapic_write(volatile uint32_t *ioapic, uint32_t reg, uint32_t value)
{
    ioapic[0] = reg;
    ioapic[IOAPIC_DATA] = value;
}

/* How many lines there are; each masked and delivered to @processor. */
static uint32_t ioapic_init(volatile uint32_t *ioapic, uint32_t processor)
{
    ioapic[0] = IOAPIC_VERSION;
    uint32_t version = ioapic[IOAPIC_DATA];
    uint32_t lines = version == UINT32_MAX ? 0 : (version >> 16 & 0xff) + 1;
    if (lines > INTERRUPT_LINES_MAX)
        lines = INTERRUPT_LINES_MAX;
    for (uint32_t line = 0; line < lines; line++) {
        ioapic_write(ioapic, IOAPIC_REDIRECTION + 2 * line, IOAPIC_MASKED);
        ioapic_write(ioapic, IOAPIC_REDIRECTION + 2 * line + 1, processor);
    }
    return lines;
}

void apic_init(struct machine *machine)
{
    volatile uint32_t *lapic = boot_memory(processor_lapic());
    port_write8(PIC1_DATA, 0xff);
    port_write8(PIC2_DATA, 0xff);
    lapic_init(lapic);
    machine->interrupt_lines = ioapic_init(boot_memory(IOAPIC_ADDRESS), lapic[LAPIC_ID]);
}
