/*
 * boot_entry.S - the kernel's first instructions (abi/arch/x86_64/boot.h), and its stack.
 */
#include "port/memory.h"

.text
.global kernel_entry, boot_stack_top
kernel_entry: /* rdi: physical address of the handover */
    mov $boot_stack_top, %rsp
    call kernel_start
    jmp exit_to_user

.section .stack, "aw", @nobits
.balign 16
    .skip KERNEL_STACK_BYTES
boot_stack_top:
