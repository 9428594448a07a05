/*
 * firmware.c - what the firmware does for the kernel: last words, and the end of the machine.
 *
 * QEMU's machine ends with a status only by a register of its own (sifive,test0), where there is
 * one.
 */
#include "kernel/arch/riscv64/parts.h"
#include "kernel/dev/firmware.h"

#define TEST_END(status) ((uint32_t)(status) << 16 | 0x3333)

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

void firmware_power(enum power what)
{
    if (test != NULL && what != POWER_RESET)
        *test = TEST_END(what == POWER_OFF ? POWER_STATUS_GOOD : POWER_STATUS_FAILED);
    /* Returns only if it cannot. */
    (void)sbi_call(SBI_RESET, 0, what == POWER_RESET ? SBI_RESET_COLD : SBI_RESET_OFF,
                   what == POWER_OFF_FAILED);
    for (;;)
        __asm__ volatile("wfi");
}
