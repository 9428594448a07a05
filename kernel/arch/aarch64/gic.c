/*
 * gic.c - the interrupt controller, of version 2 (Arm IHI 0048B) or 3 (IHI 0069).
 *
 * The distributor is the same as far as the kernel uses it; the interface to the processor is
 * registers in memory or system registers. The boot stage has prepared both. Line n is interrupt
 * GIC_FIRST_LINE + n.
 *
 * Lock: the kernel lock.
 */
#include "kernel/arch/aarch64/parts.h"
#include "lib/base/aarch64/hardware.h"
#include "lib/base/bits.h"

#define GICD         ((volatile uint32_t *)GICD_BASE)
#define GICC         ((volatile uint32_t *)GICC_BASE)
#define CONFIG_BITS  2u
#define CONFIG_EDGE  2u
#define PFR0_GIC_BIT 24 /* ID_AA64PFR0_EL1.GIC: system registers */

static bool has_registers; /* version 3 */

void gic_init(void) { has_registers = (SYSTEM_READ(id_aa64pfr0_el1) >> PFR0_GIC_BIT & 0xf) != 0; }

uint32_t gic_acknowledge(void)
{
    if (has_registers)
        return (uint32_t)SYSTEM_READ(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
    return GICC[GICC_IAR];
}

void gic_join(struct arch_cpu *arch)
{
    if (!has_registers)
        arch->gic_target = GICD[GICD_ITARGETSR] & GICD_TARGET_MASK;
}

/* Affinity as ICC_SGI1R_EL1 has it (IHI 0069 12.2.22): its lowest field as a bit among 16, and
 * which 16 these are. */
static uint64_t affinity_target(uint64_t id)
{
    return BIT(id & 0xf) | (id >> 4 & 0xf) << 44 | (id >> 8 & 0xff) << 16 |
           (id >> 16 & 0xff) << 32 | (id >> 32 & 0xff) << 48;
}

/* What was written before is seen by who is interrupted. */
void arch_cpu_interrupt(struct cpu *cpu)
{
    __asm__ volatile("dsb ishst" : : : "memory");
    if (has_registers) {
        SYSTEM_WRITE(s3_0_c12_c11_5, affinity_target(cpu->arch.id)); /* ICC_SGI1R_EL1 */
        instruction_barrier();
    } else {
        GICD[GICD_SGIR] = cpu->arch.gic_target << GICD_SGIR_TARGET_SHIFT;
    }
}

void gic_end(uint32_t interrupt)
{
    if (has_registers)
        SYSTEM_WRITE(s3_0_c12_c12_1, interrupt); /* ICC_EOIR1_EL1 */
    else
        GICC[GICC_EOIR] = interrupt;
}

static void line_bit_write(enum gicd_register which, uint32_t line)
{
    uint32_t interrupt = GIC_FIRST_LINE + line;
    GICD[which + interrupt / 32] = 1u << interrupt % 32;
}

/* A line that is active low is inverted on its way to the controller, which cannot be told. */
COLD void arch_irq_configure(uint32_t line, bool level, UNUSED bool active_low)
{
    arch_irq_mask(line);
    uint32_t interrupt = GIC_FIRST_LINE + line;
    uint32_t shift = interrupt * CONFIG_BITS % 32;
    volatile uint32_t *config = &GICD[GICD_ICFGR + interrupt * CONFIG_BITS / 32];
    *config = (*config & ~(3u << shift)) | (level ? 0 : CONFIG_EDGE << shift);
}

void arch_irq_mask(uint32_t line) { line_bit_write(GICD_ICENABLER, line); }

void arch_irq_unmask(uint32_t line) { line_bit_write(GICD_ISENABLER, line); }
