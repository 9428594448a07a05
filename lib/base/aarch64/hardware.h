/*
 * hardware.h - numbers of the processor and its usual companions that both the boot stage and the
 * kernel need.
 */
#pragma once

/* Page-table entries, stage 1, 4 KiB granule (Arm ARM D8.3). The attribute index is into MAIR_EL1
 * as abi/arch/aarch64/boot.h has it. */
#define PTE_VALID      (1ull << 0)
#define PTE_TABLE      (1ull << 1) /* a node; and in level 0 of the core, a page */
#define PTE_DEVICE     (1ull << 2) /* attribute index 1: Device-nGnRE */
#define PTE_USER       (1ull << 6) /* AP[1] */
#define PTE_READ_ONLY  (1ull << 7) /* AP[2] */
#define PTE_SHARED     (3ull << 8) /* inner shareable */
#define PTE_ACCESSED   (1ull << 10)
#define PTE_NOT_GLOBAL (1ull << 11)
#define PTE_GUARDED    (1ull << 50) /* BTI holds here */
#define PTE_KERNEL_NX  (1ull << 53)
#define PTE_USER_NX    (1ull << 54)
#define PTE_ADDRESS    0x0000fffffffff000ull

/* GIC distributor, as indices of 32-bit words (Arm IHI 0048B 4.1.2, IHI 0069 12.9). */
enum gicd_register {
    GICD_CTLR = 0x000 / 4,
    GICD_TYPER = 0x004 / 4,
    GICD_IGROUPR = 0x080 / 4,
    GICD_ISENABLER = 0x100 / 4,
    GICD_ICENABLER = 0x180 / 4,
    GICD_ICACTIVER = 0x380 / 4,
    GICD_IPRIORITYR = 0x400 / 4,
    GICD_ITARGETSR = 0x800 / 4,
    GICD_ICFGR = 0xc00 / 4,
    GICD_SGIR = 0xf00 / 4,     /* version 2: interrupt 0 of the processors in bits 16 to 23 */
    GICD_IROUTER = 0x6000 / 4, /* version 3: two words a line */
};

/* CPU interface of version 2 (IHI 0048B 4.1.3). */
enum gicc_register {
    GICC_CTLR = 0x00 / 4,
    GICC_PMR = 0x04 / 4,
    GICC_IAR = 0x0c / 4,
    GICC_EOIR = 0x10 / 4,
};

/* CPU interface of version 3 (IHI 0069 12.2), by the names that every assembler knows. */
#define ICC_PMR_EL1     s3_0_c4_c6_0
#define ICC_IAR1_EL1    s3_0_c12_c12_0
#define ICC_EOIR1_EL1   s3_0_c12_c12_1
#define ICC_BPR1_EL1    s3_0_c12_c12_3
#define ICC_SRE_EL1     s3_0_c12_c12_5
#define ICC_IGRPEN1_EL1 s3_0_c12_c12_7

#define GICD_TARGET_MASK       0xffu
#define GICD_SGIR_TARGET_SHIFT 16

#define GIC_FIRST_LINE 32u /* the first interrupt that belongs to no processor */
#define GIC_PROCESSOR  0u  /* of another processor */
#define GIC_TIMER      27u /* the virtual timer's own (Arm BSA, "PPI assignments") */
#define GIC_ID_MASK    0x3ffu
#define GIC_ID_NONE    1020u /* from here on: nothing to acknowledge */
