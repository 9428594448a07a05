/*
 * gic.c - the interrupt controller as the kernel finds it: version 2 (Arm IHI 0048B) or 3 (IHI
 * 0069), which the processor's system registers tell apart.
 */
#include "abi/arch/aarch64/boot.h"
#include "boot/aarch64/board.h"
#include "boot/aarch64/parts.h"
#include "lib/base/aarch64/hardware.h"
#include "lib/base/aarch64/instructions.h"

#define PFR0_GIC_BIT 24 /* ID_AA64PFR0_EL1.GIC */

#define GICD_CTLR_GROUP1   0x12u /* version 3: affinity routing and group 1 */
#define GICD_CTLR_ON       0x01u /* version 2 */
#define TYPER_LINES(typer) ((((typer)&0x1f) + 1) * 32)
#define PRIORITY           0x80808080u /* of four interrupts: all the same */
#define PRIORITY_ALL       0xf0u       /* the mask that lets all in */
#define EACH_BYTE          0x01010101u
#define INTERRUPTS_MAX     1020u
#define OWN_INTERRUPTS     (1u << GIC_TIMER | 1u << GIC_PROCESSOR)

/* The redistributor of version 3: two frames (IHI 0069 12.10, 12.11). */
#define GICR_TYPER         (0x008 / 4) /* two words; the second says which processor's it is */
#define GICR_TYPER_VIRTUAL 2u          /* it has two more frames */
#define GICR_TYPER_LAST    0x10u
#define GICR_WAKER         (0x014 / 4)
#define GICR_WAKER_SLEEP   2u
#define GICR_WAKER_ASLEEP  4u
#define GICR_FRAME_BYTES   0x10000u
#define GICR_FRAME         (GICR_FRAME_BYTES / 4) /* the second: as GICD, of interrupts 0 to 31 */
#define WAKE_ROUNDS        1000000u

static volatile uint32_t *registers(paddr_t base) { return boot_memory(base); }

/* Interrupts 32 * @bank and on: masked, not in service, of one priority and @group: 0 where the
 * groups are of version 2, which shows one only to those who have no other. */
static void bank_init(volatile uint32_t *frame, uint32_t bank, unsigned group)
{
    frame[GICD_ICENABLER + bank] = UINT32_MAX;
    frame[GICD_ICACTIVER + bank] = UINT32_MAX;
    frame[GICD_IGROUPR + bank] = group == 1 ? UINT32_MAX : 0;
    for (uint32_t i = 0; i < 8; i++)
        frame[GICD_IPRIORITYR + bank * 8 + i] = PRIORITY;
}

/* Affinity as GICR_TYPER has it: its four fields side by side. */
static uint32_t affinity_packed(uint64_t id) { return (uint32_t)(id | (id >> 8 & 0xff000000)); }

/* The redistributor of the processor that runs. */
static volatile uint32_t *redistributor(void)
{
    for (paddr_t at = BOARD_GICR; at < BOARD_GIC_END;) {
        volatile uint32_t *gicr = registers(at);
        uint32_t type = gicr[GICR_TYPER];
        if (gicr[GICR_TYPER + 1] == affinity_packed(processor_id()))
            return gicr;
        if (type & GICR_TYPER_LAST)
            break;
        at += (type & GICR_TYPER_VIRTUAL ? 4 : 2) * GICR_FRAME_BYTES;
    }
    boot_refuse("the interrupt controller does not know processor 0x%lx", processor_id());
}

static void version3_follow(void)
{
    volatile uint32_t *gicr = redistributor();
    gicr[GICR_WAKER] &= ~GICR_WAKER_SLEEP;
    for (unsigned i = 0; (gicr[GICR_WAKER] & GICR_WAKER_ASLEEP) && i < WAKE_ROUNDS; i++)
        ;
    bank_init(gicr + GICR_FRAME, 0, 1);
    gicr[GICR_FRAME + GICD_ISENABLER] = OWN_INTERRUPTS;
    SYSTEM_WRITE(s3_0_c12_c12_5, 7); /* ICC_SRE_EL1: system registers, no bypass */
    instruction_barrier();
    SYSTEM_WRITE(s3_0_c4_c6_0, PRIORITY_ALL); /* ICC_PMR_EL1 */
    SYSTEM_WRITE(s3_0_c12_c12_3, 0);          /* ICC_BPR1_EL1 */
    SYSTEM_WRITE(s3_0_c12_c12_4, 0);          /* ICC_CTLR_EL1: one write ends a service */
    SYSTEM_WRITE(s3_0_c12_c12_7, 1);          /* ICC_IGRPEN1_EL1 */
    instruction_barrier();
}

static void version3_init(volatile uint32_t *gicd, uint32_t interrupts)
{
    gicd[GICD_CTLR] = GICD_CTLR_GROUP1;
    for (uint32_t i = GIC_FIRST_LINE; i < interrupts; i++) { /* to the first processor */
        gicd[GICD_IROUTER + 2 * i] = (uint32_t)processor_id();
        gicd[GICD_IROUTER + 2 * i + 1] = (uint32_t)(processor_id() >> 32);
    }
}

static void version2_follow(volatile uint32_t *gicd)
{
    volatile uint32_t *gicc = registers(BOARD_GICC);
    bank_init(gicd, 0, 0);
    gicd[GICD_ISENABLER] = OWN_INTERRUPTS;
    gicc[GICC_PMR] = PRIORITY_ALL;
    gicc[GICC_CTLR] = GICD_CTLR_ON;
}

/* Which bit means this processor, its own interrupts' targets say; nothing where there is but one
 * (IHI 0048B 4.3.12). */
static void version2_init(volatile uint32_t *gicd, uint32_t interrupts)
{
    uint32_t self = gicd[GICD_ITARGETSR] & 0xff;
    for (uint32_t i = GIC_FIRST_LINE / 4; i < interrupts / 4; i++)
        gicd[GICD_ITARGETSR + i] = EACH_BYTE * self;
    gicd[GICD_CTLR] = GICD_CTLR_ON;
}

static bool has_registers(void)
{
    return (SYSTEM_READ(id_aa64pfr0_el1) >> PFR0_GIC_BIT & 0xf) != 0;
}

void gic_follow(void)
{
    if (has_registers())
        version3_follow();
    else
        version2_follow(registers(BOARD_GICD));
}

void gic_init(struct machine *machine)
{
    volatile uint32_t *gicd = registers(BOARD_GICD);
    uint32_t interrupts = TYPER_LINES(gicd[GICD_TYPER]);
    if (interrupts > INTERRUPTS_MAX)
        interrupts = INTERRUPTS_MAX;
    gicd[GICD_CTLR] = 0;
    for (uint32_t bank = 1; bank < interrupts / 32; bank++)
        bank_init(gicd, bank, has_registers());
    if (has_registers())
        version3_init(gicd, interrupts);
    else
        version2_init(gicd, interrupts);
    gic_follow();
    uint32_t lines = interrupts - GIC_FIRST_LINE;
    machine->interrupt_lines = lines < INTERRUPT_LINES_MAX ? lines : INTERRUPT_LINES_MAX;
}
