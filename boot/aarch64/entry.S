/*
 * entry.S - from the loader to boot_main, and from there to the kernel.
 *
 * The loader has put an Image where its header asks for it (Linux,
 * Documentation/arm64/booting.rst): x0 is the physical address of the device tree; the MMU is off;
 * EL1, or EL2, which is left. The tables here map the first GiB as registers and the rest of the
 * first 4 GiB as memory, where they are, for TTBR0; what the kernel has for TTBR1 is built by
 * boot_main.
 */
#include "abi/arch/aarch64/boot.h"

#define STACK_BYTES  16384
#define IMAGE_MAGIC  0x644d5241 /* "ARM\x64" */
#define IMAGE_FLAGS  0x2        /* little-endian, pages of 4 KiB */
#define TEXT_OFFSET  0x80000
#define TABLE_ENTRY  0x3
#define DEVICE_BLOCK 0x0060000000000405 /* Device, accessed, never executable */
#define MEMORY_BLOCK 0x0000000000000701 /* normal, inner shareable, accessed */
#define BLOCK_BYTES  0x40000000

#define EL2           0x8
#define HCR_RW        0x80000000 /* EL1 is AArch64 */
#define TIMERS_OPEN   0x3
#define CPTR_NO_TRAPS 0x33ff
#define PSTATE_EL1H   0x3c5
#define SRE_ENABLE    0xf

/* TCR_EL1: 48 bits on both sides, pages of 4 KiB, walks inner shareable and write-back; TBI0, which
 * Linux programs rely on. The size of physical addresses is the processor's (IPS). */
#define TCR     0x20b5103510
#define TCR_IPS 32

/* SCTLR_EL1: what is always 1; M C SA SA0 I; user level may use DC ZVA, CTR_EL0, cache operations,
 * WFI and WFE (DZE UCT UCI nTWI nTWE); SPAN, until the processor is known to have PAN. */
#define SCTLR 0x34d5d99d

.section .header, "ax"
    b entry
    .long 0
    .quad TEXT_OFFSET
    .quad boot_image_bytes
    .quad IMAGE_FLAGS
    .quad 0, 0, 0
    .long IMAGE_MAGIC
    .long 0

.text
entry:
    mov x19, x0
    bl enter_el1

    adrp x1, boot_end /* with the MMU off: past the caches, which have nothing of this */
    adrp x2, boot_tables
    mov x3, x2
3:  stp xzr, xzr, [x3], #16
    cmp x3, x1
    b.lo 3b
    add x3, x2, #4096
    orr x4, x3, #TABLE_ENTRY
    str x4, [x2]
    ldr x4, =DEVICE_BLOCK
    str x4, [x3], #8
    ldr x4, =MEMORY_BLOCK
    mov x5, #BLOCK_BYTES
    mov x6, #3
4:  add x4, x4, x5
    str x4, [x3], #8
    subs x6, x6, #1
    b.ne 4b

    dsb sy /* the tables are in memory, for the walks */
    bl mmu_on
    adrp x1, stack_top
    add x1, x1, #:lo12:stack_top
    mov sp, x1
    mov x0, x19
    bl boot_main

/* To EL1, if need be from EL2, with all interrupts masked. Changes x1. */
.global enter_el1, mmu_on, boot_tables
enter_el1:
    mrs x1, currentel
    cmp x1, #EL2
    b.ne 1f
    mov x1, #HCR_RW
    msr hcr_el2, x1
    mov x1, #TIMERS_OPEN
    msr cnthctl_el2, x1
    msr cntvoff_el2, xzr
    mov x1, #CPTR_NO_TRAPS
    msr cptr_el2, x1
    msr hstr_el2, xzr
    mrs x1, id_aa64pfr0_el1
    ubfx x1, x1, #24, #4
    cbz x1, 2f
    mov x1, #SRE_ENABLE
    msr s3_4_c12_c9_5, x1 /* ICC_SRE_EL2: EL1 may use the system registers */
    isb
2:  mov x1, #PSTATE_EL1H
    msr spsr_el2, x1
    adr x1, 1f
    msr elr_el2, x1
    eret
1:  msr daifset, #0xf
    msr spsel, #1
    ret

/* Under the tables at x2. Changes x4 and x5. */
mmu_on:
    mov x4, #MEMORY_ATTRIBUTES
    msr mair_el1, x4
    ldr x4, =TCR
    mrs x5, id_aa64mmfr0_el1
    and x5, x5, #7
    orr x4, x4, x5, lsl #TCR_IPS
    msr tcr_el1, x4
    msr ttbr0_el1, x2
    msr ttbr1_el1, x2
    msr cpacr_el1, xzr
    msr mdscr_el1, xzr
    tlbi vmalle1
    ic iallu
    dsb nsh
    isb
    ldr x4, =SCTLR
    msr sctlr_el1, x4
    isb
    ret

.global kernel_enter
kernel_enter: /* entry, handover, index */
    mov x3, x0
    mov x0, x1
    mov w1, w2
    dsb sy /* the kernel's tables are seen by the walks */
    tlbi vmalle1
    dsb nsh
    isb
    br x3

.section .tables, "aw", @nobits
.balign 4096
boot_tables:
    .skip 2 * 4096
.section .bss
.balign 16
    .skip STACK_BYTES
stack_top:

.section .note.GNU-stack, "", @progbits
