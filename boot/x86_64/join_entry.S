/*
 * join_entry.S - from real mode to the kernel: a processor that another one started (boot/join.h).
 */
#include "abi/arch/x86_64/boot.h"
#include "boot/join.h"
#include "boot/x86_64/machine.h"

#define CPUID_ID_SHIFT 24

/* Copied to a page of its own: cs is that page, ip is 0. From real mode into 64-bit mode at once,
 * under the tables and with the descriptors of entry.S. */
.section .rodata
.code16
.global trampoline, trampoline_end
trampoline:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl trampoline_gdt - trampoline
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $boot_root, %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    mov $(EFER_SYSCALL | EFER_LONG | EFER_NX), %eax
    xor %edx, %edx
    wrmsr
    mov $(CR0_PG | CR0_WP | CR0_PROTECTED), %eax /* and no bit that switches caches off */
    mov %eax, %cr0
    ljmpl $SELECTOR_KERNEL_CODE, $joined
trampoline_gdt:
    .short GDT_BYTES - 1
    .long gdt
trampoline_end:

.text
.code64
joined:
    mov $SELECTOR_KERNEL_DATA, %eax
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    lldt %ax
    mov $1, %eax
    cpuid
    shr $CPUID_ID_SHIFT, %ebx
    mov %rbx, %rax
    mov $-1, %rcx /* JOIN_NOBODY */
    lock cmpxchg %rcx, join_expected
    jne too_late
    mov join_index, %ebx
    mov $join_stack_top, %esp
    call join_ready
    mov %ebx, join_arrived
1:  pause
    mov join_handover, %rsi
    test %rsi, %rsi
    jz 1b
    mov join_entry, %rdi
    mov %ebx, %edx
    jmp kernel_enter

too_late:
    hlt
    jmp too_late

.section .bss
.balign 16
    .skip JOIN_STACK_BYTES
.global join_stack_top
join_stack_top:

.section .note.GNU-stack, "", @progbits
