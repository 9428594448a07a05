/*
 * apic.c - the interrupt controllers as the kernel finds them: local APIC (Intel SDM volume 3, 11),
 * I/O APIC (82093AA data sheet), and the PICs of old (8259A), whose lines the I/O APIC has too.
 */
#include "abi/arch/x86_64/boot.h"
#include "boot/x86_64/machine.h"
#include "boot/join.h"
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

/* Commands (10.6.1), and how long what they do may take (9.4.4.1; the second generously). */
#define COMMAND_INIT    0x4500u
#define COMMAND_STARTUP 0x4600u /* and the number of a page */
#define COMMAND_SHIFT   24
#define INIT_NS         (10 * NANOS_PER_MS)
#define STARTUP_NS      NANOS_PER_MS

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

static volatile uint32_t *lapic_registers(void) { return boot_memory(processor_lapic()); }

uint32_t apic_id(void) { return lapic_registers()[LAPIC_ID] >> COMMAND_SHIFT; }

void apic_follow(void) { lapic_init(lapic_registers()); }

/* The command is away before its time is over: nothing else is sent. */
static void command(const struct machine *machine, uint32_t id, uint32_t command, nanos_t time)
{
    volatile uint32_t *lapic = lapic_registers();
    nanos_t until = clock_now(machine) + time;
    lapic[LAPIC_COMMAND_TARGET] = id << COMMAND_SHIFT;
    lapic[LAPIC_COMMAND] = command;
    while (clock_now(machine) < until)
        __asm__ volatile("pause");
}

void apic_start(const struct machine *machine, uint32_t id, paddr_t page)
{
    command(machine, id, COMMAND_INIT, INIT_NS);
    for (unsigned i = 0; i < 2; i++) /* one that has begun does not hear the second */
        command(machine, id, COMMAND_STARTUP | (uint32_t)(page / PAGE_BYTES), STARTUP_NS);
}

void apic_init(struct machine *machine)
{
    volatile uint32_t *lapic = lapic_registers();
    port_write8(PIC1_DATA, 0xff);
    port_write8(PIC2_DATA, 0xff);
    lapic_init(lapic);
    machine->interrupt_lines = ioapic_init(boot_memory(IOAPIC_ADDRESS), lapic[LAPIC_ID]);
}
