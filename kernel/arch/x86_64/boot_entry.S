/*
 * boot_entry.S - the kernel's first instructions (abi/arch/x86_64/boot.h), and the first
 * processor's memory.
 */
#include "kernel/arch/x86_64/entry.inc"

.text
.global kernel_entry
kernel_entry: /* rdi: physical address of the handover, esi: index */
    imul $PROCESSOR_STRIDE, %rsi, %rsp
    add $cpu_first, %rsp
    call kernel_start
    jmp exit_to_user

/* A struct processor. */
.section .stack, "aw", @nobits
.balign 4096
    .skip KERNEL_STACK_BYTES
.global cpu_first
cpu_first:
    .skip PROCESSOR_BYTES - KERNEL_STACK_BYTES
