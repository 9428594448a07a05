/*
 * boot_entry.S - from the loader's 32-bit mode to boot_main.
 *
 * Two doors: PVH (Xen's direct boot, "x86/HVM direct boot ABI"; ebx = start info) and multiboot2
 * (specification 2.0, 3.3 "I386 machine state"; ebx = boot information). Both come with flat
 * segments, no paging, interrupts off. The tables that are filled here map the first 4 GiB twice
 * and the image at KERNEL_BASE; memory.c replaces their contents.
 */
#include "kernel/arch/x86_64/machine.h"
#include "port/memory.h"

#define PHYSICAL(symbol)     ((symbol)-KERNEL_BASE)
#define TABLE_ENTRY          3    /* present, writable */
#define LARGE_ENTRY          0x83 /* and a leaf of 2 MiB */
#define LOW_ENTRIES          2048 /* 4 GiB */
#define CPUID_LONG_MODE      29
#define CPUID_NX             20
#define MULTIBOOT2_HEADER    0xe85250d6
#define MULTIBOOT2_TAG_VIDEO 5
#define MULTIBOOT2_TAG_ALIGN 6
#define OPTIONAL             1
#define PVH_NOTE_ENTRY       18

.section .boot.header, "a"
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

.section .boot.text, "ax"
.code32
.global multiboot2_entry
pvh_entry:
    xor %eax, %eax
multiboot2_entry:
    cli
    cld
    mov $PHYSICAL(boot_stack_top), %esp
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

    mov $PHYSICAL(memory_directories), %edi
    mov $LARGE_ENTRY, %eax
    mov $LOW_ENTRIES, %ecx
1:  mov %eax, (%edi)
    movl $0, 4(%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b

    mov $PHYSICAL(memory_directories) + TABLE_ENTRY, %eax
    mov $PHYSICAL(memory_physmap), %edi
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $4096, %eax
    add $8, %edi
    loop 1b

    mov $PHYSICAL(memory_root), %edi
    movl $PHYSICAL(memory_physmap) + TABLE_ENTRY, (%edi)
    movl $PHYSICAL(memory_physmap) + TABLE_ENTRY, 256 * 8(%edi)
    movl $PHYSICAL(memory_image) + TABLE_ENTRY, 511 * 8(%edi)
    movl $PHYSICAL(memory_image_directory) + TABLE_ENTRY, PHYSICAL(memory_image) + 510 * 8
    movl $LARGE_ENTRY, PHYSICAL(memory_image_directory)

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
    lgdt boot_gdt_pointer
    ljmp $SELECTOR_KERNEL_CODE, $long_mode

/* No 64-bit mode, or no execute protection: nothing can be done here. */
unfit:
    hlt
    jmp unfit

boot_gdt_pointer:
    .short SELECTOR_TSS - 1
    .long PHYSICAL(processor_gdt)

.code64
long_mode:
    movabs $high_half, %rax
    jmp *%rax

.text
high_half:
    mov $SELECTOR_KERNEL_DATA, %eax
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    lldt %ax
    mov $boot_stack_top, %rsp
    mov %ebp, %edi
    mov %esi, %esi
    call boot_main
    jmp exit_to_user

.section .stack, "aw", @nobits
.balign 16
    .skip KERNEL_STACK_BYTES
.global boot_stack_top
boot_stack_top:

.section .note.GNU-stack, "", @progbits
