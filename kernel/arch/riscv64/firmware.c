/*
 * firmware.c - what the firmware does for the kernel: last words, and the end of the machine.
 *
 * Two I/O ports stand for both, for who holds a capability to them: port 0 is the machine's power
 * (enum power), port 1 the firmware's console. QEMU's machine ends with a status only by a register
 * of its own (sifive,test0), where there is one.
 */
#include "kernel/arch/riscv64/parts.h"

#define PORT_POWER   0
#define PORT_CONSOLE 1

#define TEST_GOOD   (33 << 16 | 0x3333) /* 0 would be what a reset gives */
#define TEST_FAILED (35 << 16 | 0x3333)

enum power { POWER_OFF_GOOD, POWER_OFF_FAILED, POWER_RESET };

static volatile uint32_t *test;

COLD void firmware_init(const struct boot_handover *handover)
{
    if (handover->port[HANDOVER_TEST] != 0)
        test = arch_phys_to_virt(handover->port[HANDOVER_TEST]);
}

void arch_debug_write(char character)
{
    if (character == '\n')
        arch_debug_write('\r');
    (void)sbi_call(SBI_PUTCHAR_OLD, 0, (uint8_t)character, 0); /* who would hear of its failure? */
}

NORETURN static void power(enum power what)
{
    if (test != NULL && what != POWER_RESET)
        *test = what == POWER_OFF_GOOD ? TEST_GOOD : TEST_FAILED;
    /* Returns only if it cannot. */
    (void)sbi_call(SBI_RESET, 0, what == POWER_RESET ? SBI_RESET_COLD : SBI_RESET_OFF,
                   what == POWER_OFF_FAILED);
    for (;;)
        __asm__ volatile("wfi");
}

void arch_reset(void) { power(POWER_RESET); }

bool arch_port_in(UNUSED uint16_t port, UNUSED unsigned width, UNUSED uint32_t *value)
{
    return false;
}

bool arch_port_out(uint16_t port, UNUSED unsigned width, uint32_t value)
{
    if (port == PORT_POWER && value <= POWER_RESET)
        power((enum power)value);
    if (port == PORT_CONSOLE)
        arch_debug_write((char)value);
    return port == PORT_CONSOLE;
}
