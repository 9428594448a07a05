/*
 * boot_entry.S - the kernel's first instructions (abi/arch/aarch64/boot.h), and its stack.
 */
#include "port/memory.h"


.section .text.entry, "ax"
.global kernel_entry, boot_stack_top
kernel_entry: /* x0: physical address of the handover */
    hint #36 /* bti j */
    adrp x1, boot_stack_top
    add x1, x1, #:lo12:boot_stack_top
    mov sp, x1
    bl kernel_start
    b exit_to_user

.section .stack, "aw", @nobits
.balign 16
    .skip KERNEL_STACK_BYTES
boot_stack_top:
