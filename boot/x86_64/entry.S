/*
 * entry.S - from the loader's 32-bit mode to boot_main, and from there to the kernel.
 *
 * Two doors: PVH (Xen's direct boot, "x86/HVM direct boot ABI"; ebx = start info) and multiboot2
 * (specification 2.0, 3.3 "I386 machine state"; ebx = boot information). Both come with flat
 * segments, no paging, interrupts off. The tables that are filled here map the first 4 GiB where
 * they are; boot_main adds the kernel's half.
 */
#include "abi/arch/x86_64/boot.h"
#include "boot/x86_64/machine.h"

#define STACK_BYTES          16384
#define TABLE_ENTRY          3    /* present, writable */
#define LARGE_ENTRY          0x83 /* and a leaf of 2 MiB */
#define ENTRIES              2048 /* 4 GiB */
#define CPUID_LONG_MODE      29
#define CPUID_NX             20
#define MULTIBOOT2_HEADER    0xe85250d6
#define MULTIBOOT2_TAG_VIDEO 5
#define MULTIBOOT2_TAG_ALIGN 6
#define OPTIONAL             1
#define PVH_NOTE_ENTRY       18
#define UART_DATA            0x3f8 /* uart.h */
#define UART_STATUS          0x3fd
#define UART_STATUS_EMPTY    0x20

.section .header, "a"
.balign 8
header:
    .long MULTIBOOT2_HEADER, 0, header_end - header
    .long -(MULTIBOOT2_HEADER + header_end - header)
    .short MULTIBOOT2_TAG_VIDEO, OPTIONAL
    .long 20, 1024, 768, 32
    .balign 8
    .short MULTIBOOT2_TAG_ALIGN, 0
    .long 8
    .short 0, 0 /* end of tags */
    .long 8
header_end:

.section .note.pvh, "a", @note
.balign 4
    .long 4, 8, PVH_NOTE_ENTRY
    .asciz "Xen"
    .quad pvh_entry

.text
.code32
.global multiboot2_entry
pvh_entry:
    xor %eax, %eax
multiboot2_entry:
    cli
    cld
    mov $stack_top, %esp
    mov %eax, %ebp /* 0, or multiboot2's magic number */
    mov %ebx, %esi

    mov $0x80000000, %eax
    cpuid
    cmp $0x80000001, %eax
    jb unfit
    mov $0x80000001, %eax
    cpuid
    bt $CPUID_LONG_MODE, %edx
    jnc unfit
    bt $CPUID_NX, %edx
    jnc unfit

    mov $directories, %edi
    mov $LARGE_ENTRY, %eax
    mov $ENTRIES, %ecx
1:  mov %eax, (%edi)
    movl $0, 4(%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b

    mov $directories + TABLE_ENTRY, %eax
    mov $directory_pointers, %edi
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $4096, %eax
    add $8, %edi
    loop 1b

    mov $boot_root, %edi
    movl $directory_pointers + TABLE_ENTRY, (%edi)
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov %edi, %cr3
    mov $MSR_EFER, %ecx
    mov $(EFER_SYSCALL | EFER_LONG | EFER_NX), %eax
    xor %edx, %edx
    wrmsr
    mov %cr0, %eax
    or $(CR0_PG | CR0_WP), %eax
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $SELECTOR_KERNEL_CODE, $long_mode

/* The UART is as the firmware left it: what sets it up comes later. */
unfit:
    mov $unfit_text, %esi
    mov $unfit_text_end - unfit_text, %ecx
1:  mov $UART_STATUS, %edx
    in %dx, %al
    test $UART_STATUS_EMPTY, %al
    jz 1b
    mov $UART_DATA, %edx
    outsb
    loop 1b
2:  hlt
    jmp 2b

.code64
long_mode:
    mov $SELECTOR_KERNEL_DATA, %eax
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    lldt %ax
    mov %ebp, %edi
    mov %esi, %esi
    call boot_main

.global kernel_enter
kernel_enter: /* entry, handover, index */
    mov %cr3, %rax /* nothing of the kernel's half is cached from before it was there */
    mov %rax, %cr3
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %edx, %esi
    jmp *%rax

.global no_device_entry
no_device_entry: /* what trapped goes on */
    clts
    iretq

.section .rodata
unfit_text:
    .ascii "corm: cannot start: this processor has no 64-bit mode with execute protection\r\n"
unfit_text_end:

/* Descriptors (SDM volume 3, 3.4.5) with the kernel's selectors. */
.balign 8
.global gdt
gdt:
    .quad 0, 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
gdt_pointer:
    .short GDT_BYTES - 1
    .long gdt

.section .bss
.balign 4096
.global boot_root
boot_root:
    .skip 4096
directory_pointers:
    .skip 4096
directories:
    .skip 4 * 4096
    .skip STACK_BYTES
stack_top:

.section .note.GNU-stack, "", @progbits
