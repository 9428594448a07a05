/*
 * plic.c - the platform's interrupt controller (RISC-V PLIC specification 1.0).
 *
 * The boot stage has enabled all lines for the first processor; a line of priority 0 is masked. How
 * a line is triggered is wired. An interrupt that comes while its line is masked stays pending.
 */
#include "kernel/arch/riscv64/parts.h"

static uint64_t registers, context;

static volatile uint32_t *reg(uint64_t offset) { return (volatile uint32_t *)(registers + offset); }

void plic_init(const struct boot_handover *handover)
{
    registers = (uintptr_t)arch_phys_to_virt(handover->port[HANDOVER_PLIC]);
    context = handover->port[HANDOVER_PLIC_CONTEXT];
}

uint32_t plic_claim(void)
{
    uint32_t line = *reg(PLIC_CLAIM(context));
    *reg(PLIC_CLAIM(context)) = line; /* completes it; no line 0 */
    return line;
}

void arch_irq_configure(uint32_t line, UNUSED bool level, UNUSED bool active_low)
{
    arch_irq_mask(line);
}

void arch_irq_mask(uint32_t line) { *reg(PLIC_PRIORITY(line)) = 0; }

void arch_irq_unmask(uint32_t line) { *reg(PLIC_PRIORITY(line)) = 1; }
