/*
 * boot_entry.S - the kernel's first instructions (abi/arch/aarch64/boot.h), and the first
 * processor's memory.
 */
#include "kernel/arch/aarch64/entry.inc"

.section .text.entry, "ax"
.global kernel_entry
kernel_entry: /* x0: physical address of the handover, w1: index */
    hint #36 /* bti j */
    adrp x2, cpu_first
    add x2, x2, #:lo12:cpu_first
    ldr x3, =PROCESSOR_STRIDE
    madd x2, x1, x3, x2
    mov sp, x2
    bl kernel_start
    mrs x20, tpidr_el1
    b exit_to_user

/* A struct processor. */
.section .stack, "aw", @nobits
.balign 4096
    .skip KERNEL_STACK_BYTES
.global cpu_first
cpu_first:
    .skip PROCESSOR_BYTES - KERNEL_STACK_BYTES
