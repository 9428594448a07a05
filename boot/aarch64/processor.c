/*
 * processor.c - what the processor has (Arm ARM D17.2, ID registers), and its protections switched
 * on.
 */
#include "boot/aarch64/board.h"
#include "boot/aarch64/parts.h"
#include "lib/base/aarch64/instructions.h"
#include "lib/base/bits.h"

/* TCR_EL1 (D17.2.131), beside what entry.S has set. */
#define TCR_ASID16 BIT(36)
#define TCR_HA     BIT(39)
#define TCR_HD     BIT(40)
#define TCR_E0PD1  BIT(56) /* user level's accesses to the kernel's half fail at once */

/* SCTLR_EL1 (D17.2.118). */
#define SCTLR_SPAN BIT(23) /* set: PAN stays as it is at an exception */
#define SCTLR_BT1  BIT(36) /* BTI in the kernel */
#define SCTLR_EPAN BIT(57) /* PAN also where user level may only execute */

/* The cycle counter (D13), which user level may read as it may the clock. */
#define PMCR_ENABLE       0x45u /* on, from 0, 64 bits */
#define PMU_CYCLES        BIT(31)
#define PMUSERENR_CYCLES  4u
#define PMU_NOT_THERE(id) ((id) == 0 || (id) == 0xf)

/* A four-bit field of an ID register. */
static unsigned field(uint64_t value, unsigned bit) { return (unsigned)(value >> bit & 0xf); }

static bool has(unsigned available, const char *name, bool aloud)
{
    if (available == 0 && aloud)
        boot_print("corm: this processor has no %s\n", name);
    return available != 0;
}

void processor_check(void)
{
    uint64_t mmfr0 = SYSTEM_READ(id_aa64mmfr0_el1);
    if (field(mmfr0, 28) == 0xf)
        boot_refuse("this processor has no pages of 4 KiB");
    if (field(mmfr0, 4) != 2)
        boot_refuse("this processor has no 16-bit address-space identifiers");
}

/* By one of three algorithms. */
bool processor_signs(void)
{
    const uint64_t isar1 = SYSTEM_READ(id_aa64isar1_el1), isar2 = SYSTEM_READ(s3_0_c0_c6_2);
    return (field(isar1, 4) | field(isar1, 8) | field(isar2, 12)) != 0;
}

bool processor_has_random(void) { return field(SYSTEM_READ(id_aa64isar0_el1), 60) != 0; }

static void cycles_init(void)
{
    if (PMU_NOT_THERE(field(SYSTEM_READ(id_aa64dfr0_el1), 8)))
        return;
    SYSTEM_WRITE(pmccfiltr_el0, 0);
    SYSTEM_WRITE(pmcntenset_el0, PMU_CYCLES);
    SYSTEM_WRITE(pmuserenr_el0, PMUSERENR_CYCLES);
    SYSTEM_WRITE(pmcr_el0, PMCR_ENABLE);
}

uint64_t processor_id(void) { return SYSTEM_READ(mpidr_el1) & MPIDR_AFFINITY; }

void processor_init(bool aloud)
{
    cycles_init();
    uint64_t mmfr1 = SYSTEM_READ(id_aa64mmfr1_el1), mmfr2 = SYSTEM_READ(s3_0_c0_c7_2);
    uint64_t tcr = SYSTEM_READ(tcr_el1) | TCR_ASID16;
    uint64_t sctlr = SYSTEM_READ(sctlr_el1);
    unsigned marks = field(mmfr1, 0), pan = field(mmfr1, 20);
    if (marks >= 1)
        tcr |= TCR_HA;
    if (marks >= 2)
        tcr |= TCR_HD;
    if (field(mmfr2, 60) != 0)
        tcr |= TCR_E0PD1;
    if (has(pan, "PAN", aloud)) {
        sctlr &= ~SCTLR_SPAN;
        __asm__ volatile(".inst 0xd500419f"); /* msr pan, #1, which ARMv8.0 does not know */
    }
    if (pan >= 3)
        sctlr |= SCTLR_EPAN;
    if (has(field(SYSTEM_READ(id_aa64pfr1_el1), 0), "BTI", aloud))
        sctlr |= SCTLR_BT1;
    if (has(processor_signs(), "PAC", aloud))
        sctlr |= keys_load();
    SYSTEM_WRITE(tcr_el1, tcr);
    SYSTEM_WRITE(sctlr_el1, sctlr);
    instruction_barrier();
}
