/*
 * debug.c - last words, and the end of the machine, both by the firmware.
 */
#include "kernel/arch/riscv64/parts.h"

void arch_debug_write(char character)
{
    if (character == '\n')
        arch_debug_write('\r');
    (void)sbi_call(SBI_PUTCHAR_OLD, 0, (uint8_t)character, 0); /* who would hear of its failure? */
}

void arch_reset(void)
{
    (void)sbi_call(SBI_RESET, 0, SBI_RESET_COLD, 0); /* returns only if it cannot */
    for (;;)
        __asm__ volatile("wfi");
}
