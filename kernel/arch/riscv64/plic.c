/*
 * plic.c - the platform's interrupt controller (RISC-V PLIC specification 1.0).
 *
 * The boot stage has enabled all lines for the first processor; a line of priority 0 is masked. How
 * a line is triggered is wired. An interrupt that comes while its line is masked stays pending.
 */
#include "kernel/arch/riscv64/parts.h"

static volatile uint32_t *priorities, *claim;

void plic_init(const struct boot_handover *handover)
{
    char *registers = arch_phys_to_virt(handover->port[HANDOVER_PLIC]);
    priorities = (void *)(registers + PLIC_PRIORITY(0));
    claim = (void *)(registers + PLIC_CLAIM(handover->port[HANDOVER_PLIC_CONTEXT]));
}

/* C would extend what a volatile load has extended already. */
uint64_t plic_claim(void)
{
    uint64_t line;
    __asm__ volatile("lwu %0, %1" : "=r"(line) : "m"(*claim));
    *claim = (uint32_t)line; /* completes it; no line 0 */
    return line;
}

void arch_irq_configure(uint32_t line, UNUSED bool level, UNUSED bool active_low)
{
    arch_irq_mask(line);
}

void arch_irq_mask(uint32_t line) { priorities[line] = 0; }

void arch_irq_unmask(uint32_t line) { priorities[line] = 1; }
