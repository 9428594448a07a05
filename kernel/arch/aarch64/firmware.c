/*
 * firmware.c - last words on the first UART, and the end of the machine: PSCI (Arm DEN0022), or
 * semihosting (Arm IHI 0104) where a debugger or an emulator listens.
 */
#include "kernel/arch/aarch64/parts.h"
#include "kernel/dev/firmware.h"
#include "lib/base/aarch64/uart.h"

#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

#define SEMIHOSTING_EXIT     0x18
#define SEMIHOSTING_EXIT_WHY 0x20026 /* ADP_Stopped_ApplicationExit; a status follows */

static uint64_t firmware;

void firmware_init(const struct boot_handover *handover)
{
    firmware = handover->port[HANDOVER_FIRMWARE];
}

static void psci_call(uint64_t function)
{
    register uint64_t x0 __asm__("x0") = function;
    if (firmware & FIRMWARE_PSCI_SMC)
        __asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    else
        __asm__ volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
}

static void semihosting_exit(uint64_t status)
{
    const uint64_t block[] = {SEMIHOSTING_EXIT_WHY, status};
    register uint64_t x0 __asm__("x0") = SEMIHOSTING_EXIT;
    register const uint64_t *x1 __asm__("x1") = block;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

void arch_debug_write(char character) { uart_put((volatile uint32_t *)UART_BASE, character); }

void firmware_power(enum power what)
{
    if (what != POWER_RESET && (firmware & FIRMWARE_SEMIHOSTING))
        semihosting_exit(what == POWER_OFF ? POWER_STATUS_GOOD : POWER_STATUS_FAILED);
    psci_call(what == POWER_RESET ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF);
    for (;;)
        __asm__ volatile("wfi");
}
